"""Verdicts. The two float64 arms show whether the functions are equal; each float32 arm is judged against float64.

| verdict | float64 | float32 |
|---|---|---|
| identical | bit-identical | bit-identical |
| rounding | within FLOAT64_TOLERANCE in norm | rounding explains each side's error |
| ill-conditioned | beyond it, but no farther than | explained too, but over ILL_CONDITIONED roundings, |
|                 | roundings change this value | or one rounding of the inputs changes the value by as much |
| different | anything else | an error that rounding does not explain |
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.proof.elements import strays, strays_from, where
from benchmarks.proof.tolerances import (
    FLOAT32_ROUNDOFF,
    FLOAT32_UNDERFLOW,
    FLOAT64_ROUNDOFF,
    FLOAT64_TOLERANCE,
    ILL_CONDITIONED,
    ROUNDINGS_IN_A_CHAIN,
    SIDES_ALIKE,
)
from benchmarks.proof.trace import Key, Trace
from benchmarks.rows import ParityRow, record

Row = dict[str, Any]

VERDICTS = ("different", "ill-conditioned", "rounding", "identical")  # the worst first


def judge(
    static64: Trace,
    dynamic64: Trace,
    static32: Trace | None = None,
    dynamic32: Trace | None = None,
    nudged64: Trace | None = None,
    *,
    elements: bool = True,
) -> list[Row]:
    """Rows with a verdict each, in dataflow order: for float64, and for float32 if its arms are given.

    The float32 arms need `nudged64`, the nudged trace of a float64 arm, which measures how well-conditioned each
    value is. A name that only one arm has gives a row with the verdict `different`. Without `elements` float32 is
    judged by norms only: in large nets rounding moves single units across the kink of a ReLU.
    """
    if not static64.keys() & dynamic64.keys():
        raise ValueError("the two traces have no name in common: there is nothing to compare")
    vacuous, nudged = _vacuous(static64, dynamic64), nudged64 or {}
    rows = _unequal_lengths("float64", static64, dynamic64)
    for key in _union(static64, dynamic64):
        proves_nothing = (key.stage, key.mode, key.name) in vacuous
        rows.append(record(_float64_row(key, static64.get(key), dynamic64.get(key), nudged.get(key), proves_nothing)))
    rows += _unmoved("float64", static64, dynamic64)
    if static32 is None or dynamic32 is None:
        return rows
    if nudged64 is None:
        raise ValueError("float32 arms are judged by how a nudge moves float64: nudged64 is missing")
    single = [
        _float32_row(key, static32.get(key), dynamic32.get(key), dynamic64.get(key), nudged64.get(key), elements)
        for key in _union(static32, dynamic32)
    ]
    rows += _unequal_lengths("float32", static32, dynamic32) + [record(row) for row in _with_growth(single)]
    return rows + _unmoved("float32", static32, dynamic32)


def passed(rows: Iterable[Row]) -> bool:
    """Whether there are rows and none is `different`."""
    rows = list(rows)
    return bool(rows) and first_failure(rows) is None


def first_failure(rows: Iterable[Row]) -> Row | None:
    """The first row, in dataflow order, that is `different`."""
    return next((row for row in rows if row["verdict"] == "different"), None)


def relative_norm(a: np.ndarray, b: np.ndarray) -> float:
    """|a - b| / |b|, in float64; 0 if both are zero, infinite if only b is."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    difference, size = float(np.linalg.norm(a - b)), float(np.linalg.norm(b))
    largest = float(np.max(np.abs(b), initial=0.0))
    if 0 < largest < np.inf and not 0 < size < np.inf:  # the squares of its elements overflow, or underflow
        return relative_norm(a / largest, b / largest)
    return difference / size if size else (0.0 if difference == 0 else float("inf"))


def units_in_the_last_place(a: np.ndarray, exact: np.ndarray) -> float:
    """The largest error of an element of `a`, in units of the spacing of float32 numbers at the exact value."""
    exact = np.asarray(exact, np.float64)
    spacing = np.abs(np.spacing(exact.astype(np.float32))).astype(np.float64)
    return float(np.max(np.abs(np.asarray(a, np.float64) - exact) / spacing, initial=0.0))


