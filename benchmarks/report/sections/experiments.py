"""The experiments on the page: each claim of the lecture, the result, and its figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from benchmarks.experiments import every
from benchmarks.experiments.experiment import Experiment
from benchmarks.report.figures.drawing import Picture
from benchmarks.report.figures.learning import race
from benchmarks.report.figures.picture_cache import cached_picture
from benchmarks.report.formatting import Statement
from benchmarks.report.sections.reference import MARK, NOWHERE, Reference
from benchmarks.rows import ExperimentRow

KIND = "experiments"


@dataclass(frozen=True)
class ExperimentSection:
    """Everything that the page shows of one experiment."""

    experiment: Experiment
    rows: Sequence[ExperimentRow]
    here: bool = True  # measured on this machine

    def verdict(self) -> Statement:
        """Whether the claim holds."""
        if not self.rows:
            return Statement("not measured", "none")
        said = self.experiment.verdict(self.rows)
        if said != "holds":
            return Statement(said, "bad")
        return Statement(said) if self.here else Statement(f"{said} {MARK}", "elsewhere")

    def holds(self) -> bool:
        """Whether the experiment was measured, every net passed, and the claim holds."""
        return self.experiment.verdict(self.rows) == "holds"

    def sentence(self) -> str:
        """The result in one sentence; empty if nothing was measured."""
        return self.experiment.sentence(self.rows) if self.rows else ""

    def figure(self) -> Picture | None:
        """The figure of the results; None if there is nothing to draw."""
        found = self.experiment.figure(self.rows)
        return cached_picture(race, found.curves, found.differing) if found else None


def read_rows(rows: Sequence[Mapping[str, Any]]) -> list[ExperimentRow]:
    """Convert the rows of a results file; unknown columns, from a later version, are ignored."""
    names = [field.name for field in fields(ExperimentRow)]
    return [ExperimentRow(**{name: row[name] for name in names if name in row}) for row in rows]


def sections(rows: Sequence[Mapping[str, Any]], reference: Reference = NOWHERE) -> list[ExperimentSection]:
    """Return every experiment with its rows, in the order of the lecture."""
    found = []
    for one in every():
        own = [row for row in rows if row["experiment"] == one.name]
        found.append(ExperimentSection(one, read_rows(own or reference.experiment(one.name)), bool(own)))
    return found
