"""Does the proof notice a fault? Mutants of every twin, each judged against the untouched other side."""

from benchmarks.mutants.campaign import TARGETS, campaign, line, share_caught, share_located, succeeded, summary

__all__ = ["TARGETS", "campaign", "line", "share_caught", "share_located", "succeeded", "summary"]
