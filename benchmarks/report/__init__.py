"""The report: one self-contained HTML page, and the same rows as CSV."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

Results = Mapping[str, Any]  # {"environment": {...}, "rows": [flat records]}, as every command writes it
Learned = Mapping[tuple[str, str], Mapping[str, Any]]  # (model, variant) -> the arrays of its picture

__all__ = ["write"]


def write(folder: Path, parity: Results, speed: Results, learning: Results, learned: Learned) -> Path:
    """Write index.html, parity.csv, speed.csv and learning.csv into `folder`; the path of the page.

    What was not measured, or failed, is said in its place on the page. A file is complete or is not there.
    """
    import pandas as pd

    from benchmarks.report.page import render
    from benchmarks.results import replace

    page = render(parity, speed, learning, learned)
    folder.mkdir(parents=True, exist_ok=True)
    for name, results in (("parity", parity), ("speed", speed), ("learning", learning)):
        replace(folder / f"{name}.csv", pd.DataFrame(list(results.get("rows", []))).to_csv(index=False))
    replace(folder / "index.html", page)
    return folder / "index.html"
