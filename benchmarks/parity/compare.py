"""The comparison as a function for arrays by name from any source: a notebook, your own port, two frameworks' hooks.

from benchmarks.parity import compare

found = compare(reference, other)       # dicts of arrays, nested to any depth
print(found)                            # the verdict, the first name that differs, and what would explain it
assert found                            # in a test: false if anything is different
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.parity.hints import hint
from benchmarks.parity.verdicts import (
    FLOAT64_TOLERANCE,
    ROUNDINGS_IN_A_CHAIN,
    VERDICTS,
    Row,
    farthest,
    first_failure,
    float32_verdict,
    relative_norm,
    unusable,
)

SIDES = ("reference", "other")


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison. It is true if nothing is `different`; as a string it tells what differs and why."""

    rows: tuple[Row, ...]  # one per name, in the order of the reference

    @property
    def verdict(self) -> str:
        """The worst verdict of all names: identical, rounding, ill-conditioned or different."""
        found = {row["verdict"] for row in self.rows}
        return next(word for word in VERDICTS if word in found)

    @property
    def first(self) -> Row | None:
        """The first row that is `different`; None if there is none."""
        return first_failure(self.rows)

    def __bool__(self) -> bool:
        return self.first is None

    def __str__(self) -> str:
        if self.first is None:
            worst = max(self.rows, key=lambda row: row["rel_norm"])
            return f"{self.verdict}: {len(self.rows)} names, the farthest {worst['name']!r} by {worst['rel_norm']:.1e}"
        bad = [row for row in self.rows if row["verdict"] == "different"]
        lines = [f"different: {len(bad)} of {len(self.rows)} names, the first is {_line(bad[0])}"]
        lines += [f"  then {_line(row)}" for row in bad[1:SHOWN]]
        lines += [f"  and {len(bad) - SHOWN} more"] if len(bad) > SHOWN else []
        return "\n".join(lines)


SHOWN = 8  # failing names that a message lists: the first matters most


def _line(row: Row) -> str:
    parts = [row["note"]]
    if row["rel_norm"] is not None:
        parts.insert(0, f"off by {row['rel_norm']:.1e} in norm, and {row['allowed']:.1e} is allowed")
        parts.append(f"at {row['index']} {row['reference_value']:.6g} and {row['other_value']:.6g}")
    return f"{row['name']!r}: " + "; ".join(part for part in [*parts, row["hint"]] if part)


def compare(
    reference: Mapping[str, Any], other: Mapping[str, Any], exact: Mapping[str, Any] | None = None
) -> Comparison:
    """Compare two dicts of arrays, name by name.

    Values are anything that `np.asarray` accepts; a value in nested dicts is named by its path, "tap/h". Values that
    are float64 on both sides have to agree to 1e-12 in norm. For lower precision, `exact` contains the same values in
    float64, and each side is judged by its own error; without it only a few hundred roundings are allowed, because an
    ill-conditioned value cannot be told from a fault. Anything that cannot be compared is `different`, with a note why.
    """
    left, right, truth = (dict(_flat(side)) for side in (reference, other, exact or {}))
    names = list(dict.fromkeys([*left, *right]))
    if not left.keys() & right.keys():
        has = [f"the {side} has {', '.join(own) or 'none'}" for side, own in zip(SIDES, (left, right))]
        return Comparison((_row("", note=f"no name in common: {'; '.join(has)}"),))
    return Comparison(tuple(_judge(name, left.get(name), right.get(name), truth.get(name)) for name in names))


def _flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, np.ndarray]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}/")
        else:
            yield f"{path}{name}", np.asarray(value)


def _row(name: str, **known: Any) -> Row:
    empty = dict.fromkeys(("max_abs", "rel_norm", "allowed", "index", "reference_value", "other_value"))
    return {"name": name, **empty, "verdict": "different", "note": "", "hint": "", **known}


def _judge(name: str, a: np.ndarray | None, b: np.ndarray | None, exact: np.ndarray | None) -> Row:
    note = unusable(a, b, SIDES)
    if a is None or b is None:
        return _row(name, note=note)
    if note:
        return _row(name, note=note, hint=hint(a, b) if note.startswith("shapes") else "")
    index, here, there = farthest(a, b)
    row = _row(name, rel_norm=relative_norm(b, a), index=index, reference_value=here, other_value=there)
    row["max_abs"] = abs(here - there)
    row |= _verdict(a, b, row["rel_norm"], exact)
    if row["verdict"] == "different":
        row["hint"] = hint(a, b)
    return row


def _verdict(a: np.ndarray, b: np.ndarray, apart: float, exact: np.ndarray | None) -> Row:
    """Verdict, note and tolerance for two finite arrays of the same shape, with the relative distance `apart`."""
    coarser = max(_unit_roundoff(x) for x in (a, b))
    if exact is not None and coarser > _unit_roundoff(exact):
        why = unusable(exact, a, ("exact", SIDES[0]))
        if why:
            return {"note": why, "allowed": None, "verdict": "different"}
        judged = float32_verdict(a, b, exact, amplification=1.0, unit_roundoff=coarser)
        return {key: judged[key] for key in ("verdict", "note", "allowed")}
    allowed = FLOAT64_TOLERANCE if coarser <= 2.0**-53 else 2 * ROUNDINGS_IN_A_CHAIN * coarser
    if np.array_equal(a, b):
        return {"allowed": allowed, "verdict": "identical"}
    if apart <= allowed:
        return {"allowed": allowed, "verdict": "rounding"}
    note = "" if coarser <= 2.0**-53 else "ill-conditioned or a fault: pass the float64 values as exact= to decide"
    return {"allowed": allowed, "verdict": "different", "note": note}


def _unit_roundoff(x: np.ndarray) -> float:
    """Half the distance from 1 to the next number of this type; 0 for integers, which are exact."""
    return float(np.finfo(x.dtype).eps) / 2 if np.issubdtype(x.dtype, np.inexact) else 0.0
