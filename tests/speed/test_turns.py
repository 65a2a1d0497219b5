"""Workers take turns on the same cores, the idle one is idle, and none outlives its parent."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from benchmarks.environment import ROOT
from benchmarks.processes import Worker, Workers, worker_cores
from benchmarks.speed import Job, control, disturbance, measure
from tests.speed.planted import MODEL, errors_of, quick


def test_an_idle_arm_is_idle(monkeypatch):
    """One that would burn a core is stopped; were it not, its burning would be seen."""
    fidget = quick(static="planted_fidget")
    assert errors_of(measure([MODEL], settings=fidget), "static") is None

    def left_running(self):
        self._stopped_at, self._cpu_at = time.perf_counter(), self._cpu()

    monkeypatch.setattr(Worker, "_pause", left_running)
    rows = measure([MODEL], settings=fidget)
    assert errors_of(rows, "static") == errors_of(rows, "dynamic")
    assert "static: was not idle" in errors_of(rows, "dynamic")


def test_both_arms_are_on_the_same_cores_and_stopped_between():
    cores = worker_cores(1)
    with Workers(1, cores, timeout=30) as workers:
        for side in ("static", "dynamic"):
            workers.start(side, "tests.speed.planted:planted_facts", {})
            facts = workers.ask(side, "anything")
            assert facts["cores"] == cores
            assert facts["threads"] == "1"
            assert not facts["interrupts"]
            assert facts["frameworks"] == []  # nothing has imported them before the clock for it starts
            assert workers.running[side].process.status() == psutil.STATUS_STOPPED


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="with one core, all are on it")
def test_the_harness_keeps_off_the_arms_core(monkeypatch):
    """In every way to measure: what the parent does, an arm would pay for."""
    seen, start = [], Workers.__enter__

    def look(self):
        seen.append((self.cores, os.sched_getaffinity(0)))
        return start(self)

    monkeypatch.setattr(Workers, "__enter__", look)
    measure([MODEL], settings=quick())
    list(control.control([Job(MODEL, "plain", "plain", "cpu", "small", "float32", 1)], quick()))
    assert len(seen) == 3
    for cores, own in seen:
        assert len(cores) == 1
        assert not own & set(cores)


def test_blocks_take_turns(monkeypatch):
    """A B B A, then B A A B, the same number of runs on both sides, and all steps before all forward passes."""
    asked, ask = [], Workers.ask

    def listen(self, side, method, **arguments):
        if method == "block":
            asked.append((arguments["phase"], side, arguments["count"]))
        return ask(self, side, method, **arguments)

    monkeypatch.setattr(Workers, "ask", listen)
    monkeypatch.setattr(disturbance, "TRIES", 1)  # a disturbed block would take another turn
    measure([MODEL], settings=quick())
    turns = ("static", "dynamic", "dynamic", "static"), ("dynamic", "static", "static", "dynamic")
    phases = ("step", "forward", "resident")
    assert [(phase, side) for phase, side, _ in asked] == [
        (phase, side) for phase in phases for group in turns for side in group
    ]
    for phase in phases:
        (count,) = {count for name, _, count in asked if name == phase}
        assert count > 2


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_when_the_parent_ends_the_arms_end(end):
    """Ctrl-C, which the terminal sends to the whole group, keeps what was measured. Neither leaves a process behind."""
    program = (
        "import json, sys; from benchmarks.speed import measure; from tests.speed.planted import quick\n"
        f"show = lambda rows: print(json.dumps(rows), flush=True)\n"
        f"try: measure(['{MODEL}'], settings=quick(), on_rows=show); "
        f"measure(['{MODEL}'], settings=quick(static='planted_hang'), on_rows=show)\n"
        "except KeyboardInterrupt: print('interrupted', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a test run in the background ignores it
    )
    rows = json.loads(process.stdout.readline())
    workers = []
    while len(workers) < 2:  # of the second pair
        workers = sorted(psutil.Process(process.pid).children(), key=psutil.Process.create_time)
        time.sleep(0.05)
    while workers[1].status() != psutil.STATUS_STOPPED:  # the later one, so both are up
        time.sleep(0.01)
    if end == signal.SIGINT:
        os.killpg(process.pid, end)
    else:
        process.kill()
    output, messages = process.communicate(timeout=20)
    assert errors_of(rows, "static") is None
    assert output == ("interrupted\n" if end == signal.SIGINT else "")
    assert messages == ""
    assert psutil.wait_procs(workers, timeout=10)[1] == []
