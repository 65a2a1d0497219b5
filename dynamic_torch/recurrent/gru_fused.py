"""The GRU of gru.py by the frameworks' own kernels: what fusion buys.

    h = all steps of   r, u = sigmoid,  n = tanh,  h_t = u h_{t-1} + (1 - u) n                       in one operation
    output = pooled w + b                                         pooled, loss: see parts/reading.py

The same weights under the same names, so the two models compute the same; how each kernel takes the weights is written
out in parts/fused.py. On a CPU the graph has no kernel for it, and is the written-out model.

Twin: static_tf/recurrent/gru_fused.py
"""

import torch
from torch import nn

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts import reading
from dynamic_torch.parts.fused import FusedGRU


class GRUFused(Model):
    def __init__(self, config):
        super().__init__(config)
        self.reader = reading.build(config)
        self.cell = FusedGRU(self.reader.features, config.hidden)
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
        h = self.tap("h", self.cell.read(x))  # (N, T, H)
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
