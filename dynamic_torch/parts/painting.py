"""Networks that paint an image pixel by pixel: a convolution that reads known pixels only, and the painting itself.

    MaskedConv    conv(x, mask * kernel) + bias                    mask: 1 before the centre of the kernel, row by row,
                                                                   0 after it, either at it
    Painter       x_i = 1 if u_i < p(x_i = 1 | x_1 .. x_{i-1})     for pixels i, row by row, u_i uniform between 0 and 1

The first convolution must not read the pixel of which it says how likely it is; a later one may, because there its
input depends on earlier pixels only. To paint, the network reads the whole image again for every pixel; those to come
are 0, and change nothing.

van den Oord, Kalchbrenner & Kavukcuoglu 2016, "Pixel Recurrent Neural Networks": masks A and B.

Twin: static_tf/parts/painting.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from shared.generative.painting_spec import mask


class MaskedConv(nn.Module):
    """A convolution whose kernel (height, width, inputs, outputs) is 0 for the pixels to come; `centre`: not for the
    pixel itself."""

    def __init__(self, shape, centre):
        super().__init__()
        height, width, inputs, outputs = shape
        self.mask = mask(height, width, centre)
        self.kernel = nn.Parameter(torch.empty(outputs, inputs, height, width))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, x):  # (N, E, H, W)
        kernel = self.kernel * torch.as_tensor(self.mask, dtype=x.dtype, device=x.device)
        return F.conv2d(x, kernel, self.bias, padding="same")  # (N, F, H, W)


class Painter(nn.Module):
    """Images of H x W pixels, each drawn by one uniform number."""

    def __init__(self, config):
        super().__init__()
        self.height, self.width = config.height, config.width

    def forward(self, likely, uniforms):
        """Images (N, H W) of which as many pixels are painted as there are uniforms (N, P), the others 0.

        `likely`: the function from images (N, H, W, 1) to the log-odds of their pixels (N, H, W).
        """
        # TWIN: the loop is in the graph, and runs if somebody asks for the image; in eager code it runs at every step,
        # where training has no numbers for it
        pixels = self.height * self.width
        image = uniforms.new_zeros((len(uniforms), pixels))
        for p, u in enumerate(uniforms.unbind(dim=1)):
            logits = likely(image.reshape(-1, self.height, self.width, 1)).flatten(1)
            ink = (u < torch.sigmoid(logits[:, p])).to(image.dtype)  # (N,)
            image = image + ink[:, None] * F.one_hot(torch.tensor(p), pixels).to(image)
        return image
