"""Around the timings: sweeps and where they cross, the control, two files compared, an interrupted run gone on with.

What is measured in earnest is tested in test_speed.py; here rows are made up, or come from its planted arms.
"""

import json
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import cli
from benchmarks.results import read
from benchmarks.speed import Job, TimingSettings, cache, compare, control, statistics, sweep
from benchmarks.speed import measure as measure_pairs
from benchmarks.twins import SIDES
from shared.errors import UsageError
from shared.randomness import generator
from tests.speed.test_speed import MODEL, nothing_left, quick  # noqa: F401  (a fixture that is used by its name)

JOB = Job(MODEL, "plain", "plain", "cpu", "small", "float32", 1)


def rows_of(job, static=1e-3, dynamic=2e-3, noise=0.01, launches=7, key=""):
    """Rows as `measure` makes them, of steps that take so long."""
    found = []
    draw = generator("test", "rows", str(job), key)
    samples = {
        side: (seconds * np.exp(draw.normal(0, noise, (launches, 4)))).tolist()
        for side, seconds in (("static", static), ("dynamic", dynamic))
    }
    ratio, low, high = statistics.ratio(samples["static"], samples["dynamic"])
    for side, blocks in samples.items():
        middle, own_low, own_high = statistics.median(blocks)
        found.append(
            {
                **vars(job),
                "side": side,
                "phase": "step",
                "launches": launches,
                "median_s": middle,
                "low_s": own_low,
                "high_s": own_high,
                "ratio": ratio,
                "ratio_low": low,
                "ratio_high": high,
                "conclusion": statistics.conclusion(low, high),
                "warning": None,
                "samples": blocks,
                "error": None,
            }
        )
    return found


# Sweeps


def swept(ratios):
    rows = []
    for value, ratio in ratios.items():
        rows += rows_of(
            Job(MODEL, "plain", "plain", "cpu", "small", "float32", 1, "batch", value), 1e-3 * ratio, 1e-3, 1e-4
        )
    return rows


def test_a_sweep_is_a_setting_and_its_values():
    assert sweep.parse("batch=64,1,8") == ("batch", [1, 8, 64])
    assert sweep.parse("l2=0.5,0.1") == ("l2", [0.1, 0.5])
    for wrong in ("batch", "batch=", "=1,2", "batch=a,b"):
        with pytest.raises(UsageError, match="as in batch=1,8,64"):
            sweep.parse(wrong)


def test_a_crossing_is_found_between_two_values():
    (found,) = sweep.crossings(swept({1: 0.5, 4: 0.5, 16: 2.0, 64: 4.0}))
    assert found.at == pytest.approx(8, rel=0.05)  # half way from 4 to 16 in logarithms, as 1 is from 1 / 2 to 2
    assert found.sentence.startswith("static is faster up to batch 8")
    assert found.sentence.endswith("dynamic beyond")
    (other,) = sweep.crossings(swept({1: 2.0, 4: 0.25}))
    assert other.sentence.startswith("dynamic is faster up to batch 1.59")  # 4 to the power of 1 / 3


def test_without_a_crossing_or_with_several_a_sweep_says_so():
    (never,) = sweep.crossings(swept({1: 0.5, 8: 0.7}))
    assert never.at is None
    assert never.sentence == "static is faster at every batch from 1 to 8"
    (twice,) = sweep.crossings(swept({1: 0.5, 4: 2.0, 16: 0.5}))
    assert "static is faster at first and static at last" in twice.sentence
    assert twice.sentence.count(",") == 1  # two hosts
    (unsure,) = sweep.crossings(swept({1: 0.5, 8: 1.0}))
    assert unsure.sentence.endswith("(not significant at 8)")
    assert sweep.crossings(rows_of(JOB)) == []  # no sweep


def test_a_setting_that_a_model_does_not_have_is_refused():
    with pytest.raises(UsageError, match="no such setting: bach"):
        measure_pairs([MODEL], sweep="bach", value=3)
    with pytest.raises(UsageError, match="a batch of 100000 out of"):
        measure_pairs([MODEL], sweep="batch", value=100_000)


def test_a_swept_setting_reaches_both_arms():
    rows = measure_pairs([MODEL], sweep="batch", value=7, effort=quick())
    assert {row["error"] for row in rows} == {None}
    assert {(row["sweep"], row["value"]) for row in rows} == {("batch", 7)}


