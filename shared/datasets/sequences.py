"""Series as (N, positions, 1), float32."""

from functools import cache

import numpy as np

from shared.datasets import Dataset, Split, files
from shared.randomness import generator


@cache
def mnist1d(shuffled: bool = False) -> Dataset:
    """4,000 + 1,000 drawn digits as noisy series (Greydanus & Kobak 2024). x (N, 40, 1), y (N,) int64.

    `shuffled`: the positions of all series in another, common order. Only the neighbourhoods are lost.
    """
    data = files.load("mnist1d.npz")
    order = generator("mnist1d", "positions").permutation(data["x"].shape[1]) if shuffled else slice(None)
    train, test = (data[f"x{part}"].astype(np.float32)[:, order, None] for part in ("", "_test"))
    return Dataset(Split(train, data["y"].astype(np.int64)), Split(test, data["y_test"].astype(np.int64)))
