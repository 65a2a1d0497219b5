"""Make the report: measure what is missing or out of date, as far as the time goes, reuse the rest, write the page."""

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from benchmarks import proof
from benchmarks.cache import ResultCache, fingerprint
from benchmarks.experiments import every
from benchmarks.experiments.experiment import Experiment, line
from benchmarks.forks import Parents, parents_for
from benchmarks.learning import learn
from benchmarks.mutants.results import collect
from benchmarks.report import KINDS, write
from benchmarks.report.ahead import Pair, proofs_ahead, proven
from benchmarks.report.sections import differences, experiments, mutants
from benchmarks.report.sections.machines import REFERENCES
from benchmarks.report.sections.reference import Reference
from benchmarks.report.unchanged import is_written, remember
from benchmarks.results import claim_folder, from_lists, to_lists
from benchmarks.speed import Host, TimingSettings, measure
from benchmarks.speed.cache import stored as stored_timings
from benchmarks.speed.joined import joined, width
from benchmarks.summary import learning_line, parity_line, speed_line
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.differences import DIFFERENCES

Row = dict[str, Any]
Say = Callable[[str], None]
Tell = Callable[[str, float], None]
Run = Callable[[Tell, Parents | None], tuple[list[Row], dict[str, Any]]]  # its rows, and what else is stored with them

EVERY = 20.0  # seconds after which the page is written again, if there are new results
# Timings are repeated until their intervals reach no farther than this share to either side, or up to so many launches
# in all, and not more often in one report
NARROW, MOST_LAUNCHES, MOST_REPEATED = 0.02, 28, 3
# Expected seconds: to build a pair, of a training step on both sides where nothing is known, of an experiment
START, STEP, EXPERIMENT = 2.0, 2e-3, 150.0
# of what is quick
QUICK = 5.0
# and of a launch: at least, with so many steps; and to import both frameworks, which the first timing waits for
LAUNCH, STEPS_IN_A_LAUNCH, IMPORTS = 3.0, 400, 6.0


class Progress(Protocol):
    """Receives progress reports."""

    def tell(self, what: str, share: float) -> None: ...
    def done(self) -> None: ...


@dataclass(frozen=True, eq=False)
class Task:
    """One result that can be measured and stored on its own."""

    kind: str
    name: str  # of a model or an experiment; "" for the known differences
    variant: str
    fingerprint: str
    seconds: float  # that it is expected to take
    run: Run
    good: Callable[[list[Row]], bool]  # failures are retried, because they may be transient
    line: Callable[[list[Row]], str]


