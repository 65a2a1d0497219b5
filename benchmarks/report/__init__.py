"""The report: one self-contained HTML page, and the same rows as CSV."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT

Results = Mapping[str, Any]  # {"environment": {...}, "rows": [flat records]}, the format that every command writes
Learned = Mapping[tuple[str, str], Mapping[str, Any]]  # (model, variant) -> arrays for its picture

KINDS = ("parity", "learning", "speed", "differences", "experiments", "mutants")

__all__ = ["KINDS", "write"]


def write(
    folder: Path, results: Mapping[str, Results], learned: Learned, machines: Path = ROOT / "benchmarks" / "results"
) -> Path:
    """Write index.html and one CSV file per kind of result into `folder`. Return the path of the page.

    `machines` is a folder with timings of other machines, which the page shows beside the user's own. The page marks
    results that are missing or failed. Each file is written atomically.
    """
    import pandas as pd

    from benchmarks.report.figures.picture_cache import cached_in
    from benchmarks.report.page import render
    from benchmarks.results import replace

    with cached_in(folder / "kept" / "figures"):
        page = render(results, learned, machines)
    for kind in KINDS:
        table = pd.DataFrame(list(results.get(kind, {}).get("rows", [])))
        # the mutants are not flat records, so only the page and `--json` contain them
        replace(folder / f"{kind}.csv", table.drop(columns="mutants", errors="ignore").to_csv(index=False))
    replace(folder / "index.html", page)
    return folder / "index.html"
