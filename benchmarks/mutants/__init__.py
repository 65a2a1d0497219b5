"""Does the proof notice a fault? Mutants of every twin, each judged against the untouched other side."""

from benchmarks.faults.targets import TARGETS
from benchmarks.mutants.campaign import campaign, fingerprint_of, line, share_caught, share_located, succeeded, summary

__all__ = ["TARGETS", "campaign", "fingerprint_of", "line", "share_caught", "share_located", "succeeded", "summary"]
