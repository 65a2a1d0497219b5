"""One-line summaries of results, for the terminal."""

from collections.abc import Sequence
from typing import Any

from benchmarks.proof import VERDICTS
from shared.catalog import LONGEST

Row = dict[str, Any]


def proof(rows: Sequence[Row]) -> str:
    """The result of a proof: the worst distance in float64 and each side's worst error in float32, or the failure."""
    failures = [row for row in rows if row["verdict"] == "different"]
    if failures:
        explained = [text for text in (failures[0].get("where"), failures[0].get("cause")) if text]
        return "\n".join([failure(failures[0]), *explained])
    parts = []
    for dtype, columns in (
        ("float64", {"": "rel_norm"}),
        ("float32", {"static ": "static_error", "dynamic ": "dynamic_error"}),
    ):
        own = [row for row in rows if row["dtype"] == dtype]
        if own:
            verdict = next(word for word in VERDICTS if any(row["verdict"] == word for row in own))
            worst = ", ".join(
                f"{title}{max(_size(row[column]) for row in own):.1e}" for title, column in columns.items()
            )
            parts.append(f"{dtype} {verdict} ({worst})")
    return "; ".join(parts)


def _size(error: float | None) -> float:
    """An error; a row has None where it is infinite, which no JSON has."""
    return float("inf") if error is None else error


def failure(row: Row) -> str:
    """Where a pair first differs, and by how much."""
    found_in = row["mode"] if row.get("batch", "data") == "data" else f"{row['mode']}, {row['batch']}"
    where = f"{row['dtype']} {row['stage'].replace('_', ' ')} {row['name']!r} at step {row['step']} ({found_in})"
    why = row["note"]
    if row["rel_norm"] is not None and (row["dtype"] == "float64" or not why):
        numbers = f"relative norm {_number(row['rel_norm'])}, largest {_number(row['max_abs'])}"
        why = f"{numbers}; {why}" if why else numbers
    return f"DIFFERENT: {where}: {why}"


def _title(rows: Sequence[Row]) -> str:
    optimizer = (rows[0].get("optimizer") or "").partition("(")[0]  # its kind, without its settings
    variant = f"{rows[0]['variant']}, {optimizer}" if optimizer else rows[0]["variant"]
    return f"{rows[0]['model']:<{LONGEST}} {variant:<21} "


def parity_line(rows: Sequence[Row]) -> str:
    """A pair's verdict."""
    return _title(rows) + proof(rows)


def speed_line(rows: Sequence[Row]) -> str:
    """A pair's time of a training step on both sides, or why there is none."""
    extra = [rows[0]["form"]] if rows[0]["form"] != "plain" else []
    extra += [f"{rows[0]['sweep']}={rows[0]['value']:g}"] if rows[0]["sweep"] else []
    title = _title(rows) + "".join(f"{text:<12}" for text in extra)
    errors = [row["error"] for row in rows if row["error"]]
    if errors:
        return f"{title}FAILED: {errors[0]}"
    step = {row["side"]: row for row in rows if row["phase"] == "step"}
    times = ", ".join(f"{side} {1e3 * row['median_s']:.3g} ms" for side, row in step.items())
    row = next(iter(step.values()))
    interval = f" [{row['ratio_low']:.2f}, {row['ratio_high']:.2f}]" if row["ratio_low"] is not None else ""
    instability = " (unsteady: " + next(iter(warnings)) + ")" if (warnings := _warnings(step)) else ""
    return (
        f"{title}step: {times}; static takes {row['ratio']:.2f} of dynamic{interval}: {row['conclusion']}{instability}"
    )


def _warnings(step: dict[str, Row]) -> list[str]:
    return [f"{side}, {row['warning']}" for side, row in step.items() if row["warning"]]


def learning_line(rows: Sequence[Row]) -> str:
    """A pair's metrics and the distance of its loss curves, or why there are none."""
    errors = [row["error"] for row in rows if row["error"]]
    if errors:
        return f"{_title(rows)}FAILED: {errors[0]}"
    parts = []
    for name in dict.fromkeys(row["name"] for row in rows if row["kind"] == "metric"):
        own = [row for row in rows if row["kind"] == "metric" and row["name"] == name]
        values = ", ".join(f"{row['side']} {_number(row['value'])}" for row in own)
        missed = any(row["verdict"] == "missed" for row in own)
        bound = f" ({'MISSES' if missed else 'bound'} {own[0]['bound']:g})" if own[0]["bound"] is not None else ""
        parts.append(f"{name.replace('_', ' ')} {values}{bound}")
    (curves,) = (row for row in rows if row["kind"] == "curves")
    apart = " APART" if curves["verdict"] == "apart" else ""
    return f"{_title(rows)}{'; '.join(parts)}; curves{apart} within {_number(curves['value'])}"


def _number(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.3g}"
