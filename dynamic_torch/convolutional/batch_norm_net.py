"""A convolutional net with batch normalisation after each convolution.

    z = kernel * x                   n = norm(z)                      (see parts/normalization.py)
    h = the maximum of each 2x2 of ReLU(n)
    logits = flat w + b                                                after two such layers
    loss = - mean log softmax(logits)[y] + l2/2 (|kernel1|^2 + |kernel2|^2 + |w|^2)

Ioffe & Szegedy 2015. A convolution before batch norm needs no bias: subtracting the mean removes it. In training the
statistics are those of the batch, in inference moving averages of them, so the net has two modes.

Twin: static_tf/convolutional/batch_norm_net.py
"""

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.normalization import BatchNorm


class BatchNormNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    images = "n h w c -> n c h w"
    layouts = {"kernel1": "h w i o -> o i h w", "kernel2": "h w i o -> o i h w"}

    def __init__(self, config):
        super().__init__(config)
        c1, c2 = config.channels1, config.channels2
        self.kernel1 = nn.Parameter(torch.empty(c1, 1, 3, 3))
        self.norm1 = BatchNorm(c1, config.decay, config.epsilon)
        self.kernel2 = nn.Parameter(torch.empty(c2, c1, 3, 3))
        self.norm2 = BatchNorm(c2, config.decay, config.epsilon)
        self.w = nn.Parameter(torch.empty(4 * c2, 10))
        self.b = nn.Parameter(torch.empty(10))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: images (N, 8, 8, 1); y: the digits that they show (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        x = rearrange(x, self.images)
        h1 = self.tap("h1", self.block(1, x, self.kernel1, self.norm1), self.images)  # (N, C1, 4, 4)
        h2 = self.tap("h2", self.block(2, h1, self.kernel2, self.norm2), self.images)  # (N, C2, 2, 2)
        # TWIN: flat in the order of height, width, channels on both sides, as the next matrix is laid out
        flat = rearrange(h2, "n c h w -> n (h w c)")  # (N, 4 C2)
        return self.tap("logits", flat @ self.w + self.b)  # (N, 10)

    def block(self, i, x, kernel, norm):
        """Convolution, batch norm, ReLU, and the maximum of each 2x2."""
        z = self.tap(f"z{i}", F.conv2d(x, kernel, stride=1, padding="same"), self.images)
        n = self.tap(f"n{i}", norm(z), self.images)
        return F.max_pool2d(F.relu(n), 2, 2)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return F.cross_entropy(logits, y)

    # 4 What it costs to be complicated
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        weights = self.kernel1, self.kernel2, self.w
        return self.config.l2 / 2 * sum(w.square().sum() for w in weights)

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
