"""Workers that are forked from a process which has imported their framework: the import takes longer than most pairs.

Two processes of one program differ in their speed, partly because their memory lies at other addresses. A forked
process has its parent's addresses, so every launch of a pair has another parent, which serves that launch of all pairs.
"""

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import execnet

from benchmarks.processes import Worker, WorkerFailed, Workers
from benchmarks.twins import load_framework

CAN_FORK = sys.platform == "linux"  # elsewhere a framework's libraries may not survive it


def serve(channel: Any) -> None:
    """Run the parent: import a side's framework, then fork a child on request and pass all other requests on to it."""
    asked = channel.receive()
    import_module(asked["target"].partition(":")[0])  # the harness is no part of the framework's time
    begin = perf_counter()
    load_framework(asked["side"])
    seconds = perf_counter() - begin
    gc.collect()
    gc.freeze()  # a collection in a child would write to every object, and so copy the parent's memory
    child: Child | None = None
    for method, arguments in channel:
        if child is not None and method in ("fork", "end"):
            child.end()
        if method == "fork":
            child = Child(asked["target"], arguments)
            channel.send(("answer", [child.process.pid, seconds]))
        elif child is not None and method != "end":
            channel.send(child.ask(method, arguments))


class Child:
    """A forked process, seen from its parent."""

    def __init__(self, target: str, settings: dict[str, Any]):
        fork = multiprocessing.get_context("fork")
        self._connection, other_end = fork.Pipe()
        self.process = fork.Process(target=_run, args=(target, settings, other_end, os.getpid()), daemon=True)
        self.process.start()
        other_end.close()  # here: the child's death then ends a wait for its answer

    def ask(self, *request: Any) -> tuple[str, Any]:
        """Its answer to (method, arguments) as ("answer", value), ("failed", reason) or ("died", exit status)."""
        try:
            self._connection.send(request)
            return self._connection.recv()
        except (EOFError, OSError):
            self.process.join()
            return "died", self.process.exitcode

    def end(self) -> None:
        """Kill it, also if it is stopped."""
        self.process.kill()
        self.process.join()
        self._connection.close()


def _run(target: str, settings: dict[str, Any], connection: Any, parent: int) -> None:
    """Run the child: `target` is "module:function", called with a channel that receives `settings` first."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: if the parent dies, a stopped child dies too
    if os.getppid() != parent:
        return  # it died before that
    module, _, function = target.partition(":")
    try:
        getattr(import_module(module), function)(_Channel(connection, settings))
    except Exception as error:
        connection.send(("failed", "".join(traceback.format_exception_only(error))))


class _Channel:
    """A pipe with the methods of an execnet channel that workers use."""

    def __init__(self, connection: Any, first: Any):
        self._connection, self._first = connection, first

    def receive(self) -> Any:
        return self._first

    def send(self, answer: Any) -> None:
        self._connection.send(("answer", answer))

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield self._connection.recv()


class Parents:
    """The parents of forked workers, started when they are first needed; all end with the `with` block."""

    def __enter__(self) -> "Parents":
        self._group, self._folder = execnet.Group(), TemporaryDirectory()
        self._running: dict[tuple, Worker] = {}
        self._numbers = count()
        return self

    def find(
        self, name: str, launch: int, target: str, side: str, threads: int, cores: list[int] | None, timeout: float
    ) -> Worker:
        """The parent of an arm's workers in a launch."""
        key = (name, launch, target, side, threads, tuple(cores or ()), timeout)
        if key not in self._running or not self._running[key].lives():
            messages = Path(self._folder.name, str(next(self._numbers)))
            self._running[key] = Worker(self._group, "benchmarks.forks:serve", threads, cores, timeout, messages)
            self._running[key].begin({"target": target, "side": side})
        return self._running[key]

    def __exit__(self, *_: object) -> None:
        for worker in self._running.values():
            worker.kill()
        self._group.terminate(timeout=1)
        self._folder.cleanup()


def parents_for(jobs: int) -> AbstractContextManager[Parents | None]:
    """Parents for so many jobs: none for a single one, which they would not help, or where processes cannot fork."""
    return Parents() if jobs > 1 and CAN_FORK else nullcontext()


class ForkedWorkers(Workers):
    """The workers of one launch, forked by their `parents`."""

    def __init__(self, parents: Parents, launch: int, threads: int, cores: list[int] | None, timeout: float):
        super().__init__(threads, cores, timeout)
        self._parents, self._launch = parents, launch

    def __enter__(self) -> "ForkedWorkers":
        return self

    def start(self, name: str, target: str, settings: dict[str, Any]) -> float:
        fixed = self.threads, self.cores, self.timeout
        try:
            self.running[name] = self._parents.find(name, self._launch, target, settings["side"], *fixed)
            return self.running[name].fork(settings)
        except WorkerFailed as failure:
            self.failed[name] = str(failure)
            return 0.0

    def __exit__(self, *_: object) -> None:
        for worker in self.running.values():
            worker.end()
