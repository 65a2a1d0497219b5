"""Planted faults on the page: how many were caught, and of which sources the results are true."""

import shutil

import pytest

from benchmarks.mutants import TARGETS, fingerprint_of
from benchmarks.mutants.equivalent import EQUIVALENT
from benchmarks.report import formatting, mutants, page
from shared.errors import UsageError
from tests.report.made_up import collected, mutant, mutant_rows, text, written

# Planted faults


def test_planted_faults_are_counted(tmp_path):
    excused = mutant("a + b -> b + a", caught=False, equivalent="the same <sum>")
    rows = [mutants.compact(row) for row in mutant_rows("lstm", spared=[excused])]
    assert [[one["what"] for one in row["mutants"]] for row in rows] == [["a + b -> b + a"]] * 2, "the rest is counts"
    html = written(tmp_path, mutants=[row | {"changed": False} for row in rows])
    said = text(html, "mutants")
    assert "lstm static 4 1 3 100 % 2 66.6 % dynamic 4 1 3 100 % 2 66.6 %" in said
    assert "sum of what is measured and true 8 2 6 100 % 4 66.6 %" in said
    assert "2 of the caught ended in an error, and are located by its traceback" in said
    assert "Of the other 4 the proof has located 50 %" in said
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
    assert "That is not enough: 99% of those not equivalent must be caught" in said


def test_an_equivalent_that_is_caught_after_all_is_bad_news(tmp_path):
    caught = mutant("a -> b", equivalent="it was thought so")
    rows = [mutants.compact(row) | {"changed": False} for row in mutant_rows("gan", spared=[caught])]
    said = text(written(tmp_path, mutants=rows), "mutants")
    assert "Called equivalent, and caught static_tf/m.py:7 M.forward a -> b it was thought so" in said
    assert "That is not enough" in said


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
    assert "sum of what is measured and true 6 0 6" in said
    assert "M.forward changed since x -> y" in said
    assert "That is not enough" not in said
    assert "catches 6 of 6" in html
    html = written(tmp_path, mutants=old)
    assert "catches" not in html, "nothing of it is true"
    assert "sum" not in text(html, "mutants")


def test_own_results_come_before_those_that_ship_while_they_are_true(tmp_path):
    here, shipped = tmp_path / "report", tmp_path / "shipped" / "mutants.json"
    assert mutants.collect(here, shipped) == []
    for target in TARGETS:
        mutants.keep(here, target, fingerprint_of(target), mutant_rows(target))
    mutants.ship(here, shipped)
    other = tmp_path / "other"
    rows = mutants.collect(other, shipped)
    assert [(row["model"], row["side"]) for row in rows] == [(t, side) for t in TARGETS for side in page.SIDES]
    assert {(row["origin"], row["changed"]) for row in rows} == {("shipped", False)}
    assert "sum of what" not in text(written(tmp_path, mutants=rows), "mutants"), "all was measured, and is true"

    first = TARGETS[0]

    def origin():
        rows = [row for row in mutants.collect(other, shipped) if row["model"] == first]
        return {(row["origin"], row["changed"], row["planted"]) for row in rows}

    mutants.keep(other, first, fingerprint_of(first), mutant_rows(first, planted=11))
    assert origin() == {("kept", False, 11)}
    mutants.keep(other, first, "of other sources", mutant_rows(first, planted=11))
    assert origin() == {("shipped", False, 3)}
    shipped.write_text(shipped.read_text().replace(fingerprint_of(first), "of other sources"))
    assert origin() == {("kept", True, 11)}
    with pytest.raises(UsageError, match=f"not measured, or changed since: python -m benchmarks mutants {first} "):
        mutants.ship(other, shipped)
    shipped.write_text(shipped.read_text()[:-9])
    with pytest.raises(UsageError, match=r"mutants\.json is damaged"):
        mutants.collect(other, shipped)


def test_a_campaign_depends_on_its_model_and_the_proof_and_on_no_other_model(tmp_path, monkeypatch):
    from benchmarks import results

    for tree in ("shared", "static_tf", "dynamic_torch", "benchmarks"):
        shutil.copytree(results.ROOT / tree, tmp_path / tree, ignore=shutil.ignore_patterns("__pycache__", "*.npz"))
    monkeypatch.setattr(results, "ROOT", tmp_path)

    def moved(path):
        """Which fingerprints an edit of a file changes."""
        jobs = [("mutants", "lstm"), ("mutants", "gan"), ("mutants", "optimizers"), ("differences",), ("parity", "gan")]
        before = [results.fingerprint(*job) for job in jobs]
        with (tmp_path / path).open("a") as file:
            file.write("# edited\n")
        return [" ".join(job) for job, mark in zip(jobs, before) if results.fingerprint(*job) != mark]

    assert moved("static_tf/recurrent/lstm.py") == ["mutants lstm", "mutants optimizers"]
    assert moved("shared/recurrent/lstm.py") == ["mutants lstm", "mutants optimizers"]
    assert moved("dynamic_torch/generative/gan.py") == ["mutants gan", "mutants optimizers", "parity gan"]
    campaigns = ["mutants lstm", "mutants gan", "mutants optimizers"]
    assert moved("static_tf/optimizers.py") == [*campaigns, "parity gan"]
    assert moved("dynamic_torch/twin.py") == [*campaigns, "parity gan"]
    assert moved("benchmarks/parity/verdicts.py") == [*campaigns, "parity gan"]
    assert moved("benchmarks/faults/operators.py") == campaigns
    assert moved("static_tf/differences.py") == ["differences"]
    assert moved("shared/differences.py") == ["differences"]
    assert moved("benchmarks/differences.py") == ["differences"]
    assert moved("shared/randomness.py") == [*campaigns, "differences", "parity gan"]
    assert moved("benchmarks/learning/learn.py") == []
    assert moved("static_tf/baselines.py") == moved("dynamic_torch/cost.py") == []


def test_a_campaign_depends_on_what_is_said_of_its_own_mutants(monkeypatch):
    before = {model: fingerprint_of(model) for model in ("lstm", "gan")}
    (key, *_) = (key for key in EQUIVALENT if "lstm" in key[0])
    monkeypatch.setitem(EQUIVALENT, key, "for another reason")
    assert fingerprint_of("lstm") != before["lstm"]
    assert fingerprint_of("gan") == before["gan"]
