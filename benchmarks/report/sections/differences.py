"""The known differences between the frameworks: measurement for the report, and presentation on the page."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from markupsafe import Markup

from benchmarks.differences import blocks, measure, path, source
from benchmarks.report.formatting import distance
from benchmarks.study.align import TREES
from benchmarks.study.code_columns import columns, highlighted
from shared.differences import DIFFERENCES, ROUNDING
from shared.errors import UsageError

Row = dict[str, Any]

KIND = "differences"


def attempt(name: str) -> Row:
    """Measure one difference and return its row. A probe that fails means that a framework has changed: `drift` then
    contains the error."""
    try:
        (row,) = measure([name])
        return row
    except UsageError:
        raise
    except Exception as error:
        entry = DIFFERENCES[name]
        said = {what: getattr(entry, what) for what in ("name", "topic", "title", "static", "dynamic", "align", "note")}
        numbers = dict.fromkeys(("default_difference", "aligned_difference"))
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        return {**said, **numbers, "convertible": entry.convertible, "drift": reason, "outputs": ""}


def line(rows: Sequence[Row]) -> str:
    """Summarize all rows in one line, for the terminal."""
    drifted = [row["name"] for row in rows if row["drift"]]
    return f"{len(rows)} known differences measured" + (f"; DRIFTED: {', '.join(drifted)}" if drifted else "")


class KnownDifference:
    """One difference, formatted for the page."""

    def __init__(self, row: Row):
        self.row = row
        self.name, self.title, self.drift = row["name"], row["title"], row["drift"]

    @property
    def default(self) -> Markup:
        """The distance under the frameworks' defaults."""
        return distance(self.row["default_difference"])

    @property
    def aligned(self) -> Markup:
        """The distance after one side is aligned with the other."""
        return distance(self.row["aligned_difference"])

    def equal(self) -> bool:
        """Whether the defaults agree to rounding."""
        value = self.row["default_difference"]
        return isinstance(value, float) and value <= ROUNDING

    def convertible(self) -> str:
        """Whether the sides can be made equal, in words."""
        if self.equal():
            return "equal by default"
        return "yes" if self.row["convertible"] else "no"

    def formulas(self) -> list[tuple[str, str, bool]]:
        """Return (title, text, whether it is code): what each side computes, how to align the two, and a note."""
        found = [
            ("TF1", "static", True),
            ("PyTorch", "dynamic", True),
            ("to align", "align", False),
            ("note", "note", False),
        ]
        return [(title, self.row[column], is_code) for title, column, is_code in found if self.row[column]]

    def outputs(self) -> list[tuple[str, Markup, Markup]]:
        """Return each output of the two probes, with its default and its aligned distance."""
        found = re.findall(r"(.+?): (\S+), aligned (\S+?)(?:; |$)", self.row["outputs"])
        return [(name, distance(default), distance(aligned)) for name, default, aligned in found]

    def texts(self) -> list[tuple[dict[str, str], list[dict[str, Any]]]]:
        """Return, for each file with the probes or functions they use, its path in both trees and its columns."""
        return [
            ({side: path(tree, file) for side, tree in TREES.items()}, columns(found, _html(file)))
            for file, found in blocks(self.name).items()
        ]


@cache
def _html(file: str) -> dict[str, list[Markup]]:
    return {side: highlighted(source(side, file)) for side in TREES}
