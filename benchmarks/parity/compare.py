"""The comparison as a function for arrays by name from any source: a notebook, your own port, two frameworks' hooks.

from benchmarks.parity import compare

found = compare(reference, other)       # dicts of arrays, nested to any depth, or lists; tensors of both frameworks
print(found)                            # the verdict, the first name that differs, and what would explain it
assert found                            # in a test: false if anything is different
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.parity.hints import hint
from benchmarks.parity.inputs import Value, flat
from benchmarks.parity.names import pairing
from benchmarks.proof.elements import strays, where
from benchmarks.proof.tolerances import FLOAT64_ROUNDOFF, FLOAT64_TOLERANCE, ROUNDINGS_IN_A_CHAIN
from benchmarks.proof.verdicts import (
    VERDICTS,
    Row,
    farthest,
    first_failure,
    float32_verdict,
    relative_norm,
    unusable,
)

SIDES = ("reference", "other")

# Without float64 values, an ill-conditioned value looks like a fault, so few roundings are allowed: 200, but no
# relative error above 1e-2 (200 roundings of bfloat16 are 80 %), unless that is less than 4 roundings
FEW, FEWEST, DIGITS = 2 * ROUNDINGS_IN_A_CHAIN, 4, 1e-2


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison. It is true if nothing is `different`; as a string it tells what differs and why."""

    rows: tuple[Row, ...]  # one per name, in the order of the reference
    pairs: tuple[str, ...] = ()  # of names that only one side has, and may mean the same: "a -> b"

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
        lines += ["other names for the same arrays, perhaps:"] if self.pairs else []
        return "\n".join([*lines, *(f"  {pair}" for pair in self.pairs)])


SHOWN = 8  # failing names that a message lists: the first matters most


def _line(row: Row) -> str:
    parts = [row["note"]]
    if row["rel_norm"] is not None:
        parts.insert(0, f"off by {row['rel_norm']:.1e} in norm, and {row['allowed']:.1e} is allowed")
        parts.append(f"at {row['index']} reference {row['reference_value']:.6g}, other {row['other_value']:.6g}")
    return f"{row['name']!r}: " + "; ".join(part for part in [*parts, row["hint"]] if part)


def compare(
    reference: Mapping[str, Any] | Sequence[Any],
    other: Mapping[str, Any] | Sequence[Any],
    exact: Mapping[str, Any] | Sequence[Any] | None = None,
) -> Comparison:
    """Compare two dicts or lists of arrays, name by name, in norm and element by element.

    A value in nested dicts or in a list is named by its path, "tap/h" or "0"; benchmarks/parity/inputs.py says what an
    array may be. Integers and booleans have to be equal. Values that are float64 on both sides have to agree to 1e-12
    in norm, and each element to 1e-12 of its size, plus the usual size in its slices and a tenth of the largest. For
    lower precision, `exact` contains the same values in float64, and each side is judged by its own error; without it
    few roundings are allowed (200 in float32), because an ill-conditioned value looks like a fault. Anything that
    cannot be compared is `different`, with a note why.
    """
    left, right, truth = (dict(flat(side)) for side in (reference, other, exact if exact is not None else {}))
    names = list(dict.fromkeys([*left, *right]))
    alone = [{name: own[name] for name in own if name not in rest} for own, rest in ((left, right), (right, left))]
    pairs = tuple(pairing(*alone))
    if not left.keys() & right.keys():
        has = [f"the {side} has {', '.join(own) or 'none'}" for side, own in zip(SIDES, (left, right))]
        return Comparison((_row("", note=f"no name in common: {'; '.join(has)}"),), pairs)
    with np.errstate(over="ignore", under="ignore"):  # of squares: norms are then taken of scaled values
        rows = tuple(_judge(name, left.get(name), right.get(name), truth.get(name)) for name in names)
    return Comparison(rows, pairs)


def _row(name: str, **known: Any) -> Row:
    empty = dict.fromkeys(("max_abs", "rel_norm", "allowed", "index", "reference_value", "other_value"))
    return {"name": name, **empty, "verdict": "different", "note": "", "hint": "", **known}


