"""A line, or a plane, through points: the simplest model that learns.

    y_ = x w + b         loss = mean (y - y_)^2 + l2/2 |w|^2

The loss is convex and has one minimum, which least squares gives in closed form. Gradient descent approaches it step by
step, most slowly along the directions in which x varies least.

Twin: dynamic_torch/basics/linear_regression.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class LinearRegression(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.w = tf.get_variable("w", (config.features, 1), dtype)
        self.b = tf.get_variable("b", (1,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: points (N, D); y: their targets (N, 1)
    def inputs(self):  # placeholders, to be fed
        shape = (None, self.config.features)
        return {"x": tf.placeholder(self.dtype, shape, "x"), "y": tf.placeholder(self.dtype, (None, 1), "y")}

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        return self.tap("y_", x @ self.w + self.b)  # (N, 1)

    # 3 What it costs to be wrong
    def loss(self, y_, y):
        error = y - y_  # (N, 1)
        return tf.reduce_mean(tf.square(error))

    # 4 What it costs to be complicated: nothing while l2 is 0
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        return self.config.l2 * tf.nn.l2_loss(self.w)

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
