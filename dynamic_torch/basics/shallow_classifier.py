"""Classes that no straight line separates, from a two-layer network.

    h = tanh(x w1 + b1)         z = h w2 + b2         loss = - mean log softmax(z)[y] + l2/2 (|w1|^2 + |w2|^2)

A perceptron draws one straight line, which does not even part XOR (Minsky & Papert 1969). Every hidden unit draws one,
and the next layer puts them together. tanh, not sigmoid: its values lie around 0, so they do not shift what comes next.

Twin: static_tf/basics/shallow_classifier.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class ShallowClassifier(Model):
    def __init__(self, config):
        super().__init__(config)
        self.w1 = nn.Parameter(torch.empty(2, config.hidden))
        self.b1 = nn.Parameter(torch.empty(config.hidden))
        self.w2 = nn.Parameter(torch.empty(config.hidden, 2))
        self.b2 = nn.Parameter(torch.empty(2))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        h = self.tap("h", torch.tanh(x @ self.w1 + self.b1))  # (N, H)
        return self.tap("z", h @ self.w2 + self.b2)  # (N, 2)

    # 3 What it costs to be wrong
    def loss(self, z, y):
        return F.cross_entropy(z, y)  # TWIN: the mean over the examples is in it

    # 4 What it costs to be complicated
    def regularizer(self):
        return self.config.l2 / 2 * (self.w1.square().sum() + self.w2.square().sum())  # TWIN: the half is written out

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
