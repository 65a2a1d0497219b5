"""The twin interface: what a harness, a test or a notebook relies on, alike on both sides."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import tensorflow as tf2
import tensorflow.compat.v1 as tf

from benchmarks import twin
from shared.catalog import CATALOG
from tests.helpers import SIDES, SMALL, equal, proof_twin


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.variants_are_slow
@pytest.mark.large_models_are_slow
def test_interface(side, name, variant):
    """Reading changes nothing, a step changes every parameter, and a state that was saved comes back."""
    arm = proof_twin(side, name, variant)
    batch, start = next(arm.spec.batches()), arm.state()
    assert arm.forward(batch).keys() == arm.forward(batch, training=False).keys()
    assert isinstance(arm.loss(batch), float)
    gradients = arm.gradients(batch)
    assert {n: g.shape for n, g in gradients.items()} == {n: start[n].shape for n in gradients}
    assert arm.tap_gradients(batch).keys() <= arm.forward(batch).keys()
    arm.predict(batch)
    seen = arm.observe(batch)
    for stage, alone in (("tap", arm.forward(batch)), ("gradient", gradients), ("loss", arm.losses(batch))):
        assert list(seen[stage]) == list(alone)
        for key, value in alone.items():
            np.testing.assert_allclose(seen[stage][key], value, rtol=1e-12, atol=1e-15)
    assert equal(arm.state(), start), "reading changed the state"

    before = arm.loss(batch)
    assert arm.step(batch) == pytest.approx(before, rel=1e-12)  # the loss that the step returns is the one before it
    after = arm.state()
    assert [n for n in gradients if np.array_equal(after[n], start[n])] == []
    arm.load(start)
    assert equal(arm.state(), start)
    arm.step(batch)
    assert equal(arm.state(), after), "a step from the same state went elsewhere"
    arm.reset()
    assert equal(arm.state(), start)


@pytest.mark.variants_are_slow
@pytest.mark.large_models_are_slow
def test_both_sides_tell_the_same_story(name, variant):
    """The same names in the same order: taps, parameters, losses; and the same state."""
    static, dynamic = (proof_twin(side, name, variant) for side in SIDES)
    batch = next(static.spec.batches())
    assert list(static.forward(batch)) == list(dynamic.forward(batch))
    assert set(static.gradients(batch)) == set(dynamic.gradients(batch))
    assert list(static.losses(batch)) == list(dynamic.losses(batch))
    assert equal(static.state(), dynamic.state())


@pytest.mark.parametrize("side", SIDES)
def test_a_state_must_fit_exactly(side):
    with twin(side, "shallow_regressor", threads=1) as arm:
        state = arm.state()
        with pytest.raises(ValueError, match="w1"):
            arm.load({name: value for name, value in state.items() if name != "w1"})
        with pytest.raises(ValueError, match="surplus"):
            arm.load({**state, "surplus": np.zeros(1)})
        with pytest.raises(ValueError, match="shape"):
            arm.load({**state, "w1": state["w1"].T})
        assert equal(arm.state(), state)


@pytest.mark.parametrize("side", SIDES)
def test_another_value_can_be_put_in_at_a_tap(side):
    """What follows is computed from it, whatever came before: in the framework's own layout too."""
    with twin(side, "batch_norm_net", threads=1) as arm:
        batch = next(arm.spec.batches())
        other = {**batch, "x": batch["x"][::-1].copy()}
        h1 = arm.forward(other)["h1"]
        replaced = arm.forward(batch, replace={"h1": h1})
        np.testing.assert_array_equal(replaced["h1"], arm.forward(batch)["h1"])
        np.testing.assert_allclose(replaced["logits"], arm.forward(other)["logits"], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("side", SIDES)
def test_another_gradient_can_be_put_in_at_a_tap(side):
    """What lies before the tap is told twice the gradient, what lies behind it knows nothing of that."""
    with twin(side, "batch_norm_net", threads=1) as arm:
        batch = next(arm.spec.batches())
        plain = arm.observe(batch)
        twice = arm.observe(batch, {"tap_gradient": {"h1": 2 * plain["tap_gradient"]["h1"]}})
        factors = {"z1": 2, "n1": 2, "h1": 1, "z2": 1, "n2": 1, "h2": 1, "logits": 1}
        for name, factor in factors.items():
            expected = factor * plain["tap_gradient"][name]
            np.testing.assert_allclose(twice["tap_gradient"][name], expected, rtol=1e-10, atol=1e-14)
        np.testing.assert_array_equal(twice["gradient"]["w"], plain["gradient"]["w"])
        np.testing.assert_allclose(twice["gradient"]["norm1/gamma"], 2 * plain["gradient"]["norm1/gamma"], rtol=1e-10)


@pytest.mark.parametrize("side", SIDES)
def test_calls_are_told_with_their_gradients(side):
    """An LSTM's loop calls its cell at every step: what goes in is what came out of the step before."""
    with twin(side, "lstm", **SMALL) as arm:
        batch = next(arm.spec.batches())
        calls = arm.calls(batch)
        called = {"static": "__call__", "dynamic": "forward"}[side]
        cells = [call for call in calls if call.method.name == f"LSTMCell.{called}"]
        assert len(cells) == arm.spec.config.length
        assert {call.parent.method.name for call in cells} == {"Cell.through_time"}
        for before, after in pairwise(cells):
            np.testing.assert_array_equal(before.results["0"], after.arguments["c"])
            np.testing.assert_array_equal(before.result_gradients["0"], after.argument_gradients["c"])
        (loss,) = (call for call in calls if call.method.name == "LSTM.loss")
        assert float(loss.results[""]) == arm.loss(batch)
        np.testing.assert_array_equal(loss.argument_gradients["output"], arm.tap_gradients(batch)["output"])
        assert arm.tap_locations(batch)["h"].name == "LSTM.forward"


@pytest.mark.large_models_are_slow
def test_nothing_is_noted_unasked(name):
    """A step leaves no call behind: not even of a method that was handed on while calls were record_calls."""
    arm = proof_twin("dynamic", name)
    batch = next(arm.spec.batches())
    before = len(arm._calls)
    arm.step(batch)
    arm.observe(batch)
    assert len(arm._calls) == before


@pytest.mark.parametrize("side", SIDES)
def test_settings_change_the_configuration(side):
    with twin(side, "shallow_regressor", hidden=5, threads=1) as arm:
        assert arm.state()["w1"].shape == (1, 5)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("spoil", [lambda s: {n: v for n, v in s.items() if n != "b2"}, lambda s: {**s, "b3": s["b2"]}])
def test_initial_values_must_be_those_of_the_model(side, spoil, monkeypatch):
    """None missing, none left over: nothing keeps a framework's own initial value."""
    kind = type(CATALOG["shallow_regressor"].spec())
    initial = kind.initial
    monkeypatch.setattr(kind, "initial", lambda self: spoil(initial(self)))
    with pytest.raises(ValueError, match="do not fit"):
        twin(side, "shallow_regressor", threads=1)


@pytest.mark.large_models_are_slow
def test_the_graph_does_not_grow(name):
    """It is finalized, and no call adds an operation."""
    arm = proof_twin("static", name)
    batch = next(arm.spec.batches())
    before = len(arm.graph.get_operations())
    for call in (arm.step, arm.forward, arm.gradients, arm.tap_gradients, arm.predict, arm.loss):
        call(batch)
    arm.load(arm.state())
    arm.reset()
    assert len(arm.graph.get_operations()) == before
    assert arm.graph.finalized


def _depends_on(operation):
    """Every operation that must run before this one, by data or by control."""
    found, waiting = set(), [operation]
    while waiting:
        current = waiting.pop()
        for before in [tensor.op for tensor in current.inputs] + list(current.control_inputs):
            if before not in found:
                found.add(before)
                waiting.append(before)
    return found


@pytest.mark.large_models_are_slow
def test_nothing_moves_before_all_is_read(name):
    """In a graph, order is what one asks for: no parameter is written before the loss of that step is known."""
    arm = proof_twin("static", name, observed=False)
    handles = {w.handle.op for w in arm.model.parameters()}
    for _, loss, step, _ in arm._steps:
        writers = [
            operation
            for operation in _depends_on(step)
            if operation.type.startswith(("Assign", "ResourceApply")) and operation.inputs[0].op in handles
        ]
        assert writers
        assert [w.name for w in writers if loss.op not in _depends_on(w)] == []


def test_a_timed_graph_has_nothing_to_observe_with():
    """Unobserved twins compute the same, without the identities at which other values can be put in."""
    full = twin("static", "lstm", **SMALL)
    bare = twin("static", "lstm", **SMALL, observed=False)
    with full, bare:
        instruments = [
            [op for op in arm.graph.get_operations() if op.node_def.attr["_gradient_op_type"].s == b"Tap"]
            for arm in (full, bare)
        ]
        assert list(map(len, instruments)) == [len(full.model.taps), 0]
        for _, batch in zip(range(3), full.spec.batches()):
            assert full.step(batch) == bare.step(batch)
        assert equal(full.state(), bare.state())


def test_an_observed_graph_contains_the_gradients_of_a_loss_once():
    """The update reads those that are observed: a second copy of them would double the time to build the graph."""
    with twin("static", "gan", **SMALL) as updated, twin("static", "gan", **SMALL, trained=False) as alone:
        products = [[op for op in arm.graph.get_operations() if op.type == "MatMul"] for arm in (updated, alone)]
    assert len(products[0]) == len(products[1]) > 0


def test_eager_tensorflow_keeps_working_beside_a_graph():
    """No global switch is thrown: the user's own TensorFlow 2 code runs before, between and after."""
    assert tf2.executing_eagerly()
    with twin("static", "lstm", **SMALL) as arm:
        with tf2.GradientTape() as tape:
            x = tf2.Variable(3.0)
            y = x * x
        assert float(tape.gradient(y, x)) == 6.0
        arm.step(next(arm.spec.batches()))
        assert tf2.executing_eagerly()
    assert tf.get_default_graph() is not arm.graph


ALONE = """
import sys
sys.modules[sys.argv[2]] = None  # as if it were not installed
from benchmarks import twin
with twin(sys.argv[1], "lstm", size="proof", threads=1) as arm:
    arm.step(next(arm.spec.batches()))
assert sys.argv[2] not in [name for name, module in sys.modules.items() if module]
"""


@pytest.mark.parametrize(("side", "missing"), [("static", "torch"), ("dynamic", "tensorflow")])
def test_one_framework_is_enough_for_its_side(side, missing):
    subprocess.run([sys.executable, "-c", ALONE, side, missing], check=True)


@pytest.mark.large_models_are_slow
@pytest.mark.parametrize("side", SIDES)
def test_a_resident_batch_trains_as_a_fed_one(side, name):
    """Bit for bit: it is the same step, but for where the batch lies."""
    fed, resident = (
        proof_twin(side, name, observed=False),
        twin(side, name, **SMALL, observed=False, resident=True),
    )
    with resident:
        batch = next(fed.spec.batches())
        resident.to_device(batch)
        assert [fed.step(batch) for _ in range(3)] == [resident.step() for _ in range(3)]
        found, expected = resident.state(), fed.state()
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            np.testing.assert_array_equal(found[key], value, err_msg=key)
