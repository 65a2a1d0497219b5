"""What is pinned of every model, in its own file: its initial values, and what it accepts beside the data."""

import numpy as np

from shared.catalog import CATALOG

FEW = ["batch of 1", "batch of 2", "equal rows"]  # edge cases of every model that has rows
SIZED = [*FEW, "zeros", "tiny", "large"]  # of one whose inputs are scalable


def sums(model):
    """The sums of the absolute initial values, and of the first batch's, without a seed."""
    spec = CATALOG[model].spec()
    values = spec.initial(), next(spec.batches())
    return tuple(sum(np.abs(value).sum(dtype=np.float64) for value in own.values()) for own in values)


def edge_cases(model, variant="plain"):
    """The names of what a model accepts beside the data."""
    return list(CATALOG[model].spec(variant, size="proof").edge_cases())
