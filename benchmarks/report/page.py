"""Render the page from rows: statements in words, figures where they show more, and the pair's source."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from benchmarks.mutants.campaign import COMMAND
from benchmarks.parts import PARTS, models_with, parts_of, path_of_part
from benchmarks.proof.tolerances import ROUNDINGS_IN_A_CHAIN, SIDES_ALIKE
from benchmarks.report import KINDS, Learned, Results
from benchmarks.report.formatting import (
    distance,
    duration,
    figure,
    percent,
    ratio,
    short,
    size,
)
from benchmarks.report.sections import experiments
from benchmarks.report.sections.differences import KnownDifference
from benchmarks.report.sections.machines import REFERENCES
from benchmarks.report.sections.mutants import Campaign
from benchmarks.report.sections.pair import SIDES, VERDICTS, PairSection, pair_sections, ulp
from benchmarks.report.sections.reference import MARK, Reference
from benchmarks.report.sections.speed import Speed
from benchmarks.report.sections.timings import PHASES, bar, conclusions, title
from benchmarks.study import baselines
from benchmarks.study import parts as part_study
from benchmarks.study.align import TREES, align, source
from benchmarks.study.code_columns import columns, highlighted
from shared.catalog import CATALOG
from shared.entry import Entry

HERE = Path(__file__).parent

Row = Mapping[str, Any]


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
    reference = Reference.of(machines)
    models = []
    for entry in CATALOG.values():
        own = [[row for row in found if row.get("model") == entry.name] for found in of_models]
        models.append((entry, pair_sections(entry, own[0], own[1], own[2], learned, reference)))
    every = [part for _, found in models for part in found]
    campaign, known = Campaign(rows["mutants"]), [KnownDifference(row) for row in rows["differences"]]
    strangers = {str(row.get("model")) for found in of_models for row in found} - CATALOG.keys()
    return (
        _templates()
        .get_template("page.html.jinja")
        .render(
            models=models,
            names=list(CATALOG),
            campaign=campaign,
            command=COMMAND,
            known=known,
            topics=[(topic, list(own)) for topic, own in groupby(known, key=lambda one: one.row["topic"])],
            reference=reference,
            mark=MARK,
            summary=[*summary(every), *elsewhere(every, reference), *campaign.summary(), *differences(known)],
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
            parts={part: models_with(part) for part in PARTS},
            parts_of=parts_of,
            part_code=part_code,
            part_paths=part_paths,
            experiments=experiments.sections(rows["experiments"], reference),
            title=title,
            ulp=ulp,
            sides=SIDES,
            phases=PHASES,
            verdicts=VERDICTS,
            allowed={"chain": ROUNDINGS_IN_A_CHAIN, "alike": SIDES_ALIKE},
            style=Markup((HERE / "style.css").read_text(encoding="utf-8")),
            script=Markup((HERE / "script.js").read_text(encoding="utf-8")),
        )
    )


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"duration": duration, "distance": distance, "figure": figure, "short": short}
    environment.filters |= {"percent": percent, "size": size}
    return environment


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


def part_paths(part: str) -> dict[str, str]:
    """Return the paths of a part's two files."""
    return {side: path_of_part(part, tree) for side, tree in TREES.items()}


def part_code(part: str) -> list[dict[str, Any]]:
    """Return the source of a part on both sides."""
    return columns(part_study.blocks(part), {side: highlighted(part_study.source(part, side)) for side in TREES})


def summary(every: Sequence[PairSection]) -> list[str]:
    """Summarize the page in a few sentences, with counts from the rows."""
    statuses = [part.proven("float64").status for part in every]
    said = [
        f"{statuses.count('good')} of {len(every)} pairs are proven to compute the same function"
        + (f", {statuses.count('bad')} are not" if "bad" in statuses else "")
        + (f", {statuses.count('none')} were not measured" if "none" in statuses else "")
        + "."
    ]
    said += conclusions(part.timings[0] for part in every if part.timings)
    trained = [part for part in every if part.targets() and (part.learned_here or not part.shown_learning)]
    met = sum(all(s.status == "good" for s in part.learned()) for part in trained)
    return [*said, f"{met} of {len(trained)} trained pairs reach their targets on both sides."] if trained else said


def elsewhere(every: Sequence[PairSection], reference: Reference) -> list[str]:
    """State how much of the page the reference machine measured, and how to measure it here."""
    timed = [part for part in every if part.shown_timings() and not part.timed_here]
    trained = [part for part in every if part.shown_learning and not part.learned_here]
    if not timed and not trained:
        return []
    counts = [(len(timed), "timings", "speed"), (len(trained), "trainings", "learning")]
    said = [f"{count} {what} ({reference.described(kind)})" for count, what, kind in counts if count]
    return [f"Not measured here yet and marked {MARK}: {' and '.join(said)}. Each further make report goes on."]


def differences(known: Sequence[KnownDifference]) -> list[str]:
    """Summarize the known differences in one sentence; none if they were not measured."""
    if not known:
        return []
    drifted = [one.name for one in known if one.drift]
    convertible = [one.convertible() for one in known]
    return [
        f"Of {len(known)} known differences between the frameworks {convertible.count('yes')} can be aligned to "
        f"rounding, {convertible.count('no')} cannot, and {convertible.count('equal by default')} are equal by default"
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
