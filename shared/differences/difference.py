"""The description of one difference, and the call of its two functions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import numpy as np

from shared.randomness import generator

Probe = Callable[..., dict[str, Any]]

TOPICS = ("optimizers", "normalization", "convolution", "recurrent", "losses", "execution")

# Equal formulas differ by about 1e-16 in float64; the smallest difference in the table is 4e-11.
ROUNDING = 1e-12

INFINITE = float("inf")  # a number on one side, NaN or infinity on the other


@dataclass(frozen=True)
class Difference:
    """One known difference.

    `expected` and `residual` are pinned: the measurements of each output on the versions in constraints.txt, with the
    defaults and aligned. If a number cannot be reproduced, a framework has changed.

    Symbols: w parameter, g gradient, t step, lr learning rate, d decay, m momentum, eps epsilon.
    """

    name: str
    topic: str
    title: str  # what differs, in a sentence: "<title>: explains the residual"
    static: str  # TF1's formula, with its defaults
    dynamic: str  # PyTorch's
    align: str  # what makes both equal
    arrays: Mapping[str, Any]  # the inputs of both probes: a shape stands for normal random numbers
    expected: Mapping[str, float]  # output -> relative difference with both defaults; 0: equal to ROUNDING
    residual: Mapping[str, float] = field(default_factory=dict)  # output -> the same when aligned, if not 0
    note: str = ""  # what cannot be measured here

    @property
    def convertible(self) -> bool:
        """Whether the two can be made equal to rounding."""
        return not any(self.residual.values())

    @property
    def equal(self) -> bool:
        """Whether the two are equal by default."""
        return not any(self.expected.values())

    def inputs(self) -> dict[str, np.ndarray]:
        """The inputs of both probes, by name; the same at every call."""
        return {
            key: generator("differences", self.name, key).normal(size=value)
            if isinstance(value, tuple)
            else np.array(value)
            for key, value in self.arrays.items()
        }


def call(probe: Probe, inputs: Mapping[str, Any], aligned: bool) -> dict[str, Any]:
    """Call a probe. The side whose code is changed to align the two has a parameter `aligned`."""
    options = {"aligned": aligned} if "aligned" in signature(probe).parameters else {}
    return probe(**inputs, **options)
