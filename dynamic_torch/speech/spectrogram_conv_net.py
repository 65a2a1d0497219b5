"""A convolutional net that hears digits: it looks at the spectrogram of a word as at an image of time and frequency.

    s = log-mel spectrogram of x,    image = s - mean(s)               see parts/spectrogram.py; mean: of a clip
    h = the maximum of each 2x2 of ReLU(kernel * h + bias)             three such layers
    logits = (mean of h over time) w + b,    loss = - mean log softmax(logits)[y]

A sound is a pattern in time and frequency, at whatever time it is spoken: so the last maps are averaged over time, but
not over frequency, where it does matter at which height a pattern lies. Twice as loud adds the same number to all of s,
and the mean takes it away. Abdel-Hamid et al. 2014, "Convolutional neural networks for speech recognition".

Twin: static_tf/speech/spectrogram_conv_net.py
"""

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.spectrogram import Spectrogram


class SpectrogramConvNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    images = "n t m c -> n c t m"
    kernels = "h w i o -> o i h w"
    layouts = {"kernel1": kernels, "kernel2": kernels, "kernel3": kernels}

    def __init__(self, config):
        super().__init__(config)
        c1, c2, c3 = config.channels1, config.channels2, config.channels3
        self.spectrogram = Spectrogram(config)
        self.kernel1 = nn.Parameter(torch.empty(c1, 1, 3, 3))
        self.bias1 = nn.Parameter(torch.empty(c1))
        self.kernel2 = nn.Parameter(torch.empty(c2, c1, 3, 3))
        self.bias2 = nn.Parameter(torch.empty(c2))
        self.kernel3 = nn.Parameter(torch.empty(c3, c2, 3, 3))
        self.bias3 = nn.Parameter(torch.empty(c3))
        self.w = nn.Parameter(torch.empty(config.pooled, 10))
        self.b = nn.Parameter(torch.empty(10))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: clips (N, S); y: the digits that are spoken (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        s = self.tap("s", self.spectrogram(x))  # (N, T, M)
        image = (s - s.mean(dim=(1, 2), keepdim=True))[:, None]
        image = self.tap("image", image, self.images)  # (N, 1, T, M)
        h1 = self.tap("h1", self.layer(1, image, self.kernel1, self.bias1), self.images)  # (N, C1, T/2, M/2)
        h2 = self.tap("h2", self.layer(2, h1, self.kernel2, self.bias2), self.images)  # (N, C2, T/4, M/4)
        h3 = self.tap("h3", self.layer(3, h2, self.kernel3, self.bias3), self.images)  # (N, C3, T/8, M/8)
        # TWIN: flat in the order of bands, channels on both sides, as the next matrix is laid out
        pooled = rearrange(h3.mean(dim=2), "n c m -> n (m c)")
        pooled = self.tap("pooled", pooled)  # (N, M/8 C3)
        return self.tap("logits", pooled @ self.w + self.b)  # (N, 10)

    def layer(self, i, x, kernel, bias):
        """Convolution, ReLU, and the maximum of each 2x2."""
        z = F.conv2d(x, kernel, bias, stride=1, padding="same")
        z = self.tap(f"z{i}", z, self.images)
        return F.max_pool2d(F.relu(z), 2, 2)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return F.cross_entropy(logits, y)

    # 4 What it costs to be complicated: nothing, because every view of a clip is a new one
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
