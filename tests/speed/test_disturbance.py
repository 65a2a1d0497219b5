"""Busy and unsteady machines: what is timed again, and when there is no conclusion."""

import pytest

from benchmarks.processes import Workers
from benchmarks.speed import disturbance, measure
from benchmarks.speed.disturbance import BUSY, UNSTEADY, conclusion, is_whole
from tests.speed.planted import MODEL, quick


@pytest.mark.parametrize(
    ("low", "high", "ratios", "disturbed", "says"),
    [
        (0.5, 0.7, [0.5, 0.6], 0.1, "static faster"),
        (0.9, 1.1, [0.95, 1.05], 0.0, "not significant"),
        (0.5, 0.7, [0.5, 0.6], 0.3, BUSY),
        (0.31, 0.45, [0.31, 0.48], 0.0, UNSTEADY),
        (None, None, [0.5, 0.9], 0.9, "too few processes"),
    ],
)
def test_no_side_is_named_on_a_restless_machine(low, high, ratios, disturbed, says):
    assert conclusion(low, high, ratios, disturbed) == says


@pytest.mark.parametrize(
    ("cores", "most", "threads", "device", "whole"),
    [
        (0.99, 1.0, 1, "cpu", True),
        (0.9, 0.9, 1, "cpu", False),
        (1.7, 1.8, 2, "cpu", True),
        (1.5, 1.8, 2, "cpu", False),
        (0.2, 0.9, 1, "cuda", True),
    ],
)
def test_a_process_has_its_cores_to_itself_or_not(cores, most, threads, device, whole):
    assert is_whole(cores, most, threads, device) == whole


def _timed(monkeypatch, cores):
    """The rows of a pair whose blocks report these numbers of cores, over and over; and how many blocks were run."""
    asked, ask = [], Workers.ask

    def told(self, name, method, **arguments):
        found = ask(self, name, method, **arguments)
        if method == "block" and found is not None:
            asked.append(name)
            return found[0], cores[len(asked) % len(cores)]
        return found

    monkeypatch.setattr(Workers, "ask", told)
    rows = measure([MODEL], settings=quick(launches=6))
    return [row for row in rows if row["phase"] == "step"], len(asked)


def test_blocks_are_run_again_until_one_is_undisturbed(monkeypatch):
    rows, blocks = _timed(monkeypatch, [0.5, 1.0])
    assert {row["disturbed"] for row in rows} == {0.0}
    assert blocks > 6 * 3 * 8
    assert not any(row["conclusion"] == BUSY for row in rows)


def test_a_machine_that_stays_busy_gives_no_conclusion(monkeypatch):
    rows, blocks = _timed(monkeypatch, [0.5])
    assert [row["conclusion"] for row in rows] == [BUSY, BUSY]
    assert {row["disturbed"] for row in rows} == {1.0}
    planned = 6 * 3 * 8  # launches, phases, blocks of both arms in two groups
    assert planned < blocks < planned * (1 + 0.3 * disturbance.TRIES), (
        "once there can be no conclusion, none is retried"
    )
