"""Timings of pairs: both arms started, proven equal, and timed in turns, block by block."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from benchmarks.parity import Trace, first_failure, from_bytes, judge
from benchmarks.speed import statistics
from benchmarks.speed.arm import Arms, apart, arm_cores
from benchmarks.twins import DEVICES, DTYPES, SIDES, require
from shared.catalog import find
from shared.errors import UsageError, unknown

Row = dict[str, Any]

PHASES = ("import", "build", "first_step", "step", "forward")
ONCE, REPEATED = PHASES[:3], PHASES[3:]  # once a process: one sample, no interval

WORKER = "benchmarks.speed.worker:serve"


@dataclass(frozen=True)
class Effort:
    """How much is measured, and how long is waited for."""

    groups: int = 10  # of four blocks, A B B A: twenty samples a side
    block_seconds: float = (
        0.03  # a block lasts as long for the faster side, so that the clock and the scheduler are small
    )
    slowest_seconds: float = 0.4  # and no longer than this for the slower, unless a single run does
    proof_steps: int = 3
    timeout: float = 120.0  # seconds for one answer of an arm
    workers: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(SIDES, WORKER))  # "module:function" to run


@dataclass(frozen=True)
class Job:
    """One pair in one configuration."""

    model: str
    variant: str
    device: str
    size: str
    dtype: str
    threads: int


def measure(
    names: Iterable[str],
    *,
    variants: Sequence[str] | None = None,
    device: str = "cpu",
    dtype: str = "float32",
    size: str = "small",
    threads: int = 1,
    effort: Effort | None = None,
    report: Callable[[str, float], None] = lambda what, share: None,
    on_rows: Callable[[list[Row]], None] = lambda rows: None,
) -> list[Row]:
    """Rows of every pair, in each of its variants unless `variants` says which.

    `report` is told what is being done and the share that is done, from 0 to 1. `on_rows` is given the rows of each
    pair as soon as it is finished, so that an interrupt loses only the pair it falls into. A row whose `error` is not
    None has no time.
    """
    effort = effort or Effort()
    if dtype not in DTYPES:
        raise unknown("dtype", dtype, DTYPES)
    if device not in DEVICES:
        raise unknown("device", device, DEVICES)
    if threads < 1:
        raise UsageError(f"{threads} threads cannot run anything: ask for 1 or more")
    for side in SIDES:
        require(side)
    jobs = [
        Job(name, variant, device, size, dtype, threads)
        for name in names
        for variant in variants or find(name).variants
    ]
    for job in jobs:
        find(job.model).spec(job.variant, job.size)  # refused now, not after an hour
    cores = arm_cores(threads)
    rows: list[Row] = []
    with apart(cores):
        for number, job in enumerate(jobs):

            def tell(what: str, share: float, number: int = number, job: Job = job) -> None:
                report(f"{job.model} {job.variant}: {what}", (number + share) / len(jobs))

            found = _measure_pair(job, effort, cores, tell)
            rows += found
            on_rows(found)
    return rows


def _measure_pair(job: Job, effort: Effort, cores: list[int] | None, tell: Callable[[str, float], None]) -> list[Row]:
    samples: dict[str, dict[str, list[float]]] = {side: {phase: [] for phase in PHASES} for side in SIDES}
    with Arms(job.threads, cores, effort.timeout) as arms:
        for share, side in enumerate(SIDES):
            tell(f"starting the {side} arm", 0.2 * share)
            settings = {"side": side, **vars(job)}
            arms.start(side, effort.workers[side], settings)
            for phase, seconds in (arms.ask(side, "start") or {}).items():
                samples[side][phase].append(seconds)
        tell("proving that both are equal", 0.4)
        paces = [arms.ask(side, "calibrate", seconds=effort.block_seconds) for side in SIDES]
        if arms.failed:
            return _rows(job, samples, _unproven(arms.failed))
        counts = {phase: _runs([pace[phase] for pace in paces], effort) for phase in REPEATED}
        traces = {side: arms.ask(side, "prove", steps=effort.proof_steps, count=counts["step"]) for side in SIDES}
        if arms.failed:
            return _rows(job, samples, _unproven(arms.failed))
        difference = _difference(job.dtype, traces)
        if difference:
            return _rows(job, samples, dict.fromkeys(SIDES, f"no time without proof: {difference}"))
        for i, phase in enumerate(REPEATED):
            for group in range(effort.groups):
                tell(f"timing, {phase}", 0.6 + 0.2 * (i + group / effort.groups))
                for side in ("static", "dynamic", "dynamic", "static"):  # A B B A: a steady drift hits both alike
                    seconds = arms.ask(side, "block", phase=phase, count=counts[phase])
                    if seconds is not None:
                        samples[side][phase].append(seconds)
        wrong = {side: arms.ask(side, "check") for side in SIDES} | arms.failed
        errors = {side: f"{side} arm: {why}" for side, why in wrong.items() if why}
        for side, arm in arms.running.items():
            if arm.unrest():  # then it has disturbed the other
                errors = dict.fromkeys(SIDES, f"{side} arm: {arm.unrest()}") | errors
    return _rows(job, samples, errors)


def _runs(paces: Sequence[float], effort: Effort) -> int:
    """Runs in a block, the same number on both sides: one that is not timed, and those that are."""
    enough = ceil(effort.block_seconds / min(paces))
    return 1 + max(1, min(enough, int(effort.slowest_seconds / max(paces))))


def _unproven(failed: dict[str, str]) -> dict[str, str]:
    """Errors of both sides where one failed before the proof: what is left is not known to be the same work."""
    errors = {side: f"{side} arm: {why}" for side, why in failed.items()}
    return dict.fromkeys(SIDES, f"no time without proof ({'; '.join(errors.values())})") | errors


def _difference(dtype: str, traces: dict[str, dict[str, bytes]]) -> str:
    """Where the traces that the two arms have sent differ, if they do."""
    found: dict[tuple[str, str], Trace] = {
        (side, key): from_bytes(data) for side in SIDES for key, data in traces[side].items()
    }
    arms = [found["static", "float64"], found["dynamic", "float64"]]
    if dtype != "float64":
        arms += [found["static", dtype], found["dynamic", dtype], found["dynamic", "nudged"]]
    try:
        row = first_failure(judge(*arms))
    except ValueError as nothing_to_compare:
        return str(nothing_to_compare)
    if row is None:
        return ""
    why = row["note"] or f"relative norm {row['rel_norm']:.1e}"
    return f"{row['dtype']} {row['stage']} {row['name']} at step {row['step']} differs, {why}"


def _rows(job: Job, samples: dict[str, dict[str, list[float]]], errors: dict[str, str]) -> list[Row]:
    """One row a side and phase. A side with an error has no times, and no side then has a ratio."""
    rows = []
    for side in SIDES:
        for phase in PHASES:
            row: Row = {"model": job.model, "side": side, **vars(job), "phase": phase}
            row |= dict.fromkeys(("median_s", "low_s", "high_s", "ratio", "ratio_low", "ratio_high", "conclusion"))
            row |= {"samples": [], "error": errors.get(side)}
            if side not in errors:
                row["samples"] = samples[side][phase]
                row["median_s"], row["low_s"], row["high_s"] = statistics.median(row["samples"])
            if phase in REPEATED and not errors:
                ratio, low, high = statistics.ratio(samples["static"][phase], samples["dynamic"][phase])
                row |= {"ratio": ratio, "ratio_low": low, "ratio_high": high}
                row["conclusion"] = statistics.conclusion(low, high)
            rows.append(row)
    return rows
