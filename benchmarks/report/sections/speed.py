"""The speed section: the user's own timings, beside those of other machines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.report.figures import speed as figures
from benchmarks.report.figures.drawing import Picture
from benchmarks.report.figures.picture_cache import cached_picture
from benchmarks.report.formatting import number
from benchmarks.report.sections import speed_sentences as sentences
from benchmarks.report.sections import sweeps
from benchmarks.report.sections.machines import REFERENCES, Machine, references
from benchmarks.report.sections.timings import Configuration, Key, Row, Timing, title
from benchmarks.speed.baselines import LIMIT
from benchmarks.twins import SIDES
from shared.catalog import CATALOG

COMMAND = "python -m benchmarks speed"

Swept = tuple[Key, Configuration, str]  # pair, configuration, swept setting


@dataclass(frozen=True)
class Panel:
    """A figure of the section and its title; the figure's caption is a sentence that interprets it."""

    title: str
    picture: Picture


class Speed:
    """The section: the user's own rows, and the machines whose timings ship with the project."""

    def __init__(self, rows: Sequence[Row], environment: Mapping[str, Any], folder: Path = REFERENCES):
        self.own = Machine(rows, environment, own=True)
        self.references, self.damaged = references(folder)

    @property
    def machines(self) -> list[Machine]:
        """The machines that have timings, the user's own first."""
        return [machine for machine in (self.own, *self.references) if machine.rows]

    def configurations(self, own: bool) -> list[Configuration]:
        """Return the configurations timed here or, if not `own`, those timed only on other machines."""
        here = self.own.configurations()
        there = {configuration for machine in self.references for configuration in machine.configurations()}
        return sorted(here if own else there - here, key=lambda configuration: configuration.order)

    def missing(self) -> list[tuple[str, str]]:
        """Return what was not measured here, each with the command that measures it."""
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
        """Return the pairs that could not be timed, as (model, title with configuration)."""
        return [
            (key[0], f"{title(key)} ({timing})")
            for key, every in self.own.pairs.items()
            for timing in every
            if timing.failures()
        ]

    def warnings(self) -> list[str]:
        """Return a warning for each unstable timing of the user's machine."""
        return [
            f"{title(key)} ({timing}): {warning}"
            for key, every in self.own.pairs.items()
            for timing in every
            for warning in timing.warnings()
        ]

    # Figures

    def ratios(self, own: bool = True) -> list[Panel]:
        """Return, for each configuration, a figure of every pair's ratio on every machine."""
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
                        configuration.title,
                        cached_picture(figures.ratios, points, sentences.meaning(by_machine, configuration.device)),
                    )
                )
        return found

    def _order(self) -> list[Key]:
        """Return every pair timed on any machine, in the catalogue's order, with the variants of a model together."""
        order = list(CATALOG)
        keys = dict.fromkeys(key for machine in self.machines for key in machine.pairs)
        return sorted(keys, key=lambda key: order.index(key[0]))

    def beside(self) -> list[Panel]:
        """Return, for each configuration, a figure of every twin's time relative to its baseline."""
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
            found.append(Panel(configuration.title, cached_picture(figures.beside, plotted, LIMIT, meaning)))
        return found

    def splits(self) -> list[Panel]:
        """Return, for each configuration, a figure of the parts of every pair's step time on both sides."""
        found = []
        for configuration in self.configurations(own=True):
            timed = self.own.of(configuration)
            splits = {(key, side): s for key, timing in timed.items() for side in SIDES if (s := timing.split(side))}
            if splits:
                bars = [(title(key), {s: splits[key, s] for s in SIDES if (key, s) in splits}) for key in timed]
                unstable = sum(timed[key].unstable(side) for key, side in splits)
                plotted = [(name, {side: s.parts for side, s in by.items()}) for name, by in bars if by]
                found.append(
                    Panel(
                        configuration.title, cached_picture(figures.splits, plotted, sentences.parts(splits, unstable))
                    )
                )
        return found

    def facts(self) -> list[tuple[str, str, list[tuple[str, str, Timing]]]]:
        """Return each configuration's title, a sentence, and (pair, side, timing) of every side with a timed step."""
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
        """Whether any of these timings used GPU memory."""
        return any(timing.fact("device_memory_bytes", side) is not None for _, side, timing in rows)

    def sweeps(self) -> list[Panel]:
        """Return, for each swept setting of each pair, a figure of both sides' time on every machine."""
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
