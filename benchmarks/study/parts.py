"""Show a part that several models use, such as batch normalization, on both sides.

As in `align`, the files are read as text and never imported.
"""

from typing import TYPE_CHECKING

from benchmarks.environment import ROOT
from benchmarks.parts import path_of_part
from benchmarks.study.align import TREES, Block, align_texts, render_blocks

if TYPE_CHECKING:
    from rich.console import Console


def source(part: str, side: str) -> str:
    """Return the text of a part's file on one side."""
    return (ROOT / path_of_part(part, TREES[side])).read_text(encoding="utf-8")


def blocks(part: str) -> list[Block]:
    """Return a part's blocks, in the order of the static file."""
    return align_texts(source(part, "static"), source(part, "dynamic"))


def render_terminal(part: str, console: "Console") -> None:
    """Print a part as `align.render_terminal` prints a pair."""
    from rich.text import Text

    console.print(Text(f"\npart: {part}", style="bold"))
    render_blocks(
        blocks(part), {side: source(part, side) for side in TREES}, lambda tree: path_of_part(part, tree), console
    )
