"""Two players: a generator makes points or images from noise, a discriminator tells them from real ones.

    fake = generator(noise)          D: the discriminator's log-odds of being real          s = sigmoid(D(fake))
    discriminator's loss = - mean log sigmoid(D(real)) - mean log sigmoid(- D(fake))
    generator's loss = mean log sigmoid(- D(fake)), minimax: the slope of a term in its D(fake) is - s
                  or - mean log sigmoid(D(fake)), non-saturating: it is s - 1

Goodfellow et al. 2014, Algorithm 1 with one step each. In the minimax game the generator wins what the discriminator
loses on fakes. Both losses pull D(fake) up, equally hard at s = 1/2. But where the discriminator is sure of a fake, s
is 0, and so is the slope of the minimax loss: it saturates (section 3).

The players move in turn, on the same noise:
1. the discriminator reads noise and real data; the generator is held fixed;
2. the generator reads noise alone, and plays against the discriminator as it is after its step, held fixed in turn.

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
        self.generator = MLP(config.noise, config.hidden, config.outputs, negative_slope=0.0)
        self.discriminator = MLP(config.outputs, config.hidden, 1, negative_slope=config.negative_slope)
        discriminator = self.discriminator.named_parameters(prefix="discriminator")
        generator = self.generator.named_parameters(prefix="generator")
        self.discriminator_optimizer = build(config.optimizer, discriminator, name="discriminator")
        self.generator_optimizer = build(config.optimizer, generator, name="generator")

    # 1 What goes in, and what should come out
    # noise: of the generator (N, Z); real: points or images of the data (N, D)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, noise):  # a function, run at every step
        fake = self.generator(noise)  # (N, D)
        if self.config.data == "digits":
            fake = torch.sigmoid(fake)  # the ink of a pixel lies between 0 and 1
        return self.tap("fake", fake)

    # 3 What it costs each player to be wrong; to be complicated costs nothing
    def discriminator_loss(self, noise, real):
        real_logits = self.tap("real_logits", self.discriminator(real))  # (N, 1)
        fake_logits = self.tap("fake_logits", self.discriminator(self(noise)))  # (N, 1)
        # TWIN: not written as softplus(- D), which is linear above 20 in PyTorch: that changes a float64 result by 1e-9
        return -torch.mean(F.logsigmoid(real_logits)) - torch.mean(F.logsigmoid(-fake_logits))

    def generator_loss(self, noise):
        fake_logits = self.tap("fake_logits", self.discriminator(self(noise)))  # (N, 1)
        if self.config.loss == "minimax":
            return torch.mean(F.logsigmoid(-fake_logits))  # the discriminator's own term, negated
        return -torch.mean(F.logsigmoid(fake_logits))

    # 4 How parameters move, each player in turn
    def players(self):
        # Of each: the loss, whose arguments are all that its step reads; the parameters that move; how they move
        own = self.canonical_parameters
        discriminator = self.discriminator_loss, own("discriminator/"), self.update_discriminator
        generator = self.generator_loss, own("generator/"), self.update_generator
        return [Player("discriminator", *discriminator), Player("generator", *generator)]

    def update_discriminator(self, loss):  # done here and now
        # TWIN: only the inputs of backward receive a gradient: the generator stays as it is
        self.discriminator_optimizer.zero_grad()
        loss.backward(inputs=list(self.discriminator.parameters()))
        self.discriminator_optimizer.step()

    def update_generator(self, loss):
        # TWIN: only the inputs of backward receive a gradient: the discriminator stays as it is
        self.generator_optimizer.zero_grad()
        loss.backward(inputs=list(self.generator.parameters()))
        self.generator_optimizer.step()
