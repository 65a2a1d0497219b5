"""Arrays as people have them, made comparable: tensors of either framework on any device, with or without gradients,
bfloat16, lists, nested dicts, and complex, sparse and masked arrays."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

LOW_PRECISION = ("bfloat16", "float8")  # types that NumPy does not have


@dataclass(frozen=True)
class Value:
    """An array, and the unit roundoff of its original type; 0 for integers and booleans."""

    array: np.ndarray
    unit_roundoff: float
    parts: bool = False  # whether the last axis has the real and imaginary parts of complex numbers


def flat(values: Any, path: str = "") -> Iterator[tuple[str, Value]]:
    """Yield the path and the `Value` of every array in nested dicts and lists of arrays: "layer/0"; "" for a bare one.

    A masked array is two: "data", with zeros where it is masked, and "mask".
    """
    if isinstance(values, Mapping):
        items = [(str(name), value) for name, value in values.items()]
    elif isinstance(values, list | tuple) and values and all(hasattr(one, "shape") and one.shape for one in values):
        items = [(str(i), value) for i, value in enumerate(values)]
    elif isinstance(values, np.ma.MaskedArray):
        items = [("data", values.filled(0)), ("mask", np.ma.getmaskarray(values))]
    else:
        yield path, _value(values)
        return
    for name, value in items:
        yield from flat(value, f"{path}/{name}" if path else name)


def _value(value: Any) -> Value:
    array, unit_roundoff = _array(value)
    if np.issubdtype(array.dtype, np.complexfloating):
        array = np.stack([array.real, array.imag], -1)
        return Value(array, unit_roundoff or _unit_roundoff(array), parts=True)
    return Value(array, unit_roundoff or _unit_roundoff(array))


def _array(value: Any) -> tuple[np.ndarray, float]:
    """An array, and the unit roundoff of its type if NumPy does not have that type."""
    if type(value).__module__.partition(".")[0] == "torch" and hasattr(value, "detach"):
        value, torch = value.detach(), sys.modules["torch"]
        value = value.to_dense() if value.layout != torch.strided else value
        if str(value.dtype).removeprefix("torch.").startswith(LOW_PRECISION):
            return value.cpu().float().numpy(), torch.finfo(value.dtype).eps / 2
        return value.cpu().resolve_conj().resolve_neg().numpy(), 0.0
    if type(value).__name__ == "SparseTensor":
        value = sys.modules["tensorflow"].sparse.to_dense(value)
    if hasattr(value, "toarray"):  # SciPy's sparse arrays
        value = value.toarray()
    if type(value).__module__.startswith("tensorflow") and not hasattr(value, "numpy"):
        raise TypeError(f"{value!r} has no values yet: compare what Session.run returns")
    array = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
    if array.dtype.name.startswith(LOW_PRECISION):
        return array.astype(np.float32), float(sys.modules["ml_dtypes"].finfo(array.dtype).eps) / 2
    return array, 0.0


def _unit_roundoff(array: np.ndarray) -> float:
    return float(np.finfo(array.dtype).eps) / 2 if np.issubdtype(array.dtype, np.inexact) else 0.0
