"""Linear regression against linear algebra."""

from itertools import islice

import numpy as np
import pytest

from shared.catalog import find
from tests.models.basics.formula import check_formula, check_training, l2_norm, twin
from tests.models.pins import SIZED, edge_cases, sums


def linear_regression(p, x, y):
    y_ = x @ p["w"] + p["b"]
    return {"y_": y_}, np.mean((y_ - y) ** 2), l2_norm(p["w"])


def test_it_is_its_formula(side):
    check_formula(side, "linear_regression", linear_regression)


def test_training_without_a_harness_takes_the_twins_own_steps(side):
    check_training(side, "linear_regression")


@pytest.mark.parametrize("variant", ["plain", "line"])
def test_descent_closes_in_on_least_squares_as_the_curvature_says(side, variant):
    """The distance to the solution is multiplied by (1 - learning_rate curvature) at every step."""
    with twin(side, "linear_regression", variant=variant) as model:
        train, rate = model.spec.data().train, model.spec.config.optimizer.learning_rate
        design = np.hstack([train.x, np.ones_like(train.y)]).astype(float)
        solution = np.linalg.solve(design.T @ design, design.T @ train.y)
        shrink = np.eye(design.shape[1]) - rate * 2 * design.T @ design / len(design)

        def coefficients():
            return np.vstack([model.state()["w"], model.state()["b"][None]])

        start = coefficients()
        for batch in islice(model.spec.batches(), 300):
            model.step(batch)
        expected = solution + np.linalg.matrix_power(shrink, 300) @ (start - solution)
        np.testing.assert_allclose(coefficients(), expected, atol=1e-12)
        held_out = model.spec.held_out()
        score = model.spec.score(model.predict(held_out), held_out, model.state())
        assert score["distance_to_least_squares"] == pytest.approx(np.abs(coefficients() - solution).max(), abs=1e-12)

    learning = find("linear_regression").variants[variant].learning
    left = np.linalg.matrix_power(shrink, learning.steps) @ (start - solution)
    assert np.abs(left).max() < learning.targets[0].bound / 100  # the catalogue asks for steps enough


def test_weight_decay_makes_it_ridge_regression(side):
    """At the closed-form ridge solution, whose offset is not penalised, nothing moves any more."""
    l2 = 0.5
    with twin(side, "linear_regression", l2=l2) as model:
        batch = next(model.spec.batches())
        x, y = batch["x"].astype(float), batch["y"].astype(float)
        centred = x - x.mean(0)
        w = np.linalg.solve(centred.T @ centred + l2 / 2 * len(x) * np.eye(x.shape[1]), centred.T @ y)
        model.load({"w": w, "b": (y - x @ w).mean(0)})
        for gradient in model.gradients(batch).values():
            np.testing.assert_allclose(gradient, 0, atol=1e-14)


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("linear_regression") == pytest.approx((1.5049978886, 3199.028977), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("linear_regression") == SIZED
