"""Verdicts on made-up traces."""

import numpy as np
import pytest

from benchmarks.proof import Key, first_failure, from_bytes, judge, passed, to_bytes
from benchmarks.proof.verdicts import relative_norm, units_in_the_last_place

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
        (lambda x: x.astype(int), "type float64 on the static side, int64 on the dynamic side"),
        (lambda x: x.astype(str), "not numbers but <U32 on the dynamic side"),
        (lambda x: x.T, "shape (3, 4) on the static side, (4, 3) on the dynamic side"),
        (lambda x: x[None], "shape (3, 4) on the static side, (1, 3, 4) on the dynamic side"),
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


def test_underflow_is_no_error_of_float32():
    """What comes from numbers below 2^-126 may be 0 on one side; an element above 2^-100 may not."""
    exact, key = _traces(), Key("tap", 0, "training", "h")

    def with_a_row_of_zeros_for(element):
        small = exact[key].copy()
        small[0] = element
        zero = small.copy()
        zero[0] = 0
        nudged = small * (1 + 2.0**-24)
        return first_failure(judge(*({**exact, key: value} for value in (small, small, zero, small, nudged))))

    assert with_a_row_of_zeros_for(7e-31) is None
    assert with_a_row_of_zeros_for(9e-31)["note"].startswith("only index 0 of axis 0: error 1.0e+00 of its size")


def test_relative_norm():
    assert relative_norm(np.zeros(3), np.zeros(3)) == 0
    assert relative_norm(np.ones(3), np.zeros(3)) == np.inf
    assert relative_norm(np.array([3.0, 4.1]), np.array([3.0, 4.0])) == pytest.approx(0.02)
