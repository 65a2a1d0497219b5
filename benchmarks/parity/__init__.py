"""What is asked for by name: the proof of a pair, and the same comparison for arrays from anywhere."""

from benchmarks.parity.compare import Comparison, compare
from benchmarks.proof import (
    VERDICTS,
    Key,
    Trace,
    attempt,
    first_failure,
    from_bytes,
    judge,
    outcome,
    passed,
    prove,
    to_bytes,
    trace,
)

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
