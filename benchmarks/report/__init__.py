"""The report: one self-contained HTML page, and the same rows as CSV."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT

Results = Mapping[str, Any]  # {"environment": {...}, "rows": [flat records]}, as every command writes it
Learned = Mapping[tuple[str, str], Mapping[str, Any]]  # (model, variant) -> the arrays of its picture

KINDS = ("parity", "learning", "speed", "differences", "experiments", "mutants")

__all__ = ["KINDS", "write"]


def write(
    folder: Path, results: Mapping[str, Results], learned: Learned, machines: Path = ROOT / "benchmarks" / "results"
) -> Path:
    """Write index.html, and a CSV file for each kind of results, into `folder`; the path of the page.

    `machines` is a folder with timings of other machines, which the page shows beside the user's own. What was
    not measured, or failed, is said in its place on the page. A file is complete or is not there.
    """
    import pandas as pd

    from benchmarks.report.page import render
    from benchmarks.results import replace

    page = render(results, learned, machines)
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        table = pd.DataFrame(list(results.get(kind, {}).get("rows", [])))
        # the mutants themselves are no flat record: the page and `--json` have them
        replace(folder / f"{kind}.csv", table.drop(columns="mutants", errors="ignore").to_csv(index=False))
    replace(folder / "index.html", page)
    return folder / "index.html"
