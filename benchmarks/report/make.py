"""Make the report: measure what is missing or out of date, reuse the rest, write the page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from benchmarks import parity
from benchmarks.cache import ResultCache, fingerprint
from benchmarks.diagnosis import explain
from benchmarks.experiments import every
from benchmarks.experiments.experiment import line
from benchmarks.learning import learn
from benchmarks.mutants.results import collect
from benchmarks.report import write
from benchmarks.report.sections import differences, experiments, mutants
from benchmarks.results import claim_folder, from_lists, to_lists
from benchmarks.speed import Host, TimingSettings, measure
from benchmarks.speed.cache import stored as stored_timings
from benchmarks.summary import learning_line, parity_line, speed_line
from shared.catalog import CATALOG
from shared.differences import DIFFERENCES
from shared.twin import DTYPES

Row = dict[str, Any]
KINDS = ("parity", "learning", "speed")  # of results, for each pair


class Progress(Protocol):
    """Receives progress reports."""

    def tell(self, what: str, share: float) -> None: ...
    def done(self) -> None: ...


def make(
    jobs: Sequence[tuple[str, str]],
    device: str,
    folder: Path,
    fresh: bool,
    progress: Progress,
    say: Callable[[str], None],
    hosts: Mapping[str, Host] | None = None,
) -> tuple[Path, bool]:
    """Make the report. Return the path of the page, and whether every result on it is good.

    The order is: known differences, experiments, proofs, learning, and last the timings, alone on the machine.
    Each result is stored in `folder/kept` as soon as it is measured, so an interrupted report resumes where it stopped.
    `progress.done` is called after the differences, after each experiment, and after each kind of each job.
    """
    claim_folder(folder)
    kept = ResultCache(folder / "kept")
    found: dict[str, dict[str, Any]] = {kind: {"environment": {}, "rows": []} for kind in KINDS}
    found["differences"] = _differences(kept, fresh, progress, say)
    found["experiments"] = _experiments(kept, fresh, progress, say)
    learned: dict[tuple[str, str], dict[str, Any]] = {}
    well = _unmoved(found["differences"]["rows"])
    well = well and all(one.holds() for one in experiments.sections(found["experiments"]["rows"]))
    for kind in KINDS:
        for name, variant in jobs:
            current = fingerprint(kind, name, variant, device, *([repr(hosts)] if hosts else []))
            known = None if fresh else kept.read(kind, name, variant, current)
            if known is None or not _good(kind, known["rows"]):  # retry failures, which may be transient
                rows, more = _measure(kind, name, variant, device, progress.tell, hosts)
                if rows:
                    say(_line(kind, rows))
                known = kept.store(kind, name, variant, current, rows, **more)
            progress.done()
            well = well and _good(kind, known["rows"])
            found[kind]["rows"] += known["rows"]
            found[kind]["environment"] = found[kind]["environment"] or known["environment"]
            if known.get("picture"):
                learned[name, variant] = from_lists(known["picture"])
    found["speed"]["rows"] += stored_timings(folder)
    found["mutants"] = {"rows": collect(folder)}
    well = well and mutants.Campaign(found["mutants"]["rows"]).well()
    return write(folder, found, learned), well


def _differences(kept: ResultCache, fresh: bool, progress: Progress, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the known differences: either all measured now, or all from the cache."""
    current = fingerprint(differences.KIND)
    known = None if fresh else kept.read(differences.KIND, "", "", current)
    if known is None or not _unmoved(known["rows"]):
        rows: list[Row] = []
        for name in DIFFERENCES:
            progress.tell(f"measuring {name}", len(rows) / len(DIFFERENCES))
            rows.append(differences.attempt(name))
        say(differences.line(rows))
        known = kept.store(differences.KIND, "", "", current, rows)
    progress.done()
    return known


def _experiments(kept: ResultCache, fresh: bool, progress: Progress, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the results of the experiments, each run now or from the cache."""
    found: dict[str, Any] = {"environment": {}, "rows": []}
    for experiment in every():
        of_models = [fingerprint(experiments.KIND, model) for model in experiment.models]
        current = fingerprint(experiments.KIND, "", experiment.name, experiment.settings, of_models)
        known = None if fresh else kept.read(experiments.KIND, experiment.name, "", current)
        if known is None or experiment.verdict(experiments.read_rows(known["rows"])) != "holds":
            rows = experiment.run(progress.tell)
            say(line(experiment, rows))
            known = kept.store(experiments.KIND, experiment.name, "", current, [asdict(row) for row in rows])
        progress.done()
        found["environment"] = found["environment"] or known["environment"]
        found["rows"] += known["rows"]
    return found


def _unmoved(rows: list[Row]) -> bool:
    """Whether no known difference has drifted."""
    return not any(row["drift"] for row in rows)


def _measure(
    kind: str,
    name: str,
    variant: str,
    device: str,
    tell: Callable[[str, float], None],
    hosts: Mapping[str, Host] | None,
) -> tuple[list[Row], dict[str, Any]]:
    described = CATALOG[name].variants[variant]
    if kind == "parity":
        tell(f"proving {name} {variant}", 0)
        rows = parity.attempt(name, variant, DTYPES, device, steps=20, hosts=hosts)
        return explain(rows, name, device, hosts, variant=variant), {}
    if kind == "speed":
        settings = TimingSettings(hosts=hosts or {})
        return measure(
            [name], variants=[variant], device=device, settings=settings, report=tell
        ) if described.timed else [], {}
    if described.learning is None:
        return [], {}
    rows, picture = learn.attempt(name, variant, device=device, hosts=hosts, tell=tell)
    return rows, {"picture": to_lists(picture)}


def _line(kind: str, rows: list[Row]) -> str:
    return {"parity": parity_line, "learning": learning_line, "speed": speed_line}[kind](rows)


def _good(kind: str, rows: list[Row]) -> bool:
    if kind == "parity":
        return parity.passed(rows)
    if kind == "speed":
        return not any(row["error"] for row in rows)
    return not rows or learn.succeeded(rows)
