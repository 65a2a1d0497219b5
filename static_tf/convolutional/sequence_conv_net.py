"""A convolutional net along a series; and, to compare it with, a perceptron and no net at all on the same series.

    z_i[t] = bias_i + sum_k h_{i-1}[2 t + k - 1] kernel_i[k],  h_i = relu(z_i)     three convolutions; 0 beyond the ends
    h1 = relu(x w1 + b1),  h2 = h1 + relu(h1 w2 + b2)                              or two layers, one with a way around
    logits = h w + b,  loss = - mean log softmax(logits)[y]                        h of all positions, or x itself

The architectures of Greydanus 2020, "Scaling down deep learning", for MNIST-1D.

Twin: dynamic_torch/convolutional/sequence_conv_net.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class SequenceConvNet(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        (c1, c2, c3), h = config.channels, config.hidden
        if config.net == "convolution":
            self.kernel1 = tf.get_variable("kernel1", (5, 1, c1), dtype)
            self.bias1 = tf.get_variable("bias1", (c1,), dtype)
            self.kernel2 = tf.get_variable("kernel2", (3, c1, c2), dtype)
            self.bias2 = tf.get_variable("bias2", (c2,), dtype)
            self.kernel3 = tf.get_variable("kernel3", (3, c2, c3), dtype)
            self.bias3 = tf.get_variable("bias3", (c3,), dtype)
            features = 5 * c3
        elif config.net == "perceptron":
            self.w1 = tf.get_variable("w1", (40, h), dtype)
            self.b1 = tf.get_variable("b1", (h,), dtype)
            self.w2 = tf.get_variable("w2", (h, h), dtype)
            self.b2 = tf.get_variable("b2", (h,), dtype)
            features = h
        else:
            features = 40
        self.w = tf.get_variable("w", (features, 10), dtype)
        self.b = tf.get_variable("b", (10,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(self.dtype, (None, 40, 1), "x"),
            "y": tf.placeholder(tf.int64, (None,), "y"),
        }

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        if self.config.net == "convolution":
            h = self.convolution(x)  # (N, 5 C3)
        elif self.config.net == "perceptron":
            h = self.perceptron(x[:, :, 0])  # (N, H)
        else:
            h = x[:, :, 0]  # (N, 40)
        return self.tap("logits", h @ self.w + self.b)  # (N, 10)

    def convolution(self, x):
        """Three convolutions, and all that they found, position by position."""
        h1 = self.tap("h1", self.layer(1, x, self.kernel1, self.bias1))  # (N, 19, C1)
        h2 = self.tap("h2", self.layer(2, h1, self.kernel2, self.bias2))  # (N, 10, C2)
        h3 = self.tap("h3", self.layer(3, h2, self.kernel3, self.bias3))  # (N, 5, C3)
        return tf.reshape(h3, (-1, self.w.shape[0]))

    def layer(self, i, x, kernel, bias):
        """Convolution at every second position, and ReLU."""
        # TWIN: a zero on both ends is added by hand, for SAME shares them out otherwise when it skips positions:
        # (1, 2), (0, 1) and (0, 1) in three such layers, which have as many parameters
        ends = [(0, 0), (1, 1), (0, 0)]
        z = self.tap(f"z{i}", tf.nn.conv1d(tf.pad(x, ends), kernel, stride=2, padding="VALID") + bias)
        return tf.nn.relu(z)

    def perceptron(self, x):
        """Two layers; what the first one found goes around the second, too."""
        h1 = self.tap("h1", tf.nn.relu(x @ self.w1 + self.b1))  # (N, H)
        return self.tap("h2", h1 + tf.nn.relu(h1 @ self.w2 + self.b2))  # (N, H)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))

    # 4 What it costs to be complicated: nothing
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
