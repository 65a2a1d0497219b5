"""Processes of their own: another interpreter, other variables, another host; and that it makes no difference there.

The host is this machine, behind a program called ssh that runs what it is given; it starts in another folder.
"""

import math
import os
import sys
from pathlib import Path

import pytest

from benchmarks import cli
from benchmarks.environment import ROOT
from benchmarks.learning.learn import learn
from benchmarks.processes import Host, Workers
from benchmarks.proof import prove
from benchmarks.speed import TimingSettings, measure
from shared.errors import UsageError
from shared.optimizers import OPTIMIZERS, Momentum
from tests.speed.conftest import nothing_left  # noqa: F401  (a fixture that is used by its name)
from tests.speed.planted import MODEL, errors_of, quick

SSH = """#!/bin/sh
# ssh [OPTIONS] HOST COMMAND, as execnet calls it: from a folder that has nothing to do with the project
while [ "${1#-}" != "$1" ]; do shift; done
shift
cd / && exec sh -c "$*"
"""


@pytest.fixture
def host(tmp_path, monkeypatch):
    """The name of a host that can be reached."""
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(SSH)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return "nowhere"


def facts(place):
    with Workers(1, None, 30, {"static": place}) as workers:
        workers.start("static", "tests.speed.planted:planted_facts", {"side": "static"})
        assert workers.failed == {}
        found = workers.ask("static", "anything")
        assert workers.failed == {}
        return found


def test_variables_are_set_before_the_interpreter_starts():
    here = facts(Host(environment={"PYTHONHASHSEED": "17", "A": "b = c"}))
    assert here["variables"]["A"] == "b = c"
    assert here["hash"] == facts(Host(environment={"PYTHONHASHSEED": "17"}))["hash"]
    assert here["hash"] != facts(Host(environment={"PYTHONHASHSEED": "18"}))["hash"]  # read when Python starts
    assert here["project"] == str(ROOT)


def test_another_host_is_sent_the_project_and_keeps_nothing_of_it(host):
    found = facts(Host(sys.executable, host))
    assert found["project"] != str(ROOT)
    assert not Path(found["project"]).exists()  # any more
    assert found["threads"] == "1"
    assert len(found["cores"]) == 1  # of its own


def test_a_pair_is_timed_across_hosts(host):
    settings = quick()
    settings = TimingSettings(**{**vars(settings), "hosts": {"static": Host(sys.executable, host)}})
    rows = measure([MODEL], settings=settings)
    assert errors_of(rows, "static") is errors_of(rows, "dynamic") is None


def test_what_burns_a_core_on_another_host_says_so_itself(host):
    settings = quick(static="planted_fidget")  # it cannot be stopped from here
    settings = TimingSettings(**{**vars(settings), "hosts": {"static": Host(sys.executable, host)}})
    rows = measure([MODEL], settings=settings)
    assert "static: was not idle in the other's turn" in errors_of(rows, "dynamic")


@pytest.mark.parametrize("python", ["/nonexistent/python", "/bin/false"])
def test_what_is_no_python_is_refused_by_name(python):
    with (
        pytest.raises(UsageError, match=f"no Python answers as {python}"),
        Workers(1, None, 30, {"static": Host(python)}) as workers,
    ):
        workers.start("static", "tests.speed.planted:planted_facts", {"side": "static"})


def test_the_command_line_says_where_each_side_runs(monkeypatch):
    asked = []
    monkeypatch.setattr("benchmarks.proof.attempt", lambda *_, hosts, **__: asked.append(hosts) or [])
    monkeypatch.setattr("benchmarks.commands.parity.parity_line", lambda rows: "")
    command = ["parity", MODEL, "--static-python", "/opt/python", "--dynamic-env", "A=1", "--dynamic-env", "B=2=3"]
    cli.app(command, standalone_mode=False)
    assert asked == [{"static": Host("/opt/python"), "dynamic": Host(environment={"A": "1", "B": "2=3"})}]
    cli.app(["parity", MODEL], standalone_mode=False)
    assert asked[1] == {}
    with pytest.raises(UsageError, match="--static-env takes NAME=VALUE, not 'A'"):
        cli.app(["parity", MODEL, "--static-env", "A"], standalone_mode=False)


def test_a_proof_in_processes_of_their_own_finds_the_same():
    here = prove(MODEL, steps=3, optimizer=OPTIMIZERS["rmsprop"])
    apart = prove(MODEL, steps=3, optimizer=OPTIMIZERS["rmsprop"], hosts={"static": Host(sys.executable)})
    assert len(here) == len(apart) > 20
    for one, other in zip(here, apart):
        assert {k: v for k, v in one.items() if not (isinstance(v, float) and math.isnan(v))} == other
    with pytest.raises(UsageError, match="cannot be sent to another process"):
        prove(MODEL, steps=3, optimizer=Momentum(0.123), hosts={"static": Host(sys.executable)})


@pytest.mark.slow  # by the same requests as a proof
def test_training_in_processes_of_their_own_leads_to_the_same():
    here, plotted = learn(MODEL, steps=5)
    apart, other = learn(MODEL, steps=5, hosts={"dynamic": Host(sys.executable)})
    assert here == apart
    assert plotted.keys() == other.keys()
    assert all((plotted[name] == other[name]).all() for name in ("static", "dynamic"))
