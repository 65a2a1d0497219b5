"""Jumps at the kinks of a ReLU and at the borders of sampled units, which rounding causes in large float32 nets."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from benchmarks.parity import Key, Trace
from benchmarks.parity.trace import UNIT_ROUNDOFF
from benchmarks.parity.verdicts import SIDES_ALIKE, relative_norm
from benchmarks.speed.worker import FAR

Row = dict[str, Any]

JUMP = 2  # times as far as a slope leads: then there is a jump


@dataclass
class KinkTolerance:
    """How far a float32 value may be off because a unit lies on the kink of its ReLU, or a sampled unit on its border.

    At the sizes that are timed there are half a million units. Rounding brings some of them over their kink, where the
    gradient jumps, or over the border between 0 and 1, where the value itself jumps. An input perturbed by one rounding
    does not reach these units, so float64 is also perturbed by FAR roundings, a few times. A value has jumped if it
    moves more than JUMP times as far as its slope predicts; then in float32 a side may be off by as much as the
    perturbed float64 runs are. A value that is computed from a jump may be off by SIDES_ALIKE times as much. Every
    other value is judged as before: TF32, for example, changes activations of a ReLU that do not jump.
    """

    first: float = inf  # step at which a value jumps, and
    sampled: float = inf  # at which a tap does, which takes along what is computed from it

    def look(self, exact: Trace, nudged: Trace, moved: Sequence[Trace]) -> None:
        """Find the first jumps."""
        jumping = [key for key in exact if self._jumps(key, exact, nudged, moved)]
        self.first = min((key.step for key in jumping), default=inf)
        self.sampled = min((key.step for key in jumping if key.stage == "tap"), default=inf)

    def _jumps(self, key: Key, exact: Trace, nudged: Trace, moved: Sequence[Trace]) -> bool:
        slope = max(relative_norm(nudged[key], exact[key]), UNIT_ROUNDOFF)
        return _farthest(key, exact, moved) > JUMP * FAR * slope

    def explain(self, row: Row, exact: Trace, nudged: Trace, moved: Sequence[Trace]) -> bool:
        """Whether a float32 row differs by no more than jumps, in its step or before."""
        key = Key(row["stage"], row["step"], row["mode"], row["name"], row.get("batch", "data"))
        if row["dtype"] == "float64" or row["static_error"] is None or key not in exact:
            return False
        off = max(row["static_error"], row["dynamic_error"])
        if key.step > self.first or key.step >= self.sampled:
            return off <= SIDES_ALIKE * _farthest(key, exact, moved)
        return self._jumps(key, exact, nudged, moved) and off <= _farthest(key, exact, moved)


def _farthest(key: Key, exact: Trace, moved: Sequence[Trace]) -> float:
    return max(relative_norm(found[key], exact[key]) for found in moved)
