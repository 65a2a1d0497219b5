"""Sweeps over a setting, and where the sides cross."""

import pytest

from benchmarks.speed import Job, sweep
from benchmarks.speed import measure as measure_pairs
from shared.errors import UsageError
from tests.speed.made_up import JOB, rows_of
from tests.speed.planted import MODEL, quick

# Sweeps


def swept(ratios):
    rows = []
    for value, ratio in ratios.items():
        rows += rows_of(
            Job(MODEL, "plain", "plain", "cpu", "small", "float32", 1, "batch", value), 1e-3 * ratio, 1e-3, 1e-4
        )
    return rows


def test_a_sweep_is_a_setting_and_its_values():
    assert sweep.parse("batch=64,1,8") == ("batch", [1, 8, 64])
    assert sweep.parse("l2=0.5,0.1") == ("l2", [0.1, 0.5])
    for wrong in ("batch", "batch=", "=1,2", "batch=a,b"):
        with pytest.raises(UsageError, match="as in batch=1,8,64"):
            sweep.parse(wrong)


def test_a_crossing_is_found_between_two_values():
    (found,) = sweep.crossings(swept({1: 0.5, 4: 0.5, 16: 2.0, 64: 4.0}))
    assert found.at == pytest.approx(8, rel=0.05)  # half way from 4 to 16 in logarithms, as 1 is from 1 / 2 to 2
    assert found.sentence.startswith("static is faster up to batch 8")
    assert found.sentence.endswith("dynamic beyond")
    (other,) = sweep.crossings(swept({1: 2.0, 4: 0.25}))
    assert other.sentence.startswith("dynamic is faster up to batch 1.59")  # 4 to the power of 1 / 3


def test_without_a_crossing_or_with_several_a_sweep_says_so():
    (never,) = sweep.crossings(swept({1: 0.5, 8: 0.7}))
    assert never.at is None
    assert never.sentence == "static is faster at every batch from 1 to 8"
    (twice,) = sweep.crossings(swept({1: 0.5, 4: 2.0, 16: 0.5}))
    assert "static is faster at first and static at last" in twice.sentence
    assert twice.sentence.count(",") == 1  # two hosts
    (unsure,) = sweep.crossings(swept({1: 0.5, 8: 1.0}))
    assert unsure.sentence.endswith("(no conclusion at 8)")
    assert sweep.crossings(rows_of(JOB)) == []  # no sweep


def test_a_setting_that_a_model_does_not_have_is_refused():
    with pytest.raises(UsageError, match="unknown setting bach"):
        measure_pairs([MODEL], sweep="bach", value=3)
    with pytest.raises(UsageError, match="a batch of 100000 out of"):
        measure_pairs([MODEL], sweep="batch", value=100_000)


def test_a_swept_setting_reaches_both_arms():
    rows = measure_pairs([MODEL], sweep="batch", value=7, settings=quick())
    assert {row["error"] for row in rows} == {None}
    assert {(row["sweep"], row["value"]) for row in rows} == {("batch", 7)}
