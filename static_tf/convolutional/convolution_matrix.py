"""A convolution is a product with a matrix: banded, and its rows share their weights.

    y[i, j] = sum over a, b of  w[a, b] x[i + a, j + b]               the framework's convolution
    y = M x,   M = sum over a, b of  w[a, b] (S_a kron S_b)           x and y as vectors, read line by line
    S_a[i, k] = 1 where k = i + a, else 0                             a shift by a
    loss = mean (y_ - y)^2                                            over both ways to compute y_

M is doubly block Toeplitz: constant along diagonals, in blocks that are constant along block diagonals. A fully
connected layer learns all P Q of its entries; here A B weights fill it, each along a diagonal, and the gradient of a
weight is the sum along its diagonal. The gradient with respect to x is that of any linear layer: the transposed matrix
times the gradient with respect to y.

What deep learning calls a convolution is a cross-correlation. A true convolution, x[i - a, j - b], would rotate the
kernel by 180 degrees; a kernel that is learned is then learned rotated, and nothing else changes. (LeCun et al. 1989;
for the matrix, Goodfellow, Bengio & Courville 2016, section 9.1.)

Twin: dynamic_torch/convolutional/convolution_matrix.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class ConvolutionMatrix(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    layouts = {}

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.kernel = tf.get_variable("kernel", (config.kernel_height, config.kernel_width), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: images (N, H, W, 1); y: what the convolution should give (N, H', W', 1)
    def inputs(self):  # placeholders, to be fed
        c = self.config
        return {
            "x": tf.placeholder(self.dtype, (None, c.height, c.width, 1), "x"),
            "y": tf.placeholder(self.dtype, (None, c.out_height, c.out_width, 1), "y"),
        }

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        x = self.tap("x", x)  # (N, H, W, 1)
        matrix = self.tap("matrix", self.matrix())  # (P, Q)
        product = self.tap("product", tf.matmul(self.flat(x), matrix, transpose_b=True))  # (N, P): M x, x as rows
        kernel = self.kernel[:, :, tf.newaxis, tf.newaxis]  # (A, B, 1, 1)
        convolution = self.tap("convolution", tf.nn.conv2d(x, kernel, padding="VALID"))  # (N, H', W', 1)
        return self.tap("y_", tf.stack([product, self.flat(convolution)], axis=1))  # (N, 2, P)

    def matrix(self):
        """M(w), linear in the kernel: the gradient of M is passed on to w."""
        c = self.config
        down = self.shifts(c.kernel_height, c.height)  # (A, H', H)
        across = self.shifts(c.kernel_width, c.width)  # (B, W', W)
        m = tf.einsum("ab,aik,bjl->ijkl", self.kernel, down, across)  # (H', W', H, W)
        return tf.reshape(m, (c.out_height * c.out_width, c.height * c.width))

    def shifts(self, steps, size):
        """S_0, S_1, ...: rows of the unit matrix, each time starting one row further down."""
        unit = tf.eye(size, dtype=self.dtype)
        return tf.stack([unit[a : size - steps + 1 + a] for a in range(steps)])

    def flat(self, image):
        """Images as vectors, read line by line: with one channel, in either layout."""
        return tf.reshape(image, (-1, image.shape[1] * image.shape[2]))

    # 3 What it costs to be wrong
    def loss(self, y_, y):
        return tf.reduce_mean(tf.square(y_ - self.flat(y)[:, tf.newaxis]))

    # 4 What it costs to be complicated: nothing, so the true kernel is the best one
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
