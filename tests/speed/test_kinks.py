"""Units on the kink of a ReLU: how far float32 may jump where a gradient does."""

from math import inf

import numpy as np
import pytest

from benchmarks import twins
from benchmarks.proof import Key
from benchmarks.proof.verdicts import relative_norm
from benchmarks.speed.kinks import KinkTolerance
from benchmarks.speed.perturbed import FAR, PerturbedTwin

# Units on the kink of a ReLU

GRADIENT, TAP = Key("gradient", 0, "training", "w"), Key("tap", 0, "training", "h")
LATER = Key("loss", 2, "training", "loss")


def off(by):
    """A trace that is so far from one of ones, by key."""
    return {key: np.ones(4) + by.get(key, 0.0) for key in (GRADIENT, TAP, LATER)}


def single(key, error):
    """A row of float32, whose dynamic side is so far off."""
    return {**key._asdict(), "dtype": "float32", "static_error": 0.0, "dynamic_error": error}


def test_where_a_gradient_jumps_float32_may_jump_as_far():
    exact, nudged = off({}), off(dict.fromkeys((GRADIENT, TAP, LATER), 6e-8))
    moved = [off({GRADIENT: by, TAP: 6e-5, LATER: 1e-4}) for by in (1e-3, 1e-2)]
    kinks = KinkTolerance()
    kinks.look(exact, nudged, moved)
    assert kinks.first == 0
    found = {
        (key.stage, error): kinks.explain(single(key, error), exact, nudged, moved)
        for key, error in [(GRADIENT, 9e-3), (GRADIENT, 2e-2), (TAP, 5e-5), (LATER, 9e-4), (LATER, 2e-3)]
    }
    assert found == {
        ("gradient", 9e-3): True,
        ("gradient", 2e-2): False,  # farther than any that was moved
        ("tap", 5e-5): False,  # this one does not jump: before the first step it is judged as ever
        ("loss", 9e-4): True,
        ("loss", 2e-3): False,
    }
    sampled = [off({TAP: 1e-2, LATER: 1e-4})]
    kinks.look(exact, nudged, sampled)
    assert kinks.sampled == 0
    assert kinks.explain(single(TAP, 5e-2), exact, nudged, sampled)  # what is computed from it may be anywhere
    assert not kinks.explain(single(TAP, 0.2), exact, nudged, sampled)
    double = single(GRADIENT, 1e-3) | {"dtype": "float64"}
    assert not kinks.explain(double, exact, nudged, moved)


def test_where_nothing_jumps_nothing_is_explained():
    exact, nudged = off({}), off(dict.fromkeys((GRADIENT, TAP, LATER), 6e-8))
    moved = [off(dict.fromkeys((GRADIENT, TAP, LATER), 6e-5))]
    kinks = KinkTolerance()
    kinks.look(exact, nudged, moved)
    assert kinks.first == inf
    assert not any(kinks.explain(single(key, 1e-5), exact, nudged, moved) for key in (GRADIENT, TAP, LATER))


def test_a_moved_twin_is_off_by_so_many_roundings():
    with twins.twin("dynamic", "deep_net", size="proof", threads=1) as net:
        start, batch = net.state(), next(net.spec.batches())
        straight = net.predict(batch)
        moved = PerturbedTwin(net, 0)
        moved.reset()
        share = np.abs(net.state()["w1"] / start["w1"] - 1)
        assert share == pytest.approx(FAR * 2.0**-24, rel=1e-6)
        assert 0 < relative_norm(moved.predict(batch), straight) < 1e-3
        other = PerturbedTwin(net, 1)
        other.reset()
        assert not np.array_equal(net.state()["w1"], start["w1"])
        net.reset()
        assert np.array_equal(net.state()["w1"], start["w1"])
