"""A densely connected net for digits: every layer receives the outputs of all layers before it in its block.

    y = [x, kernel * ReLU(norm(x))]                     a layer of a block: its input, and G more channels
    y = mean of each 2x2 of kernel * ReLU(norm(x))      the transition between two blocks
    logits = (mean over height and width of ReLU(norm(x))) w + b
    loss = - mean log softmax(logits)[y] + l2/2 (the sum of the squares of kernels and w)

Huang et al. 2017, with a transition that halves the number of channels. Batch norm and ReLU come before each
convolution, not after it.

Twin: dynamic_torch/convolutional/dense_net.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.normalization import BatchNorm


class Layer:
    """Batch norm, ReLU, and a convolution whose output is concatenated to the input."""

    def __init__(self, name, channels, config, training, dtype):
        self.norm = BatchNorm(f"{name}/norm", channels, config.decay, config.epsilon, training, dtype)
        self.kernel = tf.get_variable(f"{name}/kernel", (3, 3, channels, config.growth), dtype)

    def __call__(self, x):  # (N, H, W, C)
        n = self.norm(x)
        h = tf.nn.relu(n)
        added = tf.nn.conv2d(h, self.kernel, strides=1, padding="SAME")
        return tf.concat([x, added], axis=3)  # (N, H, W, C + G)


class Transition:
    """Batch norm, ReLU, a 1x1 convolution to fewer channels, and the mean of each 2x2."""

    def __init__(self, name, before, after, config, training, dtype):
        self.norm = BatchNorm(f"{name}/norm", before, config.decay, config.epsilon, training, dtype)
        self.kernel = tf.get_variable(f"{name}/kernel", (1, 1, before, after), dtype)

    def __call__(self, x):  # (N, H, W, C)
        n = self.norm(x)
        h = tf.nn.relu(n)
        narrowed = tf.nn.conv2d(h, self.kernel, strides=1, padding="SAME")
        return tf.nn.avg_pool2d(narrowed, 2, 2, "VALID")  # (N, H/2, W/2, C/2)


class DenseNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    layouts = {}

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        c, half, g, layers = config.channels, config.narrowed, config.growth, range(config.depth)
        self.kernel = tf.get_variable("kernel", (3, 3, 1, c), dtype)
        self.block1 = [Layer(f"block1/{i}", c + i * g, config, self.training, dtype) for i in layers]
        self.transition = Transition("transition", config.grown, half, config, self.training, dtype)
        self.block2 = [Layer(f"block2/{i}", half + i * g, config, self.training, dtype) for i in layers]
        self.norm = BatchNorm("norm", config.last, config.decay, config.epsilon, self.training, dtype)
        self.w = tf.get_variable("w", (config.last, 10), dtype)
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
        h0 = self.tap("h0", tf.nn.conv2d(x, self.kernel, strides=1, padding="SAME"))  # (N, 8, 8, C)
        h = h0
        for layer in self.block1:
            h = layer(h)
        h1 = self.tap("h1", h)  # (N, 8, 8, C1)
        t = self.tap("t", self.transition(h1))  # (N, 4, 4, C1/2)
        h = t
        for layer in self.block2:
            h = layer(h)
        h2 = self.tap("h2", h)  # (N, 4, 4, C2)
        n = self.norm(h2)
        h = tf.nn.relu(n)
        pooled = self.tap("pooled", tf.reduce_mean(h, axis=(1, 2)))  # (N, C2)
        return self.tap("logits", pooled @ self.w + self.b)  # (N, 10)

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
