"""BFGS against SciPy's own."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

from benchmarks import twin
from shared import bfgs
from shared.optimizers import (
    BFGS,
    Momentum,
)
from tests.optimizers.helpers import SIDES
from tests.optimizers.test_formulas import run

# BFGS


def rosenbrock(x):
    return rosen(x), rosen_der(x)


def test_one_step_is_scipys_first_iteration_to_the_bit():
    start = np.array([-1.2, 1.0, 0.7])
    x, h = bfgs.step(rosenbrock, start, np.eye(3), 1e-5)
    own = minimize(rosen, start, jac=rosen_der, method="BFGS", options={"maxiter": 1})
    np.testing.assert_array_equal(x, own.x)
    np.testing.assert_array_equal(h, own.hess_inv)


def test_step_by_step_it_reaches_the_minimum_that_scipy_reaches_in_one_go():
    start = np.array([-1.2, 1.0, 0.7])
    own = minimize(rosen, start, jac=rosen_der, method="BFGS")
    x, h = start, np.eye(3)
    for _ in range(2 * own.nit):
        x, h = bfgs.step(rosenbrock, x, h, 1e-5)
    np.testing.assert_allclose(x, np.ones(3), atol=1e-5)
    np.testing.assert_allclose(x, own.x, atol=2e-5)
    again, _ = bfgs.step(rosenbrock, x, h, 1e-5)  # its gradient is below the tolerance: nothing moves
    np.testing.assert_array_equal(again, x)


@pytest.mark.parametrize("side", SIDES)
def test_bfgs_finds_the_least_squares(side):
    with twin(side, "linear_regression", threads=1, optimizer=BFGS(1e-8)) as arm:
        batch, start = next(arm.spec.batches()), arm.state()
        losses = [arm.step(batch) for _ in range(30)]
        found = arm.state()
        score = arm.spec.score(arm.predict(batch), batch, found)
    design = np.hstack([batch["x"], np.ones_like(batch["y"])]).astype(np.float64)

    def mean_square(v):
        error = design @ v - batch["y"][:, 0]
        return np.mean(error**2), 2 * design.T @ error / len(error)

    v = np.concatenate([start["w"][:, 0], start["b"]])
    own = minimize(mean_square, v, jac=True, method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(np.concatenate([found["w"][:, 0], found["b"]]), own.x, atol=1e-7)
    assert score["distance_to_least_squares"] < 1e-7
    assert all(after <= before for before, after in pairwise(losses))


@pytest.mark.parametrize("side", SIDES)
def test_running_averages_move_once_however_often_the_loss_is_asked_for(side):
    found = [
        run(side, "batch_norm_net", 1, size="proof", optimizer=optimizer)[1][1]
        for optimizer in (BFGS(), Momentum(0.02))
    ]
    for name in ("norm1/moving_mean", "norm2/moving_variance"):
        np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-13)
    assert not np.allclose(found[0]["kernel1"], found[1]["kernel1"])


@pytest.mark.parametrize("side", SIDES)
def test_in_float32_the_search_is_in_float64_and_the_parameters_are_float32(side):
    single, double = (run(side, "shallow_classifier", 2, hidden=5, dtype=d, optimizer=BFGS())[1][-1] for d in DTYPES)
    assert single["optimizer/inverse_hessian"].dtype == np.float64
    assert single["w1"].dtype == np.float32
    np.testing.assert_allclose(single["w1"], double["w1"], rtol=1e-3)


DTYPES = ("float32", "float64")
