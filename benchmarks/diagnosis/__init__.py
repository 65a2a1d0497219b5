"""Why is a pair different? Where it first diverges, in which method, and which known difference explains that."""

from benchmarks.diagnosis.causes import Cause, diagnose
from benchmarks.diagnosis.divergence import Divergence
from benchmarks.diagnosis.explain import explain
from benchmarks.diagnosis.locate import locate

__all__ = ["Cause", "Divergence", "diagnose", "explain", "locate"]
