"""Do two twins compute the same function? Traces of each arm, compared name by name against float64."""

from benchmarks.proof.prove import attempt, prove
from benchmarks.proof.trace import Key, Trace, from_bytes, outcome, to_bytes, trace
from benchmarks.proof.verdicts import VERDICTS, first_failure, judge, passed

__all__ = [
    "VERDICTS",
    "Key",
    "Trace",
    "attempt",
    "first_failure",
    "from_bytes",
    "judge",
    "outcome",
    "passed",
    "prove",
    "to_bytes",
    "trace",
]
