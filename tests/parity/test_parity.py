"""Every pair is proven equal; and the proof can fail: each planted fault is found, with exit status 1."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from typer.testing import CliRunner

from benchmarks.cli import app
from benchmarks.parity import Key, first_failure, from_bytes, judge, passed, prove, to_bytes
from benchmarks.parity.verdicts import NUMBERS, relative_norm, units_in_the_last_place
from benchmarks.summary import proof
from dynamic_torch.basics.shallow_regressor import ShallowRegressor as Dynamic
from dynamic_torch.optimizers import Momentum as DynamicMomentum
from shared.basics.shallow_regressor import ShallowRegressor
from shared.catalog import CATALOG
from static_tf.basics.shallow_regressor import ShallowRegressor as Static

COLUMNS = {"model", "variant", "optimizer", "dtype", "device", "stage", "step", "mode", "name", "batch", *NUMBERS}
COLUMNS |= {"verdict", "note", "where", "cause"}


@pytest.mark.every_variant
def test_pair_is_proven(name, variant):
    rows = prove(name, variant)
    assert passed(rows), proof(rows)  # where it is not, the message names the tap, the method and the cause
    exact = [row for row in rows if row["dtype"] == "float64"]
    assert {row["stage"] for row in exact} == {"tap", "loss", "gradient", "tap_gradient", "state"}
    assert {row["step"] for row in exact} == set(range(21))
    assert max(row["rel_norm"] for row in exact) <= 1e-12
    assert all(set(row) == COLUMNS for row in rows)
    assert all(row["static_error"] < 1e-3 for row in rows if row["dtype"] == "float32")


TRACES = """
import sys
from pathlib import Path
from benchmarks import twin
from benchmarks.parity import to_bytes, trace
from shared.catalog import CATALOG
for name in CATALOG:
    for side in ("static", "dynamic"):
        with twin(side, name, "float32", size="proof", threads=1) as arm:
            Path(sys.argv[1], f"{name} {side}").write_bytes(to_bytes(trace(arm, 3)))
"""


def test_arms_repeat_themselves_bit_for_bit(tmp_path):
    """Two fresh interpreters. (Not this one and a fresh one: TensorFlow's oneDNN sums a convolution's float32 gradient
    in another order when some other Session has run in the process before.)"""
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    runs = [subprocess.Popen([sys.executable, "-c", TRACES, str(folder)]) for folder in folders]
    assert [run.wait() for run in runs] == [0, 0]
    for name in CATALOG:
        for side in ("static", "dynamic"):
            first, second = (from_bytes((folder / f"{name} {side}").read_bytes()) for folder in folders)
            assert first.keys() == second.keys()
            assert [(name, side, key) for key in first if not np.array_equal(first[key], second[key])] == []


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
            w -= 1.0000001 * self.config.learning_rate * g


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
    reset = DynamicMomentum.reset

    def start_elsewhere(self):
        reset(self)
        for slot in self.slots().values():
            if slot.is_floating_point():  # the count of steps is none
                slot += 1e-3

    monkeypatch.setattr(DynamicMomentum, "reset", start_elsewhere)
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
    assert row["note"] == "the dynamic side gave other bits in a second run"


# The comparison itself, on made-up traces


def _traces(value=1.0):
    random = np.random.default_rng(0)
    return {
        Key("tap", 0, "training", "h"): random.normal(size=(3, 4)) * value,
        Key("loss", 0, "training", "loss"): np.float64(2),
    }


def test_equal_traces_pass_and_bytes_carry_them():
    a = _traces()
    rows = judge(a, from_bytes(to_bytes(a)))
    assert passed(rows)
    assert {row["verdict"] for row in rows} == {"identical"}


@pytest.mark.parametrize(
    ("spoil", "note"),
    [
        (lambda x: np.where(x == x.max(), np.nan, x), "not finite on the dynamic side: not a number at [1, 2]"),
        (lambda x: np.where(x == x.max(), np.inf, x), "not finite on the dynamic side: infinite at [1, 2]"),
        (lambda x: x.astype(int), "types float64 and int64"),
        (lambda x: x.astype(str), "not numbers but <U32 on the dynamic side"),
        (lambda x: x.T, "shapes (3, 4) and (4, 3)"),
        (lambda x: x[None], "shapes (3, 4) and (1, 3, 4)"),
        (lambda x: x * (1 + 2e-12), ""),
    ],
)
def test_a_spoilt_value_fails(spoil, note):
    a, b = _traces(), _traces()
    key = Key("tap", 0, "training", "h")
    b[key] = spoil(b[key])
    row = first_failure(judge(a, b))
    assert (row["name"], row["note"]) == ("h", note)


def test_unequal_lengths_of_training_are_said_first():
    a = _traces()
    b = {**a, Key("loss", 5, "training", "loss"): np.float64(1)}
    assert first_failure(judge(a, b))["note"] == "0 training steps on the static side, 5 on the dynamic side"
    assert first_failure(judge(b, a))["note"] == "5 training steps on the static side, 0 on the dynamic side"


def test_a_name_on_one_side_is_said():
    a = _traces()
    b = {**a, Key("tap", 0, "training", "g"): np.ones(2)}
    assert first_failure(judge(a, b))["note"] == "only the dynamic side has it"
    assert first_failure(judge(b, a))["note"] == "only the static side has it"


def test_a_verdict_comes_with_its_numbers():
    """Index and values of the farthest element, what was allowed, and in float32 each side's error and its growth."""
    exact, h, y = _traces(), Key("tap", 0, "training", "h"), Key("tap", 0, "training", "y")
    exact[y] = exact[h] + 1
    nudged = {key: value * (1 + 2.0**-24) for key, value in exact.items()}
    left, right = ({key: np.float32(value) for key, value in exact.items()} for _ in range(2))
    right[h] = right[h] * np.float32(1 + 2.0**-21)
    right[y] = right[y] * np.float32(1 + 2.0**-19)
    rows = {(row["dtype"], row["name"]): row for row in judge(exact, exact, left, right, nudged)}
    row = rows["float32", "h"]
    assert row["verdict"] == "rounding"
    largest = np.unravel_index(np.abs(exact[h]).argmax(), (3, 4))
    assert row["index"] == list(largest)
    assert row["static_value"] == left[h][largest]
    assert row["static_error"] < 2.0**-24 < row["dynamic_error"] < row["allowed"]
    assert row["sides"] == pytest.approx(row["dynamic_error"] / row["static_error"])
    assert row["static_ulp"] <= 0.5
    assert 4 < row["dynamic_ulp"] < 10
    assert row["amplification"] == pytest.approx(1, rel=1e-6)
    assert row["growth"] is None
    after = rows["float32", "y"]
    assert after["growth"] == pytest.approx(after["dynamic_error"] / row["dynamic_error"])
    assert rows["float64", "h"]["allowed"] == 1e-12


