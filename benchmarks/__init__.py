"""Drives pairs through the twin interface: proof, timing, learning, report. Imports neither framework by itself."""

from benchmarks.twins import pair, twin

__all__ = ["pair", "twin"]
