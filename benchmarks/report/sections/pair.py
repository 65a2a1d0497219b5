"""The section of one pair: verdicts, timings, curves and targets, in words and figures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from markupsafe import Markup

from benchmarks.report import Learned
from benchmarks.report.figures import picture
from benchmarks.report.figures.common import drawable
from benchmarks.report.figures.drawing import Picture
from benchmarks.report.figures.learning import loss_curves
from benchmarks.report.figures.picture_cache import cached_picture
from benchmarks.report.formatting import (
    Statement,
    duration,
    figure,
    number,
    ratio,
    scientific,
)
from benchmarks.report.sections.reference import MARK, NOWHERE, Reference
from benchmarks.report.sections.timings import Timing, errors, timings
from shared.entry import Entry
from shared.spec import Target, Variant

SIDES = ("static", "dynamic")
STAGES = ("tap", "loss", "gradient", "tap_gradient", "state", "run")  # "run": the proof itself failed with an error
VERDICTS = {
    "identical": "equal bit for bit.",
    "rounding": "equal but for rounding. In float64 the two differ by at most 10⁻¹² of the value's norm; in float32 "
    "the error of each side against float64 is no larger than rounding explains for this model.",
    "ill-conditioned": "each float32 side is as close to float64 as rounding allows, but this value amplifies "
    "rounding so much that both sides lose three or more of its seven digits.",
    "different": "the two do not compute the same function. The model's section shows where they first diverge and, "
    "if known, the cause.",
}
_ORDER = {verdict: i for i, verdict in enumerate(VERDICTS)}

Row = Mapping[str, Any]
Key = tuple[str, str]  # model, variant


@dataclass
class PairSection:
    """Everything that the page shows of one model in one variant."""

    entry: Entry
    name: str
    variant: Variant | None  # None if the catalogue no longer has the variant
    parity: list[Row]
    timings: list[Timing]
    learning: list[Row]
    arrays: Mapping[str, Any] | None
    reference: Reference = NOWHERE

    @property
    def title(self) -> str:
        return self.entry.name if self.name == "plain" else f"{self.entry.name}, {self.name}"

    # Parity

    def proven(self, dtype: str) -> Statement:
        """The verdict over all rows of one precision."""
        rows = [row for row in self.parity if row.get("dtype") in (dtype, None)]
        failed = errors(rows)
        if failed:
            return Statement(f"failed: {failed[0]}", "bad")
        if not rows:
            return Statement("not measured", "none")
        first = next((row for row in rows if row["verdict"] == "different"), None)
        if first is not None:
            because = first.get("note") or Markup("relative distance {}").format(scientific(first["rel_norm"]))
            if first["stage"] == "run":
                return Statement(f"failed: {first['name']}, {because}", "bad")
            where = f"{first['stage'].replace('_', ' ')} {first['name']} at step {first['step']}"
            return Statement(Markup("different: {}, {}").format(where, because), "bad")
        worst = max(rows, key=lambda row: _ORDER[row["verdict"]])["verdict"]
        if dtype == "float64":
            apart = max(number(row.get("rel_norm")) or 0.0 for row in rows)
            return Statement(
                "identical" if worst == "identical" else Markup("same function, {}").format(scientific(apart))
            )
        error = max(max(number(row.get(f"{side}_error")) or 0.0 for side in SIDES) for row in rows)
        return Statement(Markup("{}, {}").format(worst, scientific(error)) if error else worst)

    def proofs(self) -> list[tuple[str, str, list[tuple[Row, int]]]]:
        """Return (title, precision, rows) for each device and precision. `rows` has, for each stage, the row nearest
        to what is allowed, or beyond it, and the number of rows that it stands for."""
        ordered = sorted(
            (row for row in self.parity if not row.get("error")),
            key=lambda row: (row["device"], row["dtype"] != "float64", STAGES.index(row["stage"])),
        )
        found = []
        for (device, dtype), group in groupby(ordered, key=lambda row: (row["device"], row["dtype"])):
            stages = [list(rows) for _, rows in groupby(group, key=lambda row: row["stage"])]
            worst = [
                (max(rows, key=lambda row: (_ORDER[row["verdict"]], _of_allowed(row))), len(rows)) for rows in stages
            ]
            found.append((dtype if device == "cpu" else f"{dtype}, {device}", dtype, worst))
        return found

    def edge_cases(self) -> list[str]:
        """The names of the edge cases that were compared in addition to the data."""
        return list(dict.fromkeys(row["batch"] for row in self.parity if row.get("batch", "data") != "data"))

    def divergences(self) -> list[Row]:
        """The rows with the location of a divergence, and its cause if known."""
        return [row for row in self.parity if row.get("where")]

    # Speed

    @property
    def timed_here(self) -> bool:
        return bool(self.timings)

    def shown_timings(self) -> list[Timing]:
        """The timings of this machine, or else those of the reference machine."""
        return self.timings or self.reference.timings((self.entry.name, self.name))

    def time(self, side: str) -> Statement:
        """The median of a training step on one side."""
        for timing in self.shown_timings()[:1]:
            row = timing.rows.get("step", {}).get(side, {})
            if row.get("error"):
                return Statement("failed", "bad")
            if number(row.get("median_s")) is not None:
                return self._measured(duration(row["median_s"]), self.timed_here)
        return self._untimed()

    def _untimed(self) -> Statement:
        if self.variant and not self.variant.timed:
            return Statement("as plain", "none")
        return Statement("not measured", "none")

    def ratio(self) -> Statement:
        """The ratio of static to dynamic time, with its interval and conclusion."""
        for timing in self.shown_timings()[:1]:
            row = timing.ratio("step")
            if row is not None:
                return self._measured(ratio(row), self.timed_here)
            failed = timing.failures()
            return Statement(f"failed: {failed[0]}", "bad") if failed else Statement("not measured", "none")
        return self._untimed()

    @staticmethod
    def _measured(text: str | Markup, here: bool) -> Statement:
        return Statement(text) if here else Statement(Markup("{} {}").format(text, MARK), "elsewhere")

    # Learning

    @property
    def learned_here(self) -> bool:
        return bool(self.learning)

    @cached_property
    def shown_learning(self) -> list[Row]:
        """The rows of this machine's training, or else of the reference machine's."""
        return self.learning or self.reference.learning((self.entry.name, self.name))

    def losses(self) -> dict[str, tuple[list[int], list[float]]]:
        """Map each side to its recorded steps and losses."""
        found: dict[str, tuple[list[int], list[float]]] = {}
        for side in SIDES:
            rows = [row for row in self.shown_learning if row.get("kind") == "loss" and row.get("side") == side]
            rows = [row for row in rows if number(row.get("value")) is not None]
            if rows:
                found[side] = [row["step"] for row in rows], [row["value"] for row in rows]
        return found

    def gaps(self) -> list[str]:
        """The sides whose loss was not finite at some step, which a curve cannot show."""
        broken = (row for row in self.shown_learning if row.get("kind") == "loss" and number(row.get("value")) is None)
        return list(dict.fromkeys(str(row.get("side")) for row in broken if not row.get("error")))

    def scores(self) -> list[tuple[str, dict[str, Row]]]:
        """Return (metric, side -> row) for each metric."""
        found: dict[str, dict[str, Row]] = {}
        for row in self.shown_learning:
            if row.get("kind") == "metric":
                found.setdefault(row["name"], {})[row["side"]] = row
        return list(found.items())

    def targets(self) -> tuple[Target, ...]:
        return self.variant.learning.targets if self.variant and self.variant.learning else ()

    def learned(self) -> list[Statement]:
        """Return each target with the values that both sides reached, and the loss curves if they differ."""
        failed = errors(self.shown_learning)
        if failed:
            return [Statement(f"failed: {failed[0]}", "bad")]
        if not self.shown_learning:
            if self.variant and self.variant.learning is None:
                return [Statement("same function as plain: not trained again", "none")]
            return [Statement("not measured", "none")]
        said = []
        scores = dict(self.scores())
        for target in self.targets():
            rows = scores.get(target.metric, {})
            values = Markup(" / ").join(figure(rows[s].get("value")) if s in rows else "not measured" for s in SIDES)
            met = len(rows) == 2 and all(row.get("verdict") == "met" for row in rows.values())
            asked = f"{target.metric.replace('_', ' ')} {'at most' if target.at_most else 'at least'}"
            reached = Markup("{} ({} {}){}").format(values, asked, figure(target.bound), "" if met else ": missed")
            said.append(self._measured(reached, self.learned_here) if met else Statement(reached, "bad"))
        said += [curves for curves in self.curves() if curves.status == "bad"]
        return said or [self._measured("trained, no target", self.learned_here)]

    def curves(self) -> list[Statement]:
        """The distance of the two loss curves."""
        return [self._curves(row) for row in self.shown_learning if row.get("kind") == "curves"]

    def _curves(self, row: Row) -> Statement:
        apart = Markup("{} of the loss's range, at most {} allowed").format(
            scientific(row["value"]), scientific(row["bound"])
        )
        said = Markup("loss curves {}: ").format(row["verdict"]) + apart
        return self._measured(said, self.learned_here) if row["verdict"] == "together" else Statement(said, "bad")

    def well(self) -> bool:
        """Whether no statement has the status "bad"."""
        said = [self.proven("float64"), self.proven("float32"), self.ratio(), *self.learned()]
        return all(one.status != "bad" for one in said)

    # Figures

    def loss_picture(self) -> Picture | None:
        curves = self.losses()
        return cached_picture(loss_curves, curves) if curves else None

    def learned_picture(self) -> Picture | None:
        if self.variant is None or not self.arrays or not drawable(self.arrays):
            return None
        return cached_picture(picture(self.variant.picture), self.arrays, self.entry.spec(self.name))


# Rows


def pair_sections(
    entry: Entry,
    parity: Sequence[Row],
    speed: Sequence[Row],
    learning: Sequence[Row],
    learned: Learned,
    reference: Reference = NOWHERE,
) -> list[PairSection]:
    """Return a section for each variant of a model: those of the catalogue, then any others that were measured."""
    measured = [row.get("variant", "plain") for rows in (parity, speed, learning) for row in rows]
    found = []
    for variant in dict.fromkeys([*entry.variants, *measured]):
        own = [[row for row in rows if row.get("variant", "plain") == variant] for rows in (parity, speed, learning)]
        arrays = learned.get((entry.name, variant))
        known = entry.variants.get(variant)
        found.append(PairSection(entry, variant, known, own[0], timings(own[1]), own[2], arrays, reference))
    return found


def observed(row: Row) -> float | None:
    """The value to compare with `allowed`: in float64 the distance of the sides, in float32 their larger error."""
    if row["dtype"] == "float64":
        return number(row.get("rel_norm"))
    return max((error for side in SIDES if (error := number(row.get(f"{side}_error"))) is not None), default=None)


def ulp(row: Row) -> float | None:
    """The largest error of an element on either side, in units in the last place."""
    return max((error for side in SIDES if (error := number(row.get(f"{side}_ulp"))) is not None), default=None)


def _of_allowed(row: Row) -> float:
    """Return the observed value divided by the allowed one; infinity if the value could not be compared."""
    found, allowed = observed(row), number(row.get("allowed"))
    return math.inf if found is None or not allowed else found / allowed
