"""Several measurements of one job: all of their launches count together."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.rows import TimingRow, record
from benchmarks.speed.disturbance import spread
from benchmarks.speed.joined import STILL_FASTER, joined, width, with_statistics
from benchmarks.twins import SIDES
from tests.report.made_up import speed_rows

JOB = {"model": "lstm", "variant": "plain", "form": "plain", "device": "cpu", "size": "small", "dtype": "float32"}


def measured(launches, ratio=1.2, seed=0):
    """The rows of so many launches of both sides, in a phase that happens once and in one that is repeated."""
    random = np.random.default_rng(seed)
    rows = []
    for side in SIDES:
        own = {**JOB, "threads": 1, "side": side, "launches": launches}
        step = 1e-3 * (ratio if side == "static" else 1) * random.lognormal(0, 0.05, (launches, 1))
        blocks = (step * random.lognormal(0, 0.01, (launches, 4))).tolist()
        rows.append(TimingRow(**own, phase="build", samples=random.uniform(1, 2, (launches, 1)).tolist()))
        known = {"disturbed": 0.1, "warm_up_runs": 10 * launches, "warm_up_s": launches}
        rows.append(TimingRow(**own, phase="step", samples=blocks, runs_in_a_block=3, **known))
    return rows


def in_half(row):
    """A row's first and last launches."""
    n = row.launches // 2
    known = [{"samples": row.samples[part], "launches": n} for part in (slice(n), slice(n, None))]
    if row.phase == "step":
        for half in known:
            half |= {"warm_up_runs": row.warm_up_runs // 2, "warm_up_s": n}
    return [replace(row, **half) for half in known]


def test_two_measurements_are_as_one_with_all_launches():
    whole = measured(14)
    first, last = ([record(row) for row in with_statistics(half)] for half in zip(*map(in_half, whole)))
    together = joined(first, last)
    assert together == [record(row) for row in with_statistics(whole)]
    assert {row["launches"] for row in together} == {14}
    assert width(together) < width(first)
    (step, other) = (row for row in together if row["phase"] == "step")
    assert step["conclusion"] == other["conclusion"] == "dynamic faster"
    assert step["ratio"] == pytest.approx(1.2, rel=0.05)
    assert (step["warm_up_runs"], step["warm_up_s"], step["disturbed"]) == (140, 14, pytest.approx(0.1))


def test_of_a_quiet_and_a_busy_measurement_the_quiet_one_counts():
    quiet, busy, busier = (
        [record(row) for row in with_statistics([replace(r, disturbed=share) for r in measured(7)])]
        for share in (0.0, 0.3, 0.9)
    )
    assert {row["conclusion"] for row in quiet if row["phase"] == "step"} == {"dynamic faster"}
    assert joined(quiet, busy) == joined(busy, quiet) == quiet
    together = joined(busy, busier)
    assert [row["disturbed"] for row in together if row["phase"] == "step"] == pytest.approx([0.6, 0.6])
    assert {row["conclusion"] for row in together if row["phase"] == "step"} == {"busy: no conclusion"}


def test_a_warning_of_either_stays():
    plain, warned = (
        [record(row) for row in with_statistics([replace(r, warning=said) for r in measured(7)])]
        for said in (None, STILL_FASTER)
    )
    for together in (joined(plain, warned), joined(warned, plain)):
        assert all(STILL_FASTER in row["warning"] for row in together if row["phase"] == "step")


def test_without_an_interval_the_width_is_infinite():
    assert width([record(row) for row in with_statistics(measured(3))]) == np.inf
    assert width(speed_rows("lstm", error="killed")) == np.inf


def test_many_launches_do_not_spread_farther_than_seven():
    random = np.random.default_rng(0)
    seven, many = (np.median([spread(random.lognormal(0, 0.1, n)) for _ in range(500)]) for n in (7, 28))
    assert many == pytest.approx(seven, rel=0.03)
    assert spread([1.0, 1.5, 1.2, 1.1, 1.3, 1.2, 1.1]) == 1.5
    assert spread([]) == 1
