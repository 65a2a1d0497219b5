"""The command line.

Exit status: 0 success, 1 a verdict failed, 2 an invalid request, 130 interrupted.

Importing this module imports neither framework, nor pandas, SciPy or matplotlib, so that `--help`, `list` and `show`
answer within a second.
"""

import sys
from collections.abc import Callable

import typer

from benchmarks.commands import catalogue, evidence, parity, report, speed
from benchmarks.commands.progress import err
from shared.errors import UsageError

COMMANDS: dict[str, Callable[..., None]] = {  # in the order of the help text
    "list": catalogue.list_models,
    "show": catalogue.show,
    "parity": parity.parity,
    "differences": evidence.differences,
    "experiments": evidence.experiments,
    "mutants": evidence.mutants,
    "speed": speed.speed,
    "compare": speed.compare,
    "train": parity.train,
    "report": report.report,
    "fetch": report.fetch,
}

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
for name, command in COMMANDS.items():
    app.command(name)(command)


@app.callback()
def benchmarks() -> None:
    """Every model of the lecture twice, as a static TF1 graph and as eager PyTorch: proven equal, trained, timed."""


def main() -> None:
    """Run the command line; an invalid request prints one line to stderr and exits with status 2."""
    try:
        app()
    except UsageError as error:
        err.print(f"error: {error}")
        sys.exit(2)
