"""What neighbours do to the timings of the ten quickest pairs: `make test-busy`, 45 minutes on an idle machine.

Contradicting conclusions and false alarms are faults; a busy machine may only say that there is no conclusion.
"""

import subprocess
import sys
from collections import Counter
from contextlib import contextmanager

import pytest

from benchmarks.report.sections.machines import REFERENCES
from benchmarks.report.sections.reference import Reference
from benchmarks.speed import Job, TimingSettings, control, measure
from benchmarks.speed.jobs import REPEATED

pytestmark = pytest.mark.busy

SIDES_NAMED = ("static faster", "dynamic faster")


@contextmanager
def busy_loops(number):
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def quickest(number):
    """The models whose plain pairs have the shortest training steps on the reference machine."""
    steps = {
        row["model"]: row["median_s"]
        for row in Reference.of(REFERENCES).rows["speed"]
        if (row["variant"], row["phase"], row["side"], row["sweep"]) == ("plain", "step", "static", None)
    }
    return sorted(steps, key=steps.__getitem__)[:number]


def compared(models):
    """(model, phase) -> the row with the comparison."""
    rows = measure(models, variants=["plain"])
    assert not [row["error"] for row in rows if row["error"]]
    return {(row["model"], row["phase"]): row for row in rows if row["side"] == "static" and row["phase"] in REPEATED}


def contradict(one, other):
    """Whether two rows with a conclusion each cannot both be true: they name different sides, or their intervals are
    disjoint although one of them names a side."""
    said = {one["conclusion"], other["conclusion"]}
    if any("no conclusion" in text for text in said) or not said & set(SIDES_NAMED):
        return False
    apart = one["ratio_high"] < other["ratio_low"] or other["ratio_high"] < one["ratio_low"]
    return said == set(SIDES_NAMED) or apart


def test_neighbours_cost_conclusions_and_never_turn_them(capsys):
    models = quickest(10)
    jobs = [Job(model, "plain", "plain", "cpu", "small", "float32", 1) for model in models[::2]]
    lines, faults, idle = [], [], None
    for number in (0, 1, 2):
        with busy_loops(number):
            rows = compared(models)
            alarms = [row for found in control.control(jobs, TimingSettings()) for row in found]
        idle = idle or rows
        wrong = [key for key in rows if contradict(idle[key], rows[key])]
        found = control.summary(alarms)
        said = Counter(row["conclusion"] for row in rows.values())
        counts = ", ".join(f"{text} {count}" for text, count in sorted(said.items()))
        lines.append(
            f"{number} busy loops: {counts}; contradict the idle machine: {wrong or 'none'}; a side against itself:"
            f" {found['alarms']} alarms of {found['comparisons']}, visible {found['detectable']:.1%}"
        )
        with capsys.disabled():
            print(f"\n{lines[-1]}")
        if wrong or found["rate"] > control.ALLOWED:
            faults.append(lines[-1])
    assert not faults
