"""`parity` and `train`: do both twins compute the same function, and do they learn alike?"""

from typing import Annotated

import typer

from benchmarks.commands.options import (
    Device,
    Hosts,
    Json,
    Models,
    OneOptimizer,
    OneVariant,
    choose,
    optimizer_change,
    select_variants,
    with_host_options,
)
from benchmarks.commands.progress import ProgressBar, exit_status, out, report_interrupt
from benchmarks.results import Results
from benchmarks.summary import learning_line, parity_line
from shared.catalog import find
from shared.errors import UsageError
from shared.twin import DEVICES, DTYPES

MOST = 1_000_000  # steps, of which a proof keeps each trace, and seeds


@with_host_options
def parity(
    models: Models = None,
    dtype: Annotated[str | None, typer.Option(help="float64 or float32; both if not given")] = None,
    device: Device = "cpu",
    steps: Annotated[int, typer.Option(min=1, max=MOST, help="training steps between the two comparisons")] = 20,
    variant: OneVariant = None,
    seed: Annotated[
        int, typer.Option(min=0, max=MOST, help="seed of initial values and batches; 0 is the catalogue's")
    ] = 0,
    optimizer: OneOptimizer = None,
    size: Annotated[
        str, typer.Option(help="proof, which is small, or small, medium or large, as speed has them")
    ] = "proof",
    hosts: Hosts = None,
    json: Json = None,
) -> None:
    """Do both twins compute the same function? Verdicts on taps, losses, gradients, tap gradients and state."""
    from benchmarks.diagnosis import explain
    from benchmarks.proof import attempt

    dtypes = DTYPES if dtype is None else (choose("dtype", dtype, DTYPES),)
    choose("device", device, DEVICES)
    changes = optimizer_change(optimizer)
    jobs, results = select_variants(models, variant, elsewhere=hosts or ()), Results(json)
    for name, variant_name in jobs:
        find(name).spec(variant_name, size)  # refuses an unknown size
    changes["size"] = size
    with report_interrupt(results), ProgressBar(len(jobs)) as bar:
        for name, variant_name in jobs:
            bar.tell(f"proving {name} {variant_name}", 0)
            rows = attempt(name, variant_name, dtypes, device, steps, hosts=hosts, seed=seed, **changes)
            results.add(explain(rows, name, device, hosts, variant=variant_name, steps=steps, seed=seed, **changes))
            out.print(parity_line(results.latest))
            bar.done()
    exit_status(any(row["verdict"] == "different" for row in results.rows))


@with_host_options
def train(
    models: Models = None,
    device: Device = "cpu",
    steps: Annotated[
        int | None,
        typer.Option(min=1, max=MOST, help="training steps; other than the catalogue's, nothing is judged"),
    ] = None,
    variant: OneVariant = None,
    optimizer: OneOptimizer = None,
    check: Annotated[
        bool, typer.Option("--check", help="exit 1 if a target is missed or the loss curves differ")
    ] = False,
    hosts: Hosts = None,
    json: Json = None,
) -> None:
    """Do both twins learn, and learn alike? Each is trained on the pair's data and judged on held-out data."""
    from benchmarks.learning.learn import attempt, succeeded

    choose("device", device, DEVICES)
    changes = optimizer_change(optimizer)
    if check and steps is not None:
        raise UsageError("--check holds the catalogue's targets, which need the catalogue's steps: leave out --steps")
    if check and optimizer is not None:
        raise UsageError(
            "--check holds the catalogue's targets, which are the model's own optimizer's: leave out --optimizer"
        )
    jobs, results = select_variants(models, variant, learning=True, elsewhere=hosts or ()), Results(json)
    failed = False
    with report_interrupt(results), ProgressBar(len(jobs)) as bar:
        for name, variant_name in jobs:
            rows, _ = attempt(name, variant_name, device=device, steps=steps, hosts=hosts, **changes, tell=bar.tell)
            results.add(rows)
            failed = failed or not succeeded(rows)
            out.print(learning_line(results.latest))
            bar.done()
    exit_status(check and failed)
