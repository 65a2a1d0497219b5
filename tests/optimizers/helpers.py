"""The slots of each optimizer, and a run."""

import numpy as np

from shared.optimizers import (
    Adadelta,
    Adagrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSProp,
)

SIDES = ("static", "dynamic")

SLOTS = {
    GradientDescent: [],
    Momentum: ["momentum"],
    Nesterov: ["momentum"],
    Adagrad: ["sum_of_squares"],
    Adadelta: ["mean_square", "mean_square_step"],
    RMSProp: ["mean_square", "momentum"],
    Adam: ["m", "v"],
}


def slots(optimizer):
    """The names of an optimizer's slots."""
    return SLOTS[type(optimizer)] + (["mean"] if getattr(optimizer, "centered", False) else [])


def counts(optimizer):
    """Whether anything depends on the number of steps: then it is part of the state."""
    return isinstance(optimizer, Adam) or optimizer.schedule is not None


n = np.float64  # else TF1 rounds it to float32
