"""The code that runs in the process of one arm: it answers requests of benchmarks/processes.py, one at a time."""

import gc
import hashlib
import resource
import sys
from collections.abc import Callable, Iterable
from itertools import cycle, islice
from time import perf_counter, process_time
from typing import Any

import numpy as np

from benchmarks import twins
from benchmarks.proof import Trace, outcome, to_bytes, trace
from benchmarks.speed.perturbed import MOVES, PerturbedTwin
from shared.baselines import steady, unlike
from shared.catalog import find
from shared.spec import Batch, State
from shared.twin import ObservedTwin, Twin

BATCHES = 8  # prepared once and used in a cycle, so that creating data is not timed
WINDOWS = 5  # number of windows of runs that are compared with as many earlier ones while warming up
# There are 25 pairs of an earlier and a later window. If the later one is faster in more than this many of them, the
# arm is still warming up, at a significance level of 5 % (Mann & Whitney 1947).
FASTER = 20


def serve(channel: Any, kind: "type[Timed] | None" = None) -> None:
    """Receive what to time, then answer requests (method, arguments) forever; exceptions propagate to the parent."""
    timed = (kind or Timed)(**channel.receive())
    idle_since, cpu_since = perf_counter(), process_time()
    for method, arguments in channel:
        timed.idle_seconds += perf_counter() - idle_since
        timed.idle_cpu += process_time() - cpu_since
        channel.send(getattr(timed, method)(**arguments))
        idle_since, cpu_since = perf_counter(), process_time()


def serve_compared(channel: Any) -> None:
    """Serve a twin that is timed against its baseline."""
    serve(channel, ComparedTwin)


def serve_baseline(channel: Any) -> None:
    """Serve a baseline."""
    serve(channel, TimedBaseline)


