"""What follows from the samples of a job: medians, ratios and conclusions, of one measurement or of several together.

More launches make an interval narrower, so a later measurement joins an earlier one of the same job.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.rows import TimingRow, from_record, record
from benchmarks.speed import disturbance, statistics
from benchmarks.speed.jobs import REPEATED

Row = dict[str, Any]

STILL_FASTER = "it was still getting faster at the end of the longest allowed warm-up"


def with_statistics(rows: Sequence[TimingRow]) -> list[TimingRow]:
    """The rows of both arms, of the first one first, with what follows from their samples."""
    arms = list(dict.fromkeys(row.side for row in rows))
    ratios = {phase: _compared([row for row in rows if row.phase == phase], arms) for phase in {r.phase for r in rows}}
    return [replace(row, **_times(row), **ratios[row.phase]) for row in rows]


def _times(row: TimingRow) -> Row:
    if not row.samples:
        return {}
    median, low, high = statistics.median(row.samples)
    found: Row = {"launches": len(row.samples), "median_s": median, "low_s": low, "high_s": high}
    if row.phase in REPEATED:
        still = row.warning and STILL_FASTER in row.warning
        warnings = [statistics.instability(row.samples), STILL_FASTER if still else ""]
        found["warning"] = "; ".join(filter(None, warnings)) or None
    return found


def _compared(rows: Sequence[TimingRow], arms: Sequence[str]) -> Row:
    """The columns that compare both arms in a phase; empty if an arm has no times or the phase is not repeated."""
    if [row.side for row in rows] != list(arms) or any(not row.samples or row.phase not in REPEATED for row in rows):
        return {}
    timed = [row.samples for row in rows]
    ratio, low, high = statistics.ratio(*timed)
    disturbed = max(row.disturbed or 0.0 for row in rows)
    said = disturbance.conclusion(low, high, statistics.ratios(*timed), disturbed)
    return {"ratio": ratio, "ratio_low": low, "ratio_high": high, "conclusion": said}


def joined(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The rows of two measurements of the same job as those of one with all of their launches.

    If the machine was too busy or too unsteady during one of them, the other one counts alone.
    """
    if _conclusive(before) != _conclusive(after):
        return [dict(row) for row in (before if _conclusive(before) else after)]
    later = {(row["side"], row["phase"]): from_record(TimingRow, row) for row in after}
    earlier = [from_record(TimingRow, row) for row in before]
    return [record(row) for row in with_statistics([_together(row, later[row.side, row.phase]) for row in earlier])]


def _conclusive(rows: Sequence[Mapping[str, Any]]) -> bool:
    return not any(row["conclusion"] in (disturbance.BUSY, disturbance.UNSTEADY) for row in rows)


def _together(before: TimingRow, after: TimingRow) -> TimingRow:
    """Both rows as one, whose statistics are not yet those of both."""
    together: Row = {"samples": [*before.samples, *after.samples]}
    if before.phase in REPEATED:
        shares = [(len(row.samples), row.disturbed or 0.0) for row in (before, after)]
        together["disturbed"] = sum(n * share for n, share in shares) / sum(n for n, _ in shares)
        together["warm_up_runs"] = (before.warm_up_runs or 0) + (after.warm_up_runs or 0)
        together["warm_up_s"] = (before.warm_up_s or 0.0) + (after.warm_up_s or 0.0)
        together["warning"] = "; ".join(filter(None, (before.warning, after.warning)))
    return replace(before, **together)


def width(rows: Sequence[Mapping[str, Any]]) -> float:
    """How wide the widest interval of a ratio is: half of it, as a share of the ratio; infinite if there is none."""
    ends = [(row["ratio_low"], row["ratio_high"]) for row in rows if row["ratio"] is not None]
    return max((high / low) ** 0.5 - 1 if low else float("inf") for low, high in ends) if ends else float("inf")
