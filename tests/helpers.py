"""States compared."""

import numpy as np

SIDES = ("static", "dynamic")


def equal(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)
