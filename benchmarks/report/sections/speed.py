"""What each way of thinking costs: the user's own timings, and beside them those of other machines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.report.figures import speed as figures
from benchmarks.report.figures.drawing import Picture
from benchmarks.report.formatting import number
from benchmarks.report.sections import speed_sentences as sentences
from benchmarks.report.sections import sweeps
from benchmarks.report.sections.machines import REFERENCES, Machine, references
from benchmarks.report.sections.timings import Configuration, Key, Row, Timing, title
from benchmarks.speed.baselines import LIMIT
from benchmarks.twins import SIDES
from shared.catalog import CATALOG

COMMAND = "python -m benchmarks speed"

Swept = tuple[Key, Configuration, str]  # what a sweep is of


@dataclass(frozen=True)
class Panel:
    """A figure of the section: its title, and what is drawn; the sentence that says what it means is its caption."""

    title: str
    picture: Picture


class Speed:
    """The section: the user's own rows, with the machines that ship beside them."""

    def __init__(self, rows: Sequence[Row], environment: Mapping[str, Any], folder: Path = REFERENCES):
        self.own = Machine(rows, environment, own=True)
        self.references, self.damaged = references(folder)

    @property
    def machines(self) -> list[Machine]:
        """The user's own first; only those that have any timing."""
        return [machine for machine in (self.own, *self.references) if machine.rows]

    def configurations(self, own: bool) -> list[Configuration]:
        """What was timed here; or, if not `own`, what was timed elsewhere only."""
        here = self.own.configurations()
        there = {configuration for machine in self.references for configuration in machine.configurations()}
        return sorted(here if own else there - here, key=lambda configuration: configuration.order)

    def missing(self) -> list[tuple[str, str]]:
        """What was not measured here, each with the command that does it."""
        here = self.own.configurations()
        found = []
        if not any(one.device == "cuda" for one in here):
            found.append(("No GPU was measured here. On a machine that has one:", f"{COMMAND} --device cuda"))
        if not any(one.form != "plain" for one in here):
            found.append(("The compiled forms were not measured here:", f"{COMMAND} --form compiled"))
        if not any(row.get("sweep") for row in self.own.rows):
            found.append(
                ("No setting was swept here, to see where the sides cross:", f"{COMMAND} --sweep batch=1,8,64")
            )
        if not self.own.beside():
            found.append(("No twin was timed beside its framework's own layers here:", f"{COMMAND} --baselines"))
        return found

    def failed(self) -> list[tuple[str, str]]:
        """The pairs that could not be timed: the model, and the title of the pair with the configuration."""
        return [
            (key[0], f"{title(key)} ({timing})")
            for key, every in self.own.pairs.items()
            for timing in every
            if timing.failures()
        ]

    def warnings(self) -> list[str]:
        """Every time of this machine that moved while it was taken."""
        return [
            f"{title(key)} ({timing}): {warning}"
            for key, every in self.own.pairs.items()
            for timing in every
            for warning in timing.warnings()
        ]

    # Figures

    def ratios(self, own: bool = True) -> list[Panel]:
        """For each configuration the ratio of every pair on every machine."""
        found = []
        for configuration in self.configurations(own):
            by_machine = [(machine, machine.of(configuration)) for machine in self.machines]
            order = [key for key in self._order() if any(key in timed for _, timed in by_machine)]
            points: list[tuple[str, list[figures.Dot]]] = []
            for key in order:
                dots = [
                    _dot(machine, row, configuration.device)
                    for machine, by in by_machine
                    if key in by and (row := by[key].ratio())
                ]
                if dots:
                    points.append((title(key), dots))
            if points:
                found.append(
                    Panel(
                        configuration.title, figures.ratios(points, sentences.meaning(by_machine, configuration.device))
                    )
                )
        return found

    def _order(self) -> list[Key]:
        """Every pair that any machine has timed, in the catalogue's order, its own variants together."""
        order = list(CATALOG)
        keys = dict.fromkeys(key for machine in self.machines for key in machine.pairs)
        return sorted(keys, key=lambda key: order.index(key[0]))

    def beside(self) -> list[Panel]:
        """For each configuration every twin beside the same model made of its framework's own layers."""
        timed = [(machine, machine.beside()) for machine in self.machines]
        configurations = dict.fromkeys(configuration for _, by in timed for configuration in by)
        found = []
        for configuration in sorted(configurations, key=lambda configuration: configuration.order):
            here = [(machine, by[configuration]) for machine, by in timed if configuration in by]
            dots = {
                model: [_dot(machine, row, configuration.device) for machine, by in here for row in by.get(model, ())]
                for model in CATALOG
            }
            plotted = [(model, own) for model, own in dots.items() if own]
            meaning = sentences.beside(*here[0], configuration.device)
            found.append(Panel(configuration.title, figures.beside(plotted, LIMIT, meaning)))
        return found

    def splits(self) -> list[Panel]:
        """For each configuration where the time of a training step goes, on both sides of every pair."""
        found = []
        for configuration in self.configurations(own=True):
            timed = self.own.of(configuration)
            splits = {(key, side): s for key, timing in timed.items() for side in SIDES if (s := timing.split(side))}
            if splits:
                bars = [(title(key), {s: splits[key, s] for s in SIDES if (key, s) in splits}) for key in timed]
                unstable = sum(timed[key].unstable(side) for key, side in splits)
                plotted = [(name, {side: s.parts for side, s in by.items()}) for name, by in bars if by]
                found.append(Panel(configuration.title, figures.splits(plotted, sentences.parts(splits, unstable))))
        return found

    def facts(self) -> list[tuple[str, str, list[tuple[str, str, Timing]]]]:
        """For each configuration its title, a sentence, and (pair, side, timing) of every side that has a step."""
        found = []
        for configuration in self.configurations(own=True):
            timed = self.own.of(configuration)
            rows = [(key, side, timing) for key, timing in timed.items() for side in SIDES]
            rows = [(key, side, timing) for key, side, timing in rows if timing.seconds("step", side)]
            if rows:
                named = [(title(key), side, timing) for key, side, timing in rows]
                found.append((configuration.title, sentences.costs(named), named))
        return found

    @staticmethod
    def gpu(rows: Sequence[tuple[str, str, Timing]]) -> bool:
        """Whether any of these has held memory of a GPU."""
        return any(timing.fact("device_memory_bytes", side) is not None for _, side, timing in rows)

    def sweeps(self) -> list[Panel]:
        """For each swept setting of each pair the time of both sides over it, on every machine."""
        found: dict[Swept, list[tuple[Machine, list[Row]]]] = {}
        for machine in self.machines:
            own: dict[Swept, list[Row]] = {}
            for row in machine.rows:
                if (
                    row.get("sweep")
                    and not row.get("against")
                    and row.get("model") in CATALOG
                    and row.get("phase") == "step"
                ):
                    pair = row["model"], row.get("variant") or "plain"
                    own.setdefault((pair, Configuration.of(row), row["sweep"]), []).append(row)
            for key, rows in own.items():
                if any(sweeps.point(row) for row in rows):
                    found.setdefault(key, []).append((machine, rows))
        return [
            Panel(*sweeps.panel(*key, timed)) for key, timed in sorted(found.items(), key=lambda item: item[0][1].order)
        ]


def _dot(machine: Machine, row: Row, device: str) -> figures.Dot:
    low, high = number(row.get("ratio_low")), number(row.get("ratio_high"))
    side = row["side"] if row.get("against") else None
    where = "here" if machine.own else f"on {machine.name(device)}"
    where = f"{side} {where}" if side else where
    return figures.Dot(row["ratio"], low or None, high or None, machine.mark, where, side)
