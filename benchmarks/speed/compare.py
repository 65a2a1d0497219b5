"""Compare two files of timings: what became slower or faster, significantly and by more than a given share."""

from collections.abc import Sequence
from typing import Any

from benchmarks.speed import statistics
from shared.catalog import LONGEST

Row = dict[str, Any]

KEY = ("model", "variant", "form", "device", "dtype", "size", "threads", "sweep", "value", "against", "side", "phase")
MACHINE = ("cpu", "gpu", "cores", "python", "numpy", "tensorflow", "torch")  # if these differ, times differ anyway
WITHIN = 0.05  # largest relative change of a ratio at which two runs of the same comparison agree


def compare(old: Sequence[Row], new: Sequence[Row], share: float) -> list[Row]:
    """A row for each timing of either file: both medians, new over old with its interval, and a verdict.

    "slower" and "faster" are significant (the interval does not contain 1) and larger than `share`; "lost" means that
    there was a time and now there is an error. "slower" and "lost" are regressions.
    """
    before, after = ({tuple(row.get(name) for name in KEY): row for row in rows} for rows in (old, new))
    return [
        {**dict(zip(KEY, key)), **_compared(before.get(key), after.get(key), share)}
        for key in dict.fromkeys([*before, *after])
    ]


def _compared(old: Row | None, new: Row | None, share: float) -> Row:
    row: Row = {"old_s": old and old["median_s"], "new_s": new and new["median_s"]}
    row |= dict.fromkeys(("change", "change_low", "change_high", "ratio_change"))
    if old is None or new is None:
        return {**row, "verdict": "only in the new file" if old is None else "only in the old file"}
    if old["median_s"] is None or new["median_s"] is None:
        lost = old["median_s"] is not None
        return {**row, "verdict": f"lost: {new['error']}" if lost else "no time before"}
    change, low, high = statistics.change(old["samples"], new["samples"])
    row |= {"change": change, "change_low": low, "change_high": high}
    if old.get("ratio") and new.get("ratio"):
        row["ratio_change"] = new["ratio"] / old["ratio"]
    if low is None or high is None:
        return {**row, "verdict": "too few processes"}
    if low > 1 and change > 1 + share:
        return {**row, "verdict": "slower"}
    if high < 1 and change < 1 / (1 + share):
        return {**row, "verdict": "faster"}
    return {**row, "verdict": "not significant" if low <= 1 <= high else f"within {share:.0%}"}


def regressed(rows: Sequence[Row]) -> list[Row]:
    """The rows with a regression."""
    return [row for row in rows if row["verdict"] == "slower" or row["verdict"].startswith("lost")]


def line(row: Row) -> str:
    """One timing that has changed, in one line."""
    extra = [str(row[name]) for name in ("form", "size", "device", "dtype")]
    extra += [f"{row['sweep']}={row['value']:g}"] if row["sweep"] else []
    side = f"{row['side']:<8}"  # a baseline has a longer name
    title = f"{row['model']:<{LONGEST}} {row['variant']:<12}{side} {row['phase']:<11}{' '.join(extra)}: "
    if row["change"] is None:
        return title + row["verdict"]
    times = f"{1e3 * row['old_s']:.3g} ms, now {1e3 * row['new_s']:.3g} ms, "
    interval = f" [{row['change_low']:.2f}, {row['change_high']:.2f}]" if row["change_low"] is not None else ""
    return f"{title}{times}{row['change']:.2f} of before{interval}: {row['verdict']}"


def summary(rows: Sequence[Row]) -> str:
    """The comparison in one line: how many timings changed, and for how many pairs both runs agree on the ratio."""
    counts = {word: sum(row["verdict"] == word for row in rows) for word in ("slower", "faster")}
    lost = sum(row["verdict"].startswith("lost") for row in rows)
    ratios = [
        row["ratio_change"] for row in rows if row["ratio_change"] and row["side"] == "static" and not row["against"]
    ]
    agree = sum(1 / (1 + WITHIN) <= change <= 1 + WITHIN for change in ratios)
    said = f"{len(rows)} timings: {counts['slower']} slower, {counts['faster']} faster, {lost} lost"
    return said + (f"; static over dynamic agrees within {WITHIN:.0%} for {agree} of {len(ratios)}" if ratios else "")


def machines(old: dict[str, Any], new: dict[str, Any]) -> str:
    """How the machines or versions of two files differ, in one line; empty if no known fact differs."""
    moved = [f"{name} {old.get(name)} and {new.get(name)}" for name in MACHINE if old.get(name) != new.get(name)]
    return f"measured under other conditions: {'; '.join(moved)}" if moved else ""