def unusable(a: np.ndarray | None, b: np.ndarray | None, sides: tuple[str, str] = ("static", "dynamic")) -> str:
    """Why two values cannot be compared, in one line that names the side; empty if they can."""
    if a is None or b is None:
        return f"only the {sides[1] if a is None else sides[0]} side has it"
    for side, value in zip(sides, (a, b)):
        if not np.issubdtype(value.dtype, np.number) and value.dtype != np.bool_:
            return f"not numbers but {value.dtype} on the {side} side"
    if np.issubdtype(a.dtype, np.inexact) != np.issubdtype(b.dtype, np.inexact):
        return f"type {a.dtype} on the {sides[0]} side, {b.dtype} on the {sides[1]} side"
    if a.shape != b.shape:
        return f"shape {a.shape} on the {sides[0]} side, {b.shape} on the {sides[1]} side"
    for side, value in zip(sides, (a, b)):
        if not np.all(np.isfinite(value)):
            kind = "not a number" if np.any(np.isnan(value)) else "infinite"
            return f"not finite on the {side} side: {kind} at {list(_index(~np.isfinite(value)))}"
    return ""


def farthest(a: np.ndarray, b: np.ndarray) -> tuple[list[int], float, float]:
    """The index of the largest difference of two arrays of equal shape, and both values there."""
    if not a.size:
        return [], 0.0, 0.0
    index = _index(np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64)))
    return [int(i) for i in index], float(a[index]), float(b[index])


def _index(of_largest: np.ndarray) -> tuple:
    return tuple(int(i) for i in np.unravel_index(np.argmax(of_largest), of_largest.shape))


def _union(a: Trace, b: Trace) -> list[Key]:
    """The keys of both, in the order of the first."""
    return list(dict.fromkeys([*a, *b]))


def _vacuous(static: Trace, dynamic: Trace) -> set[tuple[str, str, str]]:
    """What is zero on both sides at every step, so that its equality proves nothing. (State and loss may stay zero.)"""
    moving = {
        (key.stage, key.mode, key.name)
        for found in (static, dynamic)
        for key, value in found.items()
        if np.any(np.asarray(value) != 0)
    }
    return {(k.stage, k.mode, k.name) for k in static if k.stage not in ("state", "loss")} - moving


def blank_row(key: Key, dtype: str, note: str = "") -> Row:
    """A row that is `different`, without numbers; `note` is the reason."""
    return record(_blank(key, dtype, note))


def _blank(key: Key, dtype: str, note: str) -> ParityRow:
    return ParityRow(dtype=dtype, **key._asdict(), note=note)


def _compared(row: ParityRow, a: np.ndarray, b: np.ndarray) -> ParityRow:
    index, static, dynamic = farthest(a, b)
    row = replace(row, index=index, static_value=static, dynamic_value=dynamic)
    return replace(row, max_abs=_max_abs(a, b), rel_norm=relative_norm(a, b))


def _float64_row(
    key: Key, a: np.ndarray | None, b: np.ndarray | None, nudged: np.ndarray | None, proves_nothing: bool
) -> ParityRow:
    row = _blank(key, "float64", unusable(a, b))
    if row.note:
        return row
    assert a is not None
    assert b is not None
    row = _compared(row, a, b)
    allowed, amplification = FLOAT64_TOLERANCE, None
    nudged = nudged if nudged is not None and nudged.shape == b.shape else None
    if nudged is not None:
        amplification = relative_norm(nudged, b) / FLOAT32_ROUNDOFF
        if np.isfinite(amplification):
            allowed = max(FLOAT64_TOLERANCE, ROUNDINGS_IN_A_CHAIN * FLOAT64_ROUNDOFF * amplification)
    row = replace(row, allowed=allowed, amplification=amplification)
    if proves_nothing:
        return replace(row, note="zero on both sides at every step: proves nothing")
    if np.array_equal(a, b):
        return replace(row, verdict="identical")
    distance, mask = relative_norm(a, b), strays(a, b, nudged)
    if distance > allowed:
        return replace(row, note=which if (which := where(mask)).startswith("only") else "")
    if np.any(mask):
        index, static, dynamic = farthest(np.where(mask, a, b), b)
        note = f"{where(mask)}: farther apart than rounding explains"
        return replace(row, index=index, static_value=static, dynamic_value=dynamic, note=note)
    return replace(row, verdict="rounding" if distance <= FLOAT64_TOLERANCE else "ill-conditioned")


