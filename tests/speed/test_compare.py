"""Two files of timings compared: what became slower, what was lost."""

import json

import pytest
from typer.testing import CliRunner

from benchmarks import cli
from benchmarks.results import read
from benchmarks.speed import Job, compare
from shared.errors import UsageError
from tests.speed.made_up import JOB, rows_of

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


def one_row(**changed):
    """A file with one timing, in which something is changed."""
    row = {"model": "gan", "phase": "step", "median_s": 1e-3, "samples": [[1e-3]], "error": None} | changed
    return json.dumps({"rows": [row], "environment": {}})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("{", "is damaged"),
        ("[1]", "has no rows"),
        ('{"rows": [], "environment": 3}', "has no environment"),
        ('{"rows": [{"model": "gan"}], "environment": {}}', "has no timings"),
        ('{"rows": [], "environment": {}}', "no timing in common"),
        (one_row(median_s="fast"), "is damaged: a time of gan"),
        (one_row(samples=[["fast"]]), "is damaged: a time of gan"),
        (one_row(samples=[[-1.0]]), "is damaged: a time of gan"),
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
