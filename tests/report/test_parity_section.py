"""The proof on the page: what was observed beside what is allowed, and where two twins first differ."""

import re
from html import unescape

from tests.report.made_up import parity_rows, text, written

# The proof


def table_rows(html, part, title):
    """The rows of one of a part's tables of parity, as a reader sees them."""
    label = f'aria-label="Parity of {part} in {title}"'
    table = html[html.index(label) : html.index("</table>", html.index(label))]
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in table.split("<tr>")[1:]]


def test_what_was_observed_stands_beside_what_is_allowed(tmp_path):
    html = written(tmp_path, parity_rows("gan"))
    head, *rows = table_rows(html, "gan", "float64")
    assert head.endswith("largest distance allowed verdict")
    assert rows[0] == "tap 1 w1 1 data 3.0 × 10 −16 3.0 × 10 −16 1.0 × 10 −12 rounding"
    head, *rows = table_rows(html, "gan", "float32")
    assert head.endswith("static error dynamic error allowed ULP sides amplified growth verdict")
    assert rows[0] == "tap 1 w1 1 data 4.0 × 10 −7 2.0 × 10 −7 6.0 × 10 −6 560 2 1.7 0.9 rounding"
    assert rows[1].endswith("1.7 – rounding"), "only taps have a tap before them"
    for word in ("ULP", "sides", "amplified", "growth"):
        assert f"<i>{word}</i>" in html, "a title that is short is explained below"


def test_of_each_stage_the_value_is_shown_that_is_nearest_to_what_is_allowed(tmp_path):
    near = {"name": "near", "static_error": 1e-6, "allowed": 2e-6, "rel_norm": 1e-9}
    far = {"name": "far", "static_error": 1e-5, "allowed": 1e-3, "rel_norm": 1e-5}
    wild = {"name": "wild", "static_error": None, "dynamic_error": None, "rel_norm": None, "verdict": "different"}
    rows = [row for row in parity_rows("gan") if row["dtype"] == "float32"]
    found = [row | change for row in rows for change in (near, far)]
    assert all("near" in row for row in table_rows(written(tmp_path, found), "gan", "float32")[1:])
    found += [row | change for row in rows for change in (near | {"verdict": "different"}, wild)]
    assert all("4 wild" in row for row in table_rows(written(tmp_path, found), "gan", "float32")[1:])


def test_the_hard_batches_are_named(tmp_path):
    rows = [row | {"batch": batch} for batch in ("data", "one word", "zeros") for row in parity_rows("lstm")]
    said = text(written(tmp_path, rows), "model-lstm")
    assert "on the data and on 2 edge cases: one word, zeros." in said
    assert "edge cases" not in text(written(tmp_path, parity_rows("lstm")), "model-lstm")


def test_the_first_divergence_and_its_cause_are_said(tmp_path):
    where = "first divergence: forward, tap 'h'\n  static  static_tf/<b>.py:7 Gan.forward"
    rows = parity_rows("gan", verdict="different", where=where, cause="weight_decay: explains 2e-3 & more")
    html = written(tmp_path, rows)
    assert (
        "<pre>first divergence: forward, tap &#39;h&#39;\n  static  static_tf/&lt;b&gt;.py:7 Gan.forward</pre>" in html
    )
    assert "Cause: weight_decay: explains 2e-3 & more" in text(html, "model-gan")
    html = written(tmp_path, parity_rows("gan", verdict="different", where=where))
    assert "Cause:" not in text(html, "model-gan")
    assert "<pre>" not in written(tmp_path, parity_rows("gan"))
