"""`list` and `show`: the catalogue, and the two texts of a model."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.cache import ResultCache, fingerprint
from benchmarks.commands.progress import out
from benchmarks.summary import proof
from shared.catalog import CATALOG, find


def list_models() -> None:
    """List the catalogue, with the result of each model's last proof."""
    for name, entry in CATALOG.items():
        out.print(f"[bold]{name}[/bold] ({entry.chapter}, {entry.section}): {entry.summary}", markup=True)
        for title, variant in (entry.variants | entry.on_request).items():
            targets = "; ".join(map(str, variant.learning.targets)) if variant.learning else "learns as plain does"
            if title in entry.on_request:
                width, state = 12, f"on request: --variant {title}"
            else:
                width, state = 17, proven(name, title) or f"not proven here yet: make report, or parity {name}"
            out.print(f"  {title:<{width}}{variant.data}: {targets}\n{'':{width + 2}}[dim]{state}[/dim]", markup=True)


def show(
    model: Annotated[str, typer.Argument(help="a model of the catalogue")],
    baseline: Annotated[bool, typer.Option("--baseline", help="the same net of Keras's and torch.nn's layers")] = False,
) -> None:
    """Print both twins of a model side by side, method by method, and the parts that they use."""
    from rich.console import Console

    from benchmarks.parts import parts_of
    from benchmarks.study import align, baselines, parts  # here, so that `--help` and `list` start without them

    find(model)
    console = Console()
    if baseline:
        baselines.render_terminal(model, console)
        return
    align.render_terminal(model, proven(model, "plain"), console)
    for part in parts_of(model):
        parts.render_terminal(part, console)


def proven(name: str, variant: str) -> str:
    """The verdict that the last report stored for a pair; empty if there is none, or the pair has changed since."""
    folder = Path("report/kept")
    known = folder.is_dir() and ResultCache(folder).read(
        "parity", name, variant, fingerprint("parity", name, variant, "cpu")
    )
    return proof(known["rows"]) if known else ""
