"""A bidirectional GRU that reads digits drawn as series, forwards and backwards.

    f_t = GRU(x_t, f_{t-1}),   b_t = GRU(x_t, b_{t+1})            each with weights of its own (see parts/cells.py)
    logits = (f_1, b_1, ..., f_T, b_T) w + b,   loss = - mean log softmax(logits)[y]

At every step one direction knows the series before it, the other what follows. Schuster & Paliwal 1997; the
architecture of Greydanus 2020, "Scaling down deep learning", for MNIST-1D: the outputs of all steps, flattened.

Twin: dynamic_torch/recurrent/bidirectional_gru.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.cells import GRUCell


class BidirectionalGRU(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.forwards = GRUCell("forwards", 1, config.hidden, config.loop, dtype)
        self.backwards = GRUCell("backwards", 1, config.hidden, config.loop, dtype)
        self.w = tf.get_variable("w", (config.length * 2 * config.hidden, 10), dtype)
        self.b = tf.get_variable("b", (10,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: series (N, T, 1); y: the digits that they were drawn from (N,)
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(self.dtype, (None, self.config.length, 1), "x"),
            "y": tf.placeholder(tf.int64, (None,), "y"),
        }

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        f = self.tap("f", self.forwards.through_time(self.forwards.input_term(x)))  # (N, T, H)
        b = self.tap("b", self.backwards.through_time(self.backwards.input_term(x), reverse=True))  # (N, T, H)
        h = tf.concat([f, b], axis=2)  # (N, T, 2H)
        h = tf.reshape(h, (-1, self.config.length * 2 * self.config.hidden))  # (N, T 2H)
        return self.tap("logits", h @ self.w + self.b)  # (N, 10)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))

    # 4 What it costs to be complicated: nothing
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
