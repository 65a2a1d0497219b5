"""The optimizers on both sides: the same steps, the same slots, and a state that is all they remember."""

import json
from itertools import islice

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import pair, twin
from benchmarks.cli import app
from benchmarks.learning.learn import learn
from benchmarks.proof import passed, prove
from benchmarks.summary import learning_line, proof
from shared.errors import UsageError
from shared.optimizers import (
    BFGS,
    OPTIMIZERS,
    Adam,
    Exponential,
    RMSProp,
)
from tests.helpers import SMALL
from tests.optimizers.helpers import SIDES, counts, slots

NETS = {"shallow_classifier": {"hidden": 12}}  # a net, and what makes it small


# Both sides alike


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_both_sides_move_alike(optimizer, net):
    rows = prove(net, dtypes=("float64",), optimizer=OPTIMIZERS[optimizer], optimized=False, **NETS[net])
    assert passed(rows), proof(rows)
    assert max(row["rel_norm"] for row in rows) <= 1e-12
    assert {row["optimizer"] for row in rows} == {str(OPTIMIZERS[optimizer])}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_slots_have_the_same_names_on_both_sides(optimizer):
    static, dynamic = pair("linear_regression", threads=1, optimizer=OPTIMIZERS[optimizer])
    with static, dynamic:
        states = [arm.state() for arm in (static, dynamic)]
        own = (
            {"optimizer/inverse_hessian"}
            if optimizer == "bfgs"
            else {f"{name}/{slot}" for name in ("w", "b") for slot in slots(OPTIMIZERS[optimizer])}
            | ({"optimizer/step"} if counts(OPTIMIZERS[optimizer]) else set())
        )
        for state in states:
            assert state.keys() == {"w", "b"} | own
        assert all(np.array_equal(states[0][name], states[1][name]) for name in own)
        assert all(states[0][name].dtype == states[1][name].dtype for name in own)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_state_is_all_that_an_optimizer_remembers(optimizer, side):
    """Put back into an earlier state, a twin goes the same way again: to the bit, the count of steps included."""
    with twin(side, "shallow_classifier", hidden=5, threads=1, observed=False, optimizer=OPTIMIZERS[optimizer]) as arm:
        batches = list(islice(arm.spec.batches(), 5))
        for batch in batches[:2]:
            arm.step(batch)
        early = arm.state()
        arm.step(batches[2])
        expected = arm.state()
        assert any(not np.array_equal(early[name], expected[name]) for name in early)
        for batch in batches[3:]:
            arm.step(batch)
        arm.load(early)
        arm.step(batches[2])
        for name, value in arm.state().items():
            np.testing.assert_array_equal(value, expected[name], err_msg=name)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_small_net_learns(optimizer):
    with twin("dynamic", "shallow_classifier", hidden=12, threads=1, optimizer=OPTIMIZERS[optimizer]) as arm:
        losses = [arm.step(batch) for batch in islice(arm.spec.batches(), 40 if optimizer == "bfgs" else 200)]
    assert losses[-1] < 0.9 * losses[0]
    assert np.all(np.isfinite(losses))


# Any model, any optimizer


@pytest.mark.parametrize("side", SIDES)
def test_each_player_has_an_optimizer_of_its_own(side):
    with twin(side, "gan", **SMALL, optimizer=RMSProp(0.01, schedule=Exponential(0.9))) as arm:
        arm.step(next(arm.spec.batches()))
        state = arm.state()
    assert state["generator/step"] == state["discriminator/step"] == 1
    assert {"generator/w1/mean_square", "discriminator/w1/mean_square"} <= state.keys()
    assert not any(name.endswith("/m") for name in state)


@pytest.mark.parametrize("side", SIDES)
def test_gradient_descent_keeps_nothing(side):
    with twin(side, "linear_regression", threads=1) as arm:
        assert arm.state().keys() == {"w", "b"}


def test_what_is_no_optimizer_is_refused():
    for optimizer in (Adam, 0.1):
        with pytest.raises(UsageError, match="is not an optimizer's configuration"):
            pair("linear_regression", optimizer=optimizer)


def test_another_optimizer_is_named_and_not_judged():
    rows, _ = learn("linear_regression", steps=30, optimizer=BFGS(1e-7))
    assert {row["optimizer"] for row in rows} == {"BFGS(tolerance=1e-07)"}
    assert {row["verdict"] for row in rows} == {None}
    assert learning_line(rows).split()[:3] == ["linear_regression", "plain,", "BFGS"]
    (distance,) = (r["value"] for r in rows if r["side"] == "static" and r["name"] == "distance_to_least_squares")
    assert distance < 1e-6  # 30 steps, where descent takes 10000
    full, _ = learn("computational_graph", optimizer=OPTIMIZERS["adam"])
    assert {row["verdict"] for row in full} == {None}


def test_optimizers_on_the_command_line(tmp_path):
    file = tmp_path / "p.json"
    result = CliRunner().invoke(app, ["parity", "computational_graph", "--optimizer", "nesterov", "--json", str(file)])
    assert result.exit_code == 0, result.output
    assert "plain, Nesterov  " in result.output
    optimizers = {row["optimizer"] for row in json.loads(file.read_text())["rows"]}
    assert optimizers == {str(OPTIMIZERS["nesterov"])}
    result = CliRunner().invoke(app, ["train", "computational_graph", "--optimizer", "adam", "--steps", "3"])
    assert result.exit_code == 0
    assert "plain, Adam" in result.output
