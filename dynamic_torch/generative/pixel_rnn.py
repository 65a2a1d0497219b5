"""A recurrent network that paints: an LSTM goes down an image, and its state is a whole row.

    p(x) = product over pixels i, row by row, of p(x_i | x_1 .. x_{i-1})          p(x_i = 1 | ..) = sigmoid(logit_i)

    h0 = conv(x, mask * kernel) + bias                          mask: 0 for the pixel itself and those to come
    z_r = conv(row r of h0, mask * kernel) + bias               mask: 0 for those to come; along the row
    i, f, o = sigmoid,  g = tanh   of the four parts of         z_r + conv(h_{r-1}, recurrent_kernel)
    c_r = f c_{r-1} + i g          h_r = o tanh(c_r)            a layer's output is h of all rows, plus its input

    loss = mean over pixels of - log p          to paint: draw a pixel, then the next

The term of the inputs is computed for all rows at once; only the LSTM has to wait for the row above. Its kernel needs
no mask, because the whole row above is known. So a pixel sees a triangle, which widens by half a kernel with each row
above it; known pixels to the right of the triangle are not seen. In its own row, and on the left of the triangle, it
sees as many more pixels as the kernels of all layers reach. The first layer is no LSTM: if it were, no pixel would see
the last one of a row, which has none on its right to read it.

van den Oord, Kalchbrenner & Kavukcuoglu 2016, "Pixel Recurrent Neural Networks": the row LSTM of section 3.1.

Twin: static_tf/generative/pixel_rnn.py
"""

from functools import partial

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.painting import MaskedConv, Painter


class RowLSTM(nn.Module):
    """An LSTM that goes down the rows: its state is a row (N, C, W), its products are convolutions."""

    def __init__(self, config):
        super().__init__()
        k, c = config.kernel, config.channels
        self.input_term = MaskedConv((1, k, c, 4 * c), centre=True)
        self.recurrent_kernel = nn.Parameter(torch.empty(4 * c, c, k))

    def forward(self, x):  # (N, C, H, W)
        # TWIN: the loop runs while the graph is built, one copy for each row; in eager code it runs at every step
        z = self.input_term(x).unbind(dim=2)  # H times (N, 4C, W)
        c = h = self.start(z[0])
        hs = []
        for z_r in z:
            c, h = self.next_row(z_r, c, h)
            hs.append(h)
        return torch.stack(hs, dim=2)  # (N, C, H, W)

    def start(self, z_r):
        """The state above the first row: zeros."""
        return torch.zeros_like(z_r.chunk(4, dim=1)[0])  # (N, C, W)

    def next_row(self, z_r, c, h):
        """The state of a row from that of the row above."""
        z = z_r + F.conv1d(h, self.recurrent_kernel, padding="same")  # (N, 4C, W)
        i, f, g, o = z.chunk(4, dim=1)  # (N, C, W) each
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return c, torch.sigmoid(o) * torch.tanh(c)


class PixelRNN(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    images = "n h w c -> n c h w"
    kernels = "h w i o -> o i h w"
    recurrent_kernels = "w i o -> o i w"

    def __init__(self, config):
        super().__init__(config)
        k, c = config.kernel, config.channels
        self.first = MaskedConv((k, k, 1, c), centre=False)
        self.layers = nn.ModuleList(RowLSTM(config) for _ in range(config.depth))
        self.w = nn.Parameter(torch.empty(c, 1))
        self.b = nn.Parameter(torch.empty(1))
        self.painter = Painter(config)
        axes = {4: self.kernels, 3: self.recurrent_kernels}
        self.layouts = {name: axes[w.dim()] for name, w in self.canonical_parameters().items() if w.dim() in axes}
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
        h = tap("h0", self.first(rearrange(x, self.images)))  # (N, C, H, W)
        for i, layer in enumerate(self.layers, 1):
            h = tap(f"h{i}", h + layer(h))
        return (torch.tensordot(h, self.w, dims=([1], [0])) + self.b)[..., 0]

    # 3 What it costs to be wrong; to be complicated costs nothing
    def loss(self, logits, x):
        return F.binary_cross_entropy_with_logits(logits, x[..., 0])

    # 4 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
