"""A twin against another model's twin of the same side: timed if both compute the same, refused if not."""

import pytest
from typer.testing import CliRunner

from benchmarks import cli
from benchmarks.results import read
from benchmarks.speed import Job, TimingSettings, baselines

JOB = Job("gru", "plain", "plain", "cpu", "proof", "float32", 1)
SETTINGS = TimingSettings(launches=1, block_seconds=0.01, warm_up_seconds=0.5)


@pytest.mark.slow  # test_baselines.py times a twin against its layers, by the same function
def test_a_model_that_computes_the_same_takes_the_place_of_the_layers():
    rows = baselines.against(JOB, "dynamic", SETTINGS, other="gru_fused")
    assert {row["error"] for row in rows} == {None}
    assert {row["side"] for row in rows} == {"dynamic", "dynamic gru_fused"}
    assert {row["against"] for row in rows} == {"gru_fused"}
    assert "step: twin takes" in baselines.line(rows)
    assert "of gru_fused" in baselines.line(rows)
    assert baselines.slower([row | {"ratio_low": 9.0} for row in rows]) == [], "the limit is one of layers"


@pytest.mark.slow
def test_a_model_that_computes_something_else_gets_no_time():
    rows = baselines.against(JOB, "dynamic", SETTINGS, other="rnn")
    assert all("no time without proof" in row["error"] for row in rows)


def test_the_command_asks_for_each_side(monkeypatch):
    asked = []

    def measured(job, side, settings, tell, parents, other):
        asked.append((job.model, job.variant, side, other))
        return [
            {"model": job.model, "side": side, "sweep": None, "error": "it died", "against": other, "phase": "step"}
        ]

    monkeypatch.setattr(baselines, "against", measured)
    found = CliRunner().invoke(cli.app, ["speed", "lstm", "--against", "lstm_fused"])
    assert asked == [("lstm", "plain", side, "lstm_fused") for side in ("static", "dynamic")]
    assert (found.exit_code, "it died" in found.output) == (1, True)


def test_what_is_in_the_file_is_not_measured_again_if_asked_to_go_on(monkeypatch, tmp_path):
    asked = []

    def measured(job, side, settings, tell, parents, other):
        asked.append(other)
        row = dict.fromkeys(("sweep", "value", "error", "ratio", "median_s", "samples", "warning"))
        return [row | vars(job) | {"side": side, "against": other, "phase": "import"}]

    monkeypatch.setattr(baselines, "against", measured)
    monkeypatch.chdir(tmp_path)
    for other in ("lstm_fused", "lstm_fused", "rnn"):
        command = ["speed", "lstm", "--against", other, "--json", "t.json", "--resume"]
        assert CliRunner().invoke(cli.app, command).exit_code == 0
    assert asked == ["lstm_fused"] * 2 + ["rnn"] * 2
    assert len(read(tmp_path / "t.json")["rows"]) == 4


def test_an_unknown_model_is_refused_with_the_nearest():
    found = CliRunner().invoke(cli.app, ["speed", "lstm", "--against", "lstm_fsed"])
    assert found.exit_code != 0
    assert "lstm_fused" in str(found.exception) + found.output
