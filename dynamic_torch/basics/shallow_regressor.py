"""A curve from a two-layer network: the lecture's own first net, with its own names.

    h = sigmoid(x w1 + b1)         y_ = h w2 + b2         loss = mean (y - y_)^2 + l2/2 (|w1|^2 + |w2|^2)

One hidden layer of sigmoids can come as near to any continuous curve as one likes (Cybenko 1989).

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
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        h = self.tap("h", torch.sigmoid(x @ self.w1 + self.b1))  # (N, H)
        return self.tap("y_", h @ self.w2 + self.b2)  # (N, 1)

    # 3 What it costs to be wrong
    def loss(self, y_, y):
        return torch.mean(torch.square(y - y_))

    # 4 What it costs to be complicated
    def regularizer(self):
        return self.config.l2 / 2 * (self.w1.square().sum() + self.w2.square().sum())  # TWIN: the half is written out

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
