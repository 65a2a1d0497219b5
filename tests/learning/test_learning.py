"""A short version of `make learn`: the loss falls as it should, and both twins' curves lie on each other."""

import math

import numpy as np
import pytest

from benchmarks.learning.learn import attempt, curve, gap, learn, succeeded
from benchmarks.summary import learning_line
from shared.catalog import CATALOG
from shared.spec import Learning, Target


@pytest.mark.variants_are_slow
@pytest.mark.large_models_are_slow
def test_pair_learns(name, variant):
    learning = CATALOG[name].variants[variant].learning
    if learning is None:
        pytest.skip("the plain variant's function, so it learns what that learns")
    steps = min(learning.steps - 1, 15)
    rows, picture = learn(name, variant, steps=steps)
    losses = {
        side: [r["value"] for r in rows if r["kind"] == "loss" and r["side"] == side] for side in ("static", "dynamic")
    }
    for side, values in losses.items():
        assert np.all(np.isfinite(values)), side
        if learning.falls:
            assert values[-1] < values[0], side
    (distance,) = (row["value"] for row in rows if row["kind"] == "curves")
    assert distance <= learning.curve_gap
    assert {"static", "dynamic"} <= picture.keys()
    assert picture["static"].shape == picture["dynamic"].shape
    assert {row["verdict"] for row in rows} == {None}  # fewer steps than the catalogue's: nothing is judged


def test_targets_and_curves_are_judged(monkeypatch):
    """A target out of reach is missed; curves of different lengths of step part."""
    entry = CATALOG["shallow_regressor"]
    hard = Learning(30, (Target("share_of_line_error", 1e-9, at_most=True),), 1e-4, "a test")
    monkeypatch.setitem(entry.variants, "hard", type(entry.variants["plain"])("a curve", "curve", learning=hard))
    rows, _ = learn("shallow_regressor", "hard")
    assert {row["verdict"] for row in rows if row["kind"] == "metric" and row["bound"]} == {"missed"}
    assert not succeeded(rows)

    from dynamic_torch.basics.shallow_regressor import ShallowRegressor

    update = ShallowRegressor.update
    monkeypatch.setattr(ShallowRegressor, "update", lambda self, loss: update(self, loss * 1.5))
    rows, _ = learn("shallow_regressor", "hard")
    assert next(row["verdict"] for row in rows if row["kind"] == "curves") == "apart"


def test_a_model_that_fails_costs_its_own_rows_only(monkeypatch):
    from dynamic_torch.basics.shallow_regressor import ShallowRegressor

    def broken(self, x):
        raise RuntimeError("no such thing\nand more")

    monkeypatch.setattr(ShallowRegressor, "forward", broken)
    (row,), picture = attempt("shallow_regressor", steps=3)
    assert row["error"] == "RuntimeError: no such thing"
    assert not succeeded([row])
    assert "FAILED: RuntimeError: no such thing" in learning_line([row])
    assert picture == {}


def test_curve_and_gap():
    ends, values = curve([float(i) for i in range(250)])
    assert len(values) == 100
    assert ends[-1] == 250
    assert values[0] == 1.0  # the mean of the first three
    assert gap([0.0, 1.0], [0.0, 1.0]) == 0
    assert gap([0.0, 2.0], [0.0, 1.0]) == 0.5
    assert math.isnan(gap([0.0, math.nan], [0.0, 1.0]))


def test_not_a_number_meets_no_target():
    assert not Target("accuracy", 0.5).met(math.nan)
    assert not Target("error", 0.5, at_most=True).met(math.nan)
    assert Target("accuracy", 0.5).met(0.5)
    assert not Target("error", 0.5, at_most=True).met(0.6)
