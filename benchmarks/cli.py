"""The command line.

Exit status: 0 all is well, 1 a verdict failed, 2 asked for something that cannot be, 130 interrupted.

Importing this imports neither framework, nor pandas, SciPy or matplotlib: `--help`, `list` and `show` answer at once.
"""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.cache import ResultCache, fingerprint
from benchmarks.results import Results, read
from benchmarks.summary import learning_line, parity_line, proof, speed_line
from benchmarks.twins import DEVICES, DTYPES, SIDES, require
from shared.baselines import with_baseline
from shared.catalog import CATALOG, find
from shared.errors import UsageError, unknown
from shared.optimizers import OPTIMIZERS

Pair = tuple[str, str]  # model, variant

# Most of what is printed quotes something, and what stands there in square brackets is no markup
out = Console(highlight=False, soft_wrap=True, markup=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)

Models = Annotated[list[str] | None, typer.Argument(metavar="[MODEL ...]", help="models of the catalogue; all if none")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="write environment and rows, as they come")]
Device = Annotated[str, typer.Option(help="cpu or cuda")]
OneOptimizer = Annotated[
    str | None,
    typer.Option("--optimizer", metavar="NAME", help="what moves the parameters, instead of the model's own optimizer"),
]
OneVariant = Annotated[str | None, typer.Option("--variant", help="one variant of the models; all if not given")]


Places = Mapping[str, Any] | None  # where a side runs that does not run here
_PLACE_OPTIONS: dict[str, tuple[Any, Any]] = {  # of each side: what it is, and what it is if not given
    "python": (Annotated[str, typer.Option(metavar="PYTHON", help="another interpreter for this side")], ""),
    "host": (Annotated[str, typer.Option(metavar="HOST", help="another host for this side, as ssh knows it")], ""),
    "env": (
        Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="set before this side's process starts")],
        None,
    ),
}


def placed(command: Callable) -> Callable:
    """Give a command that takes `hosts` the options --static-python, --static-host, --static-env, and so on."""
    own = signature(command)
    options = [
        Parameter(f"{side}_{name}", Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for side in SIDES
        for name, (kind, default) in _PLACE_OPTIONS.items()
    ]

    @wraps(command)
    def with_places(**given: Any) -> None:
        from benchmarks.processes import Host

        hosts = {}
        for side in SIDES:
            python, host, variables = (given.pop(f"{side}_{name}") for name in _PLACE_OPTIONS)
            wrong = [text for text in variables or () if "=" not in text.strip("=")]
            if wrong:
                raise UsageError(f"--{side}-env takes NAME=VALUE, not {wrong[0]!r}")
            if python or host or variables:
                hosts[side] = Host(python, host, dict(text.split("=", 1) for text in variables or ()))
        command(**given, hosts=hosts)

    kept = [parameter for parameter in own.parameters.values() if parameter.name != "hosts"]
    with_places.__signature__ = own.replace(parameters=[*kept, *options])  # type: ignore[attr-defined]
    return with_places


@app.callback()
def benchmarks() -> None:
    """Every model of the lecture twice, as a static TF1 graph and as eager PyTorch: proven equal, trained, timed."""


@app.command(name="list")
def list_models() -> None:
    """The catalogue, with what each model is proven to."""
    for name, entry in CATALOG.items():
        out.print(f"[bold]{name}[/bold] ({entry.chapter}): {entry.summary}", markup=True)
        for variant, way in (entry.variants | entry.on_request).items():
            targets = "; ".join(map(str, way.learning.targets)) if way.learning else "learns as plain does"
            if variant in entry.on_request:
                out.print(
                    f"  {variant:<12}{way.data}: {targets}\n{'':14}[dim]on request: --variant {variant}[/dim]",
                    markup=True,
                )
                continue
            proven = _proven(name, variant) or f"not proven here yet: make report, or parity {name}"
            out.print(f"  {variant:<17}{way.data}: {targets}\n{'':19}[dim]{proven}[/dim]", markup=True)


@app.command()
def show(model: Annotated[str, typer.Argument(help="a model of the catalogue")]) -> None:
    """The pair side by side, method by method."""
    from benchmarks.study.align import render_terminal

    find(model)
    render_terminal(model, _proven(model, "plain"))


@app.command()
@placed
def parity(
    models: Models = None,
    dtype: Annotated[str | None, typer.Option(help="float64 or float32; both if not given")] = None,
    device: Device = "cpu",
    steps: Annotated[int, typer.Option(min=1, help="training steps between the two comparisons")] = 20,
    variant: OneVariant = None,
    seed: Annotated[int, typer.Option(min=0, help="other initial values and batches; 0 are the catalogue's")] = 0,
    optimizer: OneOptimizer = None,
    hosts: Places = None,
    json: Json = None,
) -> None:
    """Do both twins compute the same function? Verdicts on taps, losses, gradients, tap gradients and state."""
    from benchmarks.diagnosis import explain
    from benchmarks.parity import attempt

    dtypes = DTYPES if dtype is None else (_choice("dtype", dtype, DTYPES),)
    _choice("device", device, DEVICES)
    changes = _ruled(optimizer)
    jobs, results = _jobs(models, variant, elsewhere=hosts or ()), Results(json)
    with _keeping(results), Bar(len(jobs)) as bar:
        for name, way in jobs:
            bar.tell(f"proving {name} {way}", 0)
            rows = attempt(name, way, dtypes, device, steps, hosts=hosts, seed=seed, **changes)
            results.add(explain(rows, name, device, hosts, variant=way, steps=steps, seed=seed, **changes))
            out.print(parity_line(results.latest))
            bar.done()
    _finish(any(row["verdict"] == "different" for row in results.rows))


@app.command()
def differences(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME ...]", help="all if none")] = None,
    json: Json = None,
) -> None:
    """What is known to differ between the frameworks, measured: by default, and aligned. One name: all about it."""
    from benchmarks.differences import measure, page, table
    from shared.differences import DIFFERENCES

    asked = list(dict.fromkeys(names or DIFFERENCES))
    results = Results(json)
    with _keeping(results), Bar(len(asked)) as bar:
        for row in measure(asked):
            results.add([row])
            bar.tell(f"measured {row['name']}", 0)
            bar.done()
    if len(asked) == 1:
        page(results.rows[0])
    else:
        out.print(table(results.rows))
    _finish(any(row["drift"] for row in results.rows))


