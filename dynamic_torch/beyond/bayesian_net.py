"""A network whose weights are random numbers: it learns the mean and the deviation of each (Bayes by backprop).

    w = mean + deviation * noise          deviation = log(1 + exp(rho))          q(w) = N(mean, deviation^2)
    output = tanh([x 1] w1) w2            p(y | x, w) = N(output, error^2), or softmax(output)[y]
    loss = mean of - log p(y | x, w) + KL(q(w) || p(w)) / examples               p(w) = N(0, prior^2)
    KL = sum over weights of (m^2 + v - log v - 1) / 2          m = mean / prior, v = (deviation / prior)^2

    local: x w, whose weights are drawn for each example, is x mean + sqrt(x^2 deviation^2) * noise

Blundell et al. 2015. A prediction is the mean over several draws of the weights; where these differ, the network does
not know. The local form (Kingma, Salimans & Welling 2015) draws fewer numbers: one for each sum, not for each weight.

Twin: static_tf/beyond/bayesian_net.py
"""

from math import log, pi

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class BayesianNet(Model):
    def __init__(self, config):
        super().__init__(config)
        self.mean1 = nn.Parameter(torch.empty(config.inputs + 1, config.hidden))
        self.rho1 = nn.Parameter(torch.empty(config.inputs + 1, config.hidden))
        self.mean2 = nn.Parameter(torch.empty(config.hidden + 1, config.outputs))
        self.rho2 = nn.Parameter(torch.empty(config.hidden + 1, config.outputs))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: examples of each draw of the weights (S, N, D); y: targets (S, N, 1), or digits (S, N)
    # noise1, noise2: of each draw's weights (S, D + 1, H), (S, H + 1, C); local: (S, N, H), (S, N, C)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x, noise1, noise2):  # a function, run at every step
        z = self.tap("z", self.layer(x, self.mean1, self.rho1, noise1))  # (S, N, H)
        h = self.tap("h", torch.tanh(z))  # (S, N, H)
        return self.tap("output", self.layer(h, self.mean2, self.rho2, noise2))  # (S, N, C)

    def layer(self, x, mean, rho, noise):
        deviation = self.deviation(rho)
        if self.config.local:
            variance = self.affine(torch.square(x), torch.square(deviation))
            return self.affine(x, mean) + torch.sqrt(variance) * noise
        return self.affine(x, mean + deviation * noise)

    def affine(self, x, w):
        """x times all rows of w but the last, which is the bias."""
        return x @ w[..., :-1, :] + w[..., -1:, :]

    def deviation(self, rho):
        # TWIN: PyTorch's softplus is linear above 20, so here the formula is written out
        return torch.logaddexp(rho, torch.zeros_like(rho))

    # 3 What it costs to be wrong
    def loss(self, output, y):
        return -torch.mean(self.log_likelihood(output, y))

    def log_likelihood(self, output, y):
        """Of each target, given the output of its draw, in nats."""
        if self.config.likelihood == "normal":
            error = (y - output) / self.config.error  # (S, N, 1)
            return -torch.square(error) / 2 - log(self.config.error) - log(2 * pi) / 2
        # TWIN: the classes are the last axis in TensorFlow, and the second one in PyTorch
        return -F.cross_entropy(output.transpose(1, 2), y, reduction="none")  # (S, N)

    # 4 What it costs to be complicated: to know weights better than before any data
    def regularizer(self):
        divergence = self.divergence(self.mean1, self.rho1) + self.divergence(self.mean2, self.rho2)
        return divergence / self.config.examples

    def divergence(self, mean, rho):
        """KL(N(mean, deviation^2) || N(0, prior^2)) of a layer's weights, in nats."""
        mean, variance = mean / self.config.prior, torch.square(self.deviation(rho) / self.config.prior)
        return torch.sum(torch.square(mean) + variance - torch.log(variance) - 1) / 2

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
