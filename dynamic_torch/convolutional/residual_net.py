"""A residual net for digits: each block learns a correction that is added to its input.

    h = ReLU(norm1(kernel1 * x))
    y = ReLU(norm2(kernel2 * h) + x)                        where the shape stays the same
    y = ReLU(norm2(kernel2 * h) + norm3(projection * x))    where a stride of 2 halves height and width
    loss = - mean log softmax(logits)[y] + l2/2 (the sum of the squares of kernels and w)

He et al. 2016, with projections (its option B), for images so small that three blocks are enough.

Twin: static_tf/convolutional/residual_net.py
"""

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.normalization import BatchNorm


class Block(nn.Module):
    """Two convolutions, and a shortcut around them."""

    def __init__(self, before, after, stride, config):
        super().__init__()
        self.stride = stride
        self.kernel1 = nn.Parameter(torch.empty(after, before, 3, 3))
        self.norm1 = BatchNorm(after, config.decay, config.epsilon)
        self.kernel2 = nn.Parameter(torch.empty(after, after, 3, 3))
        self.norm2 = BatchNorm(after, config.decay, config.epsilon)
        if stride > 1:
            self.projection = nn.Parameter(torch.empty(after, before, 1, 1))
            self.norm3 = BatchNorm(after, config.decay, config.epsilon)

    def forward(self, x):  # (N, C, H, W)
        h = F.relu(self.norm1(self.convolution(x, self.kernel1, self.stride)))
        residual = self.norm2(self.convolution(h, self.kernel2, 1))
        return F.relu(residual + self.shortcut(x))

    def shortcut(self, x):
        """The input itself, or its projection to the shape of what it is added to."""
        if self.stride == 1:
            return x
        # TWIN: F.conv2d can have the stride itself, but then PyTorch's kernel for the gradient of the weights writes
        # outside its memory, if channels come last in memory and are fewer than 8 (oneDNN issue 6035)
        every = x[:, :, :: self.stride, :: self.stride]  # all that a 1x1 kernel with this stride reads
        return self.norm3(self.convolution(every, self.projection, 1))

    def convolution(self, x, kernel, stride):
        """Keeps height and width, or divides them by the stride."""
        # TWIN: of an odd number of padded rows, SAME puts one more below than above; PyTorch pads both sides alike
        each_side, odd = divmod(max(kernel.shape[-1] - stride, 0), 2)
        x = F.pad(x, (0, odd, 0, odd)) if odd else x
        return F.conv2d(x, kernel, stride=stride, padding=each_side)


class ResidualNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    images = "n h w c -> n c h w"
    kernels = "h w i o -> o i h w"

    def __init__(self, config):
        super().__init__(config)
        c = config.channels
        self.kernel = nn.Parameter(torch.empty(c, 1, 3, 3))
        self.norm = BatchNorm(c, config.decay, config.epsilon)
        self.blocks = nn.ModuleList()
        for stride in config.strides:
            self.blocks.append(Block(c, stride * c, stride, config))
            c = stride * c
        self.w = nn.Parameter(torch.empty(c, 10))
        self.b = nn.Parameter(torch.empty(10))
        self.layouts = {name: self.kernels for name, w in self.canonical_parameters().items() if w.dim() == 4}
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: images (N, 8, 8, 1); y: the digits that they show (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        z = F.conv2d(rearrange(x, self.images), self.kernel, stride=1, padding="same")
        h = self.tap("h0", F.relu(self.norm(z)), self.images)  # (N, C, 8, 8)
        for i, block in enumerate(self.blocks, 1):
            h = self.tap(f"h{i}", block(h), self.images)  # (N, C, 8, 8), then (N, 2C, 4, 4)
        pooled = self.tap("pooled", torch.mean(h, dim=(2, 3)))  # (N, 2C)
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
