"""An autoencoder: a network that reproduces its input through a code of few numbers, or from a noisy copy.

    h = s(x~ w1 + b1)         z = h w2 + b2         y = sigmoid(z), or z         s: sigmoid, or the identity
    loss = mean over examples of the sum over pixels of - x log y - (1 - x) log(1 - y), or of (x - y)^2

x~ is x itself, or x with some pixels set to zero, which a network can restore only if it has learned how pixels depend
on each other (denoising: Vincent et al. 2008). Tied weights: w2 is w1 transposed. A linear autoencoder with tied
weights and squared error finds the subspace of the principal components (Baldi & Hornik 1989). Autoencoders can be
stacked, each trained on the codes of the one before, to initialise a deep net (Bengio et al. 2007).

Twin: static_tf/deep/autoencoder.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class Autoencoder(Model):
    def __init__(self, config):
        super().__init__(config)
        self.w1 = nn.Parameter(torch.empty(config.inputs, config.hidden))
        self.b1 = nn.Parameter(torch.empty(config.hidden))
        if not config.tied:
            self.w2 = nn.Parameter(torch.empty(config.hidden, config.inputs))
        self.b2 = nn.Parameter(torch.empty(config.inputs))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: images (N, D); noisy: copies of them, with or without noise (N, D)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, noisy):  # a function, run at every step
        h = self.tap("h", self.encoder(noisy))  # (N, H)
        return self.tap("z", self.decoder(h))  # (N, D)

    def encoder(self, x):
        h = x @ self.w1 + self.b1
        return h if self.config.code == "linear" else torch.sigmoid(h)

    def decoder(self, h):
        # TWIN: a TF1 tensor has no .T: the product transposes w1; in PyTorch .T is a view, nothing is copied
        return (h @ self.w1.T if self.config.tied else h @ self.w2) + self.b2

    # 3 What it costs to be wrong, in every pixel; to be complicated costs nothing
    def loss(self, z, x):
        if self.config.error == "squared":
            losses = torch.square(x - z)  # (N, D)
        else:
            losses = F.binary_cross_entropy_with_logits(z, x, reduction="none")  # (N, D)
        return torch.mean(torch.sum(losses, 1))

    # 4 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
