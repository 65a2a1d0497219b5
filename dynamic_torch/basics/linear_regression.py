"""A line, or a plane, through points: the simplest model that learns.

    y_ = x w + b         loss = mean (y - y_)^2 + l2/2 |w|^2

The loss is convex and has one minimum, which least squares gives in closed form. Gradient descent approaches it step by
step, most slowly along the directions in which x varies least.

Twin: static_tf/basics/linear_regression.py
"""

import torch
from torch import nn

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class LinearRegression(Model):
    def __init__(self, config):
        super().__init__(config)
        self.w = nn.Parameter(torch.empty(config.features, 1))
        self.b = nn.Parameter(torch.empty(1))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: points (N, D); y: their targets (N, 1)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        return self.tap("y_", x @ self.w + self.b)  # (N, 1)

    # 3 What it costs to be wrong
    def loss(self, y_, y):
        error = y - y_  # (N, 1)
        return torch.mean(torch.square(error))

    # 4 What it costs to be complicated: nothing while l2 is 0
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        return self.config.l2 / 2 * self.w.square().sum()

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
