"""The interface of every experiment: a claim, rows of measurements, a figure, a sentence and a verdict."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.rows import ExperimentRow

Tell = Callable[[str, float], None]  # receives what is being done, and the completed share of the experiment

Curves = dict[str, dict[str, tuple[list[int], list[float]]]]  # case -> side -> recorded steps, losses

FAILURES = ("different", "missed", "apart")  # verdicts of rows


@dataclass(frozen=True)
class Race:
    """A figure of several loss curves over training steps."""

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
        """The models that it trains; its results are stale if one of them changes."""

    @property
    @abstractmethod
    def settings(self) -> Any:
        """Everything that rows depend on besides code."""

    @abstractmethod
    def run(self, tell: Tell = lambda what, share: None) -> list[ExperimentRow]:
        """Run the experiment on both sides. A net that fails has a row with its error."""

    @abstractmethod
    def figure(self, rows: Sequence[ExperimentRow]) -> Race | None:
        """The figure of the report; None if the rows contain nothing to draw."""

    @abstractmethod
    def sentence(self, rows: Sequence[ExperimentRow]) -> str:
        """The result in one sentence with numbers."""

    @abstractmethod
    def holds(self, rows: Sequence[ExperimentRow]) -> bool:
        """Whether the numbers support the claim."""

    def verdict(self, rows: Sequence[ExperimentRow]) -> str:
        """The string "holds" if the claim holds and no row failed; else the failure, or "does not hold"."""
        errors = [f"{row.case}: {row.error}" for row in rows if row.error]
        if errors:
            return f"failed: {errors[0]}"
        bad = [f"{row.case} {row.side} {row.name} {row.verdict}" for row in rows if row.verdict in FAILURES]
        if bad:
            return f"failed: {bad[0].replace('_', ' ')}"
        return "holds" if rows and self.holds(rows) else "does not hold"


def line(experiment: Experiment, rows: Sequence[ExperimentRow]) -> str:
    """The verdict, the claim and the result, for the terminal."""
    return f"{experiment.name}: {experiment.verdict(rows)}. {experiment.claim}\n{'':4}{experiment.sentence(rows)}"
