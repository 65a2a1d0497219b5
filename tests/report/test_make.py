"""Making the report: what is still true is not measured again, and a report is replaced whole or not at all."""

import json
import re
from contextlib import nullcontext

import numpy as np
import pytest

from benchmarks.report import unchanged
from benchmarks.report.sections import differences
from benchmarks.rows import TimingRow, from_record, record
from benchmarks.speed.joined import with_statistics
from shared.catalog import CATALOG
from shared.differences import DIFFERENCES
from shared.errors import UsageError
from tests.report.made_up import collected, difference_rows, mutant, parity_rows, speed_rows, text, written


class Counted:
    """A progress bar that counts."""

    def __init__(self):
        self.finished = 0

    def tell(self, what, share):
        assert 0 <= share <= 1

    def done(self):
        self.finished += 1


def test_what_is_still_true_is_not_measured_again(tmp_path, monkeypatch):
    """The second report measures nothing; one whose fingerprint has changed, or that is asked for afresh, does."""
    from benchmarks.report import make

    measured, spoilt, drifted, planted = [], {}, {}, []

    def fake(kind, name, variant, device, tell, parents, hosts):
        measured.append(kind)
        return (parity_rows(name, **spoilt) if kind == "parity" else []), {}

    def probe(name):
        measured.append("differences")
        (row,) = (row for row in difference_rows() if row["name"] == name)
        return {**row, **drifted}

    def report_on(fresh=False):
        measured.clear()
        bar = Counted()
        page, well = make.make([("gan", "plain")], "cpu", tmp_path, fresh, bar, lambda line: None)
        assert page.exists()
        assert well == (not spoilt and not drifted and not planted)
        assert bar.finished == 4, "of one pair three kinds, and the known differences"
        assert measured.count("differences") in (0, len(DIFFERENCES))
        return list(dict.fromkeys(measured))

    for module in (make, make.experiments):  # no experiments: they have tests of their own, and take minutes
        monkeypatch.setattr(module, "every", list)
    monkeypatch.setattr(make, "_measure", fake)
    monkeypatch.setattr(differences, "attempt", probe)
    monkeypatch.setattr(make, "collect", lambda folder: planted)
    monkeypatch.setattr(make, "write", lambda folder, *_: (folder / "index.html").write_text("a page"))
    assert report_on() == ["differences", "parity", "speed", "learning"]
    assert report_on() == []
    assert report_on(fresh=True) == ["differences", "parity", "speed", "learning"]
    whole = make.fingerprint
    for changed in ("speed", "differences"):
        new = {changed: "new"}
        monkeypatch.setattr(make, "fingerprint", lambda kind, *rest, new=new: whole(kind, *rest) + new.get(kind, ""))
        assert report_on() == [changed]
        monkeypatch.setattr(make, "fingerprint", whole)
        assert report_on() == [changed]
    (tmp_path / "kept" / "parity-gan-plain.json").write_text("{ cut off")
    assert report_on() == ["parity"]
    drifted["drift"] = "w by default 0, not 1"
    assert report_on(fresh=True) == ["differences", "parity", "speed", "learning"]
    assert report_on() == ["differences"]  # what failed is tried again
    drifted.clear()
    spoilt["verdict"] = "different"
    assert report_on(fresh=True) == ["differences", "parity", "speed", "learning"]
    assert report_on() == ["parity"]
    spoilt.clear()
    assert report_on() == ["parity"]
    planted += collected("gan", equivalent=0, mutants=[mutant("x -> y", caught=False)])
    assert report_on() == []


@pytest.mark.slow
def test_a_page_that_is_written_already_is_not_written_again(tmp_path, made_up_results, monkeypatch):
    from benchmarks.report import make

    def report_on(pairs=PAIRS):
        before = page.stat().st_mtime_ns if page.exists() else 0
        make.make(pairs, "cpu", tmp_path, False, Counted(), lambda line: None)
        return page.stat().st_mtime_ns != before

    page = tmp_path / "index.html"
    assert report_on()
    assert not report_on()
    assert report_on(PAIRS[:1]), "it shows other pairs"
    assert not report_on(PAIRS[:1])
    page.write_text("edited")
    assert report_on()
    assert "edited" not in page.read_text()[:100]
    (tmp_path / "kept" / "timing-lstm-small.json").write_text("{}")
    assert report_on(), "another command has stored a result"
    (tmp_path / "speed.csv").unlink()
    assert report_on()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "pyproject.toml").touch()
    monkeypatch.setattr(unchanged, "ROOT", tmp_path / "elsewhere")
    assert report_on(), "the project has changed"
    assert not report_on()


def test_a_report_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    written(tmp_path)
    before = (tmp_path / "index.html").read_text()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(UsageError, match="No space left on device"):
        written(tmp_path, parity_rows("gan"))
    assert (tmp_path / "index.html").read_text() == before
    assert not list(tmp_path.glob(".*"))


