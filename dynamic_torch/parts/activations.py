"""Activations: functions of a hidden unit's total input z.

    f(z) = 1 / (1 + exp(-z)), tanh(z), max(z, 0), z > 0 ? z : a z, or the largest of k linear pieces

ReLU: Nair & Hinton 2010; leaky (a fixed): Maas et al. 2013; parametric (a learned): He et al. 2015; randomised (a drawn
at every step, its mean in inference): Xu et al. 2015; maxout: Goodfellow et al. 2013.
At the kink z = 0 the derivative is that of the side below zero; pieces that tie share the gradient.

Twin: static_tf/parts/activations.py
"""

import torch
from torch.nn import functional as F


def build(config):
    """The activation that a configuration names, to be called with z and, where it is learned or drawn, with a."""
    return {
        "sigmoid": Sigmoid(),
        "tanh": Tanh(),
        "relu": ReLU(),
        "leaky_relu": LeakyReLU(config.negative_slope),
        "parametric_relu": ParametricReLU(),
        "randomised_relu": RandomisedReLU(),
        "maxout": Maxout(config.pieces),
    }[config.activation]


class Sigmoid:
    def __call__(self, z, a=None):
        return torch.sigmoid(z)


class Tanh:
    def __call__(self, z, a=None):
        return torch.tanh(z)


class ReLU:
    def __call__(self, z, a=None):
        return F.relu(z)


class LeakyReLU:
    """The slope below zero is fixed."""

    def __init__(self, negative_slope):
        self.negative_slope = negative_slope

    def __call__(self, z, a=None):
        # TWIN: PyTorch's function, which keeps its slope in float64
        return F.leaky_relu(z, self.negative_slope)


class ParametricReLU:
    """The slope below zero is learned: one for each unit, or one for all."""

    def __call__(self, z, a):
        # TWIN: PyTorch has a function for it
        return F.prelu(z, a)


class RandomisedReLU:
    """The slope below zero is drawn for each example and unit."""

    def __call__(self, z, a):
        # TWIN: written out on both sides: F.rrelu of PyTorch would draw slopes of its own
        return torch.where(z > 0, z, a * z)


class Maxout:
    """The largest of each unit's linear pieces."""

    def __init__(self, pieces):
        self.pieces = pieces

    def __call__(self, z, a=None):  # (N, H k)
        z = z.unflatten(1, (-1, self.pieces))  # (N, H, k)
        # TWIN: pieces that tie share the gradient; in PyTorch that is amax, not max(dim)
        return torch.amax(z, dim=2)  # (N, H)
