"""What the probes of several topics use.

Twin: static_tf/differences/probe.py
"""

import torch

from shared.differences import Probe

PROBES: dict[str, Probe] = {}


def probe(function):
    """Enter a function in the table of this side, under its own name."""
    PROBES[function.__name__] = function
    return function


def slope(y, x):
    """The gradient of the sum of y with respect to x."""
    return torch.autograd.grad(y.sum(), x)[0]


def refused(function):
    """Whether computing it is an error, as 1 or 0."""
    try:
        function()
    except IndexError:
        return 1.0
    return 0.0