class Timed:
    """One arm that is timed. Every time is wall time in seconds."""

    def __init__(
        self,
        side: str,
        model: str,
        variant: str,
        form: str,
        dtype: str,
        device: str,
        size: str,
        threads: int,
        changes: dict[str, Any],
    ):
        self.side, self.model, self.dtype, self.device, self.form = side, model, dtype, device, form
        self.threads = threads
        self.options: dict[str, Any] = {"variant": variant, "size": size, "threads": threads, **changes}
        self.spec = find(model).spec(variant, size, **changes)
        self.idle_seconds = self.idle_cpu = 0.0
        self.expected: State = {}  # the state after untimed steps

    def start(self, imported: float = 0.0) -> dict[str, float]:
        """Time the phases that happen once in a process: import, build, first_step, and compile if there is a compiler.

        Import covers the framework and the model, after NumPy and this harness. Build covers the twin with its initial
        values, and the Session on the static side. A compiler runs during the first step, so its time is what the first
        step takes longer than the second. A forked process has imported its framework before, in `imported` seconds.
        """
        here, _ = _clock(self._load)
        self.memory = {"import_memory_bytes": _memory()}
        self.batches = [self._cast(batch) for batch in islice(self.spec.batches(), BATCHES)]
        built, self.twin = _clock(lambda: self._twin(self.dtype, form=self.form))
        self.initial: State = self.twin.state()
        first, _ = _clock(lambda: self.twin.step(self.batches[0]))
        found = {"import": imported + here, "build": built, "first_step": first}
        if self.form != "plain":
            second, _ = _clock(lambda: self.twin.step(self.batches[1 % BATCHES]))
            found["compile"] = max(0.0, first - second)
        gc.collect()
        gc.freeze()  # later collections, between blocks, skip the objects that the framework created at import
        return found

    def phases(self) -> list[str]:
        """Prepare the phases that can be timed repeatedly, and return their names."""
        if self.form != "plain":
            return ["step", "forward"]
        self.resident = self._twin(self.dtype, resident=True)
        self.resident.to_device(self.batches[0])
        return ["step", "forward", "resident"]

    def warm_up(self, phase: str, window: float, limit: float) -> dict[str, Any]:
        """Run until the runs get no faster, at most `limit` seconds. Return the pace (seconds per run), the number of
        runs, the seconds that they took, and whether the pace settled.

        Windows of runs, of `window` seconds each, are compared: the last WINDOWS with as many before.
        """
        work, paces, runs = self._work(phase), [], 0
        batches, begin = cycle(self.batches), perf_counter()
        while True:
            start, own = perf_counter(), 0
            while own == 0 or perf_counter() - start < window:
                work(next(batches))
                own += 1
            paces.append((perf_counter() - start) / own)
            runs += own
            seconds = perf_counter() - begin
            settled = _settled(paces)
            if settled or seconds > limit:
                pace = float(np.median(paces[-WINDOWS:]))
                return {"pace": pace, "runs": runs, "seconds": seconds, "settled": settled}

    def facts(self) -> dict[str, Any]:
        """The cost of a step besides time, as the framework counts it, and the time that the harness adds to a run."""
        cost = twins.cost(self.side)
        memory = {
            **self.memory,
            "memory_bytes": _memory(),
            "device_memory_bytes": cost.device_memory(self.device),
        }
        return {
            **memory,
            **self._counted(cost),
            "ceiling": cost.ceiling(self.dtype, self.device, self.threads),
            "precision": cost.precision(self.dtype),
            "harness_s": _loop(lambda batch: None, islice(cycle(self.batches), 10_000)) / 10_000,
        }

    def _counted(self, cost: Any) -> dict[str, Any]:
        """The operations of a step, their time, and their arithmetic."""
        profiles = [cost.profile(self.twin, self.batches[0]) for _ in range(3)]
        plain = self.form == "plain"  # the tracers record a compiled program as one operation, or not at all
        return {
            "operations": profiles[0].operations if plain else None,
            "kernel_s": min(profile.kernel_seconds for profile in profiles) if plain else None,
            "compiled": profiles[0].compiled,
            "arithmetic": cost.arithmetic(self._twin(self.dtype), self.batches[0])
            if hasattr(cost, "arithmetic")
            else None,
        }

    def prove(self, steps: int, count: int) -> dict[str, bytes]:
        """Traces of this arm, in float64 and at the timed precision, for the parent to judge.

        They come from an observed twin of the same model in the same configuration. Its state after `count` untimed
        steps is stored, because the timed steps must give the same state. A compiled twin gives it only up to rounding,
        so its timed steps are compared with its own untimed steps, and the parent judges its `outcome`.
        """
        traces = {}
        for dtype in dict.fromkeys(("float64", self.dtype)):
            with self._observed(dtype) as observed:
                traces[dtype] = to_bytes(trace(observed, steps, held_out=False))
                if dtype == "float64":
                    traces["outcome"] = to_bytes(outcome(observed, steps))
                if self.side == "dynamic" and dtype != self.dtype:  # float64, by which the timed precision is judged
                    traces["nudged"] = to_bytes(trace(observed, steps, nudged=True, held_out=False))
                    traces["nudged outcome"] = to_bytes(outcome(observed, steps, nudged=True))
                    for i in range(MOVES):
                        moved: Any = PerturbedTwin(observed, i)
                        traces[f"moved {i}"] = to_bytes(trace(moved, steps, held_out=False))
                        traces[f"moved outcome {i}"] = to_bytes(outcome(moved, steps))
                if dtype == self.dtype and self.form == "plain":
                    self._expect(observed, count)
        gc.collect()
        return traces

    def outcome(self, steps: int) -> bytes:
        """The outcome of a few untimed steps of the timed twin itself."""
        return to_bytes(self._outcome(self.twin, steps))

    def _outcome(self, twin: Twin, steps: int, nudged: bool = False) -> Trace:
        return outcome(twin, steps, nudged)

    def block(self, phase: str, count: int) -> tuple[float, float]:
        """Seconds per run, of `count - 1` runs after one that refills the caches; and how many cores the process had on
        average: less than usual if another process took its core meanwhile.

        Every block of steps starts from the initial state, so each does the same work, however often it is timed:
        nothing converges to zeros and denormal numbers, and nothing grows.
        """
        if phase != "forward":
            self._of(phase).reset()
        first, *rest = islice(cycle(self.batches), count)
        work = self._work(phase)
        work(first)
        gc.disable()  # on both sides, cyclic garbage is collected after a block, never inside it
        used = process_time()
        seconds = _loop(work, rest)
        used = process_time() - used
        gc.enable()
        gc.collect()
        return seconds / len(rest), used / seconds

    def check(self, counts: dict[str, int]) -> dict[str, str]:
        """What is "wrong" with the states after the last timed blocks, and a "digest" of the one of phase step."""
        found = self.twin.state()
        if not self.expected:
            self._expect(self.twin, counts["step"])
        wrong = self._wrong(found, self.expected, "")
        if not wrong and "resident" in counts:
            resident = self.resident.state()
            self.twin.reset()
            for _ in range(counts["resident"]):
                self.twin.step(self.batches[0])
            wrong = self._wrong(resident, self.twin.state(), " on a resident batch")
        digest = hashlib.sha256(b"".join(found[name].tobytes() for name in sorted(found)))
        return {"wrong": wrong or self._grown(), "digest": digest.hexdigest()}

    def idled(self) -> tuple[float, float]:
        """CPU time and wall time in seconds between requests, for a parent on another host."""
        return self.idle_cpu, self.idle_seconds

    def _expect(self, twin: Twin, count: int) -> None:
        twin.reset()
        for batch in islice(cycle(self.batches), count):
            twin.step(batch)
        self.expected = twin.state()

    def _wrong(self, found: State, expected: State, where: str) -> str:
        bad = [name for name, value in found.items() if not np.all(np.isfinite(value))]
        if bad:
            return f"the timed steps{where} led to values that are not finite: {', '.join(bad)}"
        moved = [name for name, value in expected.items() if not np.array_equal(value, self.initial[name])]
        still = [name for name in moved if np.array_equal(found[name], self.initial[name])]
        if still:
            return f"the timed steps{where} did not change {', '.join(still)}"
        # On a GPU, the order of summation varies from run to run, so states are not compared there.
        elsewhere = [name for name in found if not np.array_equal(found[name], expected[name])]
        if elsewhere and self.device == "cpu":
            return (
                f"the timed steps{where} gave a different state than equally many untimed steps: {', '.join(elsewhere)}"
            )
        return ""

    def _grown(self) -> str:
        """An error message if a step adds operations to the graph, since steps then get ever slower; else empty."""
        self.twin.step(self.batches[0])
        before, _, after = self._size(), self.twin.step(self.batches[0]), self._size()
        return f"a step adds {after - before} operations to the graph" if after > before else ""

    def _size(self) -> int:
        return twins.cost(self.side).size(self.twin)

    def _load(self) -> None:
        twins.load(self.side, self.model)

    def _twin(self, dtype: str, **options: Any) -> Twin:
        return twins.twin(self.side, self.model, dtype, self.device, observed=False, **self.options, **options)

    def _observed(self, dtype: str) -> ObservedTwin:
        return twins.twin(self.side, self.model, dtype, self.device, observed=True, **self.options)

    def _cast(self, batch: Batch) -> Batch:
        """The batch with floats in the timed precision, so that no step spends time on conversion."""
        return {k: v.astype(self.dtype) if np.issubdtype(v.dtype, np.floating) else v for k, v in batch.items()}

    def _of(self, phase: str) -> Twin:
        return self.resident if phase == "resident" else self.twin

    def _work(self, phase: str) -> Callable[[Batch], Any]:
        """The timed function. It fetches a loss, or an output in inference mode. Only "resident" feeds no arrays."""
        if phase == "resident":
            step = self.resident.step
            return lambda batch: step()
        return self.twin.step if phase == "step" else self.twin.predict


