"""What every experiment has: a claim, rows that it is measured by, a figure, a sentence and a verdict."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.rows import ExperimentRow

Tell = Callable[[str, float], None]  # is told what is being done, and which share of the experiment is

Curves = dict[str, dict[str, tuple[list[int], list[float]]]]  # case -> side -> recorded steps, losses

FAILURES = ("different", "missed", "apart")  # verdicts of rows


@dataclass(frozen=True)
class Race:
    """A figure of several losses by training step."""

    curves: Curves
    differing: str  # what the cases differ in, for the caption: "under each optimizer"


class Experiment(ABC):
    """One claim of the lecture and how it is checked, on both sides."""

    name: str  # of its module
    title: str  # of its figure
    claim: str  # a sentence of the lecture

    @property
    @abstractmethod
    def models(self) -> tuple[str, ...]:
        """The models that it trains: its results are out of date when one of them changes."""

    @property
    @abstractmethod
    def settings(self) -> Any:
        """What else rows depend on, beside code."""

    @abstractmethod
    def run(self, tell: Tell = lambda what, share: None) -> list[ExperimentRow]:
        """Measure it on both sides. A net that fails has a row with its error."""

    @abstractmethod
    def figure(self, rows: Sequence[ExperimentRow]) -> Race | None:
        """What the report draws; None if the rows hold nothing to draw."""

    @abstractmethod
    def sentence(self, rows: Sequence[ExperimentRow]) -> str:
        """What was found, in one sentence with numbers."""

    @abstractmethod
    def holds(self, rows: Sequence[ExperimentRow]) -> bool:
        """Whether the numbers show what the claim says."""

    def verdict(self, rows: Sequence[ExperimentRow]) -> str:
        """ "holds" if the claim does and no row failed; else what failed."""
        errors = [f"{row.case}: {row.error}" for row in rows if row.error]
        if errors:
            return f"failed: {errors[0]}"
        bad = [f"{row.case} {row.side} {row.name} {row.verdict}" for row in rows if row.verdict in FAILURES]
        if bad:
            return f"failed: {bad[0].replace('_', ' ')}"
        return "holds" if rows and self.holds(rows) else "does not hold"


def line(experiment: Experiment, rows: Sequence[ExperimentRow]) -> str:
    """The verdict and what was found, for the terminal."""
    return f"{experiment.name}: {experiment.verdict(rows)}. {experiment.claim}\n{'':4}{experiment.sentence(rows)}"