def test_units_in_the_last_place():
    one = np.float32(1)
    assert units_in_the_last_place(np.nextafter(one, np.float32(2)), np.float64(1)) == 1
    assert units_in_the_last_place(one, np.float64(1)) == 0


def test_zero_everywhere_proves_nothing():
    a = _traces(0.0)
    assert first_failure(judge(a, a))["note"].startswith("zero on both sides")


def test_nothing_in_common_is_an_error_and_no_rows_are_no_pass():
    with pytest.raises(ValueError, match="no name in common"):
        judge(_traces(), {Key("tap", 0, "training", "other"): np.ones(2)})
    assert not passed([])


def test_float64_is_judged_by_the_models_own_condition_where_that_is_bad():
    """A value that passes by zero carries the roundings of the way, and says so; what a nudge hardly moves may not."""
    exact, key = _traces(), Key("tap", 0, "training", "h")
    off = {**exact, key: exact[key] * (1 + 1e-11)}
    steady = {**exact, key: exact[key] * (1 + 1e-7)}
    shaky = {**exact, key: exact[key] * (1 + 1e-4)}
    assert first_failure(judge(off, exact, nudged64=steady))["allowed"] == 1e-12
    assert [row["verdict"] for row in judge(off, exact, nudged64=shaky)] == ["ill-conditioned", "identical"]
    assert not passed(judge({**exact, key: exact[key] * (1 + 1e-9)}, exact, nudged64=shaky))


def test_float32_is_judged_by_the_models_own_condition():
    """The same error passes where rounding explains it, and not where it does not."""
    exact = _traces()
    key = Key("tap", 0, "training", "h")
    off = {**exact, key: exact[key] * (1 + 1e-4)}  # a float32 arm that is 1e-4 away
    steady = {**exact, key: exact[key] * (1 + 1e-7)}  # a nudge hardly moves it: well-conditioned
    shaky = {**exact, key: exact[key] * (1 + 1e-3)}  # a nudge moves it by far more
    rows = judge(exact, exact, off, exact, steady)
    assert first_failure(rows)["dtype"] == "float32"
    rows = judge(exact, exact, off, exact, shaky)
    assert passed(rows)
    assert any(row["verdict"] == "ill-conditioned" for row in rows)


def test_an_error_that_both_float32_sides_share_is_float32s():
    """And one that a single side has is that side's: ten times the other's is too much."""
    exact = _traces()
    key = Key("tap", 0, "training", "h")

    def off(by):
        return {**exact, key: exact[key] * (1 + by)}

    rows = judge(exact, exact, off(2e-4), off(5e-5), off(1e-7))
    assert passed(rows)
    assert "ill-conditioned" in {row["verdict"] for row in rows}
    assert not passed(judge(exact, exact, off(2e-4), off(1e-5), off(1e-7)))
    assert not passed(judge(exact, exact, off(1e-5), off(2e-4), off(1e-7)))


def test_relative_norm():
    assert relative_norm(np.zeros(3), np.zeros(3)) == 0
    assert relative_norm(np.ones(3), np.zeros(3)) == np.inf
    assert relative_norm(np.array([3.0, 4.1]), np.array([3.0, 4.0])) == pytest.approx(0.02)
