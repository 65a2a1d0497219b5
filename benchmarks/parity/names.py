"""Pairs of differently named arrays that have the same values, or else the same shape."""

from collections.abc import Mapping
from itertools import permutations

import numpy as np

from benchmarks.parity.inputs import Value

CLOSE = 1e-5  # of the largest element: float32 rounds
MOST = 300  # names, because each of one side is tried with each of the other


def pairing(reference: Mapping[str, Value], other: Mapping[str, Value]) -> list[str]:
    """Lines such as "dense/kernel:0 -> dense.weight, transposed", for names that each belong to one side only.

    Only the first MOST names of each side are tried. A pairing by shape is proposed if it is the only one that fits.
    """
    found, free = [], dict(list(other.items())[:MOST])
    left = dict(list(reference.items())[:MOST])
    for by in (_same_values, _same_shape):
        for name, value in list(left.items()):
            fitting = {candidate: how for candidate, x in free.items() if (how := by(value.array, x.array)) is not None}
            if len(fitting) == 1 or (fitting and by is _same_values):
                candidate, how = next(iter(fitting.items()))
                found.append(f"{name} -> {candidate}{how}")
                del left[name], free[candidate]
    return found


def _same_values(a: np.ndarray, b: np.ndarray) -> str | None:
    """How the values of `a` became those of `b`; None if they did not."""
    if a.size != b.size or not a.size or not all(np.issubdtype(x.dtype, np.number) for x in (a, b)):
        return None
    for order in permutations(range(a.ndim)) if a.ndim <= 5 else ():
        moved = a.transpose(order)
        if moved.shape == b.shape and np.allclose(moved, b, rtol=0, atol=CLOSE * float(np.max(np.abs(a)))):
            same = order == tuple(range(a.ndim))
            return "" if same else ", transposed" if a.ndim == 2 else f", axes in the order {order}"
    return None


def _same_shape(a: np.ndarray, b: np.ndarray) -> str | None:
    if a.shape == b.shape:
        return ", by its shape only"
    return ", transposed, by its shape only" if sorted(a.shape) == sorted(b.shape) else None
