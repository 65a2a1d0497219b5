"""A highway net for digits: every unit has a gate between its new value and its input.

    y = h t + x (1 - t)
    h = ReLU, t = sigmoid   of the two halves of   kernel * x + bias
    logits = flat w + b                               after a convolution, and highway layers at two sizes
    loss = - mean log softmax(logits)[y] + l2/2 (the sum of the squares of kernels and w)

Srivastava, Greff & Schmidhuber 2015, the convolutional version. The biases of the gates start below zero, so a new net
passes most of its input on.

Twin: static_tf/convolutional/highway_net.py
"""

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class Highway(nn.Module):
    """One layer: the gate t mixes new values h with the input x."""

    def __init__(self, channels):
        super().__init__()
        self.kernel = nn.Parameter(torch.empty(2 * channels, channels, 3, 3))
        self.bias = nn.Parameter(torch.empty(2 * channels))

    def forward(self, x):  # (N, C, H, W)
        z = F.conv2d(x, self.kernel, self.bias, stride=1, padding="same")
        h, t = torch.chunk(z, 2, dim=1)
        h, t = F.relu(h), torch.sigmoid(t)
        return h * t + x * (1 - t)


class HighwayNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    images = "n h w c -> n c h w"
    kernels = "h w i o -> o i h w"

    def __init__(self, config):
        super().__init__(config)
        c = config.channels
        self.kernel = nn.Parameter(torch.empty(c, 1, 5, 5))
        self.bias = nn.Parameter(torch.empty(c))
        self.stage1 = nn.ModuleList(Highway(c) for _ in range(config.depth))
        self.stage2 = nn.ModuleList(Highway(c) for _ in range(config.depth))
        self.w = nn.Parameter(torch.empty(4 * c, 10))
        self.b = nn.Parameter(torch.empty(10))
        self.layouts = {name: self.kernels for name, w in self.canonical_parameters().items() if w.dim() == 4}
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: images (N, 8, 8, 1); y: the digits that they show (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        z = F.conv2d(rearrange(x, self.images), self.kernel, self.bias, stride=1, padding="same")
        h0 = self.tap("h0", F.relu(z), self.images)  # (N, C, 8, 8)
        h = F.max_pool2d(h0, 2, 2)
        for layer in self.stage1:
            h = layer(h)
        h1 = self.tap("h1", h, self.images)  # (N, C, 4, 4)
        h = F.max_pool2d(h1, 2, 2)
        for layer in self.stage2:
            h = layer(h)
        h2 = self.tap("h2", h, self.images)  # (N, C, 2, 2)
        # TWIN: flat in the order of height, width, channels on both sides, as the next matrix is laid out
        flat = rearrange(h2, "n c h w -> n (h w c)")  # (N, 4C)
        return self.tap("logits", flat @ self.w + self.b)  # (N, 10)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return F.cross_entropy(logits, y)

    # 4 What it costs to be complicated: kernels and w, which have more than one axis
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        weights = [w for w in self.parameters() if len(w.shape) > 1]
        return self.config.l2 / 2 * sum(w.square().sum() for w in weights)

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
