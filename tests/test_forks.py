"""Workers that are forked from a process which has imported their framework."""

import os
import signal
import time

import psutil
import pytest

from benchmarks.forks import CAN_FORK, ForkedWorkers, Parents
from shared.errors import UsageError

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes are forked on Linux only")

SIDE = "dynamic"


def answer(channel):
    """A worker that says what its process is like, or fails as it is told."""
    import sys

    first = channel.receive()
    for method, _ in channel:
        if method == "refuse":
            raise UsageError("no such thing: use another")
        if method == "fail":
            raise ValueError("it\ncannot be")
        if method == "die":
            print("what it printed last", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        channel.send({"pid": os.getpid(), "parent": os.getppid(), "torch": "torch" in sys.modules, "first": first})


@pytest.fixture(scope="module")
def parents():
    with Parents() as running:
        yield running


def forked(parents, launch=0):
    workers = ForkedWorkers(parents, launch, 1, None, 30)
    seconds = workers.start("arm", "tests.test_forks:answer", {"side": SIDE})
    return workers, seconds


def gone(number):
    """Whether a process ends within a few seconds."""
    ends = time.monotonic() + 5
    while psutil.pid_exists(number) and time.monotonic() < ends:
        time.sleep(0.01)
    return not psutil.pid_exists(number)


def test_children_of_one_launch_have_one_parent_which_has_imported_the_framework(parents):
    found = []
    for _ in range(2):
        workers, seconds = forked(parents)
        with workers:
            found.append(workers.ask("arm", "look") | {"seconds": seconds})
    one, two = found
    assert one["parent"] == two["parent"]
    assert one["pid"] != two["pid"]
    assert one["torch"]
    assert one["first"] == {"side": SIDE}
    assert one["seconds"] == two["seconds"] > 0.1
    assert gone(one["pid"])


def test_a_child_is_stopped_in_the_others_turn(parents):
    workers, _ = forked(parents)
    with workers:
        child = psutil.Process(workers.ask("arm", "look")["pid"])
        assert child.status() == psutil.STATUS_STOPPED


@pytest.mark.parametrize(
    ("method", "reason"),
    [("fail", "ValueError: it cannot be"), ("die", "killed by SIGKILL: what it printed last")],
)
def test_a_child_that_fails_says_why_and_the_next_one_starts(parents, method, reason):
    workers, _ = forked(parents)
    with workers:
        assert workers.ask("arm", method) is None
        assert workers.failed == {"arm": reason}
    workers, _ = forked(parents)
    with workers:
        assert workers.ask("arm", "look")["torch"]


def test_a_refusal_is_a_usage_error(parents):
    workers, _ = forked(parents)
    with workers, pytest.raises(UsageError, match="no such thing: use another"):
        workers.ask("arm", "refuse")


def test_no_process_is_left():
    with Parents() as running:
        workers, _ = forked(running)
        seen = workers.ask("arm", "look")
    assert gone(seen["pid"])
    assert gone(seen["parent"])
