"""Images as (N, height, width, channels), float32 in 0..1."""

from functools import cache
from pathlib import Path

import numpy as np

from shared.datasets import Dataset, Split, hold_out, idx
from shared.datasets.upstream import FASHION, MNIST, Collection, folder
from shared.randomness import generator


@cache
def digits() -> Dataset:
    """1,797 handwritten digits (Alpaydin & Kaynak 1998; from scikit-learn). x (N, 8, 8, 1), y (N,) int64."""
    from sklearn.datasets import load_digits  # here, because the import takes a second and only these data need it

    x, y = load_digits(return_X_y=True)
    images = (x / 16).astype(np.float32).reshape(-1, 8, 8, 1)
    return hold_out(images, y.astype(np.int64), 0.2, generator("digits", "order").permutation(len(y)))


def binary_digits() -> Dataset:
    """The same digits in black or white: pixels with half of the ink or more are 1, the others 0. x (N, 8, 8, 1)."""
    grey = digits()
    return Dataset(*(Split((part.x >= 0.5).astype(np.float32), part.y) for part in (grey.train, grey.test)))


def flat(x: np.ndarray) -> np.ndarray:
    """Images as rows of pixels."""
    return x.reshape(len(x), -1)


def mnist() -> Dataset:
    """60,000 + 10,000 handwritten digits (LeCun et al. 1998), which do not ship. x (N, 28, 28, 1), y (N,) int64."""
    return _read(MNIST, folder())


def fashion() -> Dataset:
    """60,000 + 10,000 garments of ten kinds (Xiao et al. 2017), which do not ship. x (N, 28, 28, 1), y (N,) int64."""
    return _read(FASHION, folder())


@cache
def _read(collection: Collection, place: Path) -> Dataset:
    def part(name: str) -> Split:
        images, labels = (idx.read(collection, collection.files[f"{name} {kind}"]) for kind in ("images", "labels"))
        return Split(images[..., None] / np.float32(255), labels.astype(np.int64))

    return Dataset(part("train"), part("test"))