@app.command()
def mutants(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL ...]", help="models, or updates; all if none")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="processes, of one thread each")] = 2,
    json: Json = None,
) -> None:
    """Would the proof notice? Faults planted into every twin's file, each run against the untouched other side."""
    from benchmarks.mutants import TARGETS, campaign, fingerprint_of, line, succeeded, summary
    from benchmarks.mutants.results import store

    for side in SIDES:
        require(side)
    targets = [_choice("model", name, TARGETS) for name in dict.fromkeys(models or TARGETS)]
    fingerprints = {target: fingerprint_of(target) for target in targets}  # before: an edit meanwhile is a change
    results = Results(json)
    with _keeping(results), Bar(1) as bar:
        for row in campaign(targets, jobs, bar.tell):
            results.add([row])
            out.print(line(row))
            own = [one for one in results.rows if one["model"] == row["model"]]
            if len(own) == len(SIDES):
                store(Path("report"), row["model"], fingerprints[row["model"]], own)
    out.print(summary(results.rows))
    _finish(not succeeded(results.rows))


@app.command()
@placed
def speed(
    models: Models = None,
    device: Device = "cpu",
    dtype: Annotated[str, typer.Option(help="float32 or float64")] = "float32",
    variant: OneVariant = None,
    form: Annotated[str, typer.Option(help="plain, compiled (XLA, torch.compile), or on a GPU cuda_graphs")] = "plain",
    size: Annotated[str, typer.Option(help="small, medium or large")] = "small",
    threads: Annotated[int, typer.Option(min=1, help="of each arm")] = 1,
    sweep: Annotated[
        str | None,
        typer.Option(metavar="SETTING=A,B,C", help="a setting of the model through its values: batch=1,8,64"),
    ] = None,
    launches: Annotated[int, typer.Option(min=1, help="fresh pairs of processes; below 6 there is no interval")] = 7,
    limit: Annotated[float, typer.Option(min=1, help="seconds for one answer of an arm, compiling included")] = 120,
    control: Annotated[
        bool, typer.Option("--control", help="each side against itself: exit 1 above 5 % of false alarms")
    ] = False,
    layers: Annotated[
        bool, typer.Option("--layers", help="each twin against its framework's own layers: exit 1 if 1.5 times slower")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="keep what is in the --json file and still true")] = False,
    hosts: Places = None,
    json: Json = None,
) -> None:
    """What does each way cost? Timings of pairs that have just been proven equal, each arm in its own process."""
    from benchmarks.speed import Job, TimingSettings, cache
    from benchmarks.speed import sweep as sweeps
    from benchmarks.speed.baselines import check_layers
    from benchmarks.speed.measure import check, measure_job

    effort = TimingSettings(launches=launches, timeout=limit, hosts=hosts or {})
    setting, values = sweeps.parse(sweep) if sweep else (None, [None])
    if resume and json is None:
        raise UsageError("--resume goes on with a file of results: name it with --json FILE")
    if control and layers:
        raise UsageError("--control and --layers are two comparisons: ask for one of them")
    if layers:
        models, variant = models or with_baseline(), variant or "plain"
    jobs = [
        Job(name, way, form, device, size, dtype, threads, setting, value)
        for name, way in _jobs(models, variant, timing=True, elsewhere=hosts or ())
        for value in values
    ]
    if layers:
        check_layers(jobs, effort)
        _layers(jobs, effort, Results(json, resume))
        return
    check(jobs, effort)
    if control:
        _control(jobs, effort, Results(json))
        return
    results = Results(json, resume)
    with _keeping(results), Bar(len(jobs)) as bar:
        for job in jobs:
            fingerprint = cache.fingerprint(job, effort)
            own = [row for row in results.rows if _paired(job, row) and row.get("fingerprint") == fingerprint]
            if not own or any(row["error"] for row in own):
                own = measure_job(job, effort, bar.tell)
                results.drop(partial(_paired, job))
                results.add([{**row, "fingerprint": fingerprint} for row in own])
                cache.store(Path("report"), job, effort, own)
            out.print(speed_line(own))
            bar.done()
    for crossing in sweeps.crossings(results.rows):
        out.print(f"{crossing.model} {crossing.variant}: {crossing.sentence}")
    _finish(any(row["error"] for row in results.rows))