def _float32_row(
    key: Key, a: Any, b: Any, exact: np.ndarray | None, nudged: np.ndarray | None, elements: bool
) -> ParityRow:
    row = _blank(key, "float32", unusable(a, b))
    if not row.note and (exact is None or nudged is None or exact.shape != a.shape):
        row = replace(row, note="there is no float64 value to judge it by")
    if row.note:
        return row
    assert exact is not None
    assert nudged is not None
    found = float32_verdict(a, b, exact, nudged, elements=elements)
    return replace(_compared(row, a, b), **found)


def float32_verdict(
    a: np.ndarray,
    b: np.ndarray,
    exact: np.ndarray,
    nudged: np.ndarray | None = None,
    unit_roundoff: float = FLOAT32_ROUNDOFF,
    elements: bool = True,
) -> Row:
    """Verdict, note and numbers for two float32 approximations of `exact`, which becomes `nudged` from nudged inputs.

    Types other than float32 need their own `unit_roundoff`.
    """
    as_computed = a, b
    a, b = (np.where(np.abs(side - exact) < FLOAT32_UNDERFLOW, exact, side) for side in as_computed)
    amplification = 1.0 if nudged is None else relative_norm(nudged, exact) / FLOAT32_ROUNDOFF
    errors = relative_norm(a, exact), relative_norm(b, exact)
    best, worst = sorted(errors)
    allowed = max(ROUNDINGS_IN_A_CHAIN * unit_roundoff * max(1.0, amplification), SIDES_ALIKE * best)
    verdict, note = "rounding", ""
    if worst > allowed:
        verdict, note = "different", f"error {worst:.1e}, while rounding explains {allowed:.1e}"
    elif elements and (found := _strays32(a, b, exact, nudged, unit_roundoff)):
        verdict, note = "different", found
    elif np.array_equal(*as_computed):
        verdict = "identical"
    elif max(amplification, worst / unit_roundoff) > ILL_CONDITIONED:
        verdict = "ill-conditioned"
    return {
        "static_error": errors[0],
        "dynamic_error": errors[1],
        "static_ulp": units_in_the_last_place(a, exact),
        "dynamic_ulp": units_in_the_last_place(b, exact),
        "sides": worst / best if best else None,
        "amplification": amplification,
        "allowed": allowed,
        "verdict": verdict,
        "note": note,
    }


def _strays32(a: np.ndarray, b: np.ndarray, exact: np.ndarray, nudged: np.ndarray | None, unit_roundoff: float) -> str:
    """Which elements of a side have an error that rounding does not explain, in words; empty if none has."""
    mask, worst, allowed = strays_from(exact, (a, b), nudged, unit_roundoff)
    which = where(mask) or "every element"
    return f"{which}: error {worst:.1e} of its size, while rounding explains {allowed:.1e}" if np.any(mask) else ""


def _with_growth(rows: list[ParityRow]) -> Iterator[ParityRow]:
    """Yield the rows with the growth of the error from tap to tap, which shows the block that the error comes from."""
    before: dict[tuple, float] = {}
    for row in rows:
        if row.stage == "tap" and row.static_error is not None and row.dynamic_error is not None:
            worst, one_pass = max(row.static_error, row.dynamic_error), (row.step, row.mode, row.batch)
            if before.get(one_pass):
                row = replace(row, growth=worst / before[one_pass])
            before[one_pass] = worst
        yield row


def _max_abs(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.max(np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64)), initial=0.0))


def _unequal_lengths(dtype: str, static: Trace, dynamic: Trace) -> list[Row]:
    """A row if the two sides were trained for different numbers of steps: later values are then not comparable."""
    lengths = [max((key.step for key in found), default=0) for found in (static, dynamic)]
    if lengths[0] == lengths[1]:
        return []
    note = f"{lengths[0]} training steps on the static side, {lengths[1]} on the dynamic side"
    return [blank_row(Key("state", max(lengths), "training", "steps"), dtype, note)]


def _unmoved(dtype: str, static: Trace, dynamic: Trace) -> list[Row]:
    """A row for every parameter and side, if the steps did not change the parameter there: it is not trained."""
    rows = []
    last = max(key.step for key in static)
    for side, found in (("static", static), ("dynamic", dynamic)):
        for name in dict.fromkeys(key.name for key in found if key.stage == "gradient" and key.step == 0):
            before, after = (found.get(Key("state", step, "training", name)) for step in (0, last))
            if last and before is not None and after is not None and np.array_equal(before, after):
                note = f"{last} steps did not change it on the {side} side"
                rows.append(blank_row(Key("state", last, "training", name), dtype, note))
    return rows
