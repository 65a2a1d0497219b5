"""Render the page from rows: statements in words, figures where they show more, and the pair's source."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from benchmarks.mutants.campaign import COMMAND
from benchmarks.parity.verdicts import ROUNDINGS_IN_A_CHAIN, SIDES_ALIKE
from benchmarks.report import KINDS, Learned, Results, experiments
from benchmarks.report.differences import KnownDifference
from benchmarks.report.figures import picture
from benchmarks.report.figures.common import drawable
from benchmarks.report.figures.drawing import Picture
from benchmarks.report.figures.learning import loss_curves
from benchmarks.report.formatting import (
    Statement,
    distance,
    duration,
    figure,
    number,
    percent,
    ratio,
    scientific,
    short,
    size,
)
from benchmarks.report.mutants import Campaign
from benchmarks.report.sections.machines import REFERENCES
from benchmarks.report.sections.speed import Speed
from benchmarks.report.sections.timings import PHASES, Timing, bar, conclusions, errors, timings, title
from benchmarks.study import baselines
from benchmarks.study.align import TREES, align, source
from benchmarks.study.code_columns import columns, highlighted
from shared.catalog import CATALOG
from shared.entry import Entry
from shared.spec import Target, Variant

HERE = Path(__file__).parent
SIDES = ("static", "dynamic")
STAGES = ("tap", "loss", "gradient", "tap_gradient", "state", "run")  # "run": the proof itself failed with an error
VERDICTS = {
    "identical": "equal bit for bit.",
    "rounding": "equal but for rounding. In float64 the two differ by at most 10⁻¹² of the value's norm; in float32 "
    "each side is off from float64 by no more than rounding does to this model.",
    "ill-conditioned": "each float32 side is as near to float64 as rounding allows, but this value magnifies rounding "
    "so much that three or more of its seven digits are lost, on both sides alike.",
    "different": "the two do not compute the same function. The section of the model says where they first part, and "
    "why, if that is known.",
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

    def time(self, side: str) -> Statement:
        """The median of a training step on one side."""
        if not self.timings:
            return self._untimed()
        row = self.timings[0].rows.get("step", {}).get(side, {})
        if row.get("error"):
            return Statement("failed", "bad")
        if number(row.get("median_s")) is None:
            return Statement("not measured", "none")
        return Statement(duration(row["median_s"]))

    def _untimed(self) -> Statement:
        if self.variant and not self.variant.timed:
            return Statement("as plain", "none")
        return Statement("not measured", "none")

    def ratio(self) -> Statement:
        """The ratio of static to dynamic time, with its interval and conclusion."""
        if not self.timings:
            return self._untimed()
        row = self.timings[0].ratio("step")
        if row is None:
            failed = self.timings[0].failures()
            return Statement(f"failed: {failed[0]}", "bad") if failed else Statement("not measured", "none")
        return Statement(ratio(row))

    # Learning

    def losses(self) -> dict[str, tuple[list[int], list[float]]]:
        """Map each side to its recorded steps and losses."""
        found: dict[str, tuple[list[int], list[float]]] = {}
        for side in SIDES:
            rows = [row for row in self.learning if row.get("kind") == "loss" and row.get("side") == side]
            rows = [row for row in rows if number(row.get("value")) is not None]
            if rows:
                found[side] = [row["step"] for row in rows], [row["value"] for row in rows]
        return found

    def gaps(self) -> list[str]:
        """The sides whose loss was not finite at some step, which a curve cannot show."""
        broken = (row for row in self.learning if row.get("kind") == "loss" and number(row.get("value")) is None)
        return list(dict.fromkeys(str(row.get("side")) for row in broken if not row.get("error")))

    def scores(self) -> list[tuple[str, dict[str, Row]]]:
        """Return (metric, side -> row) for each metric."""
        found: dict[str, dict[str, Row]] = {}
        for row in self.learning:
            if row.get("kind") == "metric":
                found.setdefault(row["name"], {})[row["side"]] = row
        return list(found.items())

    def targets(self) -> tuple[Target, ...]:
        return self.variant.learning.targets if self.variant and self.variant.learning else ()

    def learned(self) -> list[Statement]:
        """Return each target with the values that both sides reached, and the loss curves if they differ."""
        failed = errors(self.learning)
        if failed:
            return [Statement(f"failed: {failed[0]}", "bad")]
        if not self.learning:
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
            said.append(Statement(reached, _status(met)))
        said += [curves for curves in self.curves() if curves.status == "bad"]
        return said or [Statement("trained, no target", "none")]

    def curves(self) -> list[Statement]:
        """The distance of the two loss curves."""
        return [self._curves(row) for row in self.learning if row.get("kind") == "curves"]

    def _curves(self, row: Row) -> Statement:
        apart = Markup("{} of the loss's range, at most {} allowed").format(
            scientific(row["value"]), scientific(row["bound"])
        )
        return Statement(
            Markup("loss curves {}: ").format(row["verdict"]) + apart, _status(row["verdict"] == "together")
        )

    def well(self) -> bool:
        """Whether no statement has the status "bad"."""
        said = [self.proven("float64"), self.proven("float32"), self.ratio(), *self.learned()]
        return all(one.status != "bad" for one in said)

    # Figures

    def loss_picture(self) -> Picture | None:
        curves = self.losses()
        return loss_curves(curves) if curves else None

    def learned_picture(self) -> Picture | None:
        if self.variant is None or not self.arrays or not drawable(self.arrays):
            return None
        return picture(self.variant.picture)(self.arrays, self.entry.spec(self.name))


# Rows


def parts(
    entry: Entry, parity: Sequence[Row], speed: Sequence[Row], learning: Sequence[Row], learned: Learned
) -> list[PairSection]:
    """Return a section for each variant of a model: those of the catalogue, then any others that were measured."""
    measured = [row.get("variant", "plain") for rows in (parity, speed, learning) for row in rows]
    found = []
    for variant in dict.fromkeys([*entry.variants, *measured]):
        own = [[row for row in rows if row.get("variant", "plain") == variant] for rows in (parity, speed, learning)]
        arrays = learned.get((entry.name, variant))
        found.append(PairSection(entry, variant, entry.variants.get(variant), own[0], timings(own[1]), own[2], arrays))
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


def _status(good: bool) -> str:
    return "good" if good else "bad"


def flat(environment: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Flatten nested settings to dotted names."""
    found: dict[str, str] = {}
    for name, value in environment.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        elif value is not None:
            found[f"{prefix}{name}"] = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return found


