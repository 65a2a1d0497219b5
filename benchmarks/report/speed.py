"""What each way of thinking costs, as the page tells it: the user's own timings, and beside them other machines'.

A machine that somebody has measured is a file in benchmarks/results: its environment and its rows, as `speed --json`
writes them. Only what ran in one configuration (device, form, size, precision, threads) is held against each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.environment import ROOT
from benchmarks.report import speed_figures as figures
from benchmarks.report.figures.drawing import Picture
from benchmarks.report.formatting import listed, number, percent, times
from benchmarks.report.speed_figures import Point
from benchmarks.results import LINES, read
from benchmarks.speed import FORMS
from benchmarks.speed.baselines import AGAINST, LIMIT
from benchmarks.speed.sweep import crossings
from benchmarks.twins import DEVICES, FRAMEWORKS, SIDES
from shared.catalog import CATALOG
from shared.errors import UsageError

Row = Mapping[str, Any]
Key = tuple[str, str]  # model, variant

REFERENCES = ROOT / "benchmarks" / "results"
COMMAND = "python -m benchmarks speed"
PHASES = {
    "import": "import of the framework",
    "build": "building the model",
    "compile": "compiling, in the first step",
    "first_step": "first training step",
    "step": "training step",
    "resident": "training step, its batch already on the device",
    "forward": "forward pass",
}
FORM_WORDS = {"plain": "plain", "compiled": "compiled", "cuda_graphs": "compiled, with CUDA graphs"}
DEVICE_WORDS = {"cpu": "CPU", "cuda": "GPU"}
CONCLUSIONS = ("static faster", "dynamic faster", "not significant", "too few processes")
OPPOSITE = {"static faster": "dynamic faster", "dynamic faster": "static faster"}


# Rows


@dataclass(frozen=True)
class Configuration:
    """In what a pair was timed; only what is equal in all of this is held against each other."""

    device: str
    form: str
    size: str
    dtype: str
    threads: int

    @classmethod
    def of(cls, row: Row) -> "Configuration":
        """The configuration of a row; what a row does not say is as by default."""
        defaults: dict[str, Any] = {"device": "cpu", "form": "plain", "size": "small", "dtype": "float32", "threads": 1}
        return cls(**{name: row.get(name) or default for name, default in defaults.items()})

    def __str__(self) -> str:
        form = [] if self.form == "plain" else [FORM_WORDS.get(self.form, self.form)]
        return ", ".join([self.device, *form, self.dtype, self.size, *self._threads])

    @property
    def title(self) -> str:
        """The same as a title: CPU, compiled, small, float32."""
        device = DEVICE_WORDS.get(self.device, self.device)
        return ", ".join([device, FORM_WORDS.get(self.form, self.form), self.size, self.dtype, *self._threads])

    @property
    def _threads(self) -> list[str]:
        return [f"{self.threads} threads"] if self.threads != 1 else []

    @property
    def order(self) -> tuple[Any, ...]:
        """CPU before GPU, plain before compiled, and so on; what is not known here comes last."""
        sizes = ("small", "medium", "large")
        ranks = ((self.device, DEVICES), (self.form, FORMS), (self.size, sizes))
        return *((known.index(one) if one in known else len(known)) for one, known in ranks), self.dtype, self.threads


@dataclass
class Timing:
    """One pair in one configuration: the rows of each phase."""

    configuration: Configuration
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)  # phase -> side -> row

    def __str__(self) -> str:
        return str(self.configuration)

    def ratio(self, phase: str = "step") -> Row | None:
        """A row of the phase that has the ratio of both sides."""
        found = self.rows.get(phase, {}).values()
        return next((row for row in found if (number(row.get("ratio")) or 0) > 0), None)

    def seconds(self, phase: str, side: str) -> float | None:
        """The median of a phase on a side."""
        return number(self.rows.get(phase, {}).get(side, {}).get("median_s")) or None

    def fact(self, name: str, side: str) -> Any:
        """What a row of a training step says beside its time."""
        return self.rows.get("step", {}).get(side, {}).get(name)

    def failures(self) -> list[str]:
        """What went wrong, each once."""
        return list(dict.fromkeys(text for by in self.rows.values() for text in errors(by.values())))

    def warnings(self) -> list[str]:
        """Which times moved while they were taken, and how."""
        return [
            f"{side}, {PHASES.get(phase, phase)}: {row['warning']}"
            for phase in self.phases()
            for side, row in self.rows[phase].items()
            if row.get("warning")
        ]

    def phases(self) -> list[str]:
        """The phases that were measured, those known here first."""
        return list(dict.fromkeys([*(phase for phase in PHASES if phase in self.rows), *self.rows]))

    def split(self, side: str) -> "Split | None":
        """Where the time of a training step goes; None if that was not measured."""
        step, feeding = self.seconds("step", side), self._feeding(side)
        inside = number(self.fact("kernel_s", side))
        return Split(step, feeding, inside) if step and feeding is not None and inside is not None else None

    def _feeding(self, side: str) -> float | None:
        """What a step saves if its batch is on the device already.

        Both were timed in the same processes, and two processes differ by more than feeding costs: each is asked for
        its own share of the step, and the median counts.
        """
        step, resident = self.seconds("step", side), self.seconds("resident", side)
        if step is None or resident is None:
            return None
        with_and_without = [self.rows[phase][side].get("samples") or [] for phase in ("step", "resident")]
        saved = [1 - resident / step]
        if len(with_and_without[0]) == len(with_and_without[1]) > 0:
            saved = [1 - median(without) / median(whole) for whole, without in zip(*with_and_without)]
        return max(0.0, step * median(saved))

    def restless(self, side: str) -> bool:
        """Whether a time moved while it was taken that the split of a step rests on."""
        return any(self.rows.get(phase, {}).get(side, {}).get("warning") for phase in ("step", "resident"))

    def of_ceiling(self, side: str) -> float | None:
        """Which share of the speed of a matrix product, the faster side's, a training step reaches."""
        step, ceiling = self.seconds("step", side), self.ceiling()
        arithmetic = max((number(self.fact("arithmetic", one)) or 0.0 for one in SIDES), default=0.0)
        return arithmetic / step / ceiling if step and ceiling and arithmetic else None

    def ceiling(self) -> float | None:
        """Floating-point operations a second of a matrix product on this machine, by the faster framework."""
        return max((number(self.fact("ceiling", side)) or 0.0 for side in SIDES), default=0.0) or None

    def memory(self, side: str) -> float | None:
        """The most memory that the process held above what the framework takes when it is imported."""
        peak, imported = (number(self.fact(name, side)) for name in ("memory_bytes", "import_memory_bytes"))
        return None if peak is None or imported is None else max(0.0, peak - imported)


