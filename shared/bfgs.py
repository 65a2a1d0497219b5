"""BFGS on the host: SciPy's loop, which asks either side for its loss and gradient.

Neither framework has the full BFGS, so there is one loop for both. It knows flat arrays only. SciPy works in float64: a
float32 model is asked at float32 parameters, and what it answers is taken as float64.
"""

from collections.abc import Callable

import numpy as np


def step(
    loss_and_gradient: Callable[[np.ndarray], tuple[float, np.ndarray]],
    x: np.ndarray,
    inverse_hessian: np.ndarray,
    tolerance: float,
) -> tuple[np.ndarray, np.ndarray]:
    """One iteration from `x`, (n,): the new `x`, and the new estimate of the inverse Hessian, (n, n).

    `loss_and_gradient` is called wherever the line search wants to know. Where no part of the gradient is larger than
    `tolerance`, `x` stays.
    """
    from scipy.optimize import minimize  # here: whoever uses another optimizer does not wait for it

    symmetric = (inverse_hessian + inverse_hessian.T) / 2  # to the bit, or SciPy refuses it
    options = {"maxiter": 1, "gtol": tolerance, "hess_inv0": symmetric}
    found = minimize(loss_and_gradient, x, method="BFGS", jac=True, options=options)
    return found.x, found.hess_inv
