"""Output and exit of every command: consoles, progress, interrupts and the exit status."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.results import Results

# Without markup: printed texts may contain square brackets of their own
out = Console(highlight=False, soft_wrap=True, markup=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


@contextmanager
def report_interrupt(results: Results | None = None) -> Iterator[None]:
    """On Ctrl-C, print how many rows are stored and exit with 130; each row is on disk as soon as it is measured."""
    try:
        yield
    except KeyboardInterrupt:
        kept = f"; {len(results.rows)} rows are kept in {results.path}" if results and results.path else ""
        err.print(f"interrupted{kept}")
        raise typer.Exit(130) from None


class ProgressBar:
    """A progress bar over jobs with the remaining time, shown only on a terminal."""

    def __init__(self, jobs: int):
        columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn()
        self._progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        self._task = self._progress.add_task("", total=jobs)
        self._finished = 0

    def tell(self, what: str, share: float) -> None:
        """Show `what` is being done, and that `share`, from 0 to 1, of the current job is done."""
        self._progress.update(self._task, description=what, completed=self._finished + share)

    def done(self) -> None:
        """Count one more job as finished."""
        self._finished += 1
        self._progress.update(self._task, completed=self._finished)

    def __enter__(self) -> "ProgressBar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def exit_status(failed: bool) -> None:
    """Exit with status 1 if a verdict `failed`."""
    if failed:
        raise typer.Exit(1)