@dataclass(frozen=True)
class Split:
    """The seconds of a training step in three parts.

    The time inside operations is a tracer's, from another run than the one on the clock: what is more than the step
    has left for it is cut off.
    """

    step: float
    feeding: float
    traced: float

    @property
    def inside(self) -> float:
        """Inside operations: the arithmetic, and moving its data."""
        return min(self.traced, self.step - self.feeding)

    @property
    def between(self) -> float:
        """Between operations: the Session, Python, and finding the next operation to run."""
        return self.step - self.feeding - self.inside

    @property
    def parts(self) -> tuple[float, float, float]:
        """All three, as they are drawn."""
        return self.inside, self.between, self.feeding


def timings(rows: Iterable[Row]) -> list[Timing]:
    """The rows of one variant by configuration, plain forms first; sweeps, and twins beside layers, are apart."""
    found: dict[Configuration, Timing] = {}
    for row in rows:
        if not row.get("sweep") and not row.get("against"):
            key = Configuration.of(row)
            phase, side = row.get("phase") or "step", row.get("side") or "both"
            found.setdefault(key, Timing(key)).rows.setdefault(phase, {})[side] = row
    return sorted(found.values(), key=lambda timing: FORMS.index(f) if (f := timing.configuration.form) in FORMS else 9)


def errors(rows: Iterable[Row]) -> list[str]:
    """What went wrong in rows that have no result."""
    return [str(row["error"]) for row in rows if row.get("error")]


