"""`speed` and `compare`: timings of pairs that are proven equal."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.commands.options import Device, Hosts, Json, Models, OneVariant, select_variants, with_host_options
from benchmarks.commands.progress import ProgressBar, err, exit_status, out, report_interrupt
from benchmarks.results import Results, read
from benchmarks.summary import speed_line
from benchmarks.twins import SIDES
from shared.baselines import with_baseline
from shared.catalog import CATALOG, LONGEST, find
from shared.errors import UsageError


@with_host_options
def speed(
    models: Models = None,
    device: Device = "cpu",
    dtype: Annotated[str, typer.Option(help="float32 or float64")] = "float32",
    variant: OneVariant = None,
    form: Annotated[str, typer.Option(help="plain, compiled (XLA, torch.compile), or on a GPU cuda_graphs")] = "plain",
    size: Annotated[str, typer.Option(help="small, medium or large")] = "small",
    threads: Annotated[int, typer.Option(min=1, help="of each process")] = 1,
    sweep: Annotated[
        str | None,
        typer.Option(metavar="SETTING=A,B,C", help="a setting of the model through its values: batch=1,8,64"),
    ] = None,
    launches: Annotated[int, typer.Option(min=1, help="fresh pairs of processes; below 6 there is no interval")] = 7,
    limit: Annotated[
        float, typer.Option(min=1, help="timeout in seconds for one answer of a process, including compilation")
    ] = 120,
    control: Annotated[
        bool, typer.Option("--control", help="each side against itself: exit 1 above 5 % of false alarms")
    ] = False,
    baselines: Annotated[
        bool,
        typer.Option("--baselines", help="each twin against its framework's own layers: exit 1 if 1.5 times slower"),
    ] = False,
    against: Annotated[
        str | None, typer.Option(metavar="MODEL", help="each twin against a model that computes the same: lstm_fused")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="measure what the --json file lacks")] = False,
    hosts: Hosts = None,
    json: Json = None,
) -> None:
    """What does a step cost on each side? Pairs are proven equal, then timed, each side in its own process."""
    from benchmarks.forks import parents_for
    from benchmarks.speed import Job, TimingSettings, cache
    from benchmarks.speed import sweep as sweeps
    from benchmarks.speed.baselines import check_baselines
    from benchmarks.speed.jobs import check
    from benchmarks.speed.measure import measure_job

    timing = TimingSettings(launches=launches, timeout=limit, hosts=hosts or {})
    setting, values = sweeps.parse(sweep) if sweep else (None, [None])
    if resume and json is None:
        raise UsageError("--resume continues a file of results: name it with --json FILE")
    if control + baselines + (against is not None) > 1:
        raise UsageError("--control, --baselines and --against are different comparisons: ask for one of them")
    if against:
        find(against)
        variant = variant or "plain"
    if baselines:
        models, variant = models or with_baseline(), variant or "plain"
    jobs = [
        Job(name, variant_name, form, device, size, dtype, threads, setting, value)
        for name, variant_name in select_variants(models, variant, timing=True, elsewhere=hosts or ())
        for value in values
    ]
    if baselines:
        check_baselines(jobs, timing)
        _measure_baselines(jobs, timing, Results(json, resume))
        return
    check(jobs, timing)
    if against:
        exit_status(any(row["error"] for row in _measure_beside(jobs, timing, Results(json, resume), against)))
        return
    if control:
        _control(jobs, timing, Results(json))
        return
    results = Results(json, resume)
    with report_interrupt(results), ProgressBar(len(jobs)) as bar, parents_for(len(jobs)) as parents:
        for job in jobs:
            fingerprint = cache.fingerprint(job, timing)
            own = [row for row in results.rows if _of_pair(job, row) and row.get("fingerprint") == fingerprint]
            if not own or any(row["error"] for row in own):
                own = measure_job(job, timing, bar.tell, parents=parents)
                results.drop(partial(_of_pair, job))
                results.add([{**row, "fingerprint": fingerprint} for row in own])
                cache.store(Path("report"), job, timing, own)
            out.print(speed_line(own))
            bar.done()
    for crossing in sweeps.crossings(results.rows):
        out.print(f"{crossing.model} {crossing.variant}: {crossing.sentence}")
    exit_status(any(row["error"] for row in results.rows))


def _of_pair(job: Any, row: dict[str, Any]) -> bool:
    """Whether a row compares the two sides in this job, not a twin with its baseline."""
    return job.describes(row) and row.get("against") is None


def _measure_baselines(jobs: Sequence[Any], timing: Any, results: Results) -> None:
    """Time each twin against the same model made of its framework's own layers."""
    from benchmarks.speed import baselines

    every = _measure_beside(jobs, timing, results, baselines.AGAINST)
    if {job.model for job in jobs} == set(with_baseline()):
        for name, entry in CATALOG.items():
            if entry.without_baseline:
                out.print(f"{name:<{LONGEST}} [dim]no baseline: {entry.without_baseline}[/dim]", markup=True)
    out.print(baselines.verdict(every))
    exit_status(bool(baselines.slower(every)) or any(row["error"] for row in every))


