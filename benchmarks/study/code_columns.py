"""Two texts beside each other, as HTML."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from benchmarks.study.align import TREES, Block, Line


def highlighted(text: str) -> list[Markup]:
    """The lines of a Python file as HTML, with classes."""
    html = highlight(text, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    return [Markup(line) for line in html.split("\n")]  # the formatter closes its spans at every line's end


def columns(blocks: Iterable[Block], html: Mapping[str, list[Markup]]) -> list[dict[str, Any]]:
    """The blocks of a pair, each with the rows of its two columns; `html` holds the lines of each side's file."""

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