class Report:
    """A report in the making: `measure` stores results, `write` shows all that are up to date."""

    def __init__(
        self,
        jobs: Sequence[tuple[str, str]],
        device: str,
        folder: Path,
        progress: Progress,
        say: Say,
        hosts: Mapping[str, Host] | None = None,
    ):
        claim_folder(folder)
        self.jobs, self.device, self.folder, self.hosts = jobs, device, folder, hosts
        self.progress, self.say = progress, say
        self.kept = ResultCache(folder / "kept")
        self.planted = collect(folder)  # the rows of the faults, which no report measures
        self.found: dict[Task, dict[str, Any]] = {}  # the results on the page
        self.measured: set[Task] = set()  # in this report
        self.repeated: Counter[Task] = Counter()  # how often a timing was measured again in this report
        self.written = -EVERY

    def required(self) -> list[Task]:
        """What is always measured here: the known differences, and the proof of every pair."""
        return [_differences(), *(self._of_pair("parity", *job, seconds=0) for job in self.jobs)]

    def optional(self) -> list[Task]:
        """What is measured as far as the time goes; until then the reference machine's results are shown.

        After what is quick come the timings, the cheapest first, because another machine's say least about this one.
        """
        reference = Reference.of(REFERENCES)
        found = [_experiment(experiment) for experiment in every()]
        for name, variant in self.jobs:
            described = CATALOG[name].variants[variant]
            step = _seconds_of_a_step(reference, (name, variant))
            if described.learning is not None:
                found.append(self._of_pair("learning", name, variant, START + described.learning.steps * step))
            if described.timed:
                launch = LAUNCH + STEPS_IN_A_LAUNCH * step
                found.append(self._of_pair("speed", name, variant, TimingSettings().launches * launch))
        return sorted(found, key=lambda task: (task.seconds > QUICK, task.kind != "speed", task.seconds))

    def _of_pair(self, kind: str, name: str, variant: str, seconds: float) -> Task:
        current = fingerprint(kind, name, variant, self.device, *([repr(self.hosts)] if self.hosts else []))
        run = partial(_measure, kind, name, variant, self.device, hosts=self.hosts)
        return Task(kind, name, variant, current, seconds, run, partial(_good, kind), partial(_line, kind))

    def look_up(self, task: Task) -> bool:
        """Whether a good result is stored and up to date."""
        known = self.kept.read(task.kind, task.name, task.variant, task.fingerprint)
        if known is None or not task.good(known["rows"]):
            return False
        self.found[task] = known
        return True

    def wide(self) -> list[Task]:
        """The timings whose intervals more launches would narrow, the least certain first."""
        widths = {
            task: width(known["rows"])
            for task, known in self.found.items()
            if task.kind == "speed" and known["rows"] and self.repeated[task] < MOST_REPEATED
            if max(row["launches"] for row in known["rows"]) < MOST_LAUNCHES
        }
        return sorted((task for task in widths if widths[task] > NARROW), key=lambda task: -widths[task])

    def seconds(self, task: Task) -> float:
        """How long a task is expected to take now; the first timing waits until its parents have imported."""
        first = task.kind == "speed" and not any(known.kind == "speed" for known in self.measured)
        return task.seconds + (TimingSettings().launches * IMPORTS if first else 0.0)

    def prove(self, task: Task, ahead: Mapping[Pair, Future[list[Row]]]) -> None:
        """Measure what is always measured here. A proof may be under way, or done."""

        def wait(tell: Tell, _: Parents | None) -> tuple[list[Row], dict[str, Any]]:
            tell(f"proving {task.name} {task.variant}", 0)
            return ahead[task.name, task.variant].result(), {}

        self.measure(task, None, run=wait if (task.name, task.variant) in ahead else task.run)

    def measure(self, task: Task, parents: Parents | None, again: bool = False, run: Run | None = None) -> None:
        """Measure a result and store it; write the page if it is old. A timing is measured `again` to narrow it."""
        rows, more = (run or task.run)(self.progress.tell, parents)
        self.measured.add(task)
        if rows:
            self.say(task.line(rows))
        if again:
            known = self.found[task]["rows"]
            rows = joined(known, rows) if task.good(rows) else known
            self.repeated[task] += 1
        self.found[task] = self.kept.store(task.kind, task.name, task.variant, task.fingerprint, rows, **more)
        if time.monotonic() - self.written > EVERY:
            self.write()

    def write(self) -> Path:
        """Write the page with every result that there is, unless it is written already."""
        page, shown = (
            self.folder / "index.html",
            [self.device, *(f"{task.kind} {task.fingerprint}" for task in self.found)],
        )
        if is_written(self.folder, shown):
            return page
        results: dict[str, dict[str, Any]] = {kind: {"environment": {}, "rows": []} for kind in KINDS}
        learned = {}
        for task, known in self.found.items():
            results[task.kind]["rows"] += known["rows"]
            results[task.kind]["environment"] = results[task.kind]["environment"] or known["environment"]
            if known.get("picture"):
                learned[task.name, task.variant] = from_lists(known["picture"])
        results["speed"]["rows"] = results["speed"]["rows"] + stored_timings(self.folder)
        results["mutants"] = {"rows": self.planted}
        write(self.folder, results, learned)
        remember(self.folder, shown)
        self.written = time.monotonic()
        return page

    def well(self) -> bool:
        """Whether every result on the page is good."""
        return mutants.Campaign(self.planted).well() and all(
            task.good(known["rows"]) for task, known in self.found.items()
        )


