"""A curve from a two-layer network: the lecture's own first net, with its own names.

    h = sigmoid(x w1 + b1)         y_ = h w2 + b2         loss = mean (y - y_)^2 + l2/2 (|w1|^2 + |w2|^2)

One hidden layer of sigmoids can come as near to any continuous curve as one likes (Cybenko 1989).

Twin: static_tf/basics/shallow_regressor.py
"""

import torch
from torch import nn

from dynamic_torch.model import Model


class ShallowRegressor(Model):
    def __init__(self, config):
        super().__init__(config)
        self.w1 = nn.Parameter(torch.empty(1, config.hidden))
        self.b1 = nn.Parameter(torch.empty(config.hidden))
        self.w2 = nn.Parameter(torch.empty(config.hidden, 1))
        self.b2 = nn.Parameter(torch.empty(1))

    # 1 What goes in, and what should come out
    def inputs(self, batch):  # the batch itself
        return {"x": batch["x"], "y": batch["y"]}

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
        gradients = torch.autograd.grad(loss, list(self.parameters()))
        with torch.no_grad():  # in eager code, order is the order of the lines
            for w, g in zip(self.parameters(), gradients):
                w -= self.config.learning_rate * g


def train(config, initial, batches):
    """The whole program, without a harness: define by running. Returns the losses."""
    model = ShallowRegressor(config)
    with torch.no_grad():
        for name, w in model.named_parameters():
            w.copy_(torch.from_numpy(initial[name]))
    losses = []
    for batch in batches:
        inputs = model.inputs({name: torch.from_numpy(value) for name, value in batch.items()})
        y_ = model.forward(inputs["x"])
        loss = model.loss(y_, inputs["y"]) + model.regularizer()
        model.update(loss)
        losses.append(loss.item())
    return losses