# The control


def test_a_side_against_itself():
    found = list(control.control([JOB], quick(launches=6)))
    assert [rows[0]["side"] for rows in found] == ["static", "dynamic"]
    for rows in found:
        assert [row["phase"] for row in rows] == ["step", "forward", "resident"]
        for row in rows:
            assert row["error"] is None
            assert row["ratio_low"] <= row["ratio"] <= row["ratio_high"]
            assert row["alarm"] == (not row["ratio_low"] <= 1 <= row["ratio_high"])
            assert 0 < row["detectable"] == pytest.approx((row["ratio_high"] / row["ratio_low"]) ** 0.5 - 1)
    assert control.summary([row for rows in found for row in rows])["comparisons"] == 6


def test_too_many_alarms_fail_the_control():
    calm = {"alarm": False, "detectable": 0.02, "error": None}
    rows = [calm] * 19 + [calm | {"alarm": True, "detectable": 0.5}]
    assert control.summary(rows) == {"comparisons": 20, "alarms": 1, "rate": 0.05, "detectable": 0.02}
    assert control.passed(rows)
    assert not control.passed(rows[1:])  # 1 of 19 is more than 5 %
    assert not control.passed([])
    assert not control.passed([{**calm, "detectable": None}])  # too few launches for an interval: nothing is shown
    assert not control.passed([*rows, calm | {"error": "died"}])
    assert "1 false alarms, 5.0% (5% are allowed)" in control.verdict(rows)


# Two files compared


def test_what_became_slower_is_a_regression():
    old = rows_of(JOB, static=1e-3, dynamic=2e-3, key="old")
    new = rows_of(JOB, static=1.2e-3, dynamic=2.01e-3, key="new")
    found = {row["side"]: row for row in compare.compare(old, new, 0.05)}
    assert found["static"]["verdict"] == "slower"
    assert found["static"]["change"] == pytest.approx(1.2, rel=0.02)
    assert found["static"]["change_low"] < 1.2 < found["static"]["change_high"]
    assert found["dynamic"]["verdict"] in ("not significant", "within 5%")
    assert compare.regressed(list(found.values())) == [found["static"]]
    back = {row["side"]: row for row in compare.compare(new, old, 0.05)}
    assert back["static"]["verdict"] == "faster"
    assert not compare.regressed(list(back.values()))
    assert compare.compare(old, new, 0.5)[0]["verdict"] == "within 50%"
    layers = {**found["static"], "side": "dynamic layers"}
    assert " dynamic layers step " in compare.line(layers), "a long name does not run into the next word"
    assert "1 slower, 0 faster, 0 lost; static over dynamic agrees within 5% for 0 of 1" in compare.summary(
        list(found.values())
    )


def test_a_time_that_was_lost_is_a_regression_and_a_new_one_is_none():
    old, other = rows_of(JOB), rows_of(Job("gan", "plain", "plain", "cpu", "small", "float32", 1))
    broken = [{**row, "median_s": None, "samples": [], "ratio": None, "error": "killed by SIGKILL"} for row in old]
    verdicts = [row["verdict"] for row in compare.compare(old, broken, 0.05)]
    assert verdicts == ["lost: killed by SIGKILL"] * 2
    assert [row["verdict"] for row in compare.compare(broken, old, 0.05)] == ["no time before"] * 2
    found = compare.compare(old, other, 0.05)
    assert [row["verdict"] for row in found] == ["only in the old file"] * 2 + ["only in the new file"] * 2
    assert not compare.regressed(found)


def written(path, rows, **environment):
    path.write_text(json.dumps({"environment": environment, "rows": rows}))
    return str(path)


