"""A curve from a two-layer network: the lecture's own first net, with its own names.

    h = sigmoid(x w1 + b1)         y_ = h w2 + b2         loss = mean (y - y_)^2 + l2/2 (|w1|^2 + |w2|^2)

One hidden layer of sigmoids can come as near to any continuous curve as one likes (Cybenko 1989).

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
    def inputs(self):  # placeholders, to be fed
        return {"x": tf.placeholder(self.dtype, (None, 1), "x"), "y": tf.placeholder(self.dtype, (None, 1), "y")}

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        h = self.tap("h", tf.sigmoid(x @ self.w1 + self.b1))  # (N, H)
        return self.tap("y_", h @ self.w2 + self.b2)  # (N, 1)

    # 3 What it costs to be wrong
    def loss(self, y_, y):
        return tf.reduce_mean(tf.square(y - y_))

    # 4 What it costs to be complicated
    def regularizer(self):
        return self.config.l2 * (tf.nn.l2_loss(self.w1) + tf.nn.l2_loss(self.w2))  # TWIN: l2_loss has the half in it

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
