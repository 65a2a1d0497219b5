"""One loader per data set: NumPy arrays, float32, already split into training and held-out parts."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Split:
    """Inputs and labels of one part of a data set; the first axis is the example."""

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Dataset:
    """The data that a model is trained on, and the data that it is judged on."""

    train: Split
    test: Split


def hold_out(x: np.ndarray, y: np.ndarray, share: float, order: np.ndarray) -> Dataset:
    """Reserve the last `share` of the examples, in the given order, for the test."""
    cut = round(len(x) * (1 - share))
    train, test = order[:cut], order[cut:]
    return Dataset(Split(x[train], y[train]), Split(x[test], y[test]))
