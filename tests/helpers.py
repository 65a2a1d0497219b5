"""States compared, and twins that tests share."""

from functools import lru_cache

import numpy as np

from benchmarks import twin

SIDES = ("static", "dynamic")
# Options of a twin that is quick to build: TensorFlow runs its graph as it is written, unoptimized
SMALL = {"size": "proof", "threads": 1, "optimized": False}


def equal(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def proof_twin(side, name, variant="plain", observed=True):
    """A twin at the size of the proof, in its initial state. The tests of a model, which all run in one process, share
    it: to build a graph takes longer than to use it."""
    arm = _built(side, name, variant, observed)
    arm.reset()
    return arm


@lru_cache(16)
def _built(side, name, variant, observed):
    return twin(side, name, variant=variant, observed=observed, **SMALL)
