"""BFGS on the host: SciPy's loop, which calls either side for its loss and gradient.

Neither framework has the full BFGS, so there is one loop for both. It works on flat arrays. SciPy computes in float64:
a float32 model is evaluated at float32 parameters, and its results are converted to float64.
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

    `loss_and_gradient` is called at every point of the line search. If no component of the gradient is larger than
    `tolerance`, `x` does not change.
    """
    from scipy.optimize import minimize  # here, because other optimizers do not need this import

    symmetric = (inverse_hessian + inverse_hessian.T) / 2  # exactly, or SciPy rejects it
    options = {"maxiter": 1, "gtol": tolerance, "hess_inv0": symmetric}
    found = minimize(loss_and_gradient, x, method="BFGS", jac=True, options=options)
    return found.x, found.hess_inv
