"""Worker processes, seen from the parent: each runs while it answers a request, and is stopped otherwise."""

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import dropwhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import execnet
import psutil

from benchmarks.environment import ROOT  # what the new process puts on its path
from shared.errors import UsageError

# The libraries read these when they are loaded, so they are set before; the twins set what can be set later.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)

# CPU time that a stopped process may seem to use, since the system counts it in hundredths of a second:
IDLE_SHARE = 0.02  # of the time that it is stopped, and
IDLE_TICKS = 0.02  # seconds beside


class WorkerFailed(Exception):
    """A worker died, raised, or did not answer: one line that says why."""


class WorkerDied(WorkerFailed):
    """A worker's process ended, or did not answer in time."""


@dataclass(frozen=True)
class Host:
    """Where a worker runs: another interpreter, other environment variables, or another host that ssh can reach.

    This project's packages are sent to the host. Its interpreter needs NumPy, the framework of its side, and the
    packages that `pyproject.toml` lists.
    """

    python: str = ""  # the interpreter; empty: this one, or a host's python3
    host: str = ""  # "name" or "user@name"; empty: this machine
    environment: Mapping[str, str] = field(default_factory=dict)  # set before the interpreter starts

    def __str__(self) -> str:
        return f"{self.python or 'python3'} on {self.host}" if self.host else self.python

    def command(self) -> list[str]:
        """The command that starts the interpreter."""
        python = self.python or ("python3" if self.host else sys.executable)
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        return ["env", *variables, python] if variables else [python]

    def specification(self) -> str:
        """The command as a gateway specification of execnet."""
        command = shlex.join(self.command())
        return f"ssh={self.host}//python={command}" if self.host else f"popen//python={command}"


HERE = Host()
CARRIED = ("shared", "static_tf", "dynamic_torch", "benchmarks")  # to another host