# The page


def render(results: Mapping[str, Results], learned: Learned, machines: Path = REFERENCES) -> str:
    """Render the page from the results of each kind and the timings of other machines in a folder."""
    rows = {kind: list(results.get(kind, {}).get("rows", [])) for kind in KINDS}
    of_models = [rows[kind] for kind in ("parity", "speed", "learning")]
    models = []
    for entry in CATALOG.values():
        own = [[row for row in found if row.get("model") == entry.name] for found in of_models]
        models.append((entry, parts(entry, own[0], own[1], own[2], learned)))
    every = [part for _, found in models for part in found]
    campaign, known = Campaign(rows["mutants"]), [KnownDifference(row) for row in rows["differences"]]
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"duration": duration, "distance": distance, "figure": figure, "short": short}
    environment.filters |= {"percent": percent, "size": size}
    strangers = {str(row.get("model")) for found in of_models for row in found} - CATALOG.keys()
    return environment.get_template("template.html.jinja").render(
        models=models,
        names=list(CATALOG),
        campaign=campaign,
        command=COMMAND,
        known=known,
        topics=[(topic, list(own)) for topic, own in groupby(known, key=lambda one: one.row["topic"])],
        summary=[*summary(every), *campaign.summary(), *differences(known)],
        speed=Speed(rows["speed"], results.get("speed", {}).get("environment") or {}, machines),
        environments=environments({kind: found for kind, found in results.items() if kind != "mutants"}),
        strangers=sorted(strangers),
        code=code,
        paths=paths,
        baseline_title=baselines.TITLE,
        baseline_code=baseline_code,
        baseline_paths=baseline_paths,
        ratio=ratio,
        bar=bar,
        experiments=experiments.sections(rows["experiments"]),
        title=title,
        ulp=ulp,
        sides=SIDES,
        phases=PHASES,
        verdicts=VERDICTS,
        allowed={"chain": ROUNDINGS_IN_A_CHAIN, "alike": SIDES_ALIKE},
        style=Markup((HERE / "style.css").read_text(encoding="utf-8")),
        script=Markup((HERE / "script.js").read_text(encoding="utf-8")),
    )


def paths(entry: Entry) -> dict[str, str]:
    """Return the paths of a model's two files."""
    return {side: entry.path(tree) for side, tree in TREES.items()}


def code(entry: Entry) -> list[dict[str, Any]]:
    """Return the source of a model's twins, side by side."""
    return columns(align(entry.name), {side: highlighted(source(entry.name, side)) for side in TREES})


def baseline_paths(entry: Entry) -> dict[str, str]:
    """Return the paths of the two files that contain a model's baselines."""
    return {side: baselines.path(entry.name, tree) for side, tree in TREES.items()}


def baseline_code(entry: Entry) -> list[dict[str, Any]]:
    """Return the source of a model's two baselines, made of layers of Keras and of torch.nn, side by side."""
    name = entry.name
    return columns(baselines.blocks(name), {side: highlighted(baselines.source(name, side)) for side in TREES})


def summary(every: Sequence[PairSection]) -> list[str]:
    """Summarize the page in a few sentences, with counts from the rows."""
    moods = [part.proven("float64").status for part in every]
    said = [
        f"{moods.count('good')} of {len(every)} pairs are proven to compute the same function"
        + (f", {moods.count('bad')} are not" if "bad" in moods else "")
        + (f", {moods.count('none')} were not measured" if "none" in moods else "")
        + "."
    ]
    said += conclusions(part.timings[0] for part in every if part.timings)
    trained = [part for part in every if part.targets()]
    met = sum(all(s.status == "good" for s in part.learned()) for part in trained)
    said.append(f"{met} of {len(trained)} trained pairs reach their targets on both sides.")
    return said


def differences(known: Sequence[KnownDifference]) -> list[str]:
    """Summarize the known differences in one sentence; none if they were not measured."""
    if not known:
        return []
    drifted = [one.name for one in known if one.drift]
    convertible = [one.convertible() for one in known]
    return [
        f"Of {len(known)} known differences between the frameworks {convertible.count('yes')} can be aligned to "
        f"rounding, {convertible.count('no')} cannot, and {convertible.count('equal as it is')} are none"
        + (f"; {len(drifted)} have changed: {', '.join(drifted)}." if drifted else ".")
    ]


def environments(results: Mapping[str, Results]) -> list[tuple[str, dict[str, str]]]:
    """Return the settings that all commands share, then the remaining settings of each."""
    own = {name: flat(result.get("environment") or {}) for name, result in results.items()}
    measured = {name: settings for name, settings in own.items() if settings}
    if not measured:
        return []
    common = set.intersection(*(set(settings.items()) for settings in measured.values()))
    first = next(iter(measured.values()))
    found = [(", ".join(measured), {name: value for name, value in first.items() if (name, value) in common})]
    found += [
        (kind, {n: v for n, v in settings.items() if (n, v) not in common}) for kind, settings in measured.items()
    ]
    return [(kinds, settings) for kinds, settings in found if settings]
