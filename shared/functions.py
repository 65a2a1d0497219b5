"""Functions of arrays that scores and figures need, without SciPy: it would make `list` and `--help` slow to start."""

import numpy as np


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), element by element, for an x of any size: written with tanh, which does not overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))
