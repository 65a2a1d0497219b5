"""Faults are planted in the running source and taken out again; so are the known differences."""

import sys
from types import FunctionType

import pytest

from benchmarks.faults import planted_differences
from benchmarks.faults.plant import PARTS, planted, source
from benchmarks.faults.targets import TARGETS, path_of, planned
from benchmarks.twins import load, twin
from shared.differences import DIFFERENCES
from shared.errors import UsageError
from shared.optimizers import OPTIMIZERS
from tests.mutants.helpers import model_with

# Planting


@pytest.mark.parametrize(
    ("target", "side", "after", "changed"),
    [
        ("cells", "static", "tf.tanh(f)", "LSTMCell.__call__.__code__"),
        ("cells", "dynamic", "super().start(z_t) * 2 -> 2", "LSTMCell.start.__code__"),  # without super()
        ("gan", "dynamic", "F.softplus", "GAN.forward.__code__"),
        ("optimizers", "dynamic", "optimizer.param_groups[0]['count'] -= 1", "Extended.after.__code__"),
        ("optimizers", "dynamic", "2 * config.momentum", "descent.__code__"),
        ("batch_norm_net", "dynamic", "'n h w c -> n c w h'", "BatchNormNet.images"),
        ("batch_norm_net", "dynamic", "'h w i o -> o i w h'", "BatchNormNet.layouts"),
    ],
)
def test_what_is_planted_is_taken_out_again(target, side, after, changed):
    """Classes and functions are the same ones all the time; what they are made of is another, and then what it was."""
    load(side, {"optimizers": "gan", "cells": "lstm"}.get(target, target))
    mutant = next(
        m for m in planned(target, side) if after in (m.edits[0][1], m.what) or after in m.what.partition(" -> ")[2]
    )
    before = made_of(mutant.path)
    during = {}

    def interrupted():
        with planted(mutant):
            during.update(made_of(mutant.path))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert made_of(mutant.path) == before
    assert during.keys() == before.keys()
    assert [name for name in before if during[name] != before[name]] == [changed]
    assert changed.startswith(mutant.method)


def made_of(path):
    """What a module's functions, and the methods and tables of its classes, are made of, by name."""
    module = sys.modules[path.removesuffix(".py").replace("/", ".")]
    functions = [f for f in vars(module).values() if isinstance(f, FunctionType) and f.__module__ == module.__name__]
    found = {f"{function.__name__}.{part}": getattr(function, part) for function in functions for part in PARTS}
    for kind in [k for k in vars(module).values() if isinstance(k, type) and k.__module__ == module.__name__]:
        for name, value in vars(kind).items():
            if isinstance(value, FunctionType):
                found |= {f"{kind.__name__}.{name}.{part}": getattr(value, part) for part in PARTS}
            elif isinstance(value, dict | str):
                found[f"{kind.__name__}.{name}"] = value
    return found


@pytest.mark.filterwarnings("ignore")
def test_a_method_that_pytorch_has_wrapped_is_planted():
    """PyTorch replaces an optimizer's `step` by a wrapper when the first one of its class is made."""
    (lost,) = [m for m in planned("optimizers", "dynamic") if m.what == "self.apply(w, w.grad, group) -> pass"]
    with twin("dynamic", "linear_regression", threads=1, optimizer=OPTIMIZERS["rmsprop"]) as trained:
        batch, before = next(trained.spec.batches()), trained.state()
        with planted(lost):
            trained.step(batch)
        assert (trained.state()["w"] == before["w"]).all()
        trained.step(batch)
        assert (trained.state()["w"] != before["w"]).all()


# Known differences, by name


def test_known_differences_are_planted_wherever_they_can_be(monkeypatch):
    """Each text that a table names stands in some file: alone, for two may be rewritten alike."""
    plants = dict(planted_differences.PLANTS)
    assert plants.keys() <= DIFFERENCES.keys()
    for name, sides in plants.items():
        for side, ways in sides.items():
            paths = [path_of(target, side) for target in TARGETS]
            for way in ways:
                monkeypatch.setitem(planted_differences.PLANTS, name, {side: (way,)})
                assert any(planted_differences.plants(name, path, source(path), side) for path in paths), way


def test_a_known_difference_is_planted_at_all_places_at_once():
    (found,) = planted_differences.plants(
        "weight_decay", "m.py", model_with("return a * tf.nn.l2_loss(b) + tf.nn.l2_loss(c)", "static"), "static"
    )
    assert [after for _, after in found.edits] == ["2 * tf.nn.l2_loss(b)", "2 * tf.nn.l2_loss(c)"]
    assert found.what == "weight_decay: tf.nn.l2_loss(b) -> 2 * tf.nn.l2_loss(b)"


def test_an_unknown_difference_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError, match="did you mean 'nesterov'"):
        planted_differences.plants("nestorov", "m.py", "", "static")