def bar(by_side: Mapping[str, Row], side: str) -> int:
    """The length of a side's bar, in percent of the longer of the two."""
    medians = {s: number(row.get("median_s")) or 0.0 for s, row in by_side.items()}
    longest = max(medians.values(), default=0.0)
    return round(100 * medians.get(side, 0.0) / longest) if longest else 0


def summary(found: Iterable[Timing]) -> list[str]:
    """The conclusions of some pairs in a sentence; none if there are none."""
    conclusions = [row.get("conclusion") for timing in found if (row := timing.ratio())]
    counts = [(conclusions.count(conclusion), conclusion) for conclusion in CONCLUSIONS]
    said = ", ".join(f"{conclusion} in {count}" for count, conclusion in counts if count)
    return [f"A training step: {said}."] if said else []


# Machines


@dataclass(frozen=True)
class Machine:
    """The timings of one machine: the user's own, or one that ships with the project."""

    rows: Sequence[Row]
    environment: Mapping[str, Any]
    mark: str = "●"  # how its dots look
    own: bool = False

    def name(self, device: str) -> str:
        """What it computes on: its processor, or its GPU."""
        gpu = self._gpu()
        return gpu if device == "cuda" and gpu else str(self.environment.get("cpu") or "a machine without a name")

    def _gpu(self) -> str:
        gpu = self.environment.get("gpu")
        return ", ".join(map(str, gpu)) if isinstance(gpu, list) else str(gpu or "")

    @property
    def described(self) -> str:
        """All that is known of it: processors, cores, versions, date."""
        facts = self.environment
        cores, python, date = facts.get("cores"), facts.get("python"), facts.get("date")
        found = [self.name("cpu")]
        found += [f"{cores} core{'' if cores == 1 else 's'}"] * bool(cores) + [self._gpu()] * bool(self._gpu())
        found += [f"Python {python}"] * bool(python)
        found += [f"{title} {facts[package]}" for package, title in FRAMEWORKS.values() if facts.get(package)]
        return ", ".join([*found, *[str(date)[:10]] * bool(date)])

    @cached_property
    def pairs(self) -> dict[Key, list[Timing]]:
        """Every pair of the catalogue that it has rows of, in the catalogue's order."""
        found: dict[Key, list[Row]] = {}
        for row in self.rows:
            found.setdefault((str(row.get("model")), str(row.get("variant") or "plain")), []).append(row)
        order = list(CATALOG)
        known = sorted((key for key in found if key[0] in CATALOG), key=lambda key: order.index(key[0]))
        return {key: timings(found[key]) for key in known}

    def of(self, configuration: Configuration) -> dict[Key, Timing]:
        """Every pair that it has timed in one configuration."""
        return {key: one for key, every in self.pairs.items() for one in every if one.configuration == configuration}

    def beside(self) -> dict[Configuration, dict[str, list[Row]]]:
        """By configuration and model the training steps of twins that were timed beside their framework's layers."""
        found: dict[Configuration, dict[str, list[Row]]] = {}
        for row in self.rows:
            twin = row.get("against") == AGAINST and row.get("side") in SIDES and row.get("model") in CATALOG
            if twin and row.get("phase") == "step" and not row.get("sweep") and (number(row.get("ratio")) or 0) > 0:
                found.setdefault(Configuration.of(row), {}).setdefault(row["model"], []).append(row)
        return found

    def configurations(self) -> set[Configuration]:
        """All that it has timed any pair in."""
        return {timing.configuration for every in self.pairs.values() for timing in every}


def references(folder: Path = REFERENCES) -> tuple[list[Machine], list[str]]:
    """The machines whose results ship with the project, and what is wrong with those files that cannot be read."""
    machines, damaged = [], []
    marks = cycle(figures.MARKS)
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
    """Whether this is an object with `environment` and `rows`, and all of the rows are of timings."""
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