def enter(channel, root, target, cores, threads, environment, messages):
    """Runs first in the new process, sent as source. `target` is "module:function", called with the channel."""
    import os
    import signal
    import sys
    from importlib import import_module

    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: if the parent dies, a stopped worker dies too
    if cores is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores or sorted(os.sched_getaffinity(0))[-threads:])  # cores of the other host
    os.environ.update(environment)
    file = os.open(messages, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.path.insert(0, root)
    channel.send(os.getpid())
    module, _, function = target.partition(":")
    getattr(import_module(module), function)(channel)


class Worker:
    """A worker process of one side. It runs during `ask` only, so it cannot disturb the other side.

    On another host it cannot be stopped from here; there it reports the CPU time that it used while idle.
    """

    def __init__(
        self,
        group: execnet.Group,
        target: str,
        threads: int,
        cores: list[int] | None,
        timeout: float,
        messages: Path,
        host: Host = HERE,
        variables: Mapping[str, str] | None = None,
    ):
        """Start the process, pinned to `cores`; what it prints goes to the file `messages`."""
        self.timeout, self.messages, self.host = timeout, messages, host
        self.idle_seconds = self.idle_cpu = 0.0
        self.process: psutil.Process | None = None
        self.parent: psutil.Process | None = None  # of a forked process; see benchmarks/forks.py
        environment = dict.fromkeys(THREAD_VARIABLES, str(threads)) | dict(variables or {})
        settings = {"target": target, "cores": cores, "threads": threads, "environment": environment}
        try:
            with _without_interrupts(), _children_ignore_interrupts():  # a terminal sends Ctrl-C to every process
                if host.python and not host.host:  # execnet leaks the child if the command is no Python: check first
                    nothing = [*host.command(), "-c", ""]
                    subprocess.run(nothing, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
                gateway = group.makegateway(host.specification())
            if host.host:
                root = _carry(gateway)
                settings |= {"root": root, "messages": f"{root}/messages", "cores": []}
            else:
                settings |= {"root": str(ROOT), "messages": str(messages)}
            self.channel = gateway.remote_exec(enter, **settings)
        except (OSError, subprocess.SubprocessError, EOFError, execnet.HostNotFound) as error:
            raise UsageError(f"no Python answers as {host or sys.executable} ({error})") from None
        number = self._receive("start")
        if not host.host:
            self.process = psutil.Process(number)

    def begin(self, settings: dict[str, Any]) -> None:
        """Send the first message, which has no answer."""
        self._send(settings)
        self._pause()

    def fork(self, settings: dict[str, Any]) -> float:
        """Let the process, which serves `benchmarks.forks`, fork a child that receives `settings` and answers from now
        on. Return the seconds that it took to import its framework."""
        if self.parent is None:
            self._resume()
            self.parent = self.process
        self._send(("fork", settings))
        number, seconds = self._receive("fork")
        self.process, self.idle_seconds, self.idle_cpu = psutil.Process(number), 0.0, 0.0
        self._pause()
        return seconds

    def end(self) -> None:
        """Let the parent end its child."""
        self.process = None
        self._send(("end", {}))

    def lives(self) -> bool:
        """Whether the parent can fork another child."""
        return self.parent is None or self.parent.is_running()

    def ask(self, method: str, /, **arguments: Any) -> Any:
        """Send a request and let the worker run until it has answered."""
        self._resume()
        try:
            self._send((method, arguments))
            return self._receive(method)
        finally:
            self._pause()

    def instability(self) -> str:
        """The CPU time that the worker used while it should have been idle, in words; empty if none."""
        if self.host.host:
            self.idle_cpu, self.idle_seconds = self.ask("idled")
        if self.idle_cpu <= IDLE_SHARE * self.idle_seconds + IDLE_TICKS:
            return ""
        return f"was not idle in the other's turn: {self.idle_cpu:.2f} s of processor in {self.idle_seconds:.2f} s"

    def kill(self) -> None:
        """Kill the process, or the parent that forked it, and its children. SIGKILL also ends a stopped process."""
        first = self.parent or self.process
        if first is None or not first.is_running():
            return
        family = [*first.children(recursive=True), first]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)

    def _send(self, message: Any) -> None:
        with suppress(OSError):  # a closed channel: `_receive` says why
            self.channel.send(message)

    def _receive(self, method: str) -> Any:
        try:
            answer = self.channel.receive(self.timeout)
        except self.channel.TimeoutError:
            raise WorkerDied(f"no answer to {method!r} within {self.timeout:g} s") from None
        except self.channel.RemoteError as error:
            raise _translated(error.formatted) from None
        except EOFError:
            raise WorkerDied(self._death()) from None
        if not self.parent:
            return answer
        kind, value = answer
        if kind == "died":
            raise WorkerDied(self._death(value))
        if kind == "failed":
            raise _as_exception(value)
        return value

    def _death(self, status: int | None = None) -> str:
        """How the process ended, with the last line that it printed. `status` is known of a forked one."""
        if self.host.host:
            return f"the process on {self.host.host} ended"
        try:
            process = self.parent or self.process
            status = process.wait(timeout=10) if process and status is None else status
        except psutil.TimeoutExpired:
            return "broke off the connection"
        how = f"killed by {signal.Signals(-status).name}" if status and status < 0 else f"ended with status {status}"
        written = self.messages.read_text(errors="replace").splitlines() if self.messages.exists() else []
        last = next((line.strip() for line in reversed(written) if line.strip()), "")
        return f"{how}: {last}" if last else how

    def _pause(self) -> None:
        if self.process is None:
            return
        with suppress(psutil.NoSuchProcess):  # a dead process: the next request says so
            while self.process.status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE):
                self.process.suspend()
                time.sleep(1e-4)  # a signal takes a moment to arrive
            self._stopped_at, self._cpu_at = time.perf_counter(), self._cpu()

    def _resume(self) -> None:
        if self.process is None:
            return
        try:
            if self.process.status() == psutil.STATUS_ZOMBIE:
                if self.parent is not None:
                    return  # which will answer how it ended
                raise WorkerDied(self._death())
            self.idle_cpu += self._cpu() - self._cpu_at
            self.idle_seconds += time.perf_counter() - self._stopped_at
            self.process.resume()
        except psutil.NoSuchProcess:
            raise WorkerDied(self._death()) from None

    def _cpu(self) -> float:
        assert self.process
        times = self.process.cpu_times()
        return times.user + times.system


