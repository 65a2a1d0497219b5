"""Jumps that rounding causes in large float32 nets, at the kinks of ReLUs and at the thresholds of sampled units."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from benchmarks.proof import Key, Trace
from benchmarks.proof.tolerances import FLOAT32_ROUNDOFF, SIDES_ALIKE
from benchmarks.proof.verdicts import relative_norm
from benchmarks.speed.perturbed import FAR

Row = dict[str, Any]

JUMP = 2  # a value has jumped if it changes by more than this many times what its slope predicts


@dataclass
class KinkTolerance:
    """The allowed error of a float32 value if a ReLU's input lies at the kink, or a sampled unit at its threshold.

    At the sizes that are timed there are half a million units. Rounding moves some of them across the kink, where the
    gradient jumps, or across the threshold between 0 and 1, where the value itself jumps. Perturbing an input by one
    rounding does not reach these units, so float64 runs are also perturbed by FAR roundings, a few times. A value has
    jumped if it changes by more than JUMP times what its slope predicts; then the float32 error of a side may be as
    large as that of the perturbed float64 runs. The error of a value that is computed from a jump may be SIDES_ALIKE
    times as large. Every other value is judged as before: TF32, for example, changes activations of a ReLU that do not
    jump.
    """

    first: float = inf  # first step at which a value jumps
    sampled: float = inf  # first step at which a tap jumps, and with it every value that is computed from it

    def look(self, exact: Trace, nudged: Trace, moved: Sequence[Trace]) -> None:
        """Find the first jumps."""
        jumping = [key for key in exact if self._jumps(key, exact, nudged, moved)]
        self.first = min((key.step for key in jumping), default=inf)
        self.sampled = min((key.step for key in jumping if key.stage == "tap"), default=inf)

    def _jumps(self, key: Key, exact: Trace, nudged: Trace, moved: Sequence[Trace]) -> bool:
        slope = max(relative_norm(nudged[key], exact[key]), FLOAT32_ROUNDOFF)
        return _farthest(key, exact, moved) > JUMP * FAR * slope

    def explain(self, row: Row, exact: Trace, nudged: Trace, moved: Sequence[Trace]) -> bool:
        """Whether jumps, in its step or before, explain the errors of a float32 row."""
        key = Key(row["stage"], row["step"], row["mode"], row["name"], row.get("batch", "data"))
        if row["dtype"] == "float64" or row["static_error"] is None or key not in exact:
            return False
        off = max(row["static_error"], row["dynamic_error"])
        if key.step > self.first or key.step >= self.sampled:
            return off <= SIDES_ALIKE * _farthest(key, exact, moved)
        return self._jumps(key, exact, nudged, moved) and off <= _farthest(key, exact, moved)


def _farthest(key: Key, exact: Trace, moved: Sequence[Trace]) -> float:
    return max(relative_norm(found[key], exact[key]) for found in moved)
