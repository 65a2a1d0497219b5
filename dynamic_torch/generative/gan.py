"""Two players: a generator makes points from noise, a discriminator tells them from real ones.

    fake = generator(noise)
    discriminator's loss = - mean log sigmoid(D(real)) - mean log sigmoid(- D(fake))         D: log-odds of being real
    generator's loss = - mean log sigmoid(D(fake))

Goodfellow et al. 2014, Algorithm 1 with one step each and the generator's non-saturating loss (section 3).
The players move in turn: the generator plays against the discriminator as it is after its step.

Twin: static_tf/generative/gan.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.activations import LeakyReLU
from shared.players import Player


class MLP(nn.Module):
    """A multilayer perceptron of three layers, with a leaky ReLU after the first two; a slope of 0 makes it a ReLU."""

    def __init__(self, inputs, hidden, outputs, negative_slope):
        super().__init__()
        self.activation = LeakyReLU(negative_slope)
        self.w1 = nn.Parameter(torch.empty(inputs, hidden))
        self.b1 = nn.Parameter(torch.empty(hidden))
        self.w2 = nn.Parameter(torch.empty(hidden, hidden))
        self.b2 = nn.Parameter(torch.empty(hidden))
        self.w3 = nn.Parameter(torch.empty(hidden, outputs))
        self.b3 = nn.Parameter(torch.empty(outputs))

    def forward(self, x):
        h = self.activation(x @ self.w1 + self.b1)  # (N, H)
        h = self.activation(h @ self.w2 + self.b2)  # (N, H)
        return h @ self.w3 + self.b3


class GAN(Model):
    def __init__(self, config):
        super().__init__(config)
        self.generator = MLP(config.noise, config.hidden, 2, negative_slope=0.0)
        self.discriminator = MLP(2, config.hidden, 1, negative_slope=config.negative_slope)
        discriminator = self.discriminator.named_parameters(prefix="discriminator")
        generator = self.generator.named_parameters(prefix="generator")
        self.discriminator_optimizer = build(config.optimizer, discriminator, name="discriminator")
        self.generator_optimizer = build(config.optimizer, generator, name="generator")

    # 1 What goes in, and what should come out
    # noise: of the generator (N, Z); real: points of the data (N, 2)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, noise):  # a function, run at every step
        return self.tap("fake", self.generator(noise))  # (N, 2)

    # 3 What it costs each player to be wrong; to be complicated costs nothing
    def discriminator_loss(self, noise, real):
        real_logits = self.tap("real_logits", self.discriminator(real))  # (N, 1)
        fake_logits = self.tap("fake_logits", self.discriminator(self(noise)))  # (N, 1)
        # TWIN: not written as softplus(- D), which is linear above 20 in PyTorch: that changes a float64 result by 1e-9
        return -torch.mean(F.logsigmoid(real_logits)) - torch.mean(F.logsigmoid(-fake_logits))

    def generator_loss(self, noise):
        fake_logits = self.tap("fake_logits", self.discriminator(self(noise)))  # (N, 1)
        return -torch.mean(F.logsigmoid(fake_logits))

    # 4 How parameters move, each player in turn
    def players(self):
        own = self.canonical_parameters
        discriminator = self.discriminator_loss, own("discriminator/"), self.update_discriminator
        generator = self.generator_loss, own("generator/"), self.update_generator
        return [Player("discriminator", *discriminator), Player("generator", *generator)]

    def update_discriminator(self, loss):  # done here and now
        # The generator stays as it is
        self.discriminator_optimizer.zero_grad()
        loss.backward(inputs=list(self.discriminator.parameters()))
        self.discriminator_optimizer.step()

    def update_generator(self, loss):
        # The discriminator stays as it is
        self.generator_optimizer.zero_grad()
        loss.backward(inputs=list(self.generator.parameters()))
        self.generator_optimizer.step()
