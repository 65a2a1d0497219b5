"""`differences`, `experiments` and `mutants`: known differences between the frameworks, claims of the lecture, and
faults planted to test the proof."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commands.options import Json, choose
from benchmarks.commands.progress import ProgressBar, exit_status, out, report_interrupt
from benchmarks.results import Results
from benchmarks.twins import SIDES, require


def differences(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME ...]", help="all if none")] = None,
    json: Json = None,
) -> None:
    """Measure the known differences between the frameworks, by default and aligned. One name prints all about it."""
    from benchmarks.differences import measure, page, table
    from shared.differences import DIFFERENCES

    asked = list(dict.fromkeys(names or DIFFERENCES))
    results = Results(json)
    with report_interrupt(results), ProgressBar(len(asked)) as bar:
        for row in measure(asked):
            results.add([row])
            bar.tell(f"measured {row['name']}", 0)
            bar.done()
    if len(asked) == 1:
        page(results.rows[0])
    else:
        out.print(table(results.rows))
    exit_status(any(row["drift"] for row in results.rows))


def experiments(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME ...]", help="all if none")] = None,
    json: Json = None,
) -> None:
    """Do the lecture's claims hold? Each experiment trains several nets on both sides; exit 1 if a claim fails."""
    from benchmarks.experiments import EXPERIMENTS, find
    from benchmarks.experiments.experiment import line

    for side in SIDES:
        require(side)
    asked = [find(name) for name in dict.fromkeys(names or EXPERIMENTS)]
    results, failed = Results(json), False
    with report_interrupt(results), ProgressBar(len(asked)) as bar:
        for experiment in asked:
            rows = experiment.run(bar.tell)
            results.add([asdict(row) for row in rows])
            out.print(line(experiment, rows))
            failed = failed or experiment.verdict(rows) != "holds"
            bar.done()
    exit_status(failed)


def mutants(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL ...]", help="models, or optimizers; all if none")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="processes, of one thread each")] = 2,
    json: Json = None,
) -> None:
    """Does the proof notice faults? Each is planted into one twin's file and run against the unchanged other side."""
    from benchmarks.mutants import TARGETS, campaign, fingerprint_of, line, succeeded, summary
    from benchmarks.mutants.results import store

    for side in SIDES:
        require(side)
    targets = [choose("model", name, TARGETS) for name in dict.fromkeys(models or TARGETS)]
    fingerprints = {
        target: fingerprint_of(target) for target in targets
    }  # taken first: an edit during the campaign makes its results stale
    results = Results(json)
    with report_interrupt(results), ProgressBar(1) as bar:
        for row in campaign(targets, jobs, bar.tell):
            results.add([row])
            out.print(line(row))
            own = [one for one in results.rows if one["model"] == row["model"]]
            if len(own) == len(SIDES):
                store(Path("report"), row["model"], fingerprints[row["model"]], own)
    out.print(summary(results.rows))
    exit_status(not succeeded(results.rows))
