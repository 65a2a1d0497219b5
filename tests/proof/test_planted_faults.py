"""The proof can fail: faults planted in one twin or in both are found."""

import json

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from typer.testing import CliRunner

import dynamic_torch.optimizers
from benchmarks.cli import app
from benchmarks.proof import first_failure, prove
from dynamic_torch.basics.shallow_regressor import ShallowRegressor as Dynamic
from shared.basics.shallow_regressor import ShallowRegressor
from static_tf.basics.shallow_regressor import ShallowRegressor as Static

# Planted faults, each in one twin of the shallow regressor


def _wrong_sign(monkeypatch):
    monkeypatch.setattr(
        Dynamic,
        "forward",
        lambda self, x: self.tap("y_", -(self.tap("h", (x @ self.w1 + self.b1).sigmoid()) @ self.w2 + self.b2)),
    )
    return "tap", "y_"


def _transposed_weight(monkeypatch):
    load = Static.__init__

    def scrambled(self, config, dtype):
        load(self, config, dtype)
        self.w1 = tf.transpose(tf.reshape(self.w1, (4, -1)))  # 16 hidden units: a square, so every shape still fits
        self.w1 = tf.reshape(self.w1, (1, config.hidden))

    monkeypatch.setattr(Static, "__init__", scrambled)
    return "tap", "h"


def _missing_name(monkeypatch):
    monkeypatch.setattr(
        Dynamic, "tap", lambda self, name, value, layout="": value if name == "h" else _tap(self, name, value, layout)
    )
    return "tap", "h"


_tap = Dynamic.tap


def _not_a_number(monkeypatch):
    monkeypatch.setattr(
        Static, "loss", lambda self, y_, y: tf.reduce_mean(tf.square(y - y_)) + tf.constant(np.nan, self.dtype)
    )
    return "loss", "loss"


def _both_not_a_number(monkeypatch):
    _not_a_number(monkeypatch)
    monkeypatch.setattr(Dynamic, "loss", lambda self, y_, y: (y - y_).square().mean() * float("nan"))
    return "loss", "loss"


def _empty_training_operation(monkeypatch):
    """Fetching gradients trains nothing: the graph optimizer drops what nobody reads."""
    monkeypatch.setattr(Static, "update", lambda self, loss: tf.group(*tf.gradients(loss, self.parameters())))
    return "loss", "loss"


def _slot_forgotten(monkeypatch):
    """A fault that no forward pass and no gradient of the first step can show."""
    monkeypatch.setattr(Dynamic, "update", _update_twice)
    return "loss", "loss"


def _update_twice(self, loss):
    import torch

    gradients = torch.autograd.grad(loss, list(self.parameters()))
    with torch.no_grad():
        for w, g in zip(self.parameters(), gradients):
            w -= 1.0000001 * self.config.optimizer.learning_rate * g


FAULTS = [
    _wrong_sign,
    _transposed_weight,
    _missing_name,
    _not_a_number,
    _both_not_a_number,
    _empty_training_operation,
    _slot_forgotten,
]


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__.strip("_"))
def test_planted_fault_is_found(plant, monkeypatch, tmp_path):
    stage, where = plant(monkeypatch)
    file = tmp_path / "p.json"
    result = CliRunner().invoke(app, ["parity", "shallow_regressor", "--json", str(file)])
    assert result.exit_code == 1
    assert "DIFFERENT" in result.stdout
    row = first_failure(json.loads(file.read_text())["rows"])
    assert (row["stage"], row["name"]) == (stage, where)


def test_a_slot_that_starts_elsewhere_is_found(monkeypatch):
    """The optimizer is part of the function: a slot off by a thousandth shows in the state, not in the first pass."""
    monkeypatch.setattr(dynamic_torch.optimizers, "initial_slots", lambda optimizer: {"momentum_buffer": 1e-3})
    rows = prove("batch_norm_net", dtypes=("float64",), steps=2)
    row = first_failure(rows)
    assert row["stage"] == "state"
    assert row["name"].endswith("/momentum")


def test_two_sides_that_both_train_nothing_are_refused(monkeypatch):
    """They agree in everything, and prove nothing about the update."""
    monkeypatch.setattr(Static, "update", lambda self, loss: tf.no_op())
    monkeypatch.setattr(Dynamic, "update", lambda self, loss: None)
    rows = prove("shallow_regressor", dtypes=("float64",), steps=3)
    notes = {row["note"] for row in rows if row["verdict"] == "different"}
    assert notes == {f"3 steps did not change it on the {side} side" for side in ("static", "dynamic")}


def test_constant_weights_and_inputs_are_refused(monkeypatch):
    """They would hide a transposition."""
    initial = ShallowRegressor.initial
    monkeypatch.setattr(ShallowRegressor, "initial", lambda self: initial(self) | {"w2": np.ones((16, 1), np.float32)})
    row = first_failure(prove("shallow_regressor", dtypes=("float64",), steps=1))
    assert (row["name"], row["note"]) == ("w2", "constant: it would hide a transposition")


def test_an_arm_that_does_not_repeat_itself_is_refused(monkeypatch):
    noise = iter(np.random.default_rng(0).normal(size=1000))
    forward = Dynamic.forward
    monkeypatch.setattr(Dynamic, "forward", lambda self, x: forward(self, x) * (1 + 1e-16 * next(noise)) + 1e-16)
    row = first_failure(prove("shallow_regressor", dtypes=("float64",), steps=1))
    assert row["note"] == "the dynamic side is not bit-identical in a second run"
