"""The comparison of plain arrays: every verdict, every way to be incomparable, and what it says of it."""

import numpy as np
import pytest

from benchmarks.parity import compare

RANDOM = np.random.default_rng(0)
W = RANDOM.normal(size=(4, 8))
B = RANDOM.normal(size=8)


def _with(value):
    spoilt = W.copy()
    spoilt[2, 4] = value
    return spoilt


def test_equal_arrays_are_identical():
    found = compare({"w": W, "b": B}, {"w": W.copy(), "b": B.copy()})
    assert found
    assert found.verdict == "identical"
    assert str(found).startswith("identical: 2 names")


def test_float64_may_round_and_no_more():
    assert compare({"w": W}, {"w": W * (1 + 1e-14)}).verdict == "rounding"
    found = compare({"w": W, "b": B}, {"w": W, "b": B + 1e-9 * np.arange(8) ** 2})
    assert not found
    assert found.first["name"] == "b"
    assert found.first["index"] == [7]
    assert "'b': off by" in str(found)


def test_float32_is_judged_by_float64_if_there_is_one():
    """Both off by 2e-3 and alike: the model is ill-conditioned. One of them alone: a fault."""
    exact, off, near = W, np.float32(W * (1 + 2e-3)), np.float32(W)
    assert compare({"w": off}, {"w": off * np.float32(1.001)}, exact={"w": exact}).verdict == "ill-conditioned"
    assert compare({"w": near}, {"w": off}, exact={"w": exact}).verdict == "different"
    assert compare({"w": near}, {"w": near * np.float32(1 + 1e-6)}, exact={"w": exact}).verdict == "rounding"


def test_float32_without_float64_is_not_believed():
    assert compare({"w": np.float32(W)}, {"w": np.float32(W * (1 + 1e-6))}).verdict == "rounding"
    found = compare({"w": np.float32(W)}, {"w": np.float32(W * (1 + 1e-3 * RANDOM.normal(size=W.shape)))})
    assert "pass the float64 values as exact=" in str(found)
    assert not found


@pytest.mark.parametrize(
    ("reference", "other", "says"),
    [
        ({"w": W}, {"w": _with(np.nan)}, "not finite on the other side: not a number at [2, 4]"),
        ({"w": _with(-np.inf)}, {"w": W}, "not finite on the reference side: infinite at [2, 4]"),
        ({"w": W, "b": B}, {"w": W}, "'b': only the reference side has it"),
        ({"w": W}, {"w": W, "b": B}, "'b': only the other side has it"),
        ({"w": W}, {"v": W}, "no name in common: the reference has w; the other has v"),
        ({}, {}, "no name in common: the reference has none; the other has none"),
        ({"w": W}, {"w": W[:3]}, "shape (4, 8) on the reference side, (3, 8) on the other side"),
        ({"w": W}, {"w": W[None]}, "shape (4, 8) on the reference side, (1, 4, 8) on the other side"),
        ({"w": W}, {"w": W.astype(int)}, "type float64 on the reference side, int64 on the other side"),
        ({"w": W}, {"w": np.full((4, 8), "x")}, "not numbers but <U1 on the other side"),
        ({"w": W}, {"w": None}, "not numbers but object on the other side"),
        (
            {"losses": [3.0, 2.0, 1.0]},
            {"losses": [3.0, 2.0]},
            "'losses': shape (3,) on the reference side, (2,) on the other side",
        ),
        ({"y": np.array([1, 2])}, {"y": np.array([1, 3])}, "'y': off by"),
    ],
)
def test_what_cannot_be_compared_says_why(reference, other, says):
    found = compare(reference, other)
    assert not found
    assert found.verdict == "different"
    assert says in str(found)


def test_dicts_within_dicts_are_named_by_their_path():
    """As a twin observes itself: {"tap": {...}, "gradient": {...}}."""
    found = compare({"tap": {"h": W}, "gradient": {"w": B}}, {"tap": {"h": W}, "gradient": {"w": -B}})
    assert found.first["name"] == "gradient/w"
    assert "the sign is reversed" in str(found)


def test_many_failures_are_a_short_message():
    names = [f"w{i}" for i in range(30)]
    text = str(compare(dict.fromkeys(names, W), dict.fromkeys(names, W + 1)))
    assert "30 of 30 names" in text
    assert "and 22 more" in text
    assert len(text.splitlines()) == 9
