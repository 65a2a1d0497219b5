"""The interface in shared/twin.py: both trees implement it, name by name, and an `Arm` refuses what there is not."""

import inspect
from importlib import import_module

import numpy as np
import pytest

from benchmarks import twin
from benchmarks.twins import load
from shared import twin as interface
from shared.errors import UsageError
from shared.twin import Arm

SIDES = ("static", "dynamic")


def _public(kind):
    """The public methods of a class, and those of a context manager, in the order in which they are written."""
    found = {name: method for base in kind.__mro__[::-1] for name, method in vars(base).items() if callable(method)}
    return {n: m for n, m in found.items() if not n.startswith("_") or n in ("__enter__", "__exit__")}


@pytest.mark.parametrize("observed", [False, True])
def test_both_sides_have_the_methods_of_the_protocol(observed):
    """The same names in the same order with the same signatures and the same first line of their docstrings; and a
    constructor that takes the same arguments.
    """
    protocol = interface.ObservedTwin if observed else interface.Twin
    static, dynamic = (load(side, "lstm", observed)[1] for side in SIDES)
    expected = _public(protocol)
    assert {"step", "predict", "state"} <= expected.keys()
    for kind in (static, dynamic):
        found = _public(kind)
        assert list(found) == list(expected)
        for name, method in expected.items():
            assert inspect.signature(found[name]) == inspect.signature(method), name
            if method.__doc__:
                assert found[name].__doc__.splitlines()[0] == method.__doc__.splitlines()[0] or name == "close", name
    assert list(inspect.signature(static).parameters) == list(inspect.signature(dynamic).parameters)
    for name, parameter in inspect.signature(static).parameters.items():
        assert parameter.default == inspect.signature(dynamic).parameters[name].default


@pytest.mark.parametrize("side", SIDES)
def test_a_twin_has_the_attributes_of_the_protocol(side):
    with twin(side, "lstm", size="proof", threads=1, optimized=False) as arm:
        for protocol in (interface.Twin, interface.ObservedTwin):
            assert [name for name in protocol.__annotations__ if not hasattr(arm, name)] == []
        assert arm.arm == Arm(side, threads=1, size="proof")
    with twin(side, "lstm", size="proof", threads=1, observed=False, optimized=False) as plain:
        assert not hasattr(plain, "observe")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"side": "statik"}, "unknown side 'statik': did you mean 'static'"),
        ({"dtype": "float46"}, "unknown dtype 'float46': did you mean 'float64'"),
        ({"device": "rocm"}, "unknown device 'rocm': choose from cpu, cuda"),
        ({"form": "compild"}, "unknown form 'compild': did you mean 'compiled'"),
        ({"form": "cuda_graphs"}, "the static side has no form 'cuda_graphs'"),
        ({"side": "dynamic", "form": "cuda_graphs"}, "CUDA graphs need a GPU"),
        ({"threads": 0}, "0 threads cannot run anything"),
    ],
)
def test_an_arm_refuses_what_there_is_not(settings, message):
    with pytest.raises(UsageError, match=message):
        Arm(**{"side": "static", **settings})


def test_a_twin_that_is_not_observed_is_trained():
    with pytest.raises(UsageError, match="neither observed nor trained"):
        twin("dynamic", "lstm", observed=False, trained=False)


def test_a_traced_step_is_a_step():
    """The cost of a step is taken from outside: the Session is the twin's own again, afterwards."""
    cost = import_module("static_tf.cost")
    with twin("static", "lstm", size="proof", threads=1, observed=False) as arm:
        session, batch = arm.session, next(arm.spec.batches())
        found = cost.profile(arm, batch)
        assert found.operations > 0
        assert arm.session is session
        traced = arm.state()
        arm.reset()
        arm.step(batch)
        for name, value in arm.state().items():
            np.testing.assert_array_equal(traced[name], value, err_msg=name)
