"""The perceptron made differentiable.

    z = x w + b         y_ = sigmoid(z)         loss = - mean (y log y_ + (1 - y) log(1 - y_)) + l2/2 |w|^2

A perceptron (Rosenblatt 1958) outputs 1 where z > 0, else 0. The derivative of this step is 0 wherever it exists, so
gradient descent cannot train it. The sigmoid is a smooth step, 1/2 at z = 0, and its output is a probability.

Twin: dynamic_torch/basics/logistic_regression.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class LogisticRegression(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.w = tf.get_variable("w", (config.features, 1), dtype)
        self.b = tf.get_variable("b", (1,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: points (N, D); y: their classes, 0 or 1 (N, 1)
    def inputs(self):  # placeholders, to be fed
        shape = (None, self.config.features)
        return {"x": tf.placeholder(self.dtype, shape, "x"), "y": tf.placeholder(self.dtype, (None, 1), "y")}

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        z = self.tap("z", x @ self.w + self.b)  # (N, 1)
        # TWIN: the loss needs neither of these two: a training step of the graph skips them, eager code runs them
        self.tap("y_", tf.sigmoid(z))  # (N, 1)
        self.tap("decision", tf.cast(z > 0, self.dtype))  # (N, 1)
        return z

    # 3 What it costs to be wrong: from z, as max(z, 0) - z y + log(1 + exp -|z|), which never takes log 0
    def loss(self, z, y):
        # TWIN: TensorFlow returns a loss for each example, PyTorch their mean
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=z)  # (N, 1)
        return tf.reduce_mean(losses)

    # 4 What it costs to be complicated
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        return self.config.l2 * tf.nn.l2_loss(self.w)

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
