"""The shallow regressor against its formula."""

import numpy as np
import pytest

from tests.models.basics.formula import check_formula, check_training, l2_norm
from tests.models.pins import SIZED, edge_cases, sums


def shallow_regressor(p, x, y):
    h = 1 / (1 + np.exp(-(x @ p["w1"] + p["b1"])))
    y_ = h @ p["w2"] + p["b2"]
    return {"h": h, "y_": y_}, np.mean((y_ - y) ** 2), l2_norm(p["w1"], p["w2"])


def test_it_is_its_formula(side):
    check_formula(side, "shallow_regressor", shallow_regressor)


def test_training_without_a_harness_takes_the_twins_own_steps(side):
    check_training(side, "shallow_regressor")


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("shallow_regressor") == pytest.approx((102.2345189, 641.7338170), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("shallow_regressor") == SIZED
