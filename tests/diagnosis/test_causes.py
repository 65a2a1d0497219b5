"""A pair that differs as the frameworks do by default: the known difference is named, with the residual it explains."""

import pytest

from benchmarks.diagnosis import diagnose
from benchmarks.faults import planted_differences
from benchmarks.faults.plant import planted, source
from shared.differences import DIFFERENCES


def _plant(difference, path, side):
    (mutant, *_) = planted_differences.plants(difference, path, source(path), side)
    return planted(mutant)


@pytest.mark.parametrize(
    ("difference", "side", "file", "model"),
    [
        ("weight_decay", "static", "basics/linear_regression", "linear_regression"),
        ("weight_decay", "dynamic", "basics/logistic_regression", "logistic_regression"),
        ("loss_reduction", "dynamic", "basics/shallow_classifier", "shallow_classifier"),
        ("batch_norm_momentum", "dynamic", "convolutional/batch_norm_net", "batch_norm_net"),
        ("batch_norm_variance", "static", "convolutional/batch_norm_net", "batch_norm_net"),
        ("nesterov", "dynamic", "optimizers", "batch_norm_net"),
        ("adam_epsilon", "static", "optimizers", "gan"),
        ("lstm_gates", "dynamic", "recurrent/lstm", "lstm"),
    ],
)
def test_the_cause_is_named(difference, side, file, model):
    tree = {"static": "static_tf", "dynamic": "dynamic_torch"}[side]
    with _plant(difference, f"{tree}/{file}.py", side):
        divergence, cause = diagnose(model, steps=2)
    assert cause.name == difference
    assert cause.side != side
    assert cause.rest is None
    assert str(cause).startswith(DIFFERENCES[difference].title)
    assert f"explains the residual ({divergence.needed:.1e} to 0)" in str(cause)


def test_equal_pairs_have_no_cause():
    assert diagnose("shallow_regressor", steps=2) == (None, None)


def test_a_fault_that_is_no_known_difference_has_no_cause(monkeypatch):
    from dynamic_torch.basics.shallow_regressor import ShallowRegressor

    monkeypatch.setattr(ShallowRegressor, "loss", lambda self, y_, y: (y - 1.01 * y_).square().mean())
    divergence, cause = diagnose("shallow_regressor", steps=2)
    assert divergence.stage == "loss"
    assert cause is None


def test_two_differences_are_explained_one_after_the_other():
    path = "convolutional/batch_norm_net.py"
    with (
        _plant("weight_decay", f"static_tf/{path}", "static"),
        _plant("batch_norm_momentum", f"dynamic_torch/{path}", "dynamic"),
    ):
        _, cause = diagnose("batch_norm_net", steps=1)
    assert cause.name == "weight_decay"
    assert cause.rest.name == "norm1/moving_mean"
    assert "another follows" in str(cause)
