"""Timings of one pair by configuration: times, ratios, and the parts of a training step's time.

Only timings of the same configuration (device, form, size, precision, threads) are compared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.report.formatting import number
from benchmarks.speed import FORMS
from benchmarks.speed.disturbance import BUSY, UNSTEADY
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
CONCLUSIONS = ("static faster", "dynamic faster", "not significant", "too few processes", BUSY, UNSTEADY)


@dataclass(frozen=True)
class Configuration:
    """The conditions of a timing; only timings that agree in all of them are compared."""

    device: str
    form: str
    size: str
    dtype: str
    threads: int

    @classmethod
    def of(cls, row: Row) -> "Configuration":
        """Return the configuration of a row; columns missing in the row have their default."""
        defaults: dict[str, Any] = {"device": "cpu", "form": "plain", "size": "small", "dtype": "float32", "threads": 1}
        return cls(**{name: row.get(name) or default for name, default in defaults.items()})

    def __str__(self) -> str:
        form = [] if self.form == "plain" else [FORM_WORDS.get(self.form, self.form)]
        return ", ".join([self.device, *form, self.dtype, self.size, *self._threads])

    @property
    def title(self) -> str:
        """The configuration as a title: CPU, compiled, small, float32."""
        device = DEVICE_WORDS.get(self.device, self.device)
        return ", ".join([device, FORM_WORDS.get(self.form, self.form), self.size, self.dtype, *self._threads])

    @property
    def _threads(self) -> list[str]:
        return [f"{self.threads} threads"] if self.threads != 1 else []

    @property
    def order(self) -> tuple[Any, ...]:
        """The sort key: CPU before GPU, plain before compiled, and so on; unknown names come last."""
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
        """Return the first row of a phase that contains the ratio of both sides; None if there is none."""
        found = self.rows.get(phase, {}).values()
        return next((row for row in found if (number(row.get("ratio")) or 0) > 0), None)

    def seconds(self, phase: str, side: str) -> float | None:
        """Return the median time of a phase on a side."""
        return number(self.rows.get(phase, {}).get(side, {}).get("median_s")) or None

    def fact(self, name: str, side: str) -> Any:
        """Return another column of a side's training-step row."""
        return self.rows.get("step", {}).get(side, {}).get(name)

    def failures(self) -> list[str]:
        """Return the distinct error messages."""
        return list(dict.fromkeys(text for by in self.rows.values() for text in errors(by.values())))

    def warnings(self) -> list[str]:
        """Return a message for each unstable time."""
        return [
            f"{side}, {PHASES.get(phase, phase)}: {row['warning']}"
            for phase in self.phases()
            for side, row in self.rows[phase].items()
            if row.get("warning")
        ]

    def phases(self) -> list[str]:
        """Return the measured phases, those of `PHASES` first."""
        return list(dict.fromkeys([*(phase for phase in PHASES if phase in self.rows), *self.rows]))

    def split(self, side: str) -> "Split | None":
        """Return the parts of a training step's time; None if they were not measured."""
        step, feeding = self.seconds("step", side), self._feeding(side)
        inside = number(self.fact("kernel_s", side))
        return Split(step, feeding, inside) if step and feeding is not None and inside is not None else None

    def _feeding(self, side: str) -> float | None:
        """Return the time that a step saves if its batch is already on the device.

        Processes differ by more than feeding costs, but each process timed both kinds of step. So the share of the step
        that is saved is computed within each process, and the median share is used.
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
        """Whether any time that the split of a step depends on is unstable."""
        return any(self.rows.get(phase, {}).get(side, {}).get("warning") for phase in ("step", "resident"))

    def of_ceiling(self, side: str) -> float | None:
        """Return the arithmetic rate of a training step as a share of the faster side's rate in a matrix product."""
        step, ceiling = self.seconds("step", side), self.ceiling()
        arithmetic = max((number(self.fact("arithmetic", one)) or 0.0 for one in SIDES), default=0.0)
        return arithmetic / step / ceiling if step and ceiling and arithmetic else None

    def ceiling(self) -> float | None:
        """Return the floating-point operations per second of a matrix product here, by the faster framework."""
        return max((number(self.fact("ceiling", side)) or 0.0 for side in SIDES), default=0.0) or None

    def memory(self, side: str) -> float | None:
        """Return the peak memory of the process, minus the peak after the import of the framework."""
        peak, imported = (number(self.fact(name, side)) for name in ("memory_bytes", "import_memory_bytes"))
        return None if peak is None or imported is None else max(0.0, peak - imported)


@dataclass(frozen=True)
class Split:
    """The seconds of a training step in three parts.

    The time inside operations is measured by a tracer in a separate run, so it is capped at the time that the step has
    left after feeding.
    """

    step: float
    feeding: float
    traced: float

    @property
    def inside(self) -> float:
        """Inside operations: arithmetic and moving its data."""
        return min(self.traced, self.step - self.feeding)

    @property
    def between(self) -> float:
        """Between operations: the Session, Python, and scheduling of the next operation."""
        return self.step - self.feeding - self.inside

    @property
    def parts(self) -> tuple[float, float, float]:
        """All three parts, in drawing order."""
        return self.inside, self.between, self.feeding


def timings(rows: Iterable[Row]) -> list[Timing]:
    """Group the rows of one variant by configuration, plain forms first, without sweeps and baseline comparisons."""
    found: dict[Configuration, Timing] = {}
    for row in rows:
        if not row.get("sweep") and not row.get("against"):
            key = Configuration.of(row)
            phase, side = row.get("phase") or "step", row.get("side") or "both"
            found.setdefault(key, Timing(key)).rows.setdefault(phase, {})[side] = row
    return sorted(found.values(), key=lambda timing: FORMS.index(f) if (f := timing.configuration.form) in FORMS else 9)


def errors(rows: Iterable[Row]) -> list[str]:
    """Return the error messages of the rows that failed."""
    return [str(row["error"]) for row in rows if row.get("error")]


def bar(by_side: Mapping[str, Row], side: str) -> int:
    """Return the length of a side's bar, in percent of the longer of the two."""
    medians = {s: number(row.get("median_s")) or 0.0 for s, row in by_side.items()}
    longest = max(medians.values(), default=0.0)
    return round(100 * medians.get(side, 0.0) / longest) if longest else 0


def conclusions(found: Iterable[Timing]) -> list[str]:
    """Count the conclusions of pairs in one sentence; return an empty list if there are none."""
    reached = [row.get("conclusion") for timing in found if (row := timing.ratio())]
    counts = [(reached.count(conclusion), conclusion) for conclusion in CONCLUSIONS]
    said = ", ".join(f"{conclusion} in {count}" for count, conclusion in counts if count)
    return [f"A training step: {said}."] if said else []


def title(key: Key) -> str:
    """Return the name of a pair on the page."""
    return key[0] if key[1] == "plain" else f"{key[0]}, {key[1]}"
