"""A line, or a plane, through points: the simplest model that learns.

    y_ = x w + b         loss = mean (y - y_)^2 + l2/2 |w|^2

The loss is a bowl with one lowest point, which least squares knows in closed form; descent gets there step by step,
slowest along the directions in which x varies least.

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
    def inputs(self):  # placeholders, to be fed
        shape = (None, self.config.features)
        return {"x": tf.placeholder(self.dtype, shape, "x"), "y": tf.placeholder(self.dtype, (None, 1), "y")}

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        return self.tap("y_", x @ self.w + self.b)  # (N, 1)

    # 3 What it costs to be wrong
    def loss(self, y_, y):
        return tf.reduce_mean(tf.square(y - y_))

    # 4 What it costs to be complicated: nothing while l2 is 0
    def regularizer(self):
        return self.config.l2 * tf.nn.l2_loss(self.w)  # TWIN: l2_loss has the half in it

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