def _paired(job: Any, row: dict[str, Any]) -> bool:
    """Whether a row is of a job's pair: not of a twin and its layers."""
    return job.describes(row) and "against" not in row


def _layers(jobs: Sequence[Any], effort: Any, results: Results) -> None:
    """Each twin against the same model made of its framework's own layers."""
    from benchmarks.speed import baselines, cache

    pairs = [(job, side) for job in jobs for side in SIDES]
    every: list[dict[str, Any]] = []
    with _keeping(results), Bar(len(pairs)) as bar:
        for job, side in pairs:
            fingerprint = cache.fingerprint(job, effort, side)
            own = [
                row
                for row in results.rows
                if baselines.describes(job, side, row) and row.get("fingerprint") == fingerprint
            ]
            if not own or any(row["error"] for row in own):
                own = baselines.against(job, side, effort, bar.tell)
                results.drop(partial(baselines.describes, job, side))
                results.add([{**row, "fingerprint": fingerprint} for row in own])
                cache.store(Path("report"), job, effort, own, side)
            every += own
            out.print(baselines.line(own))
            bar.done()
    if {job.model for job in jobs} == set(with_baseline()):
        for name, entry in CATALOG.items():
            if entry.without_baseline:
                out.print(f"{name:<22}[dim]no layers of its own: {entry.without_baseline}[/dim]", markup=True)
    out.print(baselines.verdict(every))
    _finish(bool(baselines.slower(every)) or any(row["error"] for row in every))


def _control(jobs: Sequence[Any], effort: Any, results: Results) -> None:
    """Each side against itself."""
    from benchmarks.speed import control

    with _keeping(results), Bar(1) as bar:
        for rows in control.control(jobs, effort, bar.tell):
            results.add(rows)
            out.print(control.line(rows))
    out.print(control.verdict(results.rows))
    _finish(not control.passed(results.rows))


@app.command()
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
    _finish(bool(comparing.regressed(rows)))


def _timings(path: Path) -> dict[str, Any]:
    """A results file with rows of the speed command."""
    found = read(path)
    if not all({"model", "phase", "median_s", "samples", "error"} <= row.keys() for row in found["rows"]):
        raise UsageError(f"{path} has no timings: it is not written by speed --json")
    return found


@app.command()
@placed
def train(
    models: Models = None,
    device: Device = "cpu",
    steps: Annotated[
        int | None, typer.Option(min=1, help="instead of the catalogue's: nothing is checked then")
    ] = None,
    variant: OneVariant = None,
    optimizer: OneOptimizer = None,
    check: Annotated[bool, typer.Option("--check", help="exit 1 where a target is missed or the curves part")] = False,
    hosts: Places = None,
    json: Json = None,
) -> None:
    """Do both twins learn, and alike? Each is trained on the pair's data and judged on what it has not seen."""
    from benchmarks.learning.learn import attempt, succeeded

    _choice("device", device, DEVICES)
    changes = _ruled(optimizer)
    if check and steps is not None:
        raise UsageError("--check holds the catalogue's targets, which need the catalogue's steps: leave out --steps")
    if check and optimizer is not None:
        raise UsageError(
            "--check holds the catalogue's targets, which are the model's own optimizer's: leave out --optimizer"
        )
    jobs, results = _jobs(models, variant, learning=True, elsewhere=hosts or ()), Results(json)
    failed = False
    with _keeping(results), Bar(len(jobs)) as bar:
        for name, way in jobs:
            rows, _ = attempt(name, way, device=device, steps=steps, hosts=hosts, **changes, tell=bar.tell)
            results.add(rows)
            failed = failed or not succeeded(rows)
            out.print(learning_line(results.latest))
            bar.done()
    _finish(check and failed)


