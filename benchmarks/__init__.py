"""Run pairs through the twin interface: proof, timing, learning, report. Importing this loads neither framework."""

from benchmarks.twins import pair, twin

__all__ = ["pair", "twin"]
