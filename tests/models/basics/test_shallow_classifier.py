"""The shallow classifier against its formula, and what it is measured against."""

import numpy as np
import pytest

from shared.basics.shallow_classifier import perceptron_accuracy
from shared.catalog import find
from shared.datasets import Split, toy
from tests.models.basics.formula import check_formula, check_training, l2_norm
from tests.models.pins import SIZED, edge_cases, sums


def shallow_classifier(p, x, y):
    h = np.tanh(x @ p["w1"] + p["b1"])
    z = h @ p["w2"] + p["b2"]
    share = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    return {"h": h, "z": z}, -np.mean(np.log(share[np.arange(len(y)), y])), l2_norm(p["w1"], p["w2"])


def test_it_is_its_formula(side):
    check_formula(side, "shallow_classifier", shallow_classifier)


def test_training_without_a_harness_takes_the_twins_own_steps(side):
    check_training(side, "shallow_classifier")


@pytest.mark.parametrize("data", [toy.spirals, toy.xor])
def test_no_trained_line_beats_the_best_line(data):
    from sklearn.linear_model import LogisticRegression, Perceptron

    train = data().train
    best = perceptron_accuracy(train, train)
    for trained in (LogisticRegression(), Perceptron()):
        assert trained.fit(train.x, train.y).score(train.x, train.y) <= best < 0.8


def test_the_best_line_is_found_where_there_is_one():
    x = np.random.default_rng(0).normal(size=(500, 2))
    x = x[np.abs(x @ [3, -4] / 5 + 0.3) > 0.05]
    below = Split(x, (x @ [3, -4] / 5 + 0.3 < 0).astype(int))
    assert perceptron_accuracy(below, below) == 1


def test_accuracy_counts():
    for model_name in ("shallow_classifier", "logistic_regression"):
        spec = find(model_name).spec()
        batch = spec.held_out()
        y = batch["y"]
        right = np.eye(2)[y] if model_name == "shallow_classifier" else y - 0.5
        assert spec.score(right, batch, {})["test_accuracy"] == 1
        right[: len(y) // 4] *= -1
        assert spec.score(right, batch, {})["test_accuracy"] == 1 - len(y) // 4 / len(y)


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("shallow_classifier") == pytest.approx((268.9107729, 2690.188778), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("shallow_classifier") == [*SIZED, "both classes", "one class"]
