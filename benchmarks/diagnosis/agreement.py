"""Whether two values of a model agree: arrays in the layouts of both sides, or a value that is not computed yet."""

from typing import Any

import numpy as np

from benchmarks.proof.elements import strays
from benchmarks.proof.tolerances import FLOAT64_TOLERANCE
from benchmarks.proof.verdicts import relative_norm


def alike(a: Any, b: Any) -> bool:
    """Whether two arrays agree, whatever the layouts of images, series and kernels on either side."""
    if isinstance(a, str) or isinstance(b, str):  # the name of a part or a parameter of the model
        return bool(np.array_equal(a, b))
    try:
        a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    except NotImplementedError:  # a tensor inside of a loop of the graph, which cannot be fetched
        return True
    if a.shape == b.shape or a.ndim != b.ndim or a.ndim < 3:
        return a.shape == b.shape and _close(a, b)
    return any(a.shape == other.shape and _close(a, other) for other in map(b.transpose, LAYOUTS.get(a.ndim, ())))


LAYOUTS = {  # a series or an image has its channels last or second, its kernel the outputs last or first
    3: ((0, 2, 1), (2, 1, 0)),
    4: ((0, 3, 1, 2), (0, 2, 3, 1), (2, 3, 1, 0), (3, 2, 0, 1)),
}


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    if np.array_equal(a, b, equal_nan=True):
        return True
    return relative_norm(a, b) <= FLOAT64_TOLERANCE and not np.any(strays(a, b))


def fits(symbol: Any, value: Any) -> bool:
    """Whether a value of a graph or module can be the reference's: the same number, or the same shape and type."""
    symbol, value = (np.asarray(x) if isinstance(x, np.generic) else x for x in (symbol, value))  # a Session's scalar
    if isinstance(symbol, str) and isinstance(value, str):
        return symbol == value
    if isinstance(value, int | float) and getattr(getattr(symbol, "shape", None), "rank", None) == 0:
        return True  # what a while_loop counts is a tensor
    if isinstance(symbol, int | float) or isinstance(value, int | float):
        return not other_number(symbol, value)
    if isinstance(symbol, np.ndarray) and isinstance(value, np.ndarray):
        return alike(symbol, value)
    sizes = getattr(symbol, "shape", None)
    if sizes is None or not isinstance(value, np.ndarray):
        return True
    known = list(sizes) if getattr(sizes, "rank", 0) is not None else None
    if known is not None:
        left = list(value.shape)
        if len(known) != len(left):
            return False
        if len(left) < 3 and any(size not in (None, own) for size, own in zip(known, left)):
            return False  # axes of images, series and kernels may be in another order
        for size in (size for size in known if size is not None):
            if size not in left:
                return False
            left.remove(size)
    kind = str(getattr(getattr(symbol, "dtype", ""), "name", getattr(symbol, "dtype", ""))).rpartition(".")[2]
    kind = kind.removesuffix("_ref")
    return kind == value.dtype.name if "float" in kind + value.dtype.name else True


def other_number(a: Any, b: Any) -> bool:
    """Whether two values differ, at least one being a number; the other may be an array that holds one."""
    if not any(isinstance(x, int | float) for x in (a, b)):
        return False
    numbers = [isinstance(x, int | float) or (isinstance(x, np.ndarray) and x.ndim == 0) for x in (a, b)]
    return not (all(numbers) and a == b)
