"""`report` and `fetch`: write the report, and download data that does not ship."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commands.options import Device, Hosts, Models, choose, select_variants, with_host_options
from benchmarks.commands.progress import ProgressBar, exit_status, out, report_interrupt
from shared.twin import DEVICES

FIRST_PAGE = 6.0  # minutes that a report takes if it is not told


@with_host_options
def report(
    models: Models = None,
    device: Device = "cpu",
    hosts: Hosts = None,
    out_folder: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="where the page goes")] = Path("report"),
    minutes: Annotated[
        float | None,
        typer.Option(min=0, help="how long to measure: 6 if not given; if given, also until the intervals are narrow"),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="measure everything again, even if stored results are still valid")
    ] = False,
) -> None:
    """Write all results as one HTML page and as CSV. Results of earlier runs are reused if nothing has changed, and the
    reference machine's are shown until there are own ones."""
    from benchmarks.experiments import EXPERIMENTS
    from benchmarks.report.make import make

    choose("device", device, DEVICES)
    jobs = select_variants(models, None, elsewhere=hosts or ())
    timed = select_variants(models, None, timing=True, elsewhere=hosts or ())
    trained = select_variants(models, None, learning=True, elsewhere=hosts or ())
    results = len(jobs) + len(timed) + len(trained) + len(EXPERIMENTS) + 1  # and the known differences
    with report_interrupt(), ProgressBar(results) as bar:
        limit, narrow = (FIRST_PAGE, False) if minutes is None else (minutes, True)
        page, well = make(jobs, device, out_folder, fresh, bar, out.print, hosts, limit, narrow)
    out.print(f"the report is at {page.resolve()}")
    exit_status(not well)


def fetch(names: Annotated[list[str], typer.Argument(metavar="NAME ...", help="mnist, fashion, imdb")]) -> None:
    """Download data that does not ship, into the folder that TWINS_DATA names, or else this user's cache."""
    from shared.datasets import images, upstream

    asked = [choose("data set", name, list(upstream.COLLECTIONS)) for name in dict.fromkeys(names)]
    with report_interrupt(), ProgressBar(len(asked)) as bar:
        for name in asked:
            collection = upstream.COLLECTIONS[name]
            upstream.fetch(collection, bar.tell)
            bar.tell(f"checking {collection.title}", 1)
            data = getattr(images, name)()
            sizes = f"{len(data.train.y)} images to learn from, {len(data.test.y)} held out"
            out.print(f"{collection.title}: {sizes}, in {upstream.folder() / collection.folder}")
            bar.done()
