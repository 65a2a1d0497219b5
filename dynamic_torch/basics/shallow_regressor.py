"""A two-layer network that fits a curve: the first network of the lecture, under its own names.

    h = sigmoid(x w1 + b1)         y_ = h w2 + b2         loss = mean (y - y_)^2 + l2/2 (|w1|^2 + |w2|^2)

One hidden layer of sigmoids, if it is wide enough, approximates any continuous function on an interval as closely as
one likes (Cybenko 1989).

Twin: static_tf/basics/shallow_regressor.py
"""

import torch
from torch import nn

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class ShallowRegressor(Model):
    def __init__(self, config):
        super().__init__(config)
        self.w1 = nn.Parameter(torch.empty(1, config.hidden))
        self.b1 = nn.Parameter(torch.empty(config.hidden))
        self.w2 = nn.Parameter(torch.empty(config.hidden, 1))
        self.b2 = nn.Parameter(torch.empty(1))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: points (N, 1); y: their targets (N, 1)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        z = x @ self.w1 + self.b1  # (N, H)
        h = self.tap("h", torch.sigmoid(z))  # (N, H)
        return self.tap("y_", h @ self.w2 + self.b2)  # (N, 1)

    # 3 What it costs to be wrong
    def loss(self, y_, y):
        error = y - y_  # (N, 1)
        return torch.mean(torch.square(error))

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
