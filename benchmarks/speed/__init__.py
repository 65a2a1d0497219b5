"""What each way of thinking costs: every arm in a process of its own, proven equal first, timed in turns."""

from benchmarks.arms import Place
from benchmarks.speed.measure import FORMS, PHASES, Effort, Job, measure

__all__ = ["FORMS", "PHASES", "Effort", "Job", "Place", "measure"]
