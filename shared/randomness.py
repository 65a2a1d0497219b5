"""Keyed, counter-based random numbers: the same key gives the same values, whatever was drawn before.

Both twins must receive the same initial values, masks, noise and shuffles, so none of them is ever drawn
by a framework. Each array has a key of its own (`generator("lstm", "initial", "kernel")`): adding a parameter
or a batch changes no other.
"""

import hashlib

import numpy as np

from shared.errors import UsageError


def generator(*key: str | int) -> np.random.Generator:
    """A NumPy generator on the Philox counter (Salmon et al. 2011) whose 128-bit key is a hash of `key`."""
    digest = hashlib.sha256("\0".join(map(str, key)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


def glorot_uniform(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """U(-r, r) with r = sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010), for (in, out) or HWIO kernels."""
    receptive_field = int(np.prod(shape[:-2]))
    fan_in, fan_out = receptive_field * shape[-2], receptive_field * shape[-1]
    limit = np.sqrt(6 / (fan_in + fan_out))
    return random.uniform(-limit, limit, shape).astype(np.float32)


def shuffled_batches(size: int, batch: int, *key: str | int):
    """Yield index arrays of length `batch`, for ever: every epoch a new keyed permutation of `size` examples.

    An epoch's incomplete last batch is left out, so every batch has the same shape.
    """
    if not 0 < batch <= size:
        raise UsageError(f"a batch of {batch} out of {size} examples cannot be: ask for 1 to {size}")
    epoch = 0
    while True:
        order = generator(*key, "epoch", epoch).permutation(size)
        for start in range(0, size - batch + 1, batch):
            yield order[start : start + batch]
        epoch += 1
