"""A two-layer network for classes that no straight line separates.

    h = tanh(x w1 + b1)         z = h w2 + b2         loss = - mean log softmax(z)[y] + l2/2 (|w1|^2 + |w2|^2)

A perceptron separates by one straight line, which is not enough even for XOR (Minsky & Papert 1969). Each hidden unit
draws a line, and the output layer combines them. The values of tanh lie around 0, unlike those of the sigmoid, so they
do not shift the input of the next layer.

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
    # x: points (N, 2); y: their classes, 0 or 1 (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        h = self.tap("h", torch.tanh(x @ self.w1 + self.b1))  # (N, H)
        return self.tap("z", h @ self.w2 + self.b2)  # (N, 2)

    # 3 What it costs to be wrong
    def loss(self, z, y):
        # TWIN: TensorFlow returns a loss for each example, PyTorch their mean
        return F.cross_entropy(z, y)

    # 4 What it costs to be complicated
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        weights = self.w1, self.w2
        return self.config.l2 / 2 * sum(w.square().sum() for w in weights)

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
