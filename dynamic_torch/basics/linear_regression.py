"""A line, or a plane, through points: the simplest model that learns.

    y_ = x w + b         loss = mean (y - y_)^2 + l2/2 |w|^2

The loss is a bowl with one lowest point, which least squares knows in closed form; descent gets there step by step,
slowest along the directions in which x varies least.

Twin: static_tf/basics/linear_regression.py
"""

import torch
from torch import nn

from dynamic_torch.model import Model


class LinearRegression(Model):
    def __init__(self, config):
        super().__init__(config)
        self.w = nn.Parameter(torch.empty(config.features, 1))
        self.b = nn.Parameter(torch.empty(1))

    # 1 What goes in, and what should come out
    def inputs(self, batch):  # the batch itself
        return {"x": batch["x"], "y": batch["y"]}

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        return self.tap("y_", x @ self.w + self.b)  # (N, 1)

    # 3 What it costs to be wrong
    def loss(self, y_, y):
        return torch.mean(torch.square(y - y_))

    # 4 What it costs to be complicated: nothing while l2 is 0
    def regularizer(self):
        return self.config.l2 / 2 * self.w.square().sum()  # TWIN: the half is written out

    # 5 How parameters move
    def update(self, loss):  # done here and now
        gradients = torch.autograd.grad(loss, list(self.parameters()))
        with torch.no_grad():  # in eager code, order is the order of the lines
            for w, g in zip(self.parameters(), gradients):
                w -= self.config.learning_rate * g


def train(config, initial, batches):
    """The whole program, without a harness: define by running. Returns the losses."""
    model = LinearRegression(config)
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
