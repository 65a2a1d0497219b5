"""A pair that differs as the frameworks do by default: the known difference is named, with the residual it explains."""

from dataclasses import replace

import pytest

from benchmarks.diagnosis import Divergence, attribution, causes, diagnose
from benchmarks.faults import planted_differences
from benchmarks.faults.plant import planted, source
from benchmarks.twins import load
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
        ("batch_norm_momentum", "dynamic", "parts/normalization", "batch_norm_net"),
        ("batch_norm_variance", "static", "parts/normalization", "batch_norm_net"),
        ("lstm_gates", "dynamic", "parts/cells", "lstm"),
    ],
)
def test_the_cause_is_named(difference, side, file, model):
    tree = {"static": "static_tf", "dynamic": "dynamic_torch"}[side]
    with _plant(difference, f"{tree}/{file}.py", side):
        divergence, cause = diagnose(model, steps=2)
    assert cause.name == difference
    assert cause.side != side
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


def test_what_explains_a_part_of_the_residual_is_no_cause():
    with (
        _plant("weight_decay", "static_tf/convolutional/batch_norm_net.py", "static"),
        _plant("batch_norm_momentum", "dynamic_torch/parts/normalization.py", "dynamic"),
    ):
        divergence, cause = diagnose("batch_norm_net", steps=1)
    assert divergence.methods["static"].name == "BatchNormNet.regularizer"
    assert cause is None


def test_what_the_frameworks_do_alike_is_no_cause():
    """A model that takes Nesterov's momentum for the plain one has a fault, and no framework's default explains it."""
    assert DIFFERENCES["nesterov"].equal
    with _plant("nesterov", "dynamic_torch/optimizers.py", "dynamic"):
        divergence, cause = diagnose("batch_norm_net", steps=2)
    assert divergence.phase == "update"
    assert cause is None


@pytest.mark.parametrize(
    ("model", "side", "method", "fault"),
    [
        ("batch_norm_net", "dynamic", "forward", "scaled"),
        ("residual_net", "dynamic", "forward", "squeezed"),
        ("gan", "dynamic", "generator_loss", "scaled"),
    ],
)
def test_a_fault_at_a_batch_of_one_has_no_cause(model, side, method, fault, monkeypatch):
    kind, _ = load(side, model)
    right = getattr(kind, method)

    def scaled(self, x, *others):
        found = right(self, x, *others)
        return found * (1.0001 if len(x) == 1 else 1)

    def squeezed(self, x, *others):
        return right(self, x, *others).squeeze(0)  # which is nothing but at a batch of one

    monkeypatch.setattr(kind, method, {"scaled": scaled, "squeezed": squeezed}[fault])
    divergence, cause = diagnose(model, steps=2)
    assert divergence is not None
    assert cause is None


def test_a_cause_sits_in_the_method_that_was_located(monkeypatch):
    """Another method, changed likewise, would make the pair equal too: the residual alone does not say where."""
    from dynamic_torch.basics.shallow_classifier import ShallowClassifier

    right = ShallowClassifier.loss
    monkeypatch.setattr(causes, "locate", lambda static, dynamic, steps: found.pop(0))
    first = Divergence("forward", "loss", "loss", 0, "training", "data", {}, needed=1.0)
    for name, expected in (("loss", "loss_reduction"), ("forward", None)):
        method = attribution.method_of(object.__new__(ShallowClassifier), name)
        found = [replace(first, methods={"dynamic": method}), *[None] * 9]
        _, cause = diagnose("shallow_classifier")
        assert (cause and cause.name) == expected
    assert ShallowClassifier.loss is right
