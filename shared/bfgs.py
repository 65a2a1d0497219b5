"""BFGS on the host: SciPy's loop, which asks either twin for its loss and gradient.

Neither framework has the full BFGS, so there is one loop for both. It knows arrays only, in canonical layouts; a twin
that is handed a `HostStep` instead of an operation takes the step with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.optimizers import BFGS
from shared.spec import State

Evaluate = Callable[[State], tuple[float, State]]  # parameters -> the loss there, and its gradient


@dataclass(frozen=True)
class HostStep:
    """One iteration of BFGS."""

    settings: BFGS
    parameters: Sequence[str]  # their names
    slot: str  # the name of H in the state
    gradients: Any = None  # of a graph: the tensors to be fetched, by parameter

    def take(self, evaluate: Evaluate, state: State) -> State:
        """The parameters and H after the step. `evaluate` is called wherever the line search wants to know.

        SciPy works in float64. In a float32 twin it is given what the twin computes at float32 parameters, as float64.
        """
        from scipy.optimize import minimize  # here: whoever uses another optimizer does not wait for it

        names = sorted(self.parameters)  # in the same order on both sides, for H has a row for each number
        ends = np.cumsum([state[name].size for name in names])

        def parts(x: np.ndarray) -> State:
            return {n: part.reshape(state[n].shape) for n, part in zip(names, np.split(x, ends[:-1]))}

        def whole(values: State) -> np.ndarray:
            return np.concatenate([np.ravel(values[name]) for name in names]).astype(np.float64)

        def loss_and_gradient(x: np.ndarray) -> tuple[float, np.ndarray]:
            loss, gradients = evaluate(parts(x))
            return float(loss), whole(gradients)

        h = state[self.slot]
        options = {"maxiter": 1, "gtol": self.settings.tolerance, "hess_inv0": (h + h.T) / 2}  # symmetric to the bit
        found = minimize(loss_and_gradient, whole(state), method="BFGS", jac=True, options=options)
        return {**parts(found.x), self.slot: found.hess_inv}