# On the page

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
                    Panel(configuration.title, figures.ratios(points, meaning(by_machine, configuration.device)))
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
            meaning = _beside(*here[0], configuration.device)
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
                restless = sum(timed[key].restless(side) for key, side in splits)
                plotted = [(name, {side: s.parts for side, s in by.items()}) for name, by in bars if by]
                found.append(Panel(configuration.title, figures.splits(plotted, _parts(splits, restless))))
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
                found.append((configuration.title, _costs(named), named))
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
                if any(_point(row) for row in rows):
                    found.setdefault(key, []).append((machine, rows))
        return [_sweep(*key, timed) for key, timed in sorted(found.items(), key=lambda item: item[0][1].order)]


def title(key: Key) -> str:
    """A pair as it is called on the page."""
    return key[0] if key[1] == "plain" else f"{key[0]}, {key[1]}"


def _dot(machine: Machine, row: Row, device: str) -> figures.Dot:
    low, high = number(row.get("ratio_low")), number(row.get("ratio_high"))
    side = row["side"] if row.get("against") else None
    where = "here" if machine.own else f"on {machine.name(device)}"
    where = f"{side} {where}" if side else where
    return figures.Dot(row["ratio"], low or None, high or None, machine.mark, where, side)


# What a figure means, in one sentence


def meaning(by_machine: Sequence[tuple[Machine, Mapping[Key, Timing]]], device: str) -> str:
    """Who is faster in how many pairs, here if it was measured here; and where another machine says the opposite."""
    rows = [(machine, {k: row for k, t in timed.items() if (row := t.ratio())}) for machine, timed in by_machine]
    (first, found), *others = [(machine, ratios) for machine, ratios in rows if ratios]
    said = [part for conclusion in CONCLUSIONS if (part := _of_pairs(found, conclusion))]
    pairs = f"{len(found)} pair{'' if len(found) == 1 else 's'}"
    return f"{_of(first, device)} {pairs} {listed(said)}{_opposites(found, others, device)}."


def _of(machine: Machine, device: str) -> str:
    """How a sentence begins that counts what a machine has measured."""
    return "Of" if machine.own else f"Not measured here; on {machine.name(device)}, of"


def _of_pairs(found: Mapping[Key, Row], conclusion: str) -> str:
    """How many pairs come to this conclusion, and the one that does so most clearly."""
    own = {key: row["ratio"] for key, row in found.items() if row.get("conclusion") == conclusion}
    if not own:
        return ""
    if conclusion == "not significant":
        return f"{len(own)} show{'s' if len(own) == 1 else ''} neither side to be faster"
    if conclusion == "too few processes":
        return f"{len(own)} ran in too few processes to say"
    side = conclusion.removesuffix(" faster")
    most = (min if side == "static" else max)(own, key=lambda key: own[key])
    factor = 1 / own[most] if side == "static" else own[most]
    are = "is" if len(own) == 1 else "are"
    return f"{len(own)} {are} faster on the {side} side (up to {times(factor)}, {title(most)})"


def _opposites(found: Mapping[Key, Row], others: Sequence[tuple[Machine, Mapping[Key, Row]]], device: str) -> str:
    """Where another machine comes to the opposite."""
    said = []
    for machine, theirs in others:
        both = [key for key in found if key in theirs]
        opposite = [
            key for key in both if OPPOSITE.get(str(found[key].get("conclusion"))) == theirs[key].get("conclusion")
        ]
        if both:
            names = listed([title(key) for key in opposite]) if opposite else f"none of {len(both)}"
            said.append(f"{machine.mark} {machine.name(device)} says the opposite of {names}")
    return f"; {'; '.join(said)}" if said else ""


def _beside(machine: Machine, by_model: Mapping[str, Sequence[Row]], device: str) -> str:
    """How many twins take too long, beside their framework's own layers, and which takes the longest."""
    rows = [row for own in by_model.values() for row in own]
    slow = [row for row in rows if (number(row.get("ratio_low")) or 0) > LIMIT]
    longest = max(rows, key=lambda row: row["ratio"])
    count = f"{len(rows)} twin{'' if len(rows) == 1 else 's'} {len(slow) or 'none'} take{'s' * (len(slow) < 2)}"
    most = f"{times(longest['ratio'])} as long, {longest['model']}, {longest['side']}"
    return f"{_of(machine, device)} {count} more than {times(LIMIT)} as long as the layers (at most {most})."


