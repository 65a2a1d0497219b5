"""A control of the harness: each side is timed against itself, so every reported difference is a false alarm."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.forks import parents_for
from benchmarks.speed.jobs import REPEATED, Job, TimingSettings, check
from benchmarks.speed.measure import Tell, measure_job
from benchmarks.twins import SIDES
from shared.catalog import LONGEST

Row = dict[str, Any]

ALLOWED = 0.05  # share of false alarms: the intervals have a confidence of 95 %


def control(
    jobs: Sequence[Job], settings: TimingSettings, report: Tell = lambda what, share: None
) -> Iterator[list[Row]]:
    """Yield, for each side and job, that side's rows against itself: one per phase, with the ratio and the alarm.

    Nothing is proven here, because both arms are the same program.
    """
    check(jobs, settings)
    done, total = 0, len(jobs) * len(SIDES)
    for side in SIDES:
        arms = {side: side, f"{side} again": side}
        with parents_for(len(jobs)) as parents:
            for job in jobs:

                def tell(what: str, share: float, done: int = done, job: Job = job, side: str = side) -> None:
                    report(f"{job}, {side} against itself: {what}", (done + share) / total)

                rows = measure_job(job, settings, tell, arms, prove=False, parents=parents)
                done += 1
                yield [_row(row) for row in rows if row["side"] == side and row["phase"] in REPEATED]


def _row(row: Row) -> Row:
    """A row of timings without its samples, with whether it is a false alarm and the smallest detectable difference."""
    low, high = row["ratio_low"], row["ratio_high"]
    alarm = "faster" in (row["conclusion"] or "")
    width = float(np.sqrt(high / low) - 1) if low else None
    kept = {name: value for name, value in row.items() if name not in ("samples", "conclusion")}
    return {**kept, "alarm": alarm, "detectable": width}


def summary(rows: Sequence[Row]) -> dict[str, float]:
    """Over all comparisons: the share of false alarms, and the smallest difference that half of them can detect."""
    judged = [row for row in rows if row["detectable"] is not None]
    if not judged:
        return {"comparisons": 0, "alarms": 0, "rate": float("nan"), "detectable": float("nan")}
    alarms = sum(row["alarm"] for row in judged)
    widths = [row["detectable"] for row in judged]
    return {
        "comparisons": len(judged),
        "alarms": alarms,
        "rate": alarms / len(judged),
        "detectable": float(np.median(widths)),
    }


def passed(rows: Sequence[Row]) -> bool:
    """Whether there are comparisons, none failed, and the rate of false alarms is at most ALLOWED."""
    found = summary(rows)
    return bool(rows) and not any(row["error"] for row in rows) and found["rate"] <= ALLOWED


def line(rows: Sequence[Row]) -> str:
    """One side of a pair against itself, in one line."""
    title = f"{rows[0]['model']:<{LONGEST}} {rows[0]['variant']:<12}{rows[0]['side']:<9}"
    errors = [row["error"] for row in rows if row["error"]]
    if errors:
        return f"{title}FAILED: {errors[0]}"
    parts = [
        f"{row['phase']} {row['ratio']:.3f} [{row['ratio_low']:.3f}, {row['ratio_high']:.3f}]"
        + (" ALARM" if row["alarm"] else "")
        if row["ratio_low"]
        else f"{row['phase']} {row['ratio']:.3f}, too few processes for an interval"
        for row in rows
    ]
    return title + ", ".join(parts)


def verdict(rows: Sequence[Row]) -> str:
    """The whole control in one line."""
    found = summary(rows)
    return (
        f"{found['comparisons']} comparisons of a side with itself: {found['alarms']} false alarms, {found['rate']:.1%}"
        f" ({ALLOWED:.0%} are allowed); half of the comparisons can see a difference of {found['detectable']:.1%}"
    )
