"""A convolutional net for digits: the same small kernels are applied at every position of the image.

    z = kernel * x + bias            at every position, the sum of the products with the kernel
    h = the maximum of each 2x2 of ReLU(z)
    logits = ReLU(flat w3 + b3) w4 + b4                                after two such layers
    loss = - mean log softmax(logits)[y] + l2/2 (|kernel1|^2 + |kernel2|^2 + |w3|^2 + |w4|^2)

LeCun et al. 1998, with ReLU instead of tanh, maximum instead of mean pooling, and padding that keeps the size.

Twin: dynamic_torch/convolutional/conv_net.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class ConvNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    layouts = {}

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        k, c1, c2 = config.kernel, config.channels1, config.channels2
        _, _, c = config.image
        self.kernel1 = tf.get_variable("kernel1", (k, k, c, c1), dtype)
        self.bias1 = tf.get_variable("bias1", (c1,), dtype)
        self.kernel2 = tf.get_variable("kernel2", (k, k, c1, c2), dtype)
        self.bias2 = tf.get_variable("bias2", (c2,), dtype)
        self.w3 = tf.get_variable("w3", (config.flat, config.hidden), dtype)
        self.b3 = tf.get_variable("b3", (config.hidden,), dtype)
        self.w4 = tf.get_variable("w4", (config.hidden, 10), dtype)
        self.b4 = tf.get_variable("b4", (10,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: images (N, H, W, C); y: the digits that they show (N,)
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(self.dtype, (None, *self.config.image), "x"),
            "y": tf.placeholder(tf.int64, (None,), "y"),
        }

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        h1 = self.tap("h1", self.layer(1, x, self.kernel1, self.bias1))  # (N, H/2, W/2, C1)
        h2 = self.tap("h2", self.layer(2, h1, self.kernel2, self.bias2))  # (N, H/4, W/4, C2)
        # TWIN: flat in the order of height, width, channels on both sides, as the next matrix is laid out
        flat = tf.reshape(h2, (-1, self.config.flat))  # (N, H/4 W/4 C2)
        h3 = self.tap("h3", tf.nn.relu(flat @ self.w3 + self.b3))  # (N, D)
        return self.tap("logits", h3 @ self.w4 + self.b4)  # (N, 10)

    def layer(self, i, x, kernel, bias):
        """Convolution, ReLU, and the maximum of each 2x2."""
        z = tf.nn.bias_add(tf.nn.conv2d(x, kernel, strides=1, padding="SAME"), bias)
        z = self.tap(f"z{i}", z)
        return tf.nn.max_pool2d(tf.nn.relu(z), 2, 2, "VALID")

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))

    # 4 What it costs to be complicated: all weights but biases, which have one axis
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        weights = [w for w in self.parameters() if len(w.shape) > 1]
        return self.config.l2 * tf.add_n([tf.nn.l2_loss(w) for w in weights])

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
