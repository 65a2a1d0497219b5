"""The known differences between the frameworks, measured on the installed versions.

The distance of two outputs is the norm of their difference over the larger of their norms, in float64 for every dtype:
0 means equal, 1 nothing in common, 2 the opposite sign. A difference is reported by the distance of its worst output.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.environment import ROOT
from benchmarks.study.align import TREES, Block, align_texts, render_blocks
from benchmarks.twins import quiet, require
from shared.differences import DIFFERENCES, INFINITE, ROUNDING, Difference, find

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Row = dict[str, Any]
Found = dict[str, tuple[float, float]]  # output -> its distance with both defaults, and aligned

# Probes compute in float64 on fixed inputs, so a distance that changes by more than its two printed digits has a cause.
DRIFT = 0.1


def measure(names: Iterable[str] = ()) -> Iterator[Row]:
    """Yield one row per difference as soon as it is measured; all differences if none is named.

    `default_difference` and `aligned_difference` are the worst of the outputs that `outputs` lists; `drift` names the
    outputs that are not as the table expects, and is empty if all are.
    """
    entries = chosen(names)
    for side in TREES:
        require(side)
    return (_row(entry, distances(entry)) for entry in entries)


def chosen(names: Iterable[str] = ()) -> list[Difference]:
    """The differences of these names, once each; all if none is named. An unknown name raises `UsageError`."""
    return [find(name) for name in dict.fromkeys(names)] or list(DIFFERENCES.values())


def distances(entry: Difference) -> Found:
    """The distance between both sides' values of each output, by default and aligned."""
    default, aligned = (_apart(entry, aligned) for aligned in (False, True))
    return {name: (default[name], aligned[name]) for name in default}


def _apart(entry: Difference, aligned: bool) -> dict[str, float]:
    sides = []
    for tree in TREES.values():
        with quiet():
            probes = import_module(f"{tree}.differences")
        sides.append(probes.run(entry.name, entry.inputs(), aligned))
    static, dynamic = sides
    if static.keys() != dynamic.keys():
        raise ValueError(f"{entry.name}: outputs on one side only: {sorted(static.keys() ^ dynamic.keys())}")
    return {name: distance(static[name], dynamic[name]) for name in static}


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """|a - b| / max(|a|, |b|) in float64. NaN and infinities are equal to themselves and infinitely far from all else.
    Arrays of different shapes are infinitely far apart."""
    if a.shape != b.shape:
        return INFINITE
    kind = np.complex128 if np.iscomplexobj(a) or np.iscomplexobj(b) else np.float64
    a, b = a.astype(kind), b.astype(kind)
    odd = ~(np.isfinite(a) & np.isfinite(b))
    if not np.array_equal(a[odd], b[odd], equal_nan=True):
        return INFINITE
    size = max(np.linalg.norm(a[~odd]), np.linalg.norm(b[~odd]))
    return float(np.linalg.norm(a[~odd] - b[~odd]) / size) if size else 0.0


def _row(entry: Difference, found: Found) -> Row:
    return {
        "name": entry.name,
        "topic": entry.topic,
        "default_difference": max(default for default, _ in found.values()),
        "aligned_difference": max(aligned for _, aligned in found.values()),
        "convertible": entry.convertible,
        "drift": drift(entry, found),
        "title": entry.title,
        "static": entry.static,
        "dynamic": entry.dynamic,
        "align": entry.align,
        "note": entry.note,
        "outputs": "; ".join(f"{name}: {number(x)}, aligned {number(y)}" for name, (x, y) in found.items()),
    }


def drift(entry: Difference, found: Found) -> str:
    """The outputs that are not as the table expects, in words; empty if all are."""
    if found.keys() != entry.expected.keys():
        return f"outputs in one place only: {', '.join(sorted(found.keys() ^ entry.expected.keys()))}"
    wrong = []
    for name, (default, aligned) in found.items():
        for which, value, expected in (
            ("by default", default, entry.expected[name]),
            ("aligned", aligned, entry.residual.get(name, 0)),
        ):
            if not _as_expected(value, expected):
                wrong.append(f"{name} {which} {number(value)}, not {number(expected)}")
    return "; ".join(wrong)


def _as_expected(value: float, expected: float) -> bool:
    if expected == 0 or np.isinf(expected):
        return value <= ROUNDING if expected == 0 else value == expected
    return abs(value - expected) <= DRIFT * expected


def number(value: float | str) -> str:
    """A distance as text for the terminal. In rows read from `Results`, infinity is the string "inf"."""
    return "0" if value == 0 else f"{float(value):.1e}"


def table(rows: Iterable[Row]) -> "Table":
    """Rows as a table for the terminal, grouped by topic."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, header_style="dim italic", padding=(0, 2, 0, 0))
    for title in ("difference", "default", "aligned", "what differs"):
        shown.add_column(title, justify="right" if title in ("default", "aligned") else "left")
    topic = None
    for row in rows:
        if row["topic"] != topic:
            topic = row["topic"]
            shown.add_row(Text(topic, style="bold"))
        said = Text(row["title"])
        if not row["convertible"]:
            said.append(" (not convertible)", style="bold")
        if row["drift"]:
            said.append(f" DRIFTED: {row['drift']}", style="bold red")
        shown.add_row(row["name"], number(row["default_difference"]), number(row["aligned_difference"]), said)
    return shown


def page(row: Row, console: "Console | None" = None) -> None:
    """Print one difference: formulas, how to align, the numbers of each output, and both sources side by side."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = console or Console()
    console.print(Text(row["title"], style="bold"))
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim italic", no_wrap=True)
    for what, said in (
        ("TF1", row["static"]),
        ("PyTorch", row["dynamic"]),
        ("to align", row["align"]),
        ("convertible", "yes" if row["convertible"] else "no"),
        *(("", part) if i else ("difference", part) for i, part in enumerate(row["outputs"].split("; "))),
        ("note", row["note"]),
        ("drifted", row["drift"]),
    ):
        if said:
            facts.add_row(what, Text(said))
    console.print(facts)
    console.print()
    for file, found in blocks(row["name"]).items():
        texts = {side: source(side, file) for side in TREES}
        render_blocks(found, texts, partial(path, file=file), console)


def path(tree: str, file: str) -> str:
    """The path of a file of probes in one of the trees."""
    return f"{tree}/differences/{file}"


@cache
def source(side: str, file: str) -> str:
    """The text of one side's file of probes. The file is read, not imported."""
    return (ROOT / path(TREES[side], file)).read_text(encoding="utf-8")


def blocks(name: str) -> dict[str, list[Block]]:
    """A difference's two functions and the helpers that either of them names, by file: its topic's, then `probe.py`."""
    topic, common = f"{find(name).topic}.py", "probe.py"
    found = {file: align_texts(source("static", file), source("dynamic", file)) for file in (topic, common)}
    (own,) = (block for block in found[topic] if block.key == ("", name))
    named = set(re.findall(r"\w+", "\n".join(line for _, line in (*own.static, *own.dynamic))))
    helpers = named - {"", "imports", "constants", "docstring", "probe", *DIFFERENCES}
    shown = {
        file: [block for block in of_file if block is own or (block.key[0] or block.key[1]) in helpers]
        for file, of_file in found.items()
    }
    return {file: of_file for file, of_file in shown.items() if of_file}
