"""A variational autoencoder: an image is a random code, decoded; training raises a bound on the image's likelihood.

    h = tanh(x w1 + b1)          mean, log_variance = h w2 + b2, h w3 + b3          q(z | x) = N(mean, variance)
    p(z) = N(0, 1)          logits = tanh(z w4 + b4) w5 + b5          p(x | z) = Bernoulli(sigmoid(logits))
    bound = log p(x | z) - KL(q(z | x) || p(z)), on average at most log p(x)
    KL = sum of (mean^2 + variance - log_variance - 1) / 2

Kingma & Welling 2014. The code is drawn as mean + deviation x noise, where the noise comes from outside
(reparameterisation): so a gradient flows through the drawing, down to the encoder.

Twin: static_tf/generative/vae.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class VAE(Model):
    def __init__(self, config):
        super().__init__(config)
        self.w1 = nn.Parameter(torch.empty(config.inputs, config.hidden))
        self.b1 = nn.Parameter(torch.empty(config.hidden))
        self.w2 = nn.Parameter(torch.empty(config.hidden, config.latent))
        self.b2 = nn.Parameter(torch.empty(config.latent))
        self.w3 = nn.Parameter(torch.empty(config.hidden, config.latent))
        self.b3 = nn.Parameter(torch.empty(config.latent))
        self.w4 = nn.Parameter(torch.empty(config.latent, config.hidden))
        self.b4 = nn.Parameter(torch.empty(config.hidden))
        self.w5 = nn.Parameter(torch.empty(config.hidden, config.inputs))
        self.b5 = nn.Parameter(torch.empty(config.inputs))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: images in black or white (N, D); noise: of the codes (N, L)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x, noise):  # a function, run at every step
        mean, log_variance = self.encoder(x)
        z = self.tap("z", mean + torch.exp(log_variance / 2) * noise)  # (N, L)
        log_likelihood = self.tap("log_likelihood", self.log_likelihood(x, self.decoder(z)))  # (N,)
        divergence = self.tap("divergence", self.divergence(mean, log_variance))  # (N,)
        return self.tap("bound", log_likelihood - divergence)  # (N,)

    def encoder(self, x):
        h = torch.tanh(x @ self.w1 + self.b1)  # (N, H)
        mean = self.tap("mean", h @ self.w2 + self.b2)  # (N, L)
        return mean, self.tap("log_variance", h @ self.w3 + self.b3)

    def decoder(self, z):
        h = torch.tanh(z @ self.w4 + self.b4)  # (N, H)
        return self.tap("logits", h @ self.w5 + self.b5)  # (N, D)

    def log_likelihood(self, x, logits):
        """The logarithm of the probability of the pixels, given the code."""
        losses = F.binary_cross_entropy_with_logits(logits, x, reduction="none")  # (N, D)
        return -torch.sum(losses, 1)

    def divergence(self, mean, log_variance):
        """KL(N(mean, variance) || N(0, 1)) of each code, in nats."""
        return torch.sum(torch.square(mean) + torch.exp(log_variance) - log_variance - 1, 1) / 2

    # 3 What it costs to be wrong; to be complicated costs the divergence, which is in the bound
    def loss(self, bound):
        return -torch.mean(bound)

    # 4 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
