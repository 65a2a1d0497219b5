"""A convolutional net along a series; and, to compare it with, a perceptron and no net at all on the same series.

    z_i[t] = bias_i + sum_k h_{i-1}[2 t + k - 1] kernel_i[k],  h_i = relu(z_i)     three convolutions; 0 beyond the ends
    h1 = relu(x w1 + b1),  h2 = h1 + relu(h1 w2 + b2)                              or two layers, one with a way around
    logits = h w + b,  loss = - mean log softmax(logits)[y]                        h of all positions, or x itself

The architectures of Greydanus 2020, "Scaling down deep learning", for MNIST-1D.

Twin: static_tf/convolutional/sequence_conv_net.py
"""

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class SequenceConvNet(Model):
    # TWIN: PyTorch wants channels before positions
    series = "n t c -> n c t"
    layouts = {"kernel1": "t i o -> o i t", "kernel2": "t i o -> o i t", "kernel3": "t i o -> o i t"}

    def __init__(self, config):
        super().__init__(config)
        (c1, c2, c3), h = config.channels, config.hidden
        if config.net == "convolution":
            self.kernel1 = nn.Parameter(torch.empty(c1, 1, 5))
            self.bias1 = nn.Parameter(torch.empty(c1))
            self.kernel2 = nn.Parameter(torch.empty(c2, c1, 3))
            self.bias2 = nn.Parameter(torch.empty(c2))
            self.kernel3 = nn.Parameter(torch.empty(c3, c2, 3))
            self.bias3 = nn.Parameter(torch.empty(c3))
            features = 5 * c3
        elif config.net == "perceptron":
            self.w1 = nn.Parameter(torch.empty(40, h))
            self.b1 = nn.Parameter(torch.empty(h))
            self.w2 = nn.Parameter(torch.empty(h, h))
            self.b2 = nn.Parameter(torch.empty(h))
            features = h
        else:
            features = 40
        self.w = nn.Parameter(torch.empty(features, 10))
        self.b = nn.Parameter(torch.empty(10))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        if self.config.net == "convolution":
            h = self.convolution(rearrange(x, self.series))  # (N, 5 C3)
        elif self.config.net == "perceptron":
            h = self.perceptron(x[:, :, 0])  # (N, H)
        else:
            h = x[:, :, 0]  # (N, 40)
        return self.tap("logits", h @ self.w + self.b)  # (N, 10)

    def convolution(self, x):
        """Three convolutions, and all that they found, position by position."""
        h1 = self.tap("h1", self.layer(1, x, self.kernel1, self.bias1), self.series)  # (N, C1, 19)
        h2 = self.tap("h2", self.layer(2, h1, self.kernel2, self.bias2), self.series)  # (N, C2, 10)
        h3 = self.tap("h3", self.layer(3, h2, self.kernel3, self.bias3), self.series)  # (N, C3, 5)
        return rearrange(h3, "n c t -> n (t c)")  # TWIN: positions first, for w is laid out so

    def layer(self, i, x, kernel, bias):
        """Convolution at every second position, and ReLU."""
        # TWIN: a number is a zero on both ends, for every layer; padding="same" is refused when positions are skipped
        z = self.tap(f"z{i}", F.conv1d(x, kernel, bias, stride=2, padding=1), self.series)
        return F.relu(z)

    def perceptron(self, x):
        """Two layers; what the first one found goes around the second, too."""
        h1 = self.tap("h1", F.relu(x @ self.w1 + self.b1))  # (N, H)
        return self.tap("h2", h1 + F.relu(h1 @ self.w2 + self.b2))  # (N, H)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return F.cross_entropy(logits, y)

    # 4 What it costs to be complicated: nothing
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
