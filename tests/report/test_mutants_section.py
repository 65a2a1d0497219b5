"""Planted faults on the page: how many were caught, and of which sources the results are true."""

import gzip

import pytest

from benchmarks.mutants import TARGETS, fingerprint_of
from benchmarks.mutants import results as campaign_results
from benchmarks.mutants.campaign import misjudged, missed
from benchmarks.mutants.equivalent import EQUIVALENT
from benchmarks.report import formatting
from benchmarks.twins import SIDES
from shared.errors import UsageError
from tests.report.made_up import collected, mutant, mutant_rows, text, written

# Planted faults


def test_planted_faults_are_counted(tmp_path):
    excused = mutant("a + b -> b + a", caught=False, equivalent="the same <sum>")
    rows = [campaign_results.compact(row) for row in mutant_rows("lstm", spared=[excused])]
    assert [[one["what"] for one in row["mutants"]] for row in rows] == [["a + b -> b + a"]] * 2, "the rest is counts"
    html = written(tmp_path, mutants=[row | {"changed": False} for row in rows])
    said = text(html, "mutants")
    assert "lstm static 4 1 3 100 % 2 66.6 % dynamic 4 1 3 100 % 2 66.6 %" in said
    assert "sum of the rows that are up to date 8 2 6 100 % 4 66.6 %" in said
    assert "2 of the caught mutants raised an error, whose traceback locates them" in said
    assert "Of the other 4 the proof located 50 %" in said
    assert "Missed None." in said
    assert "2 equivalent, each with the reason" in said
    assert "static_tf/m.py:7 M.forward a + b -> b + a the same <sum>" in said
    assert "not measured: python -m benchmarks mutants gan" in said
    assert (
        "catches 6 of 6 faults that were planted into the twins (100 %), and names the method of 66.6 %"
        in html.replace("\u00a0", " ")
    )
    assert "That is not enough" not in said


def test_a_missed_fault_is_told_in_full_and_is_bad_news(tmp_path):
    rows = collected("gan")
    for row in rows:
        row["mutants"] = [mutant("x < y -> x > y", caught=False, line=31)]
    said = text(written(tmp_path, mutants=rows), "mutants")
    assert "Missed static_tf/m.py:31 M.forward x < y -> x > y" in said
    assert "gan static 3 0 2 66.6 %" in said
    assert "That is not enough: 99% of the mutants that are not equivalent must be caught" in said


def test_an_equivalent_that_is_caught_after_all_is_bad_news(tmp_path):
    caught = mutant("a -> b", equivalent="it was thought so")
    rows = [campaign_results.compact(row) | {"changed": False} for row in mutant_rows("gan", spared=[caught])]
    said = text(written(tmp_path, mutants=rows), "mutants")
    assert "Called equivalent, and caught static_tf/m.py:7 M.forward a -> b it was thought so" in said
    assert "That is not enough" in said


def test_an_entry_that_is_written_after_the_campaign_counts_in_what_it_stored(tmp_path, monkeypatch):
    found = mutant("a + b -> b + a", caught=False)
    campaign_results.store(tmp_path, "gan", fingerprint_of("gan"), mutant_rows("gan", spared=[found]))
    before = campaign_results.collect(tmp_path, tmp_path / "nothing ships")
    assert [(row["equivalent"], len(missed([row])), row["changed"]) for row in before] == [(0, 1, False)] * 2
    key = (found["path"], found["method"], found["what"])
    monkeypatch.setitem(EQUIVALENT, key, "the same sum")
    after = campaign_results.collect(tmp_path, tmp_path / "nothing ships")
    assert [(row["equivalent"], len(missed([row])), row["changed"]) for row in after] == [(1, 0, False)] * 2
    monkeypatch.setitem(EQUIVALENT, (*key[:2], "a -> b"), "it was thought so")
    after = campaign_results.collect(tmp_path, tmp_path / "nothing ships")
    assert [one["what"] for one in misjudged(after)] == ["a -> b"] * 2, "caught, as the store remembers"


def test_a_share_is_whole_only_if_all_of_it_is_there():
    assert formatting.share(3, 3) == "100\u00a0%"
    assert formatting.share(99_999, 100_000) == "99.9\u00a0%"
    assert formatting.share(0, 0) == "–"


def test_results_whose_sources_have_changed_do_not_look_true(tmp_path):
    old = collected("lstm", changed=True)
    for row in old:
        row["mutants"] = [mutant("x -> y", caught=False)]
    html = written(tmp_path, mutants=[*collected("gan"), *old])
    said = text(html, "mutants")
    assert "lstm changed since: python -m benchmarks mutants lstm" in said
    assert "gan changed since" not in said
    assert "sum of the rows that are up to date 6 0 6" in said
    assert "M.forward changed since x -> y" in said
    assert "That is not enough" not in said
    assert "catches 6 of 6" in html
    html = written(tmp_path, mutants=old)
    assert "catches" not in html, "nothing of it is true"
    assert "sum" not in text(html, "mutants")


def test_own_results_come_before_those_that_ship_while_they_are_true(tmp_path):
    here, shipped = tmp_path / "report", tmp_path / "shipped" / "mutants.jsonl.gz"
    assert campaign_results.collect(here, shipped) == []
    for target in TARGETS:
        campaign_results.store(here, target, fingerprint_of(target), mutant_rows(target))
    campaign_results.ship(here, shipped)
    other = tmp_path / "other"
    rows = campaign_results.collect(other, shipped)
    assert [(row["model"], row["side"]) for row in rows] == [(t, side) for t in TARGETS for side in SIDES]
    assert {(row["origin"], row["changed"]) for row in rows} == {("shipped", False)}
    assert "sum of what" not in text(written(tmp_path, mutants=rows), "mutants"), "all was measured, and is true"

    first = TARGETS[0]

    def origin():
        rows = [row for row in campaign_results.collect(other, shipped) if row["model"] == first]
        return {(row["origin"], row["changed"], row["planted"]) for row in rows}

    campaign_results.store(other, first, fingerprint_of(first), mutant_rows(first, planted=11))
    assert origin() == {("kept", False, 11)}
    campaign_results.store(other, first, "of other sources", mutant_rows(first, planted=11))
    assert origin() == {("shipped", False, 3)}
    changed = gzip.decompress(shipped.read_bytes()).replace(fingerprint_of(first).encode(), b"of other sources")
    shipped.write_bytes(gzip.compress(changed))
    assert origin() == {("kept", True, 11)}
    campaign_results.ship(other, shipped)
    assert len(campaign_results.collect(tmp_path / "third", shipped)) == len(SIDES) * len(TARGETS), "none is lost"
    only = tmp_path / "only" / "mutants.jsonl.gz"
    with pytest.raises(UsageError, match=f"not measured: python -m benchmarks mutants {TARGETS[1]} {TARGETS[2]} "):
        campaign_results.ship(other, only)
    shipped.write_bytes(shipped.read_bytes()[:-9])
    with pytest.raises(UsageError, match=r"mutants\.jsonl\.gz is damaged"):
        campaign_results.collect(other, shipped)
