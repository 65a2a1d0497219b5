"""Connected digits: a net that writes down what is spoken, of which it never was told where each digit lies.

    s = log-mel spectrogram of x,    image = s - mean(s)               see parts/spectrogram.py; mean: of a row
    features = maxima of ReLU(kernel * image + bias),                  of each window of `pool` frames and 2 bands
    f_t = GRU(features_t, f_{t-1}),   b_t = GRU(features_t, b_{t+1})   see parts/cells.py
    logits_t = (f_t, b_t) w + b,   p_t = softmax(logits_t)             ten digits, and a blank: no digit begins here
    loss = mean of - log of the probability of y, summed over all alignments of y with p: see parts/ctc_loss.py

At each step the net names a digit or the blank. Repeated names are merged, then blanks dropped: "-11-1--7" is 1 1 7.
All alignments that spell the text are right, so the net is free to choose when to name a digit. Rows end at different
times; what stands after a row's end changes nothing. Graves et al. 2006, "Connectionist temporal classification".

Twin: static_tf/speech/ctc.py
"""

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.cells import GRUCell
from dynamic_torch.parts.ctc_loss import CTC
from dynamic_torch.parts.spectrogram import Spectrogram


class ConnectedDigits(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    images = "n t m c -> n c t m"
    layouts = {"kernel": "h w i o -> o i h w"}

    def __init__(self, config):
        super().__init__(config)
        self.spectrogram = Spectrogram(config)
        self.kernel = nn.Parameter(torch.empty(config.channels, 1, 5, 5))
        self.bias = nn.Parameter(torch.empty(config.channels))
        self.forwards = GRUCell(config.features, config.hidden)
        self.backwards = GRUCell(config.features, config.hidden)
        self.w = nn.Parameter(torch.empty(2 * config.hidden, 11))
        self.b = nn.Parameter(torch.empty(11))
        self.ctc = CTC()
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: waves (N, S), anything after the end; lengths: samples of each (N,)
    # y: the digits that are spoken (N, L), filled up with 0; digits: how many of each row (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x, lengths):  # a function, run at every step
        s = self.tap("s", self.spectrogram(x))  # (N, T, M)
        image = self.inside(s, self.config.frames(lengths))[:, None]
        image = self.tap("image", image, self.images)  # (N, 1, T, M)
        z = F.conv2d(image, self.kernel, self.bias, stride=1, padding="same")
        z = self.tap("z", z, self.images)  # (N, C, T, M)
        # Windows lie one after the other from the first frame on, so a row's own hold nothing from after its end
        maxima = F.max_pool2d(F.relu(z), (self.config.pool, 2))  # (N, C, T/pool, M/2)
        # TWIN: in the order of bands, channels on both sides, as the next matrix is laid out
        features = rearrange(maxima, "n c t m -> n t (m c)")
        features = self.tap("features", features)  # (N, T/pool, M/2 C)
        z_f, z_b = self.forwards.input_term(features), self.backwards.input_term(features)  # (N, T/pool, 3H)
        steps = self.config.steps(lengths)  # (N,)
        f = self.tap("f", self.forwards.through_time(z_f, steps))  # (N, T/pool, H)
        b = self.tap("b", self.backwards.through_time(z_b, steps, reverse=True))  # (N, T/pool, H)
        return self.tap("logits", torch.cat([f, b], dim=2) @ self.w + self.b)  # (N, T/pool, 11)

    def inside(self, s, frames):
        """The spectrogram less the mean over a row's frames, and zeros after its end, as the convolution pads it."""
        mask = (torch.arange(s.shape[1], device=s.device) < frames[:, None])[..., None]  # (N, T, 1)
        count = frames * s.shape[2]  # (N,)
        mean = (s * mask).sum(dim=(1, 2)) / count  # (N,)
        return (s - mean[:, None, None]) * mask

    # 3 What it costs to be wrong
    def loss(self, logits, lengths, y, digits):
        return self.ctc(logits, self.config.steps(lengths), y, digits).mean()

    # 4 What it costs to be complicated: nothing
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
