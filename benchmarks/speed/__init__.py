"""Timings of both ways of thinking: every arm in its own process, proven equal first, timed in turns."""

from benchmarks.processes import Host
from benchmarks.speed.measure import FORMS, PHASES, Job, TimingSettings, measure

__all__ = ["FORMS", "PHASES", "Host", "Job", "TimingSettings", "measure"]
