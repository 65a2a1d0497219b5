"""A densely connected net for digits: every layer receives the outputs of all layers before it in its block.

    y = [x, kernel * ReLU(norm(x))]                     a layer of a block: its input, and G more channels
    y = mean of each 2x2 of kernel * ReLU(norm(x))      the transition between two blocks
    logits = (mean over height and width of ReLU(norm(x))) w + b
    loss = - mean log softmax(logits)[y] + l2/2 (the sum of the squares of kernels and w)

Huang et al. 2017, with a transition that halves the number of channels. Batch norm and ReLU come before each
convolution, not after it.

Twin: static_tf/convolutional/dense_net.py
"""

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.normalization import BatchNorm


class Layer(nn.Module):
    """Batch norm, ReLU, and a convolution whose output is concatenated to the input."""

    def __init__(self, channels, config):
        super().__init__()
        self.norm = BatchNorm(channels, config.decay, config.epsilon)
        self.kernel = nn.Parameter(torch.empty(config.growth, channels, 3, 3))

    def forward(self, x):  # (N, C, H, W)
        n = self.norm(x)
        h = F.relu(n)
        added = F.conv2d(h, self.kernel, stride=1, padding="same")
        return torch.cat([x, added], dim=1)  # (N, C + G, H, W)


class Transition(nn.Module):
    """Batch norm, ReLU, a 1x1 convolution to fewer channels, and the mean of each 2x2."""

    def __init__(self, before, after, config):
        super().__init__()
        self.norm = BatchNorm(before, config.decay, config.epsilon)
        self.kernel = nn.Parameter(torch.empty(after, before, 1, 1))

    def forward(self, x):  # (N, C, H, W)
        n = self.norm(x)
        h = F.relu(n)
        narrowed = F.conv2d(h, self.kernel, stride=1, padding="same")
        return F.avg_pool2d(narrowed, 2, 2)  # (N, C/2, H/2, W/2)


class DenseNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    images = "n h w c -> n c h w"
    kernels = "h w i o -> o i h w"

    def __init__(self, config):
        super().__init__(config)
        c, half, g, layers = config.channels, config.narrowed, config.growth, range(config.depth)
        self.kernel = nn.Parameter(torch.empty(c, 1, 3, 3))
        self.block1 = nn.ModuleList(Layer(c + i * g, config) for i in layers)
        self.transition = Transition(config.grown, half, config)
        self.block2 = nn.ModuleList(Layer(half + i * g, config) for i in layers)
        self.norm = BatchNorm(config.last, config.decay, config.epsilon)
        self.w = nn.Parameter(torch.empty(config.last, 10))
        self.b = nn.Parameter(torch.empty(10))
        self.layouts = {name: self.kernels for name, w in self.canonical_parameters().items() if w.dim() == 4}
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: images (N, 8, 8, 1); y: the digits that they show (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        x = rearrange(x, self.images)
        h0 = self.tap("h0", F.conv2d(x, self.kernel, stride=1, padding="same"), self.images)  # (N, C, 8, 8)
        h = h0
        for layer in self.block1:
            h = layer(h)
        h1 = self.tap("h1", h, self.images)  # (N, C1, 8, 8)
        t = self.tap("t", self.transition(h1), self.images)  # (N, C1/2, 4, 4)
        h = t
        for layer in self.block2:
            h = layer(h)
        h2 = self.tap("h2", h, self.images)  # (N, C2, 4, 4)
        n = self.norm(h2)
        h = F.relu(n)
        pooled = self.tap("pooled", torch.mean(h, dim=(2, 3)))  # (N, C2)
        return self.tap("logits", pooled @ self.w + self.b)  # (N, 10)

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
