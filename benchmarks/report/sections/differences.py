"""The known differences between the frameworks: measured for the report, and as the page tells them."""

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
    """The row of one difference. A probe that no longer runs is a framework that has changed: the row says how."""
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
    """All of them in one line, for the terminal."""
    drifted = [row["name"] for row in rows if row["drift"]]
    return f"{len(rows)} known differences measured" + (f"; DRIFTED: {', '.join(drifted)}" if drifted else "")


class KnownDifference:
    """One difference as the page tells it."""

    def __init__(self, row: Row):
        self.row = row
        self.name, self.title, self.drift = row["name"], row["title"], row["drift"]

    @property
    def default(self) -> Markup:
        """The number with the frameworks' defaults."""
        return distance(self.row["default_difference"])

    @property
    def aligned(self) -> Markup:
        """The number when one side is written to be equal."""
        return distance(self.row["aligned_difference"])

    def equal(self) -> bool:
        """Whether there is no difference."""
        value = self.row["default_difference"]
        return isinstance(value, float) and value <= ROUNDING

    def convertible(self) -> str:
        """Whether both can be made equal."""
        if self.equal():
            return "equal as it is"
        return "yes" if self.row["convertible"] else "no"

    def formulas(self) -> list[tuple[str, str, bool]]:
        """What either side computes, and how to make both equal; and whether it is set as code."""
        found = [
            ("TF1", "static", True),
            ("PyTorch", "dynamic", True),
            ("to align", "align", False),
            ("note", "note", False),
        ]
        return [(title, self.row[column], is_code) for title, column, is_code in found if self.row[column]]

    def outputs(self) -> list[tuple[str, Markup, Markup]]:
        """Each output of the two probes, with its numbers by default and aligned."""
        found = re.findall(r"(.+?): (\S+), aligned (\S+?)(?:; |$)", self.row["outputs"])
        return [(name, distance(default), distance(aligned)) for name, default, aligned in found]

    def texts(self) -> list[tuple[dict[str, str], list[dict[str, Any]]]]:
        """The two probes, with the functions that they use: for each file its path in both trees, and its columns."""
        return [
            ({side: path(tree, file) for side, tree in TREES.items()}, columns(found, _html(file)))
            for file, found in blocks(self.name).items()
        ]


@cache
def _html(file: str) -> dict[str, list[Markup]]:
    return {side: highlighted(source(side, file)) for side in TREES}
