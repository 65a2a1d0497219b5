"""A gated recurrent unit (GRU) that reads sentences of film reviews: positive or negative?

    r, u = sigmoid,  n = tanh   of three parts: see parts/cells.py, for r after and before the product
    h_t = u h_{t-1} + (1 - u) n
    output = pooled w + b                                         pooled, loss: see parts/reading.py

Two gates instead of the three of an LSTM, and no memory beside h: the update gate u says how much of h stays, the reset
gate r how much of it the candidate n sees.

Cho et al. 2014. There are two definitions, and no weights of the one make the other compute the same: r is applied to h
after the product with the recurrent kernel (cuDNN, PyTorch), or before it (the paper, TF1's GRUCell). So a GRU trained
with TF1 cannot be moved into PyTorch's layer. Both are here, on both sides. The graph goes through time in one of two
ways: unrolled, every step its own operations; or as a while_loop, one step's operations, run again and again.

Twin: static_tf/recurrent/gru.py
"""

import torch
from torch import nn

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts import reading
from dynamic_torch.parts.cells import GRUCell, ResetBeforeGRUCell


class GRU(Model):
    def __init__(self, config):
        super().__init__(config)
        self.reader = reading.build(config)
        kind = {"after": GRUCell, "before": ResetBeforeGRUCell}[config.reset]
        self.cell = kind(self.reader.features, config.hidden)
        self.w = nn.Parameter(torch.empty(config.hidden, 1))
        self.b = nn.Parameter(torch.empty(1))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: word numbers (N, T), padded after the end; lengths: words per sentence (N,)
    # dropout_mask: 0, or 1 / (1 - dropout) (N, H); y: 1 if the review is positive, else 0 (N,)
    # or of the adding problem: x: numbers and marks (N, T, 2); y: the sum of the marked numbers (N,)
    def inputs(self, batch):  # the batch itself
        return {"lengths": None, "dropout_mask": None} | batch

    # 2 How X connects to Y
    def forward(self, x, lengths, dropout_mask):  # a function, run at every step
        x = self.tap("x", self.reader.vectors(x))  # (N, T, E)
        z = self.tap("z", self.cell.input_term(x))  # (N, T, 3H): for all steps at once
        h = self.tap("h", self.cell.through_time(z))  # (N, T, H)
        pooled = self.tap("pooled", self.reader.pooled(h, lengths, dropout_mask))  # (N, H)
        return self.tap("output", (pooled @ self.w + self.b)[:, 0])  # (N,)

    # 3 What it costs to be wrong
    def loss(self, output, y):
        return self.reader.loss(output, y)

    # 4 What it costs to be complicated: nothing, because dropout regularises
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
