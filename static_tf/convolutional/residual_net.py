"""A residual net for digits: each block learns a correction that is added to its input.

    h = ReLU(norm1(kernel1 * x))
    y = ReLU(norm2(kernel2 * h) + x)                        where the shape stays the same
    y = ReLU(norm2(kernel2 * h) + norm3(projection * x))    where a stride of 2 halves height and width
    loss = - mean log softmax(logits)[y] + l2/2 (the sum of the squares of kernels and w)

He et al. 2016, with projections (its option B), for images so small that three blocks are enough.

Twin: dynamic_torch/convolutional/residual_net.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.normalization import BatchNorm


class Block:
    """Two convolutions, and a shortcut around them."""

    def __init__(self, name, before, after, stride, config, training, dtype):
        self.stride = stride
        self.kernel1 = tf.get_variable(f"{name}/kernel1", (3, 3, before, after), dtype)
        self.norm1 = BatchNorm(f"{name}/norm1", after, config.decay, config.epsilon, training, dtype)
        self.kernel2 = tf.get_variable(f"{name}/kernel2", (3, 3, after, after), dtype)
        self.norm2 = BatchNorm(f"{name}/norm2", after, config.decay, config.epsilon, training, dtype)
        if stride > 1:
            self.projection = tf.get_variable(f"{name}/projection", (1, 1, before, after), dtype)
            self.norm3 = BatchNorm(f"{name}/norm3", after, config.decay, config.epsilon, training, dtype)

    def __call__(self, x):  # (N, H, W, C)
        h = tf.nn.relu(self.norm1(self.convolution(x, self.kernel1, self.stride)))
        residual = self.norm2(self.convolution(h, self.kernel2, 1))
        return tf.nn.relu(residual + self.shortcut(x))

    def shortcut(self, x):
        """The input itself, or its projection to the shape of what it is added to."""
        if self.stride == 1:
            return x
        # TWIN: tf.nn.conv2d can have the stride itself, and is right; it is written out for PyTorch's sake
        every = x[:, :: self.stride, :: self.stride]  # all that a 1x1 kernel with this stride reads
        return self.norm3(self.convolution(every, self.projection, 1))

    def convolution(self, x, kernel, stride):
        """Keeps height and width, or divides them by the stride."""
        # TWIN: of an odd number of padded rows, SAME puts one more below than above; PyTorch pads both sides alike
        return tf.nn.conv2d(x, kernel, strides=stride, padding="SAME")


class ResidualNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    layouts = {}

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        c = config.channels
        self.kernel = tf.get_variable("kernel", (3, 3, 1, c), dtype)
        self.norm = BatchNorm("norm", c, config.decay, config.epsilon, self.training, dtype)
        self.blocks = []
        for i, stride in enumerate(config.strides):
            self.blocks.append(Block(f"blocks/{i}", c, stride * c, stride, config, self.training, dtype))
            c = stride * c
        self.w = tf.get_variable("w", (c, 10), dtype)
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
        z = tf.nn.conv2d(x, self.kernel, strides=1, padding="SAME")
        h = self.tap("h0", tf.nn.relu(self.norm(z)))  # (N, 8, 8, C)
        for i, block in enumerate(self.blocks, 1):
            h = self.tap(f"h{i}", block(h))  # (N, 8, 8, C), then (N, 4, 4, 2C)
        pooled = self.tap("pooled", tf.reduce_mean(h, axis=(1, 2)))  # (N, 2C)
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
