"""Verdicts. Two float64 arms say whether it is the same function; each float32 arm is judged against them.

| verdict | float64 | float32 |
|---|---|---|
| identical | equal bit for bit | equal bit for bit |
| rounding | within FLOAT64_TOLERANCE in norm | each side's error is what rounding does to this model |
| ill-conditioned | | the same, but off by over ILL_CONDITIONED roundings, or one of the inputs moves it so far |
| different | anything else | an error that rounding does not explain |
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from benchmarks.parity.trace import UNIT_ROUNDOFF, Key, Trace

Row = dict[str, Any]

VERDICTS = ("different", "ill-conditioned", "rounding", "identical")  # the worst first

# Equal formulas in another order of summation differ by about 1e-15 after 20 steps; the smallest planted differences
# that anyone met in practice (an epsilon of 1e-10 inside or outside a root) move a float64 arm by 1e-11 or more.
FLOAT64_TOLERANCE = 1e-12

# The nudge rounds the inputs once; a float32 arm rounds at every operation. Independent roundings add up like a random
# walk, so a chain of 10,000 of them is 100 times one. A matrix product in TF32 (10 bits for 23) is 8,000 times.
ROUNDINGS_IN_A_CHAIN = 100

# Where sums are long, or a unit lies on the kink of a ReLU, both float32 sides are further from float64 than the nudge
# says, and alike, for float64 has shown them to be the same function. The order of their sums makes them differ by up
# to 5 times (measured); a wrong constant of TF1's Adam kernel by 24, TF32 on one side only by thousands.
SIDES_ALIKE = 10

# Three of float32's seven digits are gone before the model has computed anything wrong.
ILL_CONDITIONED = 1000


def judge(
    static64: Trace,
    dynamic64: Trace,
    static32: Trace | None = None,
    dynamic32: Trace | None = None,
    nudged64: Trace | None = None,
) -> list[Row]:
    """Rows with a verdict each, in dataflow order: for float64, and for float32 if its arms are given.

    The float32 arms need `nudged64`, the nudged trace of a float64 arm, which measures how well-conditioned each
    value is. A name that only one arm has is a row with the verdict `different`.
    """
    _refuse_nothing(static64, dynamic64)
    vacuous = _vacuous(static64, dynamic64)
    rows = [_float64_row(key, static64.get(key), dynamic64.get(key), vacuous) for key in _union(static64, dynamic64)]
    rows += _unmoved("float64", static64, dynamic64)
    if static32 is None or dynamic32 is None:
        return rows
    if nudged64 is None:
        raise ValueError("float32 arms are judged by how a nudge moves float64: nudged64 is missing")
    for key in _union(static32, dynamic32):
        rows.append(_float32_row(key, static32.get(key), dynamic32.get(key), dynamic64.get(key), nudged64.get(key)))
    return rows + _unmoved("float32", static32, dynamic32)


def passed(rows: Iterable[Row]) -> bool:
    """Whether there are rows and none is `different`."""
    rows = list(rows)
    return bool(rows) and first_failure(rows) is None


def first_failure(rows: Iterable[Row]) -> Row | None:
    """The first row, in dataflow order, that is `different`."""
    return next((row for row in rows if row["verdict"] == "different"), None)


def relative_norm(a: np.ndarray, b: np.ndarray) -> float:
    """|a - b| / |b|, in float64; 0 where both are zero."""
    difference = float(np.linalg.norm(np.asarray(a, np.float64) - np.asarray(b, np.float64)))
    size = float(np.linalg.norm(np.asarray(b, np.float64)))
    return difference / size if size else (0.0 if difference == 0 else float("inf"))


def _refuse_nothing(static: Trace, dynamic: Trace) -> None:
    if not static.keys() & dynamic.keys():
        raise ValueError("the two traces have no name in common: there is nothing to compare")


def _union(a: Trace, b: Trace) -> list[Key]:
    """The keys of both, in the order of the first."""
    return list(dict.fromkeys([*a, *b]))


def _vacuous(static: Trace, dynamic: Trace) -> set[tuple[str, str, str]]:
    """What is zero on both sides at every step: equal, and proof of nothing. (State may rest at zero.)"""
    moving = {
        (key.stage, key.mode, key.name)
        for found in (static, dynamic)
        for key, value in found.items()
        if np.any(np.asarray(value) != 0)
    }
    return {(k.stage, k.mode, k.name) for k in static if k.stage not in ("state", "loss")} - moving


def blank_row(key: Key, dtype: str, note: str = "") -> Row:
    empty = dict.fromkeys(("max_abs", "rel_norm", "static_error", "dynamic_error"))
    return {"dtype": dtype, **key._asdict(), **empty, "verdict": "different", "note": note}


def _unusable(a: np.ndarray | None, b: np.ndarray | None) -> str:
    """Why two values cannot be compared, or nothing."""
    if a is None or b is None:
        return f"only the {'dynamic' if a is None else 'static'} side has it"
    if a.shape != b.shape:
        return f"shapes {a.shape} and {b.shape}"
    for side, value in (("static", a), ("dynamic", b)):
        if not np.all(np.isfinite(value)):
            return f"not finite on the {side} side"
    return ""


def _float64_row(key: Key, a: np.ndarray | None, b: np.ndarray | None, vacuous: set[tuple[str, str, str]]) -> Row:
    row = blank_row(key, "float64")
    row["note"] = _unusable(a, b)
    if row["note"]:
        return row
    assert a is not None
    assert b is not None
    row["max_abs"], row["rel_norm"] = _max_abs(a, b), relative_norm(a, b)
    if (key.stage, key.mode, key.name) in vacuous:
        row["note"] = "zero on both sides at every step: proves nothing"
    elif np.array_equal(a, b):
        row["verdict"] = "identical"
    elif row["rel_norm"] <= FLOAT64_TOLERANCE:
        row["verdict"] = "rounding"
    return row


def _float32_row(key: Key, a: Any, b: Any, exact: np.ndarray | None, nudged: np.ndarray | None) -> Row:
    row = blank_row(key, "float32")
    row["note"] = _unusable(a, b)
    if not row["note"] and (exact is None or nudged is None or exact.shape != a.shape):
        row["note"] = "float64 has no such value to judge it by"
    if row["note"]:
        return row
    assert exact is not None
    assert nudged is not None
    row["max_abs"], row["rel_norm"] = _max_abs(a, b), relative_norm(a, b)
    row["static_error"], row["dynamic_error"] = relative_norm(a, exact), relative_norm(b, exact)
    amplification = relative_norm(nudged, exact) / UNIT_ROUNDOFF
    explained = ROUNDINGS_IN_A_CHAIN * UNIT_ROUNDOFF * max(1.0, amplification)
    best, worst = sorted((row["static_error"], row["dynamic_error"]))
    explained = max(explained, SIDES_ALIKE * best)
    if worst > explained:
        row["note"] = f"error {worst:.1e}, while rounding explains {explained:.1e}"
    elif np.array_equal(a, b):
        row["verdict"] = "identical"
    else:
        row["verdict"] = (
            "ill-conditioned" if max(amplification, worst / UNIT_ROUNDOFF) > ILL_CONDITIONED else "rounding"
        )
    return row


def _max_abs(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.max(np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64)), initial=0.0))


def _unmoved(dtype: str, static: Trace, dynamic: Trace) -> list[Row]:
    """A row for every parameter that no step has changed on some side: a training operation that does not train."""
    rows = []
    last = max(key.step for key in static)
    for side, found in (("static", static), ("dynamic", dynamic)):
        for name in [key.name for key in found if key.stage == "gradient" and key.step == 0]:
            before, after = (found.get(Key("state", step, "training", name)) for step in (0, last))
            if last and before is not None and after is not None and np.array_equal(before, after):
                note = f"{last} steps did not change it on the {side} side"
                rows.append(blank_row(Key("state", last, "training", name), dtype, note))
    return rows
