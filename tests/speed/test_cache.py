"""What was measured is not measured again."""

from dataclasses import replace
from importlib import import_module

import pytest
from typer.testing import CliRunner

from benchmarks import cli
from benchmarks.results import read
from benchmarks.speed import TimingSettings, cache
from benchmarks.twins import SIDES
from shared.errors import UsageError
from tests.speed.made_up import JOB, rows_of
from tests.speed.planted import MODEL

# An interrupted run


def test_what_was_measured_is_not_measured_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file, asked = tmp_path / "speed.json", []

    def fake(job, settings, tell, parents):
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
    other = ["speed", "gan", "--variant", "plain", "--size", "medium", "--json", str(file), "--resume"]
    assert CliRunner().invoke(cli.app, other).exit_code == 0  # what was not asked for now is kept, too
    assert len(read(file)["rows"]) == 8
    monkeypatch.setattr(cache.cache, "fingerprint", lambda *_: "another version")
    assert CliRunner().invoke(cli.app, [*command, "--resume"]).exit_code == 0
    assert asked[5:] == asked[:3]  # it is no longer true
    assert len(read(file)["rows"]) == 8


def test_the_report_finds_what_the_command_has_timed(tmp_path, monkeypatch):
    compiled = replace(JOB, form="compiled")
    for job in (JOB, compiled, replace(JOB, sweep="batch", value=8)):
        cache.store(tmp_path, job, TimingSettings(), rows_of(job))
    failed = [row | {"error": "it died"} for row in rows_of(JOB)]
    cache.store(tmp_path, replace(JOB, size="large"), TimingSettings(), failed)
    for side in SIDES:  # its twin beside its framework's own layers
        cache.store(
            tmp_path, JOB, TimingSettings(), [row | {"against": "baseline", "side": side} for row in rows_of(JOB)], side
        )
    found = cache.stored(tmp_path)
    assert {(row["form"], row["sweep"]) for row in found if "against" not in row} == {
        ("compiled", None),
        ("plain", "batch"),
    }
    assert {row["side"] for row in found if "against" in row} == set(SIDES)
    assert found[-1]["samples"] or found[0]["samples"]
    (tmp_path / "kept" / "timing-gan-plain.json").write_text("{")  # damaged: as if it were not there
    assert cache.stored(tmp_path) == found
    monkeypatch.setattr(cache.cache, "fingerprint", lambda *_: "another version")
    assert cache.stored(tmp_path) == []


def test_variants_of_the_same_work_are_timed_only_if_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = []

    def fake(job, *_, parents):
        asked.append(str(job))
        return rows_of(job)

    monkeypatch.setattr(import_module("benchmarks.speed.measure"), "measure_job", fake)
    for options in (["shallow_classifier", "lstm"], ["shallow_classifier", "--variant", "xor"]):
        assert CliRunner().invoke(cli.app, ["speed", *options]).exit_code == 0
    assert asked == [
        "shallow_classifier plain",
        "lstm plain",
        "lstm while_loop",
        "lstm adding",
        "shallow_classifier xor",
    ]


def test_resuming_needs_a_file():
    with pytest.raises(UsageError, match="--json FILE"):
        CliRunner().invoke(cli.app, ["speed", MODEL, "--resume"], catch_exceptions=False)
