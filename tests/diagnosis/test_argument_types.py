"""An argument of another type than a function declares: its caller is named, though the function raises the error."""

from collections.abc import Iterable

import pytest

from benchmarks.diagnosis.argument_types import has_type, passed_wrongly
from benchmarks.faults.plant import planted
from benchmarks.faults.targets import planned
from benchmarks.twins import twin
from shared.optimizers import Exponential, GradientDescent

WRONG = {  # a fault, and the method that is named
    "a configuration and a count of steps exchanged": (
        ("optimizers", "static", "linear_regression", "scheduled(config, step)", "-> scheduled(step, config)"),
        "build",
    ),
    "an optimizer and its configuration exchanged": (
        ("optimizers", "dynamic", "linear_regression", "Extended(optimizer, config)", "-> Extended(config, optimizer)"),
        "build",
    ),
    "a player's fields exchanged": (
        ("gan", "dynamic", "gan", "(self.generator_loss, own(", "-> (own("),
        "GAN.players",
    ),
}


@pytest.mark.parametrize(("fault", "method"), WRONG.values(), ids=WRONG)
def test_the_caller_is_named(fault, method):
    target, side, model, before, after = fault
    mutant = next(one for one in planned(target, side) if one.what.startswith(before) and after in one.what)
    optimizer = {"optimizer": GradientDescent(0.1, schedule=Exponential(0.9))} if target == "optimizers" else {}
    with planted(mutant), pytest.raises((AttributeError, TypeError)) as raised:
        twin(side, model, size="proof", **optimizer)
    assert passed_wrongly(raised.value).name == method


def test_a_generator_is_an_iterable():
    assert has_type((x for x in "ab"), Iterable)
    assert not has_type(3.0, Iterable)
