"""A recurrent net that hears digits: a convolution over the spectrogram, then a GRU that reads it frame by frame.

    s = log-mel spectrogram of x,    image = s - mean(s)               see parts/spectrogram.py; mean: of a clip
    features = the maximum of each 2x2 of ReLU(kernel * image + bias),    those of all bands at a time in a row
    h_t = GRU(features_t, h_{t-1})                                     see parts/cells.py
    logits = (mean of h over time) w + b,    loss = - mean log softmax(logits)[y]

The convolution finds edges: where a sound begins, where a resonance rises. The GRU follows them in their order, which a
mean over time would lose. GRU: Cho et al. 2014; convolution, then recurrence, for speech: Sainath et al. 2015.

Twin: static_tf/speech/spectrogram_recurrent_net.py
"""

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.cells import GRUCell
from dynamic_torch.parts.spectrogram import Spectrogram


class SpectrogramRecurrentNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    images = "n t m c -> n c t m"
    layouts = {"kernel": "h w i o -> o i h w"}

    def __init__(self, config):
        super().__init__(config)
        self.spectrogram = Spectrogram(config)
        self.kernel = nn.Parameter(torch.empty(config.channels, 1, 3, 3))
        self.bias = nn.Parameter(torch.empty(config.channels))
        self.cell = GRUCell(config.features, config.hidden)
        self.w = nn.Parameter(torch.empty(config.hidden, 10))
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
        z = F.conv2d(image, self.kernel, self.bias, stride=1, padding="same")
        z = self.tap("z", z, self.images)  # (N, C, T, M)
        maxima = F.max_pool2d(F.relu(z), 2, 2)  # (N, C, T/2, M/2)
        # TWIN: in the order of bands, channels on both sides, as the next matrix is laid out
        features = rearrange(maxima, "n c t m -> n t (m c)")
        features = self.tap("features", features)  # (N, T/2, M/2 C)
        h = self.tap("h", self.cell.through_time(self.cell.input_term(features)))  # (N, T/2, H)
        pooled = self.tap("pooled", h.mean(dim=1))  # (N, H)
        return self.tap("logits", pooled @ self.w + self.b)  # (N, 10)

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
