"""Timings of pairs: both sides start in fresh processes, are proven equal, and take turns in timed blocks of runs."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from math import ceil
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.forks import ForkedWorkers, Parents, parents_for
from benchmarks.processes import Workers, off_cores, worker_cores
from benchmarks.proof import Trace, first_failure, from_bytes, judge
from benchmarks.rows import TimingRow, record
from benchmarks.speed import disturbance, statistics
from benchmarks.speed.jobs import ONCE, PHASES, REPEATED, Job, TimingSettings, check
from benchmarks.speed.joined import STILL_FASTER, with_statistics
from benchmarks.speed.kinks import KinkTolerance
from benchmarks.twins import SIDES
from shared.catalog import find

Row = dict[str, Any]
Tell = Callable[[str, float], None]

FACTS = (  # columns that only the phase "step" has
    "operations",
    "kernel_s",
    "compiled",
    "arithmetic",
    "ceiling",
    "precision",
    "memory_bytes",
    "import_memory_bytes",
    "device_memory_bytes",
    "harness_s",
)


def measure(
    names: Iterable[str],
    *,
    variants: Sequence[str] | None = None,
    form: str = "plain",
    device: str = "cpu",
    dtype: str = "float32",
    size: str = "small",
    threads: int = 1,
    sweep: str | None = None,
    value: int | float | None = None,
    settings: TimingSettings | None = None,
    report: Tell = lambda what, share: None,
    on_rows: Callable[[list[Row]], None] = lambda rows: None,
    parents: Parents | None = None,
) -> list[Row]:
    """Time every pair, in the given `variants` or in all of its own, and return the rows.

    `report` receives what is being done and the completed share, from 0 to 1. `on_rows` receives the rows of each pair
    as soon as it is finished, so an interrupt loses only the current pair. A row whose `error` is not None has no time.
    `sweep` and `value` change one setting of the models' configuration. `parents` may be those of an earlier call.
    """
    settings = settings or TimingSettings()
    jobs = [
        Job(name, variant, form, device, size, dtype, threads, sweep, value)
        for name in names
        for variant in variants or find(name).variants
    ]
    check(jobs, settings)
    rows: list[Row] = []
    with nullcontext(parents) if parents else parents_for(len(jobs)) as parents:
        for number, job in enumerate(jobs):

            def tell(what: str, share: float, number: int = number, job: Job = job) -> None:
                report(f"{job}: {what}", (number + share) / len(jobs))

            found = measure_job(job, settings, tell, parents=parents)
            rows += found
            on_rows(found)
    return rows


def measure_job(
    job: Job,
    settings: TimingSettings,
    tell: Tell,
    arms: Mapping[str, str] | None = None,
    prove: bool = True,
    parents: Parents | None = None,
) -> list[Row]:
    """Measure one job and return its rows. `arms` maps two names to sides; the first is compared with the second.

    With `parents` the processes are forked from them, if that can be done.
    """
    forked = job.device == "cpu" and job.form == "plain" and not settings.hosts
    found = Measured(job, settings, arms or {side: side for side in SIDES}, prove, parents if forked else None)
    cores = worker_cores(job.threads)
    with TemporaryDirectory() as cache, off_cores(cores):
        for launch in range(settings.launches):

            def at(what: str, share: float, launch: int = launch) -> None:
                tell(f"{what}, {launch + 1} of {settings.launches}", (launch + share) / settings.launches)

            found.launch(launch, cores, cache, at)
            if found.errors:
                break
    return found.rows()


class Measured:
    """The measurements from all launches of one job."""

    def __init__(
        self, job: Job, settings: TimingSettings, arms: Mapping[str, str], prove: bool, parents: Parents | None = None
    ):
        self.job, self.settings, self.sides, self.to_prove, self.parents = job, settings, arms, prove, parents
        self.names = list(arms)
        self.samples: dict[str, dict[str, list[list[float]]]] = {name: {phase: [] for phase in PHASES} for name in arms}
        self.warm_up: dict[str, dict[str, list[dict[str, Any]]]] = {
            name: {phase: [] for phase in REPEATED} for name in arms
        }
        self.cores: dict[str, dict[str, list[float]]] = {name: {phase: [] for phase in REPEATED} for name in arms}
        self.facts: dict[str, dict[str, Any]] = {name: {} for name in arms}
        self.digests: dict[str, str] = {}
        self.errors: dict[str, str] = {}
        self.counts: dict[str, int] = {}  # runs in a block, by phase
        self.exact: list[Trace] = []  # float64 outcomes (parity.outcome): of both arms, and of a nudged run
        self.moved: list[Trace] = []  # float64 outcomes of runs that are perturbed by FAR roundings
        self.kinks = KinkTolerance()

    def launch(self, number: int, cores: list[int] | None, cache: str, tell: Tell) -> None:
        """Run one fresh pair of processes from start to end."""
        settings, compiled = self.settings, self.job.form != "plain"
        order = self.names if number % 2 == 0 else self.names[::-1]  # the arms take turns in starting first
        with self._workers(number, cores, cache) as workers:
            for share, name in enumerate(order):
                tell(f"starting the {name} arm", 0.2 * share)
                worker = settings.workers.get(name) or settings.workers[self.sides[name]]
                own = self.job.settings(self.sides[name]) | {"model": settings.models.get(name, self.job.model)}
                imported = workers.start(name, worker, own)
                started = workers.ask(name, "start", imported=imported) or {}
                for phase, seconds in started.items():
                    if number == 0 or phase not in ("compile", "first_step") or not compiled:  # later: warm caches
                        self.samples[name][phase].append([seconds])
                phases = workers.ask(name, "phases") or []
            tell("warming up", 0.4)
            for phase in phases if not workers.failed else ():
                for name in order:
                    limits = {"window": settings.window_seconds, "limit": settings.warm_up_seconds}
                    self.warm_up[name][phase].append(workers.ask(name, "warm_up", phase=phase, **limits) or {})
            if workers.failed:
                failed = {name: self._with_advice(why) for name, why in workers.failed.items()}
                self.errors = self._unproven(failed) if number == 0 and self.to_prove else _by_arm(failed)
                return
            if number == 0:
                self.counts = {phase: self._runs(phase) for phase in phases}
                for name in self.names:
                    self.facts[name] = workers.ask(name, "facts") or {}
                if self.to_prove:
                    tell("proving that both are equal", 0.5)
                    self._prove(workers)
            elif self.to_prove:
                self._judge_outcomes(workers)
            if self.errors:
                return
            for i, phase in enumerate(phases):
                for name in self.names:
                    self.samples[name][phase].append([])
                groups = self._groups(phase)
                for group in range(groups):
                    tell(f"timing, {phase}", 0.6 + 0.4 / len(phases) * (i + group / groups))
                    self._group(workers, phase, group)
            self._check(workers, phases)

    def _workers(self, number: int, cores: list[int] | None, cache: str) -> Workers:
        """The workers of a launch, not yet started."""
        fixed = self.job.threads, cores, self.settings.timeout
        if self.parents is not None:
            return ForkedWorkers(self.parents, number, *fixed)
        variables = {"TORCHINDUCTOR_CACHE_DIR": cache, "TORCHINDUCTOR_COMPILE_THREADS": "1"}
        return Workers(*fixed, self.settings.hosts, variables if self.job.form != "plain" else {})

    def _runs(self, phase: str) -> int:
        """The number of runs in a block, the same on both sides: one that is not timed, and those that are."""
        paces = [self.warm_up[name][phase][0]["pace"] for name in self.names]
        enough = ceil(self.settings.block_seconds / min(paces))
        return 1 + max(1, min(enough, int(self.settings.slowest_seconds / max(paces))))

    def _prove(self, workers: Workers) -> None:
        """No time without proof: compare both arms' traces in this configuration, and outcomes of the timed twins."""
        steps = self.settings.proof_steps
        traces = {name: workers.ask(name, "prove", steps=steps, count=self.counts["step"]) for name in self.names}
        if workers.failed:
            self.errors = self._unproven(workers.failed)
            return
        found: dict[tuple[str, str], Trace] = {
            (name, key): from_bytes(data) for name in self.names for key, data in traces[name].items()
        }
        a, b = self.names
        nudged = found.get((b, "nudged"))
        double = [found[a, "float64"], found[b, "float64"]]
        single = [found[a, self.job.dtype], found[b, self.job.dtype], nudged] if nudged is not None else []
        self.exact = [found[a, "outcome"], found[b, "outcome"]]
        self.exact += [found[b, "nudged outcome"]] if nudged is not None else []
        moved, self.moved = (
            [trace for (name, key), trace in found.items() if name == b and re.fullmatch(rf"{kind} \d", key)]
            for kind in ("moved", "moved outcome")
        )
        if nudged is not None and moved:
            self.kinks.look(found[b, "float64"], nudged, moved)
        difference = self._difference([*double, *single], moved)
        if not difference and len({self.facts[name].get("precision") for name in self.names}) > 1:
            difference = "; ".join(f"the {name} arm computes in {self.facts[name]['precision']}" for name in self.names)
        if difference:
            self.errors = dict.fromkeys(self.names, f"no time without proof: {difference}")
        else:
            self._judge_outcomes(workers)

    def _with_advice(self, why: str) -> str:
        """Why an arm failed to start; if it was still compiling, what would help."""
        if self.job.form == "plain" or not why.startswith("no answer to 'start'"):
            return why
        more = 4 * self.settings.timeout
        return f"{why}, in which it compiled its first step: with --limit {more:g} it has {more:g} s"

    def _unproven(self, failed: Mapping[str, str]) -> dict[str, str]:
        """Errors of both arms if one failed before the proof, because then their work is not known to be the same."""
        errors = _by_arm(failed)
        return dict.fromkeys(self.names, f"no time without proof ({'; '.join(errors.values())})") | errors

    def _judge_outcomes(self, workers: Workers) -> None:
        """Check that the outcomes of the timed twins agree with those of the proven ones."""
        sent = [workers.ask(name, "outcome", steps=self.settings.proof_steps) for name in self.names]
        if workers.failed:
            self.errors = _by_arm(workers.failed)
            return
        outcomes = [from_bytes(data) for data in sent]
        if self.job.dtype == "float64":
            difference = self._difference(outcomes) or self._difference([outcomes[0], self.exact[1]])
        else:
            difference = self._difference([*self.exact[:2], *outcomes, self.exact[2]], self.moved)
        if difference:
            self.errors = dict.fromkeys(self.names, f"no time without proof: {difference}")

    def _difference(self, traces: Sequence[Trace], moved: Sequence[Trace] = ()) -> str:
        """Where the two arms differ, in words; empty if they do not. `traces` are both arms' in float64 and, to judge
        another precision, both arms' in it and a nudged float64 one; `moved` are perturbed by FAR roundings."""
        try:
            rows = judge(*traces, elements=False)
            if moved:
                _, exact, _, _, nudged = traces
                rows = [row for row in rows if not self.kinks.explain(row, exact, nudged, moved)]
            row = first_failure(rows)
        except ValueError as nothing_to_compare:
            return str(nothing_to_compare)
        if row is None:
            return ""
        called = dict(zip(SIDES, self.names))  # the comparison calls the arms static and dynamic
        note = re.sub("(static|dynamic) side", lambda found: f"{called[found[1]]} side", row["note"])
        why = note or f"relative norm {row['rel_norm']:.1e}"
        return f"{row['dtype']} {row['stage']} {row['name']} at step {row['step']} differs, {why}"

    def _groups(self, phase: str) -> int:
        """The number of groups of blocks: as many as fit into the time, the same in every launch."""
        paces = [self.warm_up[name][phase][0]["pace"] for name in self.names]
        fitting = int(self.settings.group_seconds / (2 * self.counts[phase] * sum(paces)))
        return min(self.settings.groups, max(self.settings.fewest_groups, fitting))

    def _blocks(self, phase: str) -> int:
        """The number of blocks of an arm, in all launches."""
        return self.settings.launches * self._groups(phase) * statistics.GROUP

    def _group(self, workers: Workers, phase: str, group: int) -> None:
        """Time a group of blocks: A B B A, or B A A B in every other group, so a steady drift affects both equally."""
        a, b = self.names if group % 2 == 0 else self.names[::-1]
        for name in (a, b, b, a):
            self._block(workers, name, phase)

    def _block(self, workers: Workers, name: str, phase: str) -> None:
        """Time a block, again if the process did not have its cores to itself. The least disturbed one counts.

        Where so many blocks are disturbed that there will be no conclusion, none is timed again.
        """
        known, tried = self.cores[name][phase], []
        hopeless = self._disturbed(name, phase) * len(known) > disturbance.DISTURBED * self._blocks(phase)
        for _ in range(1 if hopeless else disturbance.TRIES):
            found = workers.ask(name, "block", phase=phase, count=self.counts[phase])
            if found is None:
                return
            tried.append(found)
            if self._is_whole(found[1], max([*known, found[1]])):
                break
        seconds, cores = max(tried, key=lambda one: one[1])
        self.samples[name][phase][-1].append(seconds)
        known.append(cores)

    def _is_whole(self, cores: float, most: float) -> bool:
        return disturbance.is_whole(cores, most, self.job.threads, self.job.device)

    def _disturbed(self, name: str, phase: str) -> float:
        """The share of an arm's blocks during which the process did not have its cores to itself."""
        known = self.cores[name][phase]
        return sum(not self._is_whole(cores, max(known)) for cores in known) / len(known) if known else 0.0

    def _check(self, workers: Workers, phases: Sequence[str]) -> None:
        """Check that the timed steps gave the same state as equally many untimed steps, here and in other launches."""
        counts = {phase: self.counts[phase] for phase in phases}
        wrong = {}
        for name in self.names:
            found = workers.ask(name, "check", counts=counts)
            wrong[name] = (found and found["wrong"]) or ""
            # On a GPU, the order of summation varies from run to run
            repeats = found and self.job.device == "cpu"
            if repeats and self.digests.setdefault(name, found["digest"]) != found["digest"] and not wrong[name]:
                wrong[name] = "the timed steps gave a different state than in an earlier process"
        wrong |= workers.failed
        self.errors = _by_arm({name: why for name, why in wrong.items() if why})
        for name, arm in workers.running.items():
            if name not in workers.failed and arm.instability():  # it ran in the other arm's turn
                self.errors = dict.fromkeys(self.names, f"{name}: {arm.instability()}") | self.errors

    def rows(self) -> list[Row]:
        """One row per arm and phase. An arm with an error has no times, and then neither arm has a ratio."""
        rows = []
        for name in self.names:
            for phase in PHASES:
                samples = [samples for samples in self.samples[name][phase] if samples]
                row = TimingRow(
                    **vars(self.job), side=name, phase=phase, launches=len(samples), error=self.errors.get(name)
                )
                if name not in self.errors and samples:
                    row = replace(row, samples=samples, **self._facts(name, phase))
                if samples or phase in (*ONCE[:2], *REPEATED[:2]):  # no row for a phase that the form lacks
                    rows.append(row)
        return [record(row) for row in with_statistics(rows)]

    def _facts(self, name: str, phase: str) -> Row:
        """What is known of an arm in a phase besides its times."""
        if phase not in REPEATED:
            return {}
        warm_up = self.warm_up[name][phase]
        found: Row = {
            "warm_up_runs": sum(one["runs"] for one in warm_up),
            "warm_up_s": sum(one["seconds"] for one in warm_up),
            "runs_in_a_block": self.counts[phase],
            "disturbed": self._disturbed(name, phase),
            "warning": None if all(one["settled"] for one in warm_up) else STILL_FASTER,
        }
        return found | {fact: self.facts[name].get(fact) for fact in FACTS if phase == "step"}


def _by_arm(failed: Mapping[str, str]) -> dict[str, str]:
    return {name: f"{name}: {why}" for name, why in failed.items()}
