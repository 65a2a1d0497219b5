"""Do two twins compute the same function? Traces of each arm, compared name by name against float64."""

from benchmarks.parity.compare import VERDICTS, first_failure, judge, passed
from benchmarks.parity.prove import attempt, prove
from benchmarks.parity.trace import Key, Trace, from_bytes, to_bytes, trace

__all__ = [
    "VERDICTS",
    "Key",
    "Trace",
    "attempt",
    "first_failure",
    "from_bytes",
    "judge",
    "passed",
    "prove",
    "to_bytes",
    "trace",
]