def test_compare_from_the_command_line(tmp_path):
    old = written(tmp_path / "old.json", rows_of(JOB), cpu="a")
    slow = written(tmp_path / "new.json", rows_of(JOB, static=1.5e-3, key="new"), cpu="b")
    run = CliRunner().invoke(cli.app, ["compare", old, slow, "--json", str(tmp_path / "found.json")])
    assert run.exit_code == 1
    assert "1.5" in run.output
    assert "measured under other conditions: cpu a and b" in run.output
    assert len(read(tmp_path / "found.json")["rows"]) == 2
    assert CliRunner().invoke(cli.app, ["compare", old, old]).exit_code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("{", "is damaged"),
        ("[1]", "has no rows"),
        ('{"rows": [], "environment": 3}', "has no environment"),
        ('{"rows": [{"model": "gan"}], "environment": {}}', "has no timings"),
        ('{"rows": [], "environment": {}}', "no timing in common"),
    ],
)
def test_a_file_that_is_none_is_refused_by_name(content, said, tmp_path):
    bad = tmp_path / "bad.json"
    if content is not None:
        bad.write_text(content)
    good = written(tmp_path / "good.json", rows_of(JOB))
    with pytest.raises(UsageError, match=said) as refused:
        CliRunner().invoke(cli.app, ["compare", good, str(bad)], catch_exceptions=False)
    assert "bad.json" in str(refused.value)


# An interrupted run


def test_what_was_measured_is_not_measured_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file, asked = tmp_path / "speed.json", []

    def fake(job, effort, tell):
        asked.append(job.model)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return rows_of(job)

    monkeypatch.setattr(import_module("benchmarks.speed.measure"), "measure_job", fake)
    command = ["speed", "linear_regression", "logistic_regression", MODEL, "--variant", "plain", "--json", str(file)]
    assert CliRunner().invoke(cli.app, command).exit_code == 130
    assert asked == ["linear_regression", "logistic_regression", MODEL]
    assert len(read(file)["rows"]) == 4
    assert CliRunner().invoke(cli.app, [*command, "--resume"]).exit_code == 0
    assert asked[3:] == [MODEL]
    assert [row["model"] for row in read(file)["rows"][::2]] == asked[:3]
    other = ["speed", "gan", "--size", "medium", "--json", str(file), "--resume"]
    assert CliRunner().invoke(cli.app, other).exit_code == 0  # what was not asked for now is kept, too
    assert len(read(file)["rows"]) == 8
    monkeypatch.setattr(cache, "fingerprint", lambda *_: "another version")
    assert CliRunner().invoke(cli.app, [*command, "--resume"]).exit_code == 0
    assert asked[5:] == asked[:3]  # it is no longer true
    assert len(read(file)["rows"]) == 8


def test_the_report_finds_what_the_command_has_timed(tmp_path, monkeypatch):
    compiled = replace(JOB, form="compiled")
    for job in (JOB, compiled, replace(JOB, sweep="batch", value=8)):
        cache.keep(tmp_path, job, TimingSettings(), rows_of(job))
    failed = [row | {"error": "it died"} for row in rows_of(JOB)]
    cache.keep(tmp_path, replace(JOB, size="large"), TimingSettings(), failed)
    for side in SIDES:  # its twin beside its framework's own layers
        cache.keep(
            tmp_path, JOB, TimingSettings(), [row | {"against": "layers", "side": side} for row in rows_of(JOB)], side
        )
    found = cache.kept(tmp_path)
    assert {(row["form"], row["sweep"]) for row in found if "against" not in row} == {
        ("compiled", None),
        ("plain", "batch"),
    }
    assert {row["side"] for row in found if "against" in row} == set(SIDES)
    assert found[-1]["samples"] or found[0]["samples"]
    (tmp_path / "kept" / "timing-gan-plain.json").write_text("{")  # damaged: as if it were not there
    assert cache.kept(tmp_path) == found
    monkeypatch.setattr(cache, "fingerprint", lambda *_: "another version")
    assert cache.kept(tmp_path) == []


def test_variants_of_the_same_work_are_timed_only_if_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = []

    def fake(job, *_):
        asked.append(str(job))
        return rows_of(job)

    monkeypatch.setattr(import_module("benchmarks.speed.measure"), "measure_job", fake)
    for options in (["shallow_classifier", "lstm"], ["shallow_classifier", "--variant", "xor"]):
        assert CliRunner().invoke(cli.app, ["speed", *options]).exit_code == 0
    assert asked == ["shallow_classifier plain", "lstm plain", "lstm while_loop", "shallow_classifier xor"]


def test_resuming_needs_a_file():
    with pytest.raises(UsageError, match="--json FILE"):
        CliRunner().invoke(cli.app, ["speed", MODEL, "--resume"], catch_exceptions=False)
