"""Hints at what would make two arrays equal, from their values alone, for ports whose source is not available.

Each hint is a change that ports of TF1 code to PyTorch, or back, often forget. It is given only if it explains the
difference of every element of which it says anything.
"""

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from benchmarks.parity.functions import functions

EXPLAINED = 1e-4  # share of the difference that may be left, because float32 rounds, too
ENOUGH = 3  # fewest elements: some factor and some offset explain any two numbers

Change = tuple[str, np.ndarray]  # what it is, and what it makes of the reference


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
    left = np.where(np.isnan(changed), 0.0, changed - b)  # NaN: a change says nothing of this element
    return bool(np.linalg.norm(left) <= EXPLAINED * before)


def _changes(a: np.ndarray, b: np.ndarray) -> Iterator[Change]:
    """Yield the description and the result of every change that is tried, the simplest first."""
    orders = list(permutations(range(a.ndim)))[1:] if 1 < a.ndim <= 5 else []
    for order in orders:
        meaning = LAYOUTS.get(order, "")
        yield f"its axes are in another order: transpose{order} of the reference{meaning}", a.transpose(order)
    if a.shape != b.shape:
        yield f"the same values in shape {b.shape}: a reshape", a.reshape(b.shape)
        return
    yield "the sign is reversed", -a
    for axis in range(a.ndim):
        yield f"axis {axis} is reversed", np.flip(a, axis)
        yield from _shifts(a, axis)
        yield from _blocks(a, b, axis)
    for axis in range(a.ndim):
        yield from _flattened(a, axis)
    if a.ndim > 2:
        for axis in range(a.ndim - 1):
            for one, two in ((1, 1), (-1, -1)):
                step = "on" if one > 0 else "back"
                what = f"axes {axis} and {axis + 1} are shifted {step} by one: another padding of images"
                yield what, _shifted(_shifted(a, axis, one), axis + 1, two)
    yield from _scaled(a, b)
    yield from functions(a, b)


LAYOUTS = {
    (0, 3, 1, 2): ": images NHWC and NCHW",
    (0, 2, 3, 1): ": images NCHW and NHWC",
    (3, 2, 0, 1): ": kernels HWIO and OIHW",
    (2, 3, 1, 0): ": kernels OIHW and HWIO",
    (1, 0): ": matrices (in, out) and (out, in)",
}


def _shifts(a: np.ndarray, axis: int) -> Iterator[Change]:
    yield f"axis {axis} is rotated by one", np.roll(a, 1, axis)
    yield f"axis {axis} is rotated back by one", np.roll(a, -1, axis)
    if a.shape[axis] > ENOUGH:
        yield f"axis {axis} is shifted on by one, with another element in front: a padding", _shifted(a, axis, 1)
        yield f"axis {axis} is shifted back by one, with another element behind: a padding", _shifted(a, axis, -1)


def _shifted(a: np.ndarray, axis: int, by: int) -> np.ndarray:
    """Shifted by one without wrapping round: what enters at the edge is NaN."""
    moved = np.roll(a, by, axis)
    edge: list[slice | int] = [slice(None)] * a.ndim
    edge[axis] = 0 if by > 0 else -1
    moved[tuple(edge)] = np.nan
    return moved


GATES = {
    3: " (PyTorch's GRU has r, z, n; Keras's z, r, n)",
    4: " (PyTorch's LSTM has i, f, g, o; TF1's i, g, f, o)",
}


def _blocks(a: np.ndarray, b: np.ndarray, axis: int) -> Iterator[Change]:
    """The equal blocks of an axis in another order, which is found block by block."""
    for count in (2, 3, 4):
        if a.shape[axis] % count or a.shape[axis] < 2 * count:
            continue
        mine, theirs = np.split(a, count, axis), np.split(b, count, axis)
        order = [int(np.argmin([np.linalg.norm(block - own) for own in mine])) for block in theirs]
        if sorted(order) == list(range(count)) and order != sorted(order):
            what = f"the {count} blocks of axis {axis} are in the order {order}: gates{GATES.get(count, '')}"
            yield what, np.concatenate([mine[i] for i in order], axis)


def _flattened(a: np.ndarray, axis: int) -> Iterator[Change]:
    """An axis that came from flattening images: rows of NHWC in the order of NCHW, or back."""
    length = a.shape[axis]
    for channels in [n for n in range(2, length // 2 + 1) if length % n == 0]:
        order = np.arange(length).reshape(-1, channels).T.ravel()
        here, there = f"NHWC of {channels} channels", f"NCHW of {length // channels}"
        what = f"axis {axis} is another flatten: of images {here}, flattened as NCHW; or {there}, as NHWC"
        yield what, np.take(a, order, axis)


def _scaled(a: np.ndarray, b: np.ndarray) -> Iterator[Change]:
    norm = float(np.vdot(a, a))
    if norm:
        factor = float(np.vdot(a, b)) / norm
        if not _near(factor, -1):  # which turns the sign
            yield f"every element is {factor:.6g} times the reference{_factor(factor)}", factor * a
    yield f"every element is the reference plus {np.mean(b - a):.6g}: an offset", a + np.mean(b - a)
    for axis in {a.ndim - 1, 1} if a.ndim > 1 else ():
        rest = tuple(other for other in range(a.ndim) if other != axis)
        if a.size // a.shape[axis] > ENOUGH:
            mean_a, mean_b = a.mean(rest, keepdims=True), b.mean(rest, keepdims=True)
            variance = np.mean((a - mean_a) ** 2, rest, keepdims=True)
            slope = np.mean((a - mean_a) * (b - mean_b), rest, keepdims=True) / np.where(variance > 0, variance, 1)
            what = (
                f"each index of axis {axis} has a factor ({slope.min():.6g} to {slope.max():.6g}) and an offset of its"
            )
            what += " own: a normalisation with another epsilon or other statistics (training, inference)"
            yield what, mean_b + slope * (a - mean_a)


def _factor(factor: float) -> str:
    """The usual cause of a constant factor; empty if none is known."""
    if _near(factor, 2) or _near(factor, 0.5):
        return ": the factor 1/2 of an L2 penalty, or of a squared error"
    if factor > 2 and _near(factor, round(factor)):
        return f": a sum over {round(factor)} elements, where the reference has the mean"
    if 0 < factor < 0.5 and _near(1 / factor, round(1 / factor)):
        return f": a mean over {round(1 / factor)} elements, where the reference has the sum"
    for ratio, meaning in (
        (factor, "unbiased variance, not the biased one"),
        (1 / factor if factor else 0, "biased variance, not the unbiased one"),
    ):
        if 1 < ratio < 2 and _near(ratio - 1, 1 / round(1 / (ratio - 1))):
            return f": n / (n - 1) for n = {round(ratio / (ratio - 1))}, the {meaning}"
    return ""


def _near(value: float, target: float) -> bool:
    return abs(value - target) <= 1e-4 * abs(target)
