"""The comparison of the proof for arrays from anywhere."""

from benchmarks.parity.compare import Comparison, compare

__all__ = ["Comparison", "compare"]
