"""A side against itself: the harness's own false alarms."""

import pytest

from benchmarks.speed import control
from tests.speed.made_up import JOB
from tests.speed.planted import quick

# The control


@pytest.mark.slow
def test_a_side_against_itself():
    found = list(control.control([JOB], quick(launches=6)))
    assert [rows[0]["side"] for rows in found] == ["static", "dynamic"]
    for rows in found:
        assert [row["phase"] for row in rows] == ["step", "forward", "resident"]
        for row in rows:
            assert row["error"] is None
            assert row["ratio_low"] <= row["ratio"] <= row["ratio_high"]
            assert row["alarm"] == (not row["ratio_low"] <= 1 <= row["ratio_high"])
            assert 0 < row["detectable"] == pytest.approx((row["ratio_high"] / row["ratio_low"]) ** 0.5 - 1)
    assert control.summary([row for rows in found for row in rows])["comparisons"] == 6


def test_too_many_alarms_fail_the_control():
    calm = {"alarm": False, "detectable": 0.02, "error": None}
    rows = [calm] * 19 + [calm | {"alarm": True, "detectable": 0.5}]
    assert control.summary(rows) == {"comparisons": 20, "alarms": 1, "rate": 0.05, "detectable": 0.02}
    assert control.passed(rows)
    assert not control.passed(rows[1:])  # 1 of 19 is more than 5 %
    assert not control.passed([])
    assert not control.passed([{**calm, "detectable": None}])  # too few launches for an interval: nothing is shown
    assert not control.passed([*rows, calm | {"error": "died"}])
    assert "1 false alarms, 5.0% (5% are allowed)" in control.verdict(rows)
