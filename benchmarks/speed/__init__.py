"""Timings of both ways of thinking: every arm in its own process, proven equal first, timed in turns."""

from benchmarks.processes import Host
from benchmarks.speed.jobs import FORMS, PHASES, Job, TimingSettings
from benchmarks.speed.measure import measure

__all__ = ["FORMS", "PHASES", "Host", "Job", "TimingSettings", "measure"]
