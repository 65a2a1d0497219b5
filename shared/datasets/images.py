"""Images as (N, height, width, channels), float32 in 0..1."""

from functools import cache

import numpy as np

from shared.datasets import Dataset, hold_out
from shared.randomness import generator


@cache
def digits() -> Dataset:
    """1,797 handwritten digits (Alpaydin & Kaynak 1998; from scikit-learn). x (N, 8, 8, 1), y (N,) int64."""
    from sklearn.datasets import load_digits  # here, not above: it takes a second that only this data needs

    x, y = load_digits(return_X_y=True)
    images = (x / 16).astype(np.float32).reshape(-1, 8, 8, 1)
    return hold_out(images, y.astype(np.int64), 0.2, generator("digits", "order").permutation(len(y)))
