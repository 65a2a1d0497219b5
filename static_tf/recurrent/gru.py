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

Twin: dynamic_torch/recurrent/gru.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts import reading
from static_tf.parts.cells import GRUCell, ResetBeforeGRUCell


class GRU(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.reader = reading.build(config, dtype)
        kind = {"after": GRUCell, "before": ResetBeforeGRUCell}[config.reset]
        self.cell = kind("cell", self.reader.features, config.hidden, config.loop, dtype)
        self.w = tf.get_variable("w", (config.hidden, 1), dtype)
        self.b = tf.get_variable("b", (1,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: word numbers (N, T), padded after the end; lengths: words per sentence (N,)
    # dropout_mask: 0, or 1 / (1 - dropout) (N, H); y: 1 if the review is positive, else 0 (N,)
    # or of the adding problem: x: numbers and marks (N, T, 2); y: the sum of the marked numbers (N,)
    def inputs(self):  # placeholders, to be fed
        return self.reader.inputs()

    # 2 How X connects to Y
    def forward(self, x, lengths, dropout_mask):  # tensors, built once
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
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