class ComparedTwin(Timed):
    """A twin that is timed against its baseline.

    A baseline has no taps and other names for its slots. So losses, outputs, and the final parameters and running
    averages prove that both do the same work.
    """

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        self.options["optimizer"] = steady(self.spec.config.optimizer)
        self.spec = find(self.model).spec(**{k: v for k, v in self.options.items() if k != "threads"})

    def _outcome(self, twin: Twin, steps: int, nudged: bool = False) -> Trace:
        named = self.spec.initial().keys()
        other = unlike(self.side, named)
        return {
            key: value
            for key, value in outcome(twin, steps, nudged).items()
            if (key.stage != "state" or key.name in named) and not (key.step and key.name in other)
        }

    def prove(self, steps: int, count: int) -> dict[str, bytes]:
        """Outcomes of this arm, in float64 and at the timed precision, for the parent to judge; as in `Timed`."""
        traces = {}
        for dtype in dict.fromkeys(("float64", self.dtype)):
            with self._twin(dtype) as other:
                traces[dtype] = to_bytes(self._outcome(other, steps))
                if dtype == "float64":
                    traces["outcome"] = traces[dtype]
                if dtype != self.dtype:  # float64, by which the timed precision is judged
                    traces["nudged"] = traces["nudged outcome"] = to_bytes(self._outcome(other, steps, nudged=True))
                    for i in range(MOVES):
                        moved: Any = PerturbedTwin(other, i)
                        traces[f"moved {i}"] = traces[f"moved outcome {i}"] = to_bytes(self._outcome(moved, steps))
                if dtype == self.dtype:
                    self._expect(other, count)
        gc.collect()
        return traces


class TimedBaseline(ComparedTwin):
    """A baseline that is timed."""

    def _load(self) -> None:
        twins.load_baseline(self.side)

    def _twin(self, dtype: str, **_: Any) -> Twin:
        return twins.baseline(self.side, self.model, dtype, self.device, **self.options)

    def _counted(self, cost: Any) -> dict[str, Any]:
        return {}  # the tracers support only twins

    def _size(self) -> int:
        return self.twin.size()


def _loop(work: Callable[[Batch], Any], batches: Iterable[Batch]) -> float:
    """Seconds for all batches, including all overhead of the harness."""
    begin = perf_counter()
    for batch in batches:
        work(batch)
    return perf_counter() - begin


def _settled(paces: list[float]) -> bool:
    """Whether the last windows are not significantly faster than those before them."""
    if len(paces) < 2 * WINDOWS:
        return False
    before, last = np.array(paces[-2 * WINDOWS : -WINDOWS]), np.array(paces[-WINDOWS:])
    return int(np.sum(before[:, None] > last[None, :])) <= FASTER


def _memory() -> int:
    """The peak memory of this process, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _clock(action: Callable[[], Any]) -> tuple[float, Any]:
    """The seconds that `action` took, and its result."""
    begin = perf_counter()
    result = action()
    return perf_counter() - begin, result
