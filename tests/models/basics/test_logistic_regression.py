"""Logistic regression against its formula and scikit-learn."""

from itertools import islice

import numpy as np
import pytest

from shared.datasets import tabular
from tests.models.basics.formula import check_formula, check_training, l2_norm, twin
from tests.models.pins import SIZED, edge_cases, sums


def logistic_regression(p, x, y):
    z = x @ p["w"] + p["b"]
    y_ = 1 / (1 + np.exp(-z))
    return {"z": z, "y_": y_, "decision": z.real > 0}, -np.mean(np.log(np.where(y == 1, y_, 1 - y_))), l2_norm(p["w"])


def test_it_is_its_formula(side):
    check_formula(side, "logistic_regression", logistic_regression)


def test_training_without_a_harness_takes_the_twins_own_steps(side):
    check_training(side, "logistic_regression")


def test_long_training_ends_where_scikit_learn_does(side):
    from sklearn.linear_model import LogisticRegression

    with twin(side, "logistic_regression") as model:
        train, config = tabular.breast_cancer().train, model.spec.config
        reference = LogisticRegression(C=1 / (len(train.x) * config.l2), solver="newton-cholesky", tol=1e-12)
        reference.fit(train.x.astype(float), train.y[:, 0])
        for batch in islice(model.spec.batches(), 2500):
            model.step(batch)
        np.testing.assert_allclose(model.state()["w"][:, 0], reference.coef_[0], atol=1e-6)
        np.testing.assert_allclose(model.state()["b"], reference.intercept_, atol=1e-6)

        held_out = model.spec.held_out()
        taps = model.forward(held_out)
        x = held_out["x"].astype(float)
        np.testing.assert_array_equal(taps["decision"][:, 0], reference.predict(x))
        np.testing.assert_allclose(taps["y_"][:, 0], reference.predict_proba(x)[:, 1], atol=1e-6)
        score = model.spec.score(model.predict(held_out), held_out, model.state())
        assert score["test_accuracy"] == reference.score(x, held_out["y"][:, 0]) >= 0.97


def test_cross_entropy_survives_scores_whose_sigmoid_is_0_or_1(side):
    with twin(side, "logistic_regression", l2=0.0) as model:
        batch = next(model.spec.batches())
        model.load({"w": model.state()["w"] * 1e4, "b": np.zeros(1)})
        z = batch["x"].astype(float) @ model.state()["w"]
        assert np.abs(z).max() > 1000  # exp(1000) is beyond float64
        assert model.loss(batch) == pytest.approx(np.mean(np.maximum(z, 0) - z * batch["y"]), rel=1e-3)
        assert np.isfinite(model.gradients(batch)["w"]).all()


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("logistic_regression") == pytest.approx((2.0263555192, 9743.076559), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("logistic_regression") == [*SIZED, "one class"]
