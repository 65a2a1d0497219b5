"""Do two twins compute the same function? Traces of each arm, compared name by name against float64."""

from benchmarks.parity.compare import Comparison, compare
from benchmarks.parity.prove import attempt, prove
from benchmarks.parity.trace import Key, Trace, from_bytes, outcome, to_bytes, trace
from benchmarks.parity.verdicts import VERDICTS, first_failure, judge, passed

__all__ = [
    "VERDICTS",
    "Comparison",
    "Key",
    "Trace",
    "attempt",
    "compare",
    "first_failure",
    "from_bytes",
    "judge",
    "outcome",
    "passed",
    "prove",
    "to_bytes",
    "trace",
]
