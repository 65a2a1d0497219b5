"""Each element of two arrays judged by itself: a norm hides one wrong element among a million right ones.

A sum of terms that cancel is small, but its error is not. So an element's error is measured against its own size, or
the sizes usual around it: the medians of the slices through it, such as its row and its column.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise

import numpy as np

from benchmarks.proof.tolerances import (
    FLOAT32_ROUNDOFF,
    FLOAT64_ROUNDOFF,
    FLOAT64_TOLERANCE,
    OF_THE_LARGEST,
    ROUNDINGS_IN_A_CHAIN,
    SIDES_ALIKE,
    WORST_ELEMENT,
)

Choice = Callable[[np.ndarray, np.ndarray], np.ndarray]  # np.maximum or np.minimum


def usual(x: np.ndarray, choose: Choice = np.maximum) -> np.ndarray:
    """The usual magnitude around each element: the largest (or smallest) of the medians of the slices through it, in
    the shape of `x`. An array of one axis is a single slice.

    A slice has one index fixed. Zeros are left out, because an activation or a mask may make most elements zero.
    """
    if not x.size:
        return np.zeros(x.shape)
    magnitude = np.abs(x)
    axes = [axis for axis in range(x.ndim) if 1 < x.shape[axis] < x.size]
    rest = [tuple(other for other in range(x.ndim) if other != axis) for axis in axes] or [tuple(range(x.ndim))]
    return np.broadcast_to(reduce(choose, (_medians(magnitude, own) for own in rest)), x.shape)


def _medians(magnitude: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """The medians over these axes of what is not zero; 0 where nothing is left. The axes are kept, with length 1."""
    last = np.moveaxis(magnitude, axes, range(-len(axes), 0))
    flat = np.sort(last.reshape(*last.shape[: magnitude.ndim - len(axes)], -1), axis=-1)
    zeros = np.count_nonzero(flat == 0, axis=-1, keepdims=True)
    middle = np.minimum((zeros + flat.shape[-1]) // 2, flat.shape[-1] - 1)
    return np.expand_dims(np.take_along_axis(flat, middle, -1)[..., 0], axes)


def strays(
    a: np.ndarray,
    b: np.ndarray,
    nudged: np.ndarray | None = None,
    tolerance: float = FLOAT64_TOLERANCE,
) -> np.ndarray:
    """Where two arrays are farther apart than rounding explains, as a mask.

    `nudged` is `b` from nudged inputs: how far an element then moves is its condition. Without it the tolerance is
    relative to the sum of the element's size, the usual size around it, and a share of the largest.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    apart, size = np.abs(a - b), np.abs(b)
    if np.all(apart <= tolerance * size):  # true of most arrays
        return np.zeros(a.shape, bool)
    chain = WORST_ELEMENT * ROUNDINGS_IN_A_CHAIN * FLOAT64_ROUNDOFF
    if nudged is None:
        return apart > tolerance * (size + usual(b) + OF_THE_LARGEST * np.max(size))
    allowed = tolerance * (size + np.max(size))
    moved = np.nan_to_num(np.abs(nudged - b) / FLOAT32_ROUNDOFF, nan=0.0, posinf=0.0)
    mask = apart > allowed + chain * moved
    return apart > allowed + chain * _condition(moved) if np.any(mask) else mask


def _condition(moved: np.ndarray) -> np.ndarray:
    """How far a nudge moves each element; at least as far as its slices usually move, as one may stay put by chance."""
    return np.maximum(moved, usual(moved, np.minimum))


def strays_from(
    exact: np.ndarray, sides: Sequence[np.ndarray], nudged: np.ndarray | None, unit_roundoff: float
) -> tuple[np.ndarray, float, float]:
    """A mask of the errors of the worse of two `sides` that rounding does not explain, its largest error, and what is
    allowed. Errors are relative to the element or its condition, whichever is larger.

    More is allowed if the better side has large errors, too.
    """
    size, errors = np.abs(exact), [np.abs(side - exact) for side in sides]
    moved = usual(exact) if nudged is None else np.abs(nudged - exact) / FLOAT32_ROUNDOFF
    moved = np.nan_to_num(moved, nan=0.0, posinf=0.0)
    for condition in (lambda: moved, lambda: _condition(moved)):
        scale = np.maximum(size, condition())
        shares = [error / np.where(scale > 0, scale, np.inf) for error in errors]
        best, worst = sorted(shares, key=lambda share: np.max(share, initial=0.0))
        allowed = WORST_ELEMENT * max(ROUNDINGS_IN_A_CHAIN * unit_roundoff, SIDES_ALIKE * np.max(best, initial=0.0))
        if np.all(worst <= allowed) or nudged is None:
            break
    return worst > allowed, float(np.max(worst, initial=0.0)), allowed


def where(mask: np.ndarray) -> str:
    """Which elements a mask has, in words: one, one index of an axis, the border, or how many. "" for all or none."""
    count = int(np.count_nonzero(mask))
    indices = np.argwhere(mask)
    if count in (0, mask.size):
        return ""
    if count == 1:
        return f"only element {indices[0].tolist()}"
    for axis, length in enumerate(mask.shape):
        found = np.unique(indices[:, axis])
        if len(found) == 1 and length > 1 and mask.ndim > 1:
            return f"only index {found[0]} of axis {axis}"
    if border := _border(mask):
        return border
    return f"{count} of {mask.size} elements"


def _border(mask: np.ndarray) -> str:
    """The axes at whose ends all elements of a mask lie, in words; empty if there are none."""
    long = [axis for axis, length in enumerate(mask.shape) if length > 2]
    for axes in [(axis,) for axis in long] + list(pairwise(long)):
        inside = tuple(slice(1, -1) if axis in axes else slice(None) for axis in range(mask.ndim))
        if not np.any(mask[inside]):
            return f"only the border of ax{'i' if len(axes) == 1 else 'e'}s {' and '.join(map(str, axes))}: padding"
    return ""
