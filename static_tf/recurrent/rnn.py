"""A plain recurrent network (RNN) that reads sentences of film reviews: positive or negative?

    h_t = tanh(x_t kernel + h_{t-1} recurrent_kernel + bias)      (see parts/cells.py)
    output = pooled w + b                                         pooled, loss: see parts/reading.py

The output h_t is all that the network remembers. Back through time the gradient is multiplied, at every step, by the
recurrent kernel and by a slope of tanh, so it shrinks or grows exponentially with the distance (Bengio et al. 1994):
what was read long ago hardly counts. The adding problem shows it.

Elman 1990. The graph goes through time in one of two ways: unrolled, every step its own operations; or as a while_loop,
one step's operations, run again and again.

Twin: dynamic_torch/recurrent/rnn.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts import reading
from static_tf.parts.cells import RNNCell


class RNN(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.reader = reading.build(config, dtype)
        self.cell = RNNCell("cell", self.reader.features, config.hidden, config.loop, dtype)
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
        z = self.tap("z", self.cell.input_term(x))  # (N, T, H): for all steps at once
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
