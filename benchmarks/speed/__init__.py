"""What each way of thinking costs: every arm in a process of its own, proven equal first, timed in turns."""

from benchmarks.processes import Host
from benchmarks.speed.measure import FORMS, PHASES, Job, TimingSettings, measure

__all__ = ["FORMS", "PHASES", "Host", "Job", "TimingSettings", "measure"]