@pytest.fixture
def made_up_results(monkeypatch):
    """Results that take no time, of two pairs; returns which kinds were measured."""
    from benchmarks.report import make

    measured = []

    def fake(kind, name, variant, device, tell, parents, hosts):
        measured.append((kind, name))
        return (parity_rows(name) if kind == "parity" else []), {}

    monkeypatch.setattr(make, "every", list)
    monkeypatch.setattr(make, "_measure", fake)
    monkeypatch.setattr(make, "DIFFERENCES", [])
    monkeypatch.setattr(make, "collect", lambda folder: [])
    return measured


PAIRS = [("gan", "plain"), ("computational_graph", "plain")]


def test_the_proofs_are_measured_whatever_the_time_and_the_rest_is_the_reference_machines(tmp_path, made_up_results):
    from benchmarks.report import make

    told = []
    page, well = make.make(PAIRS, "cpu", tmp_path, False, Counted(), told.append, minutes=0)
    assert well
    assert made_up_results == [("parity", "gan"), ("parity", "computational_graph")]
    assert told[-1] == "4 of 4 trainings, timings and experiments are left: make report MINUTES=30 goes on"
    said = text(page.read_text(), "model-gan")
    assert "◆ Not measured here yet: this is Intel" in said
    assert re.search(r"marked ◆: \d+ timings \(Intel", page.read_text())
    make.make(PAIRS, "cpu", tmp_path, False, Counted(), told.append)
    assert made_up_results[2:] == [
        ("learning", "computational_graph"),  # which is quick; then the timings
        *[("speed", name) for name in ("computational_graph", "gan")],
        ("learning", "gan"),
    ]


def test_with_time_left_wide_intervals_become_narrow(tmp_path, made_up_results, monkeypatch):
    """All launches of a pair count together; the widest interval comes first, until it is narrow or many are made."""
    from benchmarks.report import make

    spread, fake = {"gan": 0.04, "computational_graph": 0.01}, make._measure
    random = np.random.default_rng(0)

    def timed(kind, name, *rest, **options):
        rows, more = fake(kind, name, *rest, **options)
        if kind == "speed":
            rows = speed_rows(name)
            for row in rows:
                launches = row["median_s"] * np.exp(spread[name] * random.normal(size=(7, 1)))
                row |= {"samples": np.repeat(launches, 4, axis=1).tolist(), "launches": 7}
                row |= {"disturbed": 0.0}
            rows = [record(row) for row in with_statistics([from_record(TimingRow, row) for row in rows])]
        return rows, more

    monkeypatch.setattr(make, "_measure", timed)
    monkeypatch.setattr(make, "parents_for", lambda jobs: nullcontext())
    make.make(PAIRS, "cpu", tmp_path, False, Counted(), lambda line: None, narrow=True)
    again = [name for kind, name in made_up_results if kind == "speed"][len(PAIRS) :]
    assert again[:2] == ["gan", "computational_graph"]
    assert 3 >= again.count("gan") >= again.count("computational_graph")
    for name in spread:
        rows = json.loads((tmp_path / "kept" / f"speed-{name}-plain.json").read_text())["rows"]
        (step,) = (row for row in rows if (row["phase"], row["side"]) == ("step", "static"))
        assert step["launches"] == len(step["samples"])
        assert step["launches"] == 7 * (1 + again.count(name))
        assert step["ratio_low"] < 1.5 < step["ratio_high"]
    assert step["ratio_high"] < 1.02**2 * step["ratio_low"]


def test_the_page_is_written_early_and_after_an_interrupt(tmp_path, made_up_results, monkeypatch):
    from benchmarks.report import make

    seen, fake = [], make._measure

    def interrupted(kind, name, *rest, **options):
        seen.append((tmp_path / "index.html").exists())
        if kind == "learning":
            raise KeyboardInterrupt
        return fake(kind, name, *rest, **options)

    monkeypatch.setattr(make, "_measure", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make.make(PAIRS, "cpu", tmp_path, False, Counted(), lambda line: None)
    assert seen == [True, True, True], "the first page shows the known differences"
    for name, _ in PAIRS:
        assert "same function" in text((tmp_path / "index.html").read_text(), f"model-{name}")
    assert made_up_results == [("parity", "gan"), ("parity", "computational_graph")]


def test_the_reference_results_are_those_of_the_catalogue():
    """Every variant that is trained, on both sides, each with its verdicts; none of a variant that is gone."""
    from benchmarks.report.sections.machines import REFERENCES
    from benchmarks.report.sections.reference import Reference

    reference = Reference.of(REFERENCES)
    trained = {(name, one) for name, entry in CATALOG.items() for one, v in entry.variants.items() if v.learning}
    shipped = {(row["model"], row["variant"]) for row in reference.rows["learning"]}
    assert shipped == trained
    for pair in trained:
        rows = reference.learning(pair)
        learning = CATALOG[pair[0]].variants[pair[1]].learning
        assert {row["side"] for row in rows} == {"static", "dynamic", "both"}
        assert {row["verdict"] for row in rows if row["bound"] is not None} <= {"met", "together"}
        judged = {row["name"]: row["bound"] for row in rows if row["kind"] == "metric" and row["bound"] is not None}
        assert judged == {target.metric: target.bound for target in learning.targets}
        assert next(row["bound"] for row in rows if row["kind"] == "curves") == learning.curve_gap
