"""Hints at what would make two arrays equal, from their values alone, for ports whose source is not available.

Each hint is a change that ports of TF1 code to PyTorch, or back, often forget. It is given only if it explains the
whole difference.
"""

from collections.abc import Iterator
from itertools import permutations

import numpy as np

EXPLAINED = 1e-4  # share of the difference that may be left, because float32 rounds, too
ENOUGH = 3  # fewest elements: some factor and some offset explain any two numbers


def hint(reference: np.ndarray, other: np.ndarray) -> str:
    """The change that turns `reference` into `other`, in one line; empty if no known change does."""
    a, b = (np.asarray(x, np.float64) for x in (reference, other))
    if a.size < ENOUGH or a.size != b.size:
        return ""
    for what, changed in _changes(a, b):
        if changed.shape == b.shape and _explains(a, b, changed):
            return what
    return ""


def _explains(a: np.ndarray, b: np.ndarray, changed: np.ndarray) -> bool:
    before = np.linalg.norm(a - b) if a.shape == b.shape else np.linalg.norm(b)
    return bool(np.linalg.norm(changed - b) <= EXPLAINED * before)


def _changes(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the description and the result of every change that is tried, the simplest first."""
    if 1 < a.ndim <= 5:
        for order in list(permutations(range(a.ndim)))[1:]:
            meaning = LAYOUTS.get(order, "")
            yield f"its axes are in another order: transpose{order} of the reference{meaning}", a.transpose(order)
    if a.shape != b.shape:
        yield f"the same values in shape {b.shape}: a reshape", a.reshape(b.shape)
        return
    yield "the sign is turned", -a
    for axis in range(a.ndim):
        yield f"axis {axis} runs backwards", np.flip(a, axis)
        yield f"axis {axis} is shifted by one", np.roll(a, 1, axis)
        yield f"axis {axis} is shifted by one, back", np.roll(a, -1, axis)
        if a.shape[axis] % 4 == 0:
            i, f, g, o = np.split(a, 4, axis)
            yield (
                f"two of four gates on axis {axis} are exchanged: i, f, g, o (PyTorch) against i, g, f, o (TF1)",
                (np.concatenate([i, g, f, o], axis)),
            )
    norm = float(np.vdot(a, a))
    if norm:
        factor = float(np.vdot(a, b)) / norm
        yield f"every element is {factor:.6g} times the reference{_factor(factor)}", factor * a
    yield f"every element is the reference and {np.mean(b - a):.6g}: an offset", a + np.mean(b - a)


LAYOUTS = {
    (0, 3, 1, 2): ": images NHWC and NCHW",
    (0, 2, 3, 1): ": images NCHW and NHWC",
    (3, 2, 0, 1): ": kernels HWIO and OIHW",
    (2, 3, 1, 0): ": kernels OIHW and HWIO",
    (1, 0): ": matrices (in, out) and (out, in)",
}


def _factor(factor: float) -> str:
    """The usual cause of a constant factor; empty if none is known."""
    if _near(factor, 2) or _near(factor, 0.5):
        return ": the half of an L2 penalty, or of a squared error"
    if factor > 2 and _near(factor, round(factor)):
        return f": a sum over {round(factor)}, where the reference has their mean"
    if 0 < factor < 0.5 and _near(1 / factor, round(1 / factor)):
        return f": a mean over {round(1 / factor)}, where the reference has their sum"
    for ratio, meaning in ((factor, "unbiased for a biased"), (1 / factor if factor else 0, "biased for an unbiased")):
        if 1 < ratio < 2 and _near(ratio - 1, 1 / round(1 / (ratio - 1))):
            return f": n / (n - 1) for n = {round(ratio / (ratio - 1))}, the {meaning} variance"
    return ""


def _near(value: float, target: float) -> bool:
    return abs(value - target) <= 1e-4 * abs(target)