def _measure_beside(jobs: Sequence[Any], timing: Any, results: Results, other: str) -> list[dict[str, Any]]:
    """Time each twin against its baseline, or against the same side's twin of another model. Return the rows."""
    from benchmarks.forks import parents_for
    from benchmarks.speed import baselines, cache

    pairs = [(job, side) for job in jobs for side in SIDES]
    every: list[dict[str, Any]] = []
    with report_interrupt(results), ProgressBar(len(pairs)) as bar, parents_for(len(jobs)) as parents:
        for job, side in pairs:
            fingerprint = cache.fingerprint(job, timing, side, "" if other == baselines.AGAINST else other)
            mine = partial(baselines.describes, job, side, other=other)
            own = [row for row in results.rows if mine(row) and row.get("fingerprint") == fingerprint]
            if not own or any(row["error"] for row in own):
                own = baselines.against(job, side, timing, bar.tell, parents, other)
                results.drop(mine)
                results.add([{**row, "fingerprint": fingerprint} for row in own])
                if other == baselines.AGAINST:  # the report shows no other comparison of this kind
                    cache.store(Path("report"), job, timing, own, side)
            every += own
            out.print(baselines.line(own))
            bar.done()
    return every


def _control(jobs: Sequence[Any], timing: Any, results: Results) -> None:
    """Time each side against itself, to measure the rate of false alarms."""
    from benchmarks.speed import control

    with report_interrupt(results), ProgressBar(1) as bar:
        for rows in control.control(jobs, timing, bar.tell):
            results.add(rows)
            out.print(control.line(rows))
    out.print(control.verdict(results.rows))
    exit_status(not control.passed(results.rows))


def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD.json")],
    new: Annotated[Path, typer.Argument(metavar="NEW.json")],
    share: Annotated[float, typer.Option(min=0, help="how much slower is a regression: 0.05 is 5 %")] = 0.05,
    json: Json = None,
) -> None:
    """What became slower or faster between two files of timings, beyond chance? Exit 1 on a regression."""
    from benchmarks.speed import compare as comparing

    before, after = _timings(old), _timings(new)
    conditions = comparing.machines(before["environment"], after["environment"])
    if conditions:
        err.print(conditions)
    rows = comparing.compare(before["rows"], after["rows"], share)
    if not any(row["change"] for row in rows):
        raise UsageError(f"{old} and {new} have no timing in common")
    Results(json).add(rows)
    for row in rows:
        if row["verdict"] not in ("not significant", f"within {share:.0%}"):
            out.print(comparing.line(row))
    out.print(comparing.summary(rows))
    exit_status(bool(comparing.regressed(rows)))


def _timings(path: Path) -> dict[str, Any]:
    """Read a results file; raise `UsageError` if its rows are not timings of the speed command."""
    found = read(path)
    if not all({"model", "phase", "median_s", "samples", "error"} <= row.keys() for row in found["rows"]):
        raise UsageError(f"{path} has no timings: it is not written by speed --json")
    damaged = [row for row in found["rows"] if not (_is_time(row["median_s"]) and _are_samples(row["samples"]))]
    if damaged:
        raise UsageError(f"{path} is damaged: a time of {damaged[0]['model']} is not a positive number of seconds")
    return found


def _is_time(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and 0 < value < float("inf"))


def _are_samples(value: Any) -> bool:
    """Whether it is None, or a list for each launch of its blocks' seconds."""
    launches = value if isinstance(value, list) else [value]
    return value is None or all(isinstance(one, list) and all(x and _is_time(x) for x in one) for one in launches)
