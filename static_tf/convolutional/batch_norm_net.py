"""A convolutional net with batch normalisation after each convolution.

    z = kernel * x                   n = norm(z)                      (see parts/normalization.py)
    h = the maximum of each 2x2 of ReLU(n)
    logits = flat w + b                                                after two such layers
    loss = - mean log softmax(logits)[y] + l2/2 (|kernel1|^2 + |kernel2|^2 + |w|^2)

Ioffe & Szegedy 2015. A convolution before batch norm needs no bias: subtracting the mean removes it. In training the
statistics are those of the batch, in inference moving averages of them, so the net has two modes.

Twin: dynamic_torch/convolutional/batch_norm_net.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.normalization import BatchNorm


class BatchNormNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    layouts = {}

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        c1, c2 = config.channels1, config.channels2
        self.kernel1 = tf.get_variable("kernel1", (3, 3, 1, c1), dtype)
        self.norm1 = BatchNorm("norm1", c1, config.decay, config.epsilon, self.training, dtype)
        self.kernel2 = tf.get_variable("kernel2", (3, 3, c1, c2), dtype)
        self.norm2 = BatchNorm("norm2", c2, config.decay, config.epsilon, self.training, dtype)
        self.w = tf.get_variable("w", (4 * c2, 10), dtype)
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
        h1 = self.tap("h1", self.block(1, x, self.kernel1, self.norm1))  # (N, 4, 4, C1)
        h2 = self.tap("h2", self.block(2, h1, self.kernel2, self.norm2))  # (N, 2, 2, C2)
        # TWIN: flat in the order of height, width, channels on both sides, as the next matrix is laid out
        flat = tf.reshape(h2, (-1, 4 * self.config.channels2))  # (N, 4 C2)
        return self.tap("logits", flat @ self.w + self.b)  # (N, 10)

    def block(self, i, x, kernel, norm):
        """Convolution, batch norm, ReLU, and the maximum of each 2x2."""
        z = self.tap(f"z{i}", tf.nn.conv2d(x, kernel, strides=1, padding="SAME"))
        n = self.tap(f"n{i}", norm(z))
        return tf.nn.max_pool2d(tf.nn.relu(n), 2, 2, "VALID")

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))

    # 4 What it costs to be complicated
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        weights = self.kernel1, self.kernel2, self.w
        return self.config.l2 * tf.add_n([tf.nn.l2_loss(w) for w in weights])

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