class Workers:
    """Workers by name, and why any of them failed. No process is left when the `with` block ends, however it ends."""

    def __init__(
        self,
        threads: int,
        cores: list[int] | None,
        timeout: float,
        hosts: Mapping[str, Host] | None = None,
        variables: Mapping[str, str] | None = None,
    ):
        """`hosts` maps a side to where its worker runs, if not here; `variables` are set in every worker."""
        self.threads, self.cores, self.timeout = threads, cores, timeout
        self.hosts, self.variables = hosts or {}, variables
        self.running: dict[str, Worker] = {}
        self.failed: dict[str, str] = {}

    def __enter__(self) -> "Workers":
        self._group, self._folder = execnet.Group(), TemporaryDirectory()
        return self

    def start(self, name: str, target: str, settings: dict[str, Any]) -> float:
        """Start a worker and send it `settings`. Return the seconds that its framework took to import, if it did."""
        messages = Path(self._folder.name, name)
        host = self.hosts.get(settings.get("side", name), HERE)
        fixed = self.threads, self.cores, self.timeout
        try:
            self.running[name] = Worker(self._group, target, *fixed, messages, host, self.variables)
            self.running[name].begin(settings)
        except WorkerFailed as failure:
            self.failed[name] = str(failure)
        return 0.0

    def obtain(self, name: str, target: str) -> Worker:
        """The worker of this name, which is started if it does not run."""
        if name not in self.running:
            self.start(name, target, {})
            if name in self.failed:
                raise WorkerFailed(f"{name} did not start: {self.failed.pop(name)}")
        return self.running[name]

    def ask(self, name: str, method: str, /, **arguments: Any) -> Any:
        """The worker's answer; None if the worker has failed, now or before."""
        if name in self.failed:
            return None
        try:
            return self.running[name].ask(method, **arguments)
        except WorkerFailed as failure:
            self.failed[name] = str(failure)
            self.running[name].kill()
            return None

    def __exit__(self, *_: object) -> None:
        with _without_interrupts():
            for worker in list(self.running.values()):  # a thread may still be starting one
                worker.kill()
            self._group.terminate(timeout=1)  # also kills a process that has not yet sent its number
            self._folder.cleanup()


def worker_cores(threads: int) -> list[int] | None:
    """The cores that all workers are pinned to: the last of those available. None where the system has no pinning."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    available = sorted(os.sched_getaffinity(0))
    if threads > len(available):
        raise UsageError(f"{threads} threads want as many cores, and there are {len(available)}: ask for fewer threads")
    return available[-threads:]


def _carry(gateway: execnet.Gateway) -> str:
    """Copy the project's packages into a new folder on another host; it is removed when the process there ends."""
    make = "import tempfile; channel.send(tempfile.mkdtemp(prefix='twins-'))"
    folder = gateway.remote_exec(make).receive()
    remove = "import shutil, atexit; atexit.register(shutil.rmtree, channel.receive(), True)"
    gateway.remote_exec(remove).send(folder)
    for package in CARRIED:
        sync = execnet.RSync(str(ROOT / package), verbose=False)
        sync.add_target(gateway, f"{folder}/{package}")
        sync.send()
    return folder


@contextmanager
def off_cores(cores: list[int] | None) -> Iterator[None]:
    """Keep this process off the workers' cores during the block, if it has others."""
    before = os.sched_getaffinity(0) if cores is not None else set()
    others = before.difference(cores or ())
    if others:
        os.sched_setaffinity(0, others)
    try:
        yield
    finally:
        if others:
            os.sched_setaffinity(0, before)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Delay a Ctrl-C until the block is done."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread is interrupted
        yield
        return
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def _children_ignore_interrupts() -> Iterator[None]:
    """A process started in the block ignores Ctrl-C: it inherits the signal mask."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _translated(formatted: str) -> Exception:
    """A worker's traceback as an exception: `UsageError` if the request was wrong, else `WorkerFailed`."""
    _, _, frames = formatted.rpartition('\n  File "')
    lines = dropwhile(lambda line: line.startswith("  "), frames.splitlines()[1:])  # the lines below the last frame
    return _as_exception(" ".join(lines))


def _as_exception(text: str) -> Exception:
    """The last lines of a traceback as an exception."""
    text = " ".join(text.split())
    kind, _, message = text.partition(": ")
    if kind == f"{UsageError.__module__}.{UsageError.__qualname__}":
        return UsageError(message)
    return WorkerFailed(text)