def _judge(name: str, one: Value | None, two: Value | None, exact: Value | None) -> Row:
    if one is None or two is None:
        return _row(name, note=unusable(one.array if one else None, two.array if two else None, SIDES))
    a, b = one.array, two.array
    note = unusable(a, b, SIDES)
    if note:
        return _row(name, note=note, hint=hint(a, b) if note.startswith("shape ") else "")
    if not a.size:
        return _row(name, note=f"empty, of shape {a.shape}: nothing to compare")
    if not np.issubdtype(a.dtype, np.inexact):
        return _exact_row(name, a, b)
    found = _verdict(one, two, exact)
    wrong = found.pop("mask")
    index, here, there = farthest(np.where(wrong, a, b), b) if np.any(wrong) else farthest(a, b)
    row = _row(name, rel_norm=relative_norm(b, a), index=index, reference_value=here, other_value=there)
    row |= {"max_abs": abs(here - there), **found}
    if row["verdict"] == "different":
        of_parts = "; the last index is 0 for real parts, 1 for imaginary ones" if one.parts else ""
        row |= {"note": row["note"] + of_parts, "hint": hint(a, b) or _elsewhere(a, b)}
    return row


def _exact_row(name: str, a: np.ndarray, b: np.ndarray) -> Row:
    """Whole numbers and truth values: every one counts, also beyond 2^53, where floats have gaps."""
    mask = a != b
    index, here, there = farthest(mask.astype(float), np.zeros(a.shape))
    here, there = a[tuple(index)].item(), b[tuple(index)].item()
    apart = np.array(b[mask].astype(object) - a[mask].astype(object), float)  # Python's integers have no gaps
    size = float(np.linalg.norm(a.astype(float)))
    norm = (float(np.linalg.norm(apart)) / size if size else np.inf) if len(apart) else 0.0
    row = _row(name, rel_norm=norm, allowed=0.0, index=index, reference_value=here, other_value=there)
    row |= {"max_abs": abs(here - there), "note": where(mask)}
    return row | ({"hint": hint(a, b)} if np.any(mask) else {"verdict": "identical"})


def _verdict(one: Value, two: Value, truth: Value | None) -> Row:
    """Verdict, tolerance, note if any, and a mask of wrong elements (none with `truth`), for two finite arrays."""
    a, b, coarser = one.array, two.array, max(one.unit_roundoff, two.unit_roundoff)
    if truth is not None and coarser > truth.unit_roundoff:
        exact, why = truth.array, unusable(truth.array, a, ("exact", SIDES[0]))
        nothing = np.zeros(a.shape, bool)
        if why:
            return {"note": why, "allowed": None, "verdict": "different", "mask": nothing}
        judged = float32_verdict(a, b, exact, unit_roundoff=coarser)
        return {**{key: judged[key] for key in ("verdict", "note", "allowed")}, "mask": nothing}
    allowed = FLOAT64_TOLERANCE
    if coarser > FLOAT64_ROUNDOFF:
        allowed = min(FEW * coarser, max(FEWEST * coarser, DIGITS))
    mask = strays(b, a, tolerance=allowed)
    if np.array_equal(a, b):
        return {"allowed": allowed, "verdict": "identical", "mask": mask}
    if relative_norm(b, a) <= allowed and not np.any(mask):
        return {"allowed": allowed, "verdict": "rounding", "mask": mask}
    notes = [where(mask)] if np.any(mask) else []
    if coarser > FLOAT64_ROUNDOFF:
        notes.append("ill-conditioned or a fault: pass the float64 values as exact= to decide")
    return {"allowed": allowed, "verdict": "different", "note": "; ".join(filter(None, notes)), "mask": mask}


def _elsewhere(a: np.ndarray, b: np.ndarray) -> str:
    """What remains if no change explains it: images or series of the same spread and unrelated values."""
    if a.ndim not in (3, 4) or min(a.shape[1:-1]) < 2 or np.any(a == b):
        return ""
    spread = np.std(a), np.std(b)
    related = abs(float(np.corrcoef(a.ravel(), b.ravel())[0, 1])) if min(spread) > 0 else 1.0
    if related * np.sqrt(a.size) > UNRELATED or max(spread) > ALIKE * min(spread):
        return ""
    return (
        "not explained by its values, which are unrelated and of the same spread: other weights, or shifted windows"
        " (with stride 2, SAME pads behind only, padding=1 on both sides)"
    )


UNRELATED, ALIKE = 4.0, 1.5  # standard errors of a correlation of 0; the ratio of two spreads
