"""A highway net for digits: every unit has a gate between its new value and its input.

    y = h t + x (1 - t)
    h = ReLU, t = sigmoid   of the two halves of   kernel * x + bias
    logits = flat w + b                               after a convolution, and highway layers at two sizes
    loss = - mean log softmax(logits)[y] + l2/2 (the sum of the squares of kernels and w)

Srivastava, Greff & Schmidhuber 2015, the convolutional version. The biases of the gates start below zero, so a new net
passes most of its input on.

Twin: dynamic_torch/convolutional/highway_net.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class Highway:
    """One layer: the gate t mixes new values h with the input x."""

    def __init__(self, name, channels, dtype):
        self.kernel = tf.get_variable(f"{name}/kernel", (3, 3, channels, 2 * channels), dtype)
        self.bias = tf.get_variable(f"{name}/bias", (2 * channels,), dtype)

    def __call__(self, x):  # (N, H, W, C)
        z = tf.nn.bias_add(tf.nn.conv2d(x, self.kernel, strides=1, padding="SAME"), self.bias)
        h, t = tf.split(z, 2, axis=3)
        h, t = tf.nn.relu(h), tf.sigmoid(t)
        return h * t + x * (1 - t)


class HighwayNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    layouts = {}

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        c = config.channels
        self.kernel = tf.get_variable("kernel", (5, 5, 1, c), dtype)
        self.bias = tf.get_variable("bias", (c,), dtype)
        self.stage1 = [Highway(f"stage1/{i}", c, dtype) for i in range(config.depth)]
        self.stage2 = [Highway(f"stage2/{i}", c, dtype) for i in range(config.depth)]
        self.w = tf.get_variable("w", (4 * c, 10), dtype)
        self.b = tf.get_variable("b", (10,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: images (N, 8, 8, 1); y: the digits that they show (N,)
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(self.dtype, (None, 8, 8, 1), "x"),
            "y": tf.placeholder(tf.int64, (None,), "y"),
        }

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        z = tf.nn.bias_add(tf.nn.conv2d(x, self.kernel, strides=1, padding="SAME"), self.bias)
        h0 = self.tap("h0", tf.nn.relu(z))  # (N, 8, 8, C)
        h = tf.nn.max_pool2d(h0, 2, 2, "VALID")
        for layer in self.stage1:
            h = layer(h)
        h1 = self.tap("h1", h)  # (N, 4, 4, C)
        h = tf.nn.max_pool2d(h1, 2, 2, "VALID")
        for layer in self.stage2:
            h = layer(h)
        h2 = self.tap("h2", h)  # (N, 2, 2, C)
        # TWIN: flat in the order of height, width, channels on both sides, as the next matrix is laid out
        flat = tf.reshape(h2, (-1, 4 * self.config.channels))  # (N, 4C)
        return self.tap("logits", flat @ self.w + self.b)  # (N, 10)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))

    # 4 What it costs to be complicated: kernels and w, which have more than one axis
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        weights = [w for w in self.parameters() if len(w.shape) > 1]
        return self.config.l2 * tf.add_n([tf.nn.l2_loss(w) for w in weights])

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
