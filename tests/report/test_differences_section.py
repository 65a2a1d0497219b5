"""The known differences on the page."""

from benchmarks.report.sections import differences
from tests.report.made_up import difference_rows, text, written


def test_a_difference_that_has_drifted_is_bad_news(tmp_path):
    rows = [
        row | ({"drift": "w by default 0, not 0.2"} if row["name"] == "nesterov" else {}) for row in difference_rows()
    ]
    html = written(tmp_path, differences=rows)
    assert '<span class="said bad">changed: w by default 0, not 0.2</span>' in html
    assert html.count("changed: w by default") == 1
    assert "1 have changed: nesterov." in html
    assert differences.line(rows) == f"{len(rows)} known differences measured; DRIFTED: nesterov"
    assert differences.line(difference_rows()) == f"{len(rows)} known differences measured"


def test_a_probe_that_no_longer_runs_has_drifted(tmp_path, monkeypatch):
    from static_tf.differences import PROBES

    assert differences.attempt("nesterov")["drift"] == ""

    def gone(**_):
        raise AttributeError("no such <function>\nany more")

    monkeypatch.setitem(PROBES, "nesterov", gone)
    row = differences.attempt("nesterov")
    assert row.keys() == difference_rows()[0].keys()
    assert row["drift"] == "AttributeError: no such <function>"
    assert (
        "nesterov Nesterov's momentum: equal changed: AttributeError: no such <function> by default – aligned –"
        in text(written(tmp_path, differences=[row]), "differences")
    )
