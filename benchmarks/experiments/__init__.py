"""Experiments that test claims of the lecture, one file per claim.

A variant is one configuration of a model; an experiment trains several nets and compares them. Its module defines one
`EXPERIMENT`.
"""

from importlib import import_module

from benchmarks.experiments.experiment import Experiment
from shared.errors import unknown

EXPERIMENTS = ("optimizers", "eight_layers")  # in the order of the lecture


def find(name: str) -> Experiment:
    """An experiment by name; raises `UsageError` with the nearest name if there is none of this name."""
    if name not in EXPERIMENTS:
        raise unknown("experiment", name, EXPERIMENTS)
    found: Experiment = import_module(f"benchmarks.experiments.{name}").EXPERIMENT
    return found


def every() -> list[Experiment]:
    """All experiments, in the order of the lecture."""
    return [find(name) for name in EXPERIMENTS]
