"""A network that paints: it says of every pixel how likely it has ink, given the pixels above and to the left of it.

    p(x) = product over pixels i, row by row, of p(x_i | x_1 .. x_{i-1})          p(x_i = 1 | ..) = sigmoid(logit_i)

    masked    h = relu(conv(h, mask * kernel) + bias)          mask: 0 for the pixels to come, in the first layer also
                                                               for i itself; pixels above i, far to the right, are
                                                               in no kernel: the blind spot
    gated     z = conv(d of this row and the one above)        d = g(z)        g: tanh of one half of the channels
              h = h + g(conv(h to the left) + z of the row above)                 times sigmoid of the other half

    loss = mean over pixels of - log p          to paint: draw a pixel, then the next (see parts/painting.py)

van den Oord et al. 2016, "Pixel Recurrent Neural Networks" (the mask), and "Conditional Image Generation with PixelCNN
Decoders" (the gates).

Twin: static_tf/generative/pixel_cnn.py
"""

from functools import partial

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.painting import MaskedConv, Painter


class MaskedStack(nn.Module):
    """Convolutions whose kernels are 0 where pixels are to come."""

    def __init__(self, config):
        super().__init__()
        k, c = config.kernel, config.channels
        self.layers = nn.ModuleList(MaskedConv((k, k, c if i else 1, c), centre=i > 0) for i in range(config.depth))

    def forward(self, x, tap):
        h = x  # (N, 1, H, W)
        for i, layer in enumerate(self.layers, 1):
            h = tap(f"h{i}", F.relu(layer(h)))  # (N, C, H, W)
        return h


class GatedStacks(nn.Module):
    """One stack goes down the rows, the other across a row, which also reads what the first knows of the row above."""

    def __init__(self, config):
        super().__init__()
        self.depth, c = config.depth, config.channels
        for i in range(1, self.depth + 1):
            inputs = 1 if i == 1 else c
            setattr(self, f"down{i}", nn.Parameter(torch.empty(2 * c, inputs, 2, 3)))
            setattr(self, f"across{i}", nn.Parameter(torch.empty(2 * c, inputs, 1, 2)))
            setattr(self, f"over{i}", nn.Parameter(torch.empty(2 * c, 2 * c, 1, 1)))
            setattr(self, f"bias{i}", nn.Parameter(torch.empty(2 * c)))

    def forward(self, x, tap):
        d, h = self.layer(x, x, 1)  # (N, C, H, W) each
        h = tap("h1", h)
        for i in range(2, self.depth + 1):
            d, more = self.layer(d, h, i)
            h = tap(f"h{i}", h + more)
        return h

    def layer(self, d, h, i):
        # TWIN: zeros on one side only, which no name of a padding means: they are put there before the convolution
        down = F.conv2d(F.pad(d, (1, 1, 1, 0)), getattr(self, f"down{i}"))
        above = F.pad(down, (0, 0, 1, 0))[:, :, :-1]  # of the row above
        seen = 2 if i == 1 else 1  # pixels to the left; later ones see their own place too, which knows no more
        left = F.pad(h, (seen, 0))[:, :, :, : h.shape[3] + 1]
        across = F.conv2d(left, getattr(self, f"across{i}"))
        over = F.conv2d(above, getattr(self, f"over{i}"))
        return self.gate(down), self.gate(across + over + getattr(self, f"bias{i}")[:, None, None])

    def gate(self, z):
        a, b = z.chunk(2, dim=1)
        return torch.tanh(a) * torch.sigmoid(b)


class PixelCNN(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    images = "n h w c -> n c h w"
    kernels = "h w i o -> o i h w"

    def __init__(self, config):
        super().__init__(config)
        self.stack = {"masked": MaskedStack, "gated": GatedStacks}[config.stacks](config)
        self.w = nn.Parameter(torch.empty(config.channels, 1))
        self.b = nn.Parameter(torch.empty(1))
        self.painter = Painter(config)
        self.layouts = {name: self.kernels for name, w in self.canonical_parameters().items() if w.dim() == 4}
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: images in black or white (N, H, W, 1); uniforms: one for each pixel that is painted (N, P)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x, uniforms):  # a function, run at every step
        logits = self.tap("logits", self.likely(x, partial(self.tap, layout=self.images)))  # (N, H, W)
        self.tap("image", self.painter(self.likely, uniforms))  # (N, H W)
        return logits

    def likely(self, x, tap=lambda name, value: value):
        """The log-odds of each pixel."""
        h = self.stack(rearrange(x, self.images), tap)  # (N, C, H, W)
        return (torch.tensordot(h, self.w, dims=([1], [0])) + self.b)[..., 0]

    # 3 What it costs to be wrong; to be complicated costs nothing
    def loss(self, logits, x):
        return F.binary_cross_entropy_with_logits(logits, x[..., 0])

    # 4 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
