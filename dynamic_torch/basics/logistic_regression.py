"""The perceptron made differentiable.

    z = x w + b         y_ = sigmoid(z)         loss = - mean (y log y_ + (1 - y) log(1 - y_)) + l2/2 |w|^2

A perceptron (Rosenblatt 1958) outputs 1 where z > 0, else 0. The derivative of this step is 0 wherever it exists, so
gradient descent cannot train it. The sigmoid is a smooth step, 1/2 at z = 0, and its output is a probability.

Twin: static_tf/basics/logistic_regression.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class LogisticRegression(Model):
    def __init__(self, config):
        super().__init__(config)
        self.w = nn.Parameter(torch.empty(config.features, 1))
        self.b = nn.Parameter(torch.empty(1))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: points (N, D); y: their classes, 0 or 1 (N, 1)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        z = self.tap("z", x @ self.w + self.b)  # (N, 1)
        # TWIN: the loss needs neither of these two: a training step of the graph skips them, eager code runs them
        self.tap("y_", torch.sigmoid(z))  # (N, 1)
        self.tap("decision", (z > 0).to(z.dtype))  # (N, 1)
        return z

    # 3 What it costs to be wrong: from z, as max(z, 0) - z y + log(1 + exp -|z|), which never takes log 0
    def loss(self, z, y):
        # TWIN: TensorFlow returns a loss for each example, PyTorch their mean
        return F.binary_cross_entropy_with_logits(z, y)

    # 4 What it costs to be complicated
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        return self.config.l2 / 2 * self.w.square().sum()

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
