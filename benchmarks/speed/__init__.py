"""What each way of thinking costs: every arm in a process of its own, proven equal first, timed in turns."""

from benchmarks.speed.measure import PHASES, Effort, measure

__all__ = ["PHASES", "Effort", "measure"]
