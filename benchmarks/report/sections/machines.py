"""The machines whose timings the page shows: the user's own, and those that ship in benchmarks/results."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT
from benchmarks.report.figures.speed import MARKS
from benchmarks.report.formatting import number
from benchmarks.report.sections.timings import Configuration, Key, Row, Timing, timings
from benchmarks.results import LINES, read
from benchmarks.speed.baselines import AGAINST
from benchmarks.twins import FRAMEWORKS, SIDES
from shared.catalog import CATALOG
from shared.errors import UsageError

REFERENCES = ROOT / "benchmarks" / "results"


@dataclass(frozen=True)
class Machine:
    """The timings of one machine: the user's own, or one that ships with the project."""

    rows: Sequence[Row]
    environment: Mapping[str, Any]
    mark: str = "●"  # the shape of its dots
    own: bool = False

    def name(self, device: str) -> str:
        """The name of its processor or, for "cuda", of its GPU."""
        gpu = self._gpu()
        return gpu if device == "cuda" and gpu else str(self.environment.get("cpu") or "a machine without a name")

    def _gpu(self) -> str:
        gpu = self.environment.get("gpu")
        return ", ".join(map(str, gpu)) if isinstance(gpu, list) else str(gpu or "")

    @property
    def described(self) -> str:
        """A description of the machine: processors, cores, versions, date."""
        facts = self.environment
        cores, python, date = facts.get("cores"), facts.get("python"), facts.get("date")
        found = [self.name("cpu")]
        found += [f"{cores} core{'' if cores == 1 else 's'}"] * bool(cores) + [self._gpu()] * bool(self._gpu())
        found += [f"Python {python}"] * bool(python)
        found += [f"{title} {facts[package]}" for package, title in FRAMEWORKS.values() if facts.get(package)]
        return ", ".join([*found, *[str(date)[:10]] * bool(date)])

    @cached_property
    def pairs(self) -> dict[Key, list[Timing]]:
        """Every pair of the catalogue that has rows, in the catalogue's order."""
        found: dict[Key, list[Row]] = {}
        for row in self.rows:
            found.setdefault((str(row.get("model")), str(row.get("variant") or "plain")), []).append(row)
        order = list(CATALOG)
        known = sorted((key for key in found if key[0] in CATALOG), key=lambda key: order.index(key[0]))
        return {key: timings(found[key]) for key in known}

    def of(self, configuration: Configuration) -> dict[Key, Timing]:
        """Return every pair that was timed in one configuration."""
        return {key: one for key, every in self.pairs.items() for one in every if one.configuration == configuration}

    def beside(self) -> dict[Configuration, dict[str, list[Row]]]:
        """Return the training-step rows of twins timed against their baselines, by configuration and model."""
        found: dict[Configuration, dict[str, list[Row]]] = {}
        for row in self.rows:
            twin = row.get("against") == AGAINST and row.get("side") in SIDES and row.get("model") in CATALOG
            if twin and row.get("phase") == "step" and not row.get("sweep") and (number(row.get("ratio")) or 0) > 0:
                found.setdefault(Configuration.of(row), {}).setdefault(row["model"], []).append(row)
        return found

    def configurations(self) -> set[Configuration]:
        """Return every configuration in which a pair was timed."""
        return {timing.configuration for every in self.pairs.values() for timing in every}


def references(folder: Path = REFERENCES) -> tuple[list[Machine], list[str]]:
    """Return the machines whose results ship with the project, and a message for each damaged file."""
    machines, damaged = [], []
    marks = cycle(MARKS)
    for path in sorted(folder.glob(f"*/speed{LINES}")):
        found: dict[str, Any] = {}
        with suppress(UsageError):
            found = read(path)
        if _sound(found):
            machines.append(Machine(found["rows"], found["environment"], next(marks)))
        else:
            name = f"{path.parent.name}/{path.name}"
            damaged.append(f"{name} is damaged: it is left out. Restore it with git checkout, or remove it.")
    return machines, damaged


def _sound(found: Any) -> bool:
    """Whether this is a dictionary with `environment` and `rows`, and every row is a timing."""
    if not isinstance(found, dict) or not isinstance(found.get("environment"), dict):
        return False
    rows = found.get("rows")
    words, whole = ("model", "variant", "form", "device", "size", "dtype", "side", "phase"), ("threads",)
    return isinstance(rows, list) and all(
        isinstance(row, dict)
        and all(isinstance(row.get(name), str) for name in words)
        and all(isinstance(row.get(name), int) for name in whole)
        for row in rows
    )
