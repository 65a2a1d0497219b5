"""A two-layer network for classes that no straight line separates.

    h = tanh(x w1 + b1)         z = h w2 + b2         loss = - mean log softmax(z)[y] + l2/2 (|w1|^2 + |w2|^2)

A perceptron separates by one straight line, which is not enough even for XOR (Minsky & Papert 1969). Each hidden unit
draws a line, and the output layer combines them. The values of tanh lie around 0, unlike those of the sigmoid, so they
do not shift the input of the next layer.

Twin: dynamic_torch/basics/shallow_classifier.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class ShallowClassifier(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.w1 = tf.get_variable("w1", (2, config.hidden), dtype)
        self.b1 = tf.get_variable("b1", (config.hidden,), dtype)
        self.w2 = tf.get_variable("w2", (config.hidden, 2), dtype)
        self.b2 = tf.get_variable("b2", (2,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: points (N, 2); y: their classes, 0 or 1 (N,)
    def inputs(self):  # placeholders, to be fed
        return {"x": tf.placeholder(self.dtype, (None, 2), "x"), "y": tf.placeholder(tf.int64, (None,), "y")}

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        h = self.tap("h", tf.tanh(x @ self.w1 + self.b1))  # (N, H)
        return self.tap("z", h @ self.w2 + self.b2)  # (N, 2)

    # 3 What it costs to be wrong
    def loss(self, z, y):
        # TWIN: TensorFlow returns a loss for each example, PyTorch their mean
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=z)  # (N,)
        return tf.reduce_mean(losses)

    # 4 What it costs to be complicated
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        weights = self.w1, self.w2
        return self.config.l2 * tf.add_n([tf.nn.l2_loss(w) for w in weights])

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