def make(
    jobs: Sequence[tuple[str, str]],
    device: str,
    folder: Path,
    fresh: bool,
    progress: Progress,
    say: Say,
    hosts: Mapping[str, Host] | None = None,
    minutes: float = math.inf,
    narrow: bool = False,
) -> tuple[Path, bool]:
    """Make the report. Return the path of the page, and whether every result on it is good.

    The known differences and the proofs are always measured. Then follow quick trainings, timings, other trainings and
    experiments, the cheapest first, each only if it is expected to end within `minutes` from the start. If time is left
    and intervals should become `narrow`, timings are measured again, the widest first, and all launches of a pair count
    together. Each result is stored in `folder/kept` as soon as it is measured, so a later report goes on where this one
    stopped. The page is written early and again as results come, also after an interrupt. `progress.done` is called
    after each result, measured or not.
    """
    ends = time.monotonic() + 60 * minutes
    report = Report(jobs, device, folder, progress, say, hosts)
    required, optional, left = report.required(), report.optional(), 0
    known = set() if fresh else {task for task in (*required, *optional) if report.look_up(task)}
    try:
        unproven = [(task.name, task.variant) for task in required if task.kind == "parity" and task not in known]
        with proofs_ahead(unproven if device == "cpu" and not hosts else []) as ahead:
            for task in required:
                if task not in known:
                    report.prove(task, ahead)
                progress.done()
        with parents_for(sum(task.kind == "speed" for task in optional if task not in known)) as parents:
            for task in optional:
                if task in known:
                    pass
                elif time.monotonic() + report.seconds(task) <= ends:
                    report.measure(task, parents)
                else:
                    left += 1
                progress.done()
        if narrow:
            _narrow(report, ends)
    finally:
        page = report.write()
    if left:
        say(f"{left} of {len(optional)} trainings, timings and experiments are left: make report MINUTES=30 goes on")
    return page, report.well()


def _narrow(report: Report, ends: float) -> None:
    """Time again what is uncertain, until nothing is left or the time is up."""
    while wide := report.wide():
        with parents_for(len(wide)) as parents:  # with new addresses
            for task in wide:
                if time.monotonic() + report.seconds(task) > ends:
                    return
                report.measure(task, parents, again=True)


def _seconds_of_a_step(reference: Reference, pair: tuple[str, str]) -> float:
    """The time of a training step on both sides on the reference machine."""
    for timing in reference.timings(pair) or reference.timings((pair[0], "plain")):
        return sum(timing.seconds("step", side) or 0.0 for side in SIDES) or STEP
    return STEP


def _differences() -> Task:
    """The known differences, all measured together."""

    def run(tell: Tell, _: Parents | None) -> tuple[list[Row], dict[str, Any]]:
        rows: list[Row] = []
        for name in DIFFERENCES:
            tell(f"measuring {name}", len(rows) / len(DIFFERENCES))
            rows.append(differences.attempt(name))
        return rows, {}

    def unmoved(rows: list[Row]) -> bool:
        return not any(row["drift"] for row in rows)

    return Task(differences.KIND, "", "", fingerprint(differences.KIND), 0, run, unmoved, differences.line)


def _experiment(experiment: Experiment) -> Task:
    """One claim of the lecture."""
    of_models = [fingerprint(experiments.KIND, model) for model in experiment.models]
    current = fingerprint(experiments.KIND, "", experiment.name, experiment.settings, of_models)

    def run(tell: Tell, _: Parents | None) -> tuple[list[Row], dict[str, Any]]:
        return [asdict(row) for row in experiment.run(tell)], {}

    def holds(rows: list[Row]) -> bool:
        return experiment.verdict(experiments.read_rows(rows)) == "holds"

    def said(rows: list[Row]) -> str:
        return line(experiment, experiments.read_rows(rows))

    return Task(experiments.KIND, experiment.name, "", current, EXPERIMENT, run, holds, said)


def _measure(
    kind: str,
    name: str,
    variant: str,
    device: str,
    tell: Tell,
    parents: Parents | None,
    hosts: Mapping[str, Host] | None,
) -> tuple[list[Row], dict[str, Any]]:
    """Measure one kind of result of a pair."""
    if kind == "parity":
        tell(f"proving {name} {variant}", 0)
        return proven(name, variant, device, hosts), {}
    if kind == "speed":
        settings = TimingSettings(hosts=hosts or {})
        return measure([name], variants=[variant], device=device, settings=settings, report=tell, parents=parents), {}
    rows, picture = learn.attempt(name, variant, device=device, hosts=hosts, tell=tell)
    return rows, {"picture": to_lists(picture)}


def _line(kind: str, rows: list[Row]) -> str:
    return {"parity": parity_line, "learning": learning_line, "speed": speed_line}[kind](rows)


def _good(kind: str, rows: list[Row]) -> bool:
    if kind == "parity":
        return proof.passed(rows)
    if kind == "speed":
        return not any(row["error"] for row in rows)
    return not rows or learn.succeeded(rows)
