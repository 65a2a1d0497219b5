"""Align a pair's two files, method by method and line by line, for `show` in the terminal and for the report.

The files are read as text and never imported, so neither framework is needed and the result is immediate.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from benchmarks.environment import ROOT
from shared.catalog import find
from shared.entry import Entry

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text


TREES = {"static": "static_tf", "dynamic": "dynamic_torch"}
WIDE = 140  # the minimum terminal width, in columns, for two files side by side

Key = tuple[str, str]  # (class, function); ("", function or kind) outside classes; (class, "") for a class header
Line = tuple[int, str]  # line number, text


@dataclass(frozen=True)
class Block:
    """A piece of code that both files have under the same name, or that only one file has."""

    key: Key
    static: tuple[Line, ...] = ()
    dynamic: tuple[Line, ...] = ()

    @property
    def title(self) -> str:
        """The block's name: `forward` of a class is `Class.forward`."""
        return ".".join(part for part in self.key if part)

    @cached_property
    def rows(self) -> list[tuple[Line | None, Line | None]]:
        """The lines of both sides, with corresponding lines in the same row; None where a side has no such line."""
        return pair_lines(self.static, self.dynamic)


def source(name: str, side: str) -> str:
    """Return the text of one twin's file."""
    return (ROOT / find(name).path(TREES[side])).read_text(encoding="utf-8")


def align(name: str) -> list[Block]:
    """Return a pair's blocks in the order of the static file; a dynamic-only block follows its predecessor."""
    return align_texts(source(name, "static"), source(name, "dynamic"))


@cache  # a report is rendered again whenever results come
def align_texts(static: str, dynamic: str) -> list[Block]:
    """Return the blocks of two files. Every non-blank line of either file is in exactly one block."""
    left, right = pieces(static), pieces(dynamic)
    order = list(left)
    position = 0
    for key in right:
        if key in left:
            position = order.index(key) + 1
        else:
            order.insert(position, key)
            position += 1
    return [Block(key, left.get(key, ()), right.get(key, ())) for key in order]


def pieces(text: str) -> dict[Key, tuple[Line, ...]]:
    """Split a file into its docstring, imports, constants, classes, methods and functions.

    A piece ends where the next begins. A definition includes its decorators and the comments directly above it.
    """
    lines = text.splitlines()
    starts: list[tuple[int, Key]] = []  # (index of the first line, key)
    for key, node in _named(ast.parse(text)):
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1
        while first and re.match(rf" {{{node.col_offset}}}#", lines[first - 1]):
            first -= 1
        starts.append((first, key))
    if starts:
        starts[0] = (0, starts[0][1])  # the first piece includes all lines above the first statement
    found: dict[Key, tuple[Line, ...]] = {}
    ends = [first for first, _ in starts[1:]] + [len(lines)]
    for (first, key), end in zip(starts, ends):
        while end > first and not lines[end - 1].strip():
            end -= 1
        found[key] = found.get(key, ()) + tuple((i + 1, lines[i]) for i in range(first, end))
    return found


def _named(tree: ast.Module) -> Iterator[tuple[Key, ast.stmt]]:
    """Yield each statement that begins a new piece, with the piece's key, in order."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef)
    last: Key | None = None
    for i, node in enumerate(tree.body):
        if isinstance(node, ast.ClassDef):
            yield (node.name, ""), node
            methods = [child for child in node.body if isinstance(child, definitions)]
            called = "__call__" if any(method.name == "forward" for method in methods) else "forward"
            for method in methods:  # `__call__` is aligned with a module's `forward`
                yield (node.name, called if method.name == "__call__" else method.name), method
            last = None
            continue
        if isinstance(node, definitions):
            key = ("", node.name)
        elif i == 0 and ast.get_docstring(tree, clean=False) is not None:
            key = ("", "docstring")
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            key = ("", "imports")
        else:
            key = ("", "constants")
        if key != last:
            yield key, node
        last = key


def pair_lines(static: Sequence[Line], dynamic: Sequence[Line]) -> list[tuple[Line | None, Line | None]]:
    """Align two sequences of lines so that rows share the most words (Needleman & Wunsch 1970)."""
    if not static or not dynamic:
        return [(line, None) for line in static] + [(None, line) for line in dynamic]
    left, right = [_words(text) for _, text in static], [_words(text) for _, text in dynamic]
    best = [
        [0.0] * (len(right) + 1) for _ in range(len(left) + 1)
    ]  # best[i][j]: the best score of left[i:] and right[j:]
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            together = _likeness(left[i], right[j]) + best[i + 1][j + 1]
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    rows: list[tuple[Line | None, Line | None]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if best[i][j] == _likeness(left[i], right[j]) + best[i + 1][j + 1]:
            rows.append((static[i], dynamic[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            rows.append((static[i], None))
            i += 1
        else:
            rows.append((None, dynamic[j]))
            j += 1
    return rows + [(line, None) for line in static[i:]] + [(None, line) for line in dynamic[j:]]


def _words(text: str) -> Counter[str]:
    """Count the names, numbers and symbols of a line, without the frameworks' names and common punctuation."""
    words = re.findall(r"\w+|[^\w\s]", text)
    return Counter(word for word in words if word not in {"tf", "torch", "nn", "F", "self", ".", ",", "(", ")"})


