"""Does the proof detect a fault? Mutants of every twin, each compared with the unchanged other side."""

from benchmarks.faults.targets import TARGETS
from benchmarks.mutants.campaign import campaign, fingerprint_of, line, share_caught, share_located, succeeded, summary

__all__ = ["TARGETS", "campaign", "fingerprint_of", "line", "share_caught", "share_located", "succeeded", "summary"]
