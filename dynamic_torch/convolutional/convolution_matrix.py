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

Twin: static_tf/convolutional/convolution_matrix.py
"""

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class ConvolutionMatrix(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    images = "n h w c -> n c h w"

    def __init__(self, config):
        super().__init__(config)
        self.kernel = nn.Parameter(torch.empty(config.kernel_height, config.kernel_width))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: images (N, H, W, 1); y: what the convolution should give (N, H', W', 1)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        x = self.tap("x", rearrange(x, self.images), self.images)  # (N, 1, H, W)
        matrix = self.tap("matrix", self.matrix())  # (P, Q)
        product = self.tap("product", self.flat(x) @ matrix.T)  # (N, P): M x, x as rows
        kernel = self.kernel[None, None]  # (1, 1, A, B)
        convolution = self.tap("convolution", F.conv2d(x, kernel, padding="valid"), self.images)
        return self.tap("y_", torch.stack([product, self.flat(convolution)], dim=1))  # (N, 2, P)

    def matrix(self):
        """M(w), linear in the kernel: the gradient of M is passed on to w."""
        c = self.config
        down = self.shifts(c.kernel_height, c.height)  # (A, H', H)
        across = self.shifts(c.kernel_width, c.width)  # (B, W', W)
        m = torch.einsum("ab,aik,bjl->ijkl", self.kernel, down, across)  # (H', W', H, W)
        return m.reshape(c.out_height * c.out_width, c.height * c.width)

    def shifts(self, steps, size):
        """S_0, S_1, ...: rows of the unit matrix, each time starting one row further down."""
        unit = torch.eye(size, dtype=self.kernel.dtype, device=self.kernel.device)
        return torch.stack([unit[a : size - steps + 1 + a] for a in range(steps)])

    def flat(self, image):
        """Images as vectors, read line by line: with one channel, in either layout."""
        return image.flatten(1)

    # 3 What it costs to be wrong
    def loss(self, y_, y):
        return torch.mean(torch.square(y_ - self.flat(y)[:, None]))

    # 4 What it costs to be complicated: nothing, so the true kernel is the best one
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
