"""A two-layer network that fits a curve: the first network of the lecture, under its own names.

    h = sigmoid(x w1 + b1)         y_ = h w2 + b2         loss = mean (y - y_)^2 + l2/2 (|w1|^2 + |w2|^2)

One hidden layer of sigmoids, if it is wide enough, approximates any continuous function on an interval as closely as
one likes (Cybenko 1989).

Twin: dynamic_torch/basics/shallow_regressor.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class ShallowRegressor(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.w1 = tf.get_variable("w1", (1, config.hidden), dtype)
        self.b1 = tf.get_variable("b1", (config.hidden,), dtype)
        self.w2 = tf.get_variable("w2", (config.hidden, 1), dtype)
        self.b2 = tf.get_variable("b2", (1,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: points (N, 1); y: their targets (N, 1)
    def inputs(self):  # placeholders, to be fed
        return {"x": tf.placeholder(self.dtype, (None, 1), "x"), "y": tf.placeholder(self.dtype, (None, 1), "y")}

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        z = x @ self.w1 + self.b1  # (N, H)
        h = self.tap("h", tf.sigmoid(z))  # (N, H)
        return self.tap("y_", h @ self.w2 + self.b2)  # (N, 1)

    # 3 What it costs to be wrong
    def loss(self, y_, y):
        error = y - y_  # (N, 1)
        return tf.reduce_mean(tf.square(error))

    # 4 What it costs to be complicated
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        weights = self.w1, self.w2
        return self.config.l2 * tf.add_n([tf.nn.l2_loss(w) for w in weights])

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
