"""Functions of a value that ports apply once too often, or in another form: softmax, GELU, another activation."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.special import erf, softmax

MANY = 16  # fewest elements: a few numbers are in order by chance


def functions(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what may have been applied to the reference `a`, and its result; NaN where nothing is known."""
    for axis in range(a.ndim):
        if a.shape[axis] > 1 and _sums_to_one(b, axis):
            twice = " twice" if _sums_to_one(a, axis) else ", where the reference has its logits"
            yield f"softmax on axis {axis} is applied{twice}", softmax(a, axis)
    yield from _gelu(a)
    if _increases(a, b):
        yield "every element is a non-decreasing function of the reference: another activation", b


def _sums_to_one(x: np.ndarray, axis: int) -> bool:
    return bool(np.all(x >= 0) and np.allclose(x.sum(axis), 1, rtol=0, atol=1e-5))


def _gelu(a: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """GELU in its two forms, if the reference can be one: the argument is found from the positive values."""

    def exact(z: np.ndarray) -> np.ndarray:
        return z * (1 + erf(z / np.sqrt(2))) / 2

    def by_tanh(z: np.ndarray) -> np.ndarray:
        return z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))) / 2

    positive = a[a > 0]
    if positive.size < MANY or np.min(a) < -0.171:  # GELU is nowhere smaller
        return
    for what, one, other in (("by tanh, not exactly", exact, by_tanh), ("exactly, not by tanh", by_tanh, exact)):
        yield f"GELU is computed {what}", np.where(a > 0, other(_inverse(one, a)), np.nan)


def _inverse(function: Callable[[np.ndarray], np.ndarray], value: np.ndarray) -> np.ndarray:
    """The positive argument of an increasing function, by bisection."""
    low, high = np.zeros_like(value), np.maximum(value, 0) + 1
    for _ in range(60):
        middle = (low + high) / 2
        below = function(middle) < value
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def _increases(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether `b` never falls where `a` rises, and at least half of the elements differ: a few may fit by chance."""
    if np.count_nonzero(np.abs(a - b) > 1e-3 * np.abs(a)) < max(MANY, a.size / 2):
        return False
    order = np.argsort(a, axis=None)
    steps = np.diff(b.ravel()[order])
    return bool(np.all(steps[np.diff(a.ravel()[order]) > 0] >= 0) and np.ptp(b) > 0)