def _parts(splits: Mapping[tuple[Key, str], Split], restless: int) -> str:
    """What most of a training step is, on both sides; and how many of the times are restless."""
    said = []
    for side in SIDES:
        own = [split for (_, of), split in splits.items() if of == side]
        if own:
            inside = sum(split.inside > split.step / 2 for split in own)
            between = sum(split.between > split.step / 2 for split in own)
            said.append(
                f"on the {side} side more than half of a step is spent between operations in {between} of {len(own)} "
                f"pairs, and inside them in {inside}"
            )
    (key, side), split = max(splits.items(), key=lambda item: item[1].feeding / item[1].step)
    most = percent(split.feeding / split.step)
    said.append(f"feeding takes {most} of it at most ({title(key)}, {side})")
    if restless:
        said.append(f"{restless} of these {len(splits)} bars rest{'s' * (restless == 1)} on restless timings")
    return f"{_capital('; '.join(said))}."


def _costs(rows: Sequence[tuple[str, str, Timing]]) -> str:
    """Which step makes the best use of the machine, and what the harness itself takes."""
    said = []
    used = [(share, name, side, timing) for name, side, timing in rows if (share := timing.of_ceiling(side))]
    if used:
        share, name, side, timing = max(used, key=lambda one: one[0])
        said.append(
            f"the best use of the machine is made by {name}, {side}: {percent(share)} of the "
            f"{(timing.ceiling() or 0) / 1e9:,.3g} GFLOP/s that a product of two large matrices reaches"
        )
    added = [
        harness / step
        for _, side, timing in rows
        if (harness := number(timing.fact("harness_s", side))) and (step := timing.seconds("step", side))
    ]
    if added:
        said.append(f"the harness adds at most {percent(max(added))} to a step")
    return f"{_capital('; '.join(said))}." if said else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# Sweeps


def _point(row: Row) -> Point | None:
    """Setting, time, and its interval; None where there is nothing to draw."""
    value, median = number(row.get("value")), number(row.get("median_s"))
    if row.get("error") or value is None or not median or median < 0:
        return None
    return value, median, number(row.get("low_s")) or None, number(row.get("high_s")) or None


def _points(rows: Sequence[Row], side: str) -> list[Point]:
    found = [point for row in rows if row.get("side") == side and (point := _point(row))]
    return sorted(found, key=lambda point: point[0])


def _sweep(key: Key, configuration: Configuration, setting: str, timed: Sequence[tuple[Machine, list[Row]]]) -> Panel:
    lines, sentences, at, device = [], [], None, configuration.device
    for machine, rows in timed:
        curves = {side: _points(rows, side) for side in SIDES}
        for side, points in curves.items():
            if points:
                name = side if machine.own else f"{side} on {machine.name(device)}"
                lines.append(figures.Line(side, points, machine.mark, name, machine.own))
        where, sentence = _crossing(rows, curves, setting)
        sentences.append(sentence if machine.own else f"{machine.mark} {machine.name(device)}: {sentence}")
        if machine is timed[0][0]:
            at = where
    words = setting.replace("_", " ")
    picture = figures.sweep(lines, words, at, " ".join(sentences))
    return Panel(f"{title(key)}, {words}: {configuration.title}", picture)


def _crossing(rows: Sequence[Row], curves: Mapping[str, Sequence[Point]], setting: str) -> tuple[float | None, str]:
    """Where both sides take as long, if they do, and that in a sentence."""
    sound = [dict(row) for row in rows if _point(row) and number(row.get("ratio")) and row.get("conclusion")]
    for found in crossings(sound):
        return found.at, f"{_capital(found.sentence.rstrip('.'))}."
    static, dynamic = ({value: median for value, median, *_ in curves[side]} for side in SIDES)
    both = [value for value in static if value in dynamic]
    if not both:
        return None, "Only one side could be timed."
    said = [f"{static[value] / dynamic[value]:.2g} at {value:g}" for value in dict.fromkeys((both[0], both[-1]))]
    return None, f"Static time over dynamic time is {listed(said)} of {setting.replace('_', ' ')}."
