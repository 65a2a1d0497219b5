"""The lines that commands print."""

from benchmarks.summary import parity_line
from tests.report.made_up import parity_rows


def test_an_infinite_error_is_printed():
    """A row holds None for it, because JSON has no infinity."""
    rows = [row | {"static_error": None} if row["dtype"] == "float32" else row for row in parity_rows("lstm")]
    assert {row["dtype"] for row in rows} == {"float32", "float64"}
    assert "static inf" in parity_line(rows)
