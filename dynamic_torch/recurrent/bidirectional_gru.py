"""A bidirectional GRU that reads digits drawn as series, forwards and backwards.

    f_t = GRU(x_t, f_{t-1}),   b_t = GRU(x_t, b_{t+1})            each with weights of its own (see parts/cells.py)
    logits = (f_1, b_1, ..., f_T, b_T) w + b,   loss = - mean log softmax(logits)[y]

At every step one direction knows the series before it, the other what follows. Schuster & Paliwal 1997; the
architecture of Greydanus 2020, "Scaling down deep learning", for MNIST-1D: the outputs of all steps, flattened.

Twin: static_tf/recurrent/bidirectional_gru.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.cells import GRUCell


class BidirectionalGRU(Model):
    def __init__(self, config):
        super().__init__(config)
        self.forwards = GRUCell(1, config.hidden)
        self.backwards = GRUCell(1, config.hidden)
        self.w = nn.Parameter(torch.empty(config.length * 2 * config.hidden, 10))
        self.b = nn.Parameter(torch.empty(10))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: series (N, T, 1); y: the digits that they were drawn from (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        f = self.tap("f", self.forwards.through_time(self.forwards.input_term(x)))  # (N, T, H)
        b = self.tap("b", self.backwards.through_time(self.backwards.input_term(x), reverse=True))  # (N, T, H)
        h = torch.cat([f, b], dim=2)  # (N, T, 2H)
        h = h.flatten(1)  # (N, T 2H)
        return self.tap("logits", h @ self.w + self.b)  # (N, 10)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return F.cross_entropy(logits, y)

    # 4 What it costs to be complicated: nothing
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