@app.command()
@placed
def report(
    models: Models = None,
    device: Device = "cpu",
    hosts: Places = None,
    out_folder: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="where the page goes")] = Path("report"),
    fresh: Annotated[bool, typer.Option("--fresh", help="measure again what is still true")] = False,
) -> None:
    """All of it as one HTML page, and CSV. What an earlier run measured, and nothing has touched since, is kept."""
    from benchmarks.report.make import make

    _choice("device", device, DEVICES)
    jobs = _jobs(models, None, elsewhere=hosts or ())
    with _keeping(), Bar(3 * len(jobs) + 1) as bar:  # and the known differences
        page, well = make(jobs, device, out_folder, fresh, bar, out.print, hosts)
    out.print(f"the report is at {page.resolve()}")
    _finish(not well)


@app.command()
def fetch(names: Annotated[list[str], typer.Argument(metavar="NAME ...", help="mnist, fashion")]) -> None:
    """Download data that does not ship, into the folder that TWINS_DATA names, or else this user's cache."""
    from shared.datasets import images, upstream

    asked = [_choice("data set", name, list(upstream.COLLECTIONS)) for name in dict.fromkeys(names)]
    with _keeping(), Bar(len(asked)) as bar:
        for name in asked:
            collection = upstream.COLLECTIONS[name]
            upstream.fetch(collection, bar.tell)
            bar.tell(f"checking {collection.title}", 1)
            data = getattr(images, name)()
            sizes = f"{len(data.train.y)} images to learn from, {len(data.test.y)} held out"
            out.print(f"{collection.title}: {sizes}, in {upstream.folder() / collection.folder}")
            bar.done()


def _jobs(
    models: list[str] | None,
    variant: str | None,
    learning: bool = False,
    timing: bool = False,
    elsewhere: Collection[str] = (),
) -> list[Pair]:
    """The pairs asked for, in each variant that was asked for; an impossible wish is refused before anything runs.

    For `learning`, those that have something of their own to learn; for `timing`, those that do work of their own,
    unless one is asked for by its name. The sides that run `elsewhere` need no framework here.
    """
    for side in SIDES:
        if side not in elsewhere:
            require(side)
    jobs = []
    for name in dict.fromkeys(models or CATALOG):
        entry = find(name)
        if variant is not None and models:
            entry.variant(variant)
        ways = entry.variants if variant is None else entry.variants | entry.on_request
        chosen = [way for way in ways if variant in (None, way)]
        if timing and variant is None:
            chosen = [way for way in chosen if ways[way].timed]
        jobs += [(name, way) for way in chosen if ways[way].learning or not learning]
    if not jobs:
        known = dict.fromkeys(way for entry in CATALOG.values() for way in entry.variants)
        raise UsageError(f"no model has anything to do in variant {variant!r}: there are {', '.join(known)}")
    return jobs


def _proven(name: str, variant: str) -> str:
    """What the last report has proven of a pair; empty if it has not, or the pair has changed since."""
    folder = Path("report/kept")
    known = folder.is_dir() and ResultCache(folder).read(
        "parity", name, variant, fingerprint("parity", name, variant, "cpu")
    )
    return proof(known["rows"]) if known else ""


def _ruled(name: str | None) -> dict[str, Any]:
    """The settings of the optimizer of a name, as a change of a model's configuration; no change if there is no
    name."""
    return {} if name is None else {"optimizer": OPTIMIZERS[_choice("optimizer", name, tuple(OPTIMIZERS))]}


def _choice(kind: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise unknown(kind, value, choices)
    return value


@contextmanager
def _keeping(results: Results | None = None) -> Iterator[None]:
    """On Ctrl-C, say what is kept: every row is on disk since it was measured."""
    try:
        yield
    except KeyboardInterrupt:
        kept = f"; {len(results.rows)} rows are kept in {results.path}" if results and results.path else ""
        err.print(f"interrupted{kept}")
        raise typer.Exit(130) from None


class Bar:
    """A progress bar over jobs, with the time left; on a terminal only."""

    def __init__(self, jobs: int):
        columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn()
        self._progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        self._task = self._progress.add_task("", total=jobs)
        self._finished = 0

    def tell(self, what: str, share: float) -> None:
        """What is being done, and which share of this job is done."""
        self._progress.update(self._task, description=what, completed=self._finished + share)

    def done(self) -> None:
        """One job more is finished."""
        self._finished += 1
        self._progress.update(self._task, completed=self._finished)

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def _finish(failed: bool) -> None:
    if failed:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; every refusal is one line on stderr."""
    try:
        app()
    except UsageError as error:
        err.print(f"error: {error}")
        sys.exit(2)
