"""A convolutional net along a series, and, for comparison, two layers of a perceptron or no hidden layer at all.

    z_i[t] = bias_i + sum_k h_{i-1}[2 t + k - 1] kernel_i[k],  h_i = ReLU(z_i)     three convolutions; 0 beyond the ends
    h1 = ReLU(x w1 + b1),  h2 = h1 + ReLU(h1 w2 + b2)                              or two layers, the second residual
    logits = h w + b,  loss = - mean log softmax(logits)[y]                        h: the units of all positions, or x

The architectures of Greydanus 2020, "Scaling down deep learning", for MNIST-1D. The three have the last layer and the
loss in common; only the convolutions know which positions are neighbours.

Twin: dynamic_torch/convolutional/sequence_conv_net.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class Convolutions:
    """Three convolutions with a stride of 2. Their output: the units of all positions, one position after the other."""

    def __init__(self, config, tap, dtype):
        c1, c2, c3 = config.channels
        self.tap, self.features = tap, 5 * c3
        self.kernel1 = tf.get_variable("kernel1", (5, 1, c1), dtype)
        self.bias1 = tf.get_variable("bias1", (c1,), dtype)
        self.kernel2 = tf.get_variable("kernel2", (3, c1, c2), dtype)
        self.bias2 = tf.get_variable("bias2", (c2,), dtype)
        self.kernel3 = tf.get_variable("kernel3", (3, c2, c3), dtype)
        self.bias3 = tf.get_variable("bias3", (c3,), dtype)

    def __call__(self, x):
        h1 = self.tap("h1", self.layer(1, x, self.kernel1, self.bias1))  # (N, 19, C1)
        h2 = self.tap("h2", self.layer(2, h1, self.kernel2, self.bias2))  # (N, 10, C2)
        h3 = self.tap("h3", self.layer(3, h2, self.kernel3, self.bias3))  # (N, 5, C3)
        # TWIN: one position after the other on both sides, as w is laid out
        return tf.reshape(h3, (-1, self.features))  # (N, 5 C3)

    def layer(self, i, x, kernel, bias):
        """Convolution at every second position, then ReLU."""
        # TWIN: one zero on each end in every layer. With a stride of 2, SAME would pad (1, 2), (0, 1) and (0, 1) in
        # layers of these shapes, and padding="same" is refused
        ends = [(0, 0), (1, 1), (0, 0)]
        z = self.tap(f"z{i}", tf.nn.conv1d(tf.pad(x, ends), kernel, stride=2, padding="VALID") + bias)
        return tf.nn.relu(z)


class Perceptron:
    """Two fully connected layers; the output of the first is added to that of the second."""

    def __init__(self, config, tap, dtype):
        self.tap, self.features = tap, config.hidden
        self.w1 = tf.get_variable("w1", (40, config.hidden), dtype)
        self.b1 = tf.get_variable("b1", (config.hidden,), dtype)
        self.w2 = tf.get_variable("w2", (config.hidden, config.hidden), dtype)
        self.b2 = tf.get_variable("b2", (config.hidden,), dtype)

    def __call__(self, x):
        x = x[:, :, 0]  # (N, 40)
        z1 = x @ self.w1 + self.b1  # (N, H)
        h1 = self.tap("h1", tf.nn.relu(z1))  # (N, H)
        z2 = h1 @ self.w2 + self.b2  # (N, H)
        return self.tap("h2", h1 + tf.nn.relu(z2))  # (N, H)


class Identity:
    """No hidden layer: the model is linear in the series."""

    def __init__(self, config, tap, dtype):
        self.features = 40

    def __call__(self, x):
        return x[:, :, 0]  # (N, 40)


class SequenceConvNet(Model):
    """One of the three stacks, and a last layer that reads its units."""

    # TWIN: channels come last in TensorFlow, and before the positions in PyTorch
    layouts = {}

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        stacks = {"convolution": Convolutions, "perceptron": Perceptron, "linear": Identity}
        self.stack = stacks[config.net](config, self.tap, dtype)
        self.w = tf.get_variable("w", (self.stack.features, 10), dtype)
        self.b = tf.get_variable("b", (10,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: series (N, 40, 1); y: the digits that they were drawn from (N,)
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(self.dtype, (None, 40, 1), "x"),
            "y": tf.placeholder(tf.int64, (None,), "y"),
        }

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        h = self.stack(x)  # (N, F)
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
