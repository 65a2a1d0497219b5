"""Two files side by side, as HTML."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from benchmarks.study.align import TREES, Block, Line


@cache
def highlighted(text: str) -> list[Markup]:
    """Return the lines of a Python file as HTML, with CSS classes for highlighting."""
    html = highlight(text, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    return [Markup(line) for line in html.split("\n")]  # safe: the formatter closes its spans at line ends


def columns(blocks: Iterable[Block], html: Mapping[str, list[Markup]]) -> list[dict[str, Any]]:
    """Return a pair's blocks, each with the rows of its two columns; `html` contains the lines of each side's file."""

    def cell(line: Line | None, side: str) -> dict[str, Any] | None:
        if line is None:
            return None
        number, text = line
        return {
            "number": number,
            "html": html[side][number - 1],
            "indent": len(text) - len(text.lstrip()),
            "marked": "# TWIN" in text,
        }

    return [
        {
            "title": block.title,
            "count": len(block.rows),
            "sides": {
                side: [cell(row[i], side) for row in block.rows] if (block.static, block.dynamic)[i] else None
                for i, side in enumerate(TREES)
            },
        }
        for block in blocks
    ]
