"""The LSTM of lstm.py by the frameworks' own kernels: what fusion buys.

    h = all steps of   i, f, o = sigmoid,  g = tanh,  c_t = f c_{t-1} + i g,  h_t = o tanh(c_t)      in one operation
    output = pooled w + b                                         pooled, loss: see parts/reading.py

The same weights under the same names, so the two models compute the same; how each kernel takes the weights is written
out in parts/fused.py. The float64 arm of the graph is the written-out model, because its kernel has no float64.

Twin: dynamic_torch/recurrent/lstm_fused.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts import reading
from static_tf.parts.fused import FusedLSTM


class LSTMFused(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.reader = reading.build(config, dtype)
        self.cell = FusedLSTM("cell", self.reader.features, config.hidden, config.loop, dtype)
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
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