def _likeness(a: Counter[str], b: Counter[str]) -> float:
    """Return the share of words that two lines have in common (Dice), from 0 to 1, plus 0.05, so that lines without a
    counterpart share a row rather than take two. Two blank lines score 1."""
    total = a.total() + b.total()
    if not a or not b:
        return 1.0 if not total else 0.0
    return 0.05 + 2 * (a & b).total() / total


def render_terminal(name: str, proven: str = "", console: "Console | None" = None) -> None:
    """Print a pair in two highlighted columns, or each block's static text above its dynamic text if they do not fit.

    `proven` is a line that summarizes earlier results for the pair.
    """
    from rich.console import Console
    from rich.text import Text

    entry = find(name)
    console = console or Console()
    console.print(Text(f"{entry.class_name}: {entry.summary}", style="bold"))
    console.print(Text(f"chapter {entry.chapter}, {entry.section}"))
    if proven:
        console.print(Text(proven))
    console.print()
    console.print(_symbols(entry))
    render_blocks(align(name), {side: source(name, side) for side in TREES}, entry.path, console)


def render_blocks(
    blocks: Sequence[Block], texts: dict[str, str], path: Callable[[str], str], console: "Console"
) -> None:
    """Print the blocks of two files. `texts` maps a side to its file's text, `path` a tree to its file's path."""
    from rich.text import Text

    highlighted = {side: _highlight(text) for side, text in texts.items()}
    heads = {side: Text(path(tree), style="italic") for side, tree in TREES.items()}
    wide = console.width >= WIDE
    if wide:
        console.print()
        console.print(_columns([("", heads["static"], "", heads["dynamic"])]))
    for block in blocks:
        console.rule(Text(block.title, style="bold"), align="left", style="dim")
        if wide:
            pairs = (zip(TREES, row) for row in block.rows)
            console.print(
                _columns([[c for side, line in pair for c in _cells(line, highlighted[side])] for pair in pairs])
            )
            continue
        for side, lines in (("static", block.static), ("dynamic", block.dynamic)):
            console.print(heads[side] if lines else Text(f"{side}: no counterpart", style="dim italic"))
            console.print(_columns([_cells(line, highlighted[side]) for line in lines]))


def _columns(rows: "Sequence[Sequence[Text | str]]") -> "Table":
    """Return a grid of lines, each preceded by its number."""
    from rich.table import Table

    table = Table.grid(padding=(0, 1), expand=True)
    for _ in range(len(rows[0]) // 2 if rows else 0):
        table.add_column(justify="right", style="dim", no_wrap=True, width=4)
        table.add_column(ratio=1, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _cells(line: Line | None, highlighted: "list[Text]") -> "tuple[str, Text | str]":
    return ("", "") if line is None else (str(line[0]), highlighted[line[0] - 1])


def _highlight(text: str) -> "list[Text]":
    """Return the highlighted lines of a file, in the terminal's own colours."""
    from rich.syntax import Syntax

    syntax = Syntax(text, "python", theme="ansi_dark", background_color="default")
    return list(syntax.highlight(text).split("\n"))


def _symbols(entry: Entry) -> "Table":
    from rich.table import Table

    table = Table("symbol", "shape", "meaning", box=None, header_style="dim italic", padding=(0, 2, 0, 0))
    for symbol, (shape, meaning) in entry.spec().symbols.items():
        table.add_row(symbol, shape, meaning)
    return table
