"""Draw which package may import which, from the import contracts in pyproject.toml.

`python -m benchmarks.study.architecture docs/architecture.svg`
"""

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from benchmarks.environment import ROOT

WIDTH, ROW, BOX, GAP = 880, 58, 36, 14  # picture width, layer height, box height, space between boxes, in pixels
TREES = ("static_tf", "dynamic_torch")  # loaded by `benchmarks` by name, imported by no package


def contracts() -> list[dict[str, Any]]:
    """Return the import contracts of `pyproject.toml`."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return settings["tool"]["importlinter"]["contracts"]


def layers() -> list[list[str]]:
    """Return the layers of `benchmarks`, from the top down; packages of one layer do not import each other."""
    (found,) = (contract for contract in contracts() if contract["type"] == "layers")
    return [[name.strip().strip("()") for name in layer.replace(":", "|").split("|")] for layer in found["layers"]]


def draw(harness: Sequence[Sequence[str]]) -> str:
    """Return the picture as SVG: the layers of `benchmarks`, below them the two trees, and `shared` at the bottom."""
    height = (len(harness) + 3) * ROW + 110
    inside = len(harness) * ROW + 44
    parts = [_frame(10, 10, WIDTH - 20, inside, "benchmarks: each layer imports only layers below it")]
    for i, layer in enumerate(harness):
        parts += _row(layer, 44 + i * ROW, "harness")
    top = inside + 50
    parts.append(f'<text x="{WIDTH / 2}" y="{top - 14}" class="note">loads twins by name</text>')
    parts += _row(["static_tf: TensorFlow", "dynamic_torch: PyTorch"], top, "tree")
    parts.append(f'<text x="{WIDTH / 2}" y="{top + ROW + 6}" class="note">all import</text>')
    parts += _row(["shared: neither framework"], top + ROW + 18, "shared")
    style = (
        "text{font:14px sans-serif;fill:#222;text-anchor:middle}.note{font-style:italic;fill:#666}"
        "rect{rx:4;stroke:#888;fill:#fff}.frame{fill:#f6f4ee}.tree{fill:#e4eef7}.shared{fill:#e8f2e4}"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    title = "<title>Packages, and the imports that the contracts allow</title>"
    return "\n".join([head, title, f"<style>{style}</style>", *parts, "</svg>", ""])


def _frame(x: float, y: float, width: float, height: float, title: str) -> str:
    box = f'<rect class="frame" x="{x}" y="{y}" width="{width}" height="{height}"/>'
    return f'{box}<text x="{x + width / 2}" y="{y + 22}" class="note">{escape(title)}</text>'


def _row(names: Sequence[str], y: float, kind: str) -> list[str]:
    width = (WIDTH - 60 - GAP * (len(names) - 1)) / len(names)
    parts = []
    for i, name in enumerate(names):
        x = 30 + i * (width + GAP)
        parts.append(f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BOX}"/>')
        parts.append(f'<text x="{x + width / 2:.1f}" y="{y + 23}">{escape(name.removeprefix("benchmarks."))}</text>')
    return parts


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(draw(layers()), encoding="utf-8")
