"""Timings of one pair by configuration: times, ratios, and where the time of a training step goes.

Only what ran in one configuration (device, form, size, precision, threads) is compared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.report.formatting import number
from benchmarks.speed import FORMS
from benchmarks.twins import SIDES
from shared.twin import DEVICES

Row = Mapping[str, Any]
Key = tuple[str, str]  # model, variant

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

    def unstable(self, side: str) -> bool:
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


def conclusions(found: Iterable[Timing]) -> list[str]:
    """The conclusions of some pairs in a sentence; none if there are none."""
    reached = [row.get("conclusion") for timing in found if (row := timing.ratio())]
    counts = [(reached.count(conclusion), conclusion) for conclusion in CONCLUSIONS]
    said = ", ".join(f"{conclusion} in {count}" for count, conclusion in counts if count)
    return [f"A training step: {said}."] if said else []


def title(key: Key) -> str:
    """A pair as it is called on the page."""
    return key[0] if key[1] == "plain" else f"{key[0]}, {key[1]}"
