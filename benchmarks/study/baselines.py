"""Show a model's two baselines, built from the layers of Keras and of torch.nn, side by side.

As in `align`, the files are read as text and never imported.
"""

import ast
from typing import TYPE_CHECKING

from benchmarks.environment import ROOT
from benchmarks.study.align import TREES, Block, align_texts, render_blocks
from shared.catalog import find
from shared.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

TITLE = "As the library has it"


def path(name: str, tree: str) -> str:
    """Return the path of the file in one tree that contains a model's baseline."""
    return f"{tree}/baselines/{find(name).chapter}.py"


def source(name: str, side: str) -> str:
    """Return the text of that file. Raise `UsageError`, with the reason, if the model has no baseline."""
    why = find(name).without_baseline
    if why:
        raise UsageError(f"{name} has no baseline: {why}")
    return (ROOT / path(name, TREES[side])).read_text(encoding="utf-8")


def blocks(name: str) -> list[Block]:
    """Return the two functions that build a model's baselines, and the definitions that they use from their files."""
    texts = [source(name, side) for side in TREES]
    shown = {used for text in texts for used in _used(name, text)}
    return [block for block in align_texts(*texts) if (block.key[0] or block.key[1]) in shown]


def _used(name: str, text: str) -> set[str]:
    """Return the names of a function and of all that it uses from its file, directly or indirectly, except `Baseline`,
    the type it returns."""
    statements = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    definitions = {node.name: node for node in statements if node.name != "Baseline"}
    used, waiting = {name}, [name]
    while waiting:
        named = {node.id for node in ast.walk(definitions[waiting.pop()]) if isinstance(node, ast.Name)}
        found = named & definitions.keys() - used
        used |= found
        waiting += found
    return used


def render_terminal(name: str, console: "Console | None" = None) -> None:
    """Print a model's two baselines as `align.render_terminal` prints its twins."""
    from rich.console import Console
    from rich.text import Text

    found = blocks(name)
    console = console or Console()
    console.print(Text(f"{find(name).class_name}: {TITLE.lower()}", style="bold"))
    render_blocks(found, {side: source(name, side) for side in TREES}, lambda tree: path(name, tree), console)
