"""What runs in the process of one arm: it answers what benchmarks/speed/arm.py asks, one request at a time."""

import gc
from collections.abc import Callable
from itertools import cycle, islice
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks import twins
from benchmarks.parity import to_bytes, trace
from shared.catalog import find
from shared.spec import Batch, State

BATCHES = 8  # prepared once and gone through in a cycle: making data is not what is timed


def serve(channel: Any) -> None:
    """Receive what to time, then requests (method, arguments) for ever; an exception reaches the parent as it is."""
    timed = Timed(**channel.receive())
    for method, arguments in channel:
        channel.send(getattr(timed, method)(**arguments))


class Timed:
    """One arm under the clock. Every time is in seconds, of the wall."""

    def __init__(self, side: str, model: str, variant: str, dtype: str, device: str, size: str, threads: int):
        self.side, self.model, self.dtype, self.device = side, model, dtype, device
        self.options: dict[str, Any] = {"variant": variant, "size": size, "threads": threads}
        self.spec = find(model).spec(variant, size)

    def start(self) -> dict[str, float]:
        """The phases that happen once in a process: import, build, first_step.

        Import is the framework and the model, after NumPy and this harness. Build is the twin with its initial values,
        and the Session on the static side; a framework that loads parts of itself late (PyTorch does, with its first
        optimizer) pays for them where they are first wanted. One sample each: an interval would want many processes.
        """
        imported, _ = _clock(lambda: twins.load(self.side, self.model))
        self.batches = [self._cast(batch) for batch in islice(self.spec.batches(), BATCHES)]
        built, self.twin = _clock(lambda: self._twin(self.dtype, observed=False))
        self.initial: State = self.twin.state()
        first, _ = _clock(lambda: self.twin.step(self.batches[0]))
        gc.collect()
        gc.freeze()  # what a framework makes at import need not be looked through again between blocks
        return {"import": imported, "build": built, "first_step": first}

    def calibrate(self, seconds: float) -> dict[str, float]:
        """The pace: seconds of one step and of one forward pass, once as much time has gone by warming up."""
        return {phase: self._pace(phase, seconds) for phase in ("step", "forward")}

    def prove(self, steps: int, count: int) -> dict[str, bytes]:
        """Traces of this arm, at float64 and at the timed precision, for the parent to judge.

        They come from an observed twin of the same model in the same configuration. The state to which `count` of its
        steps lead, unclocked, is kept: the timed twin has to arrive there too.
        """
        traces = {}
        for dtype in dict.fromkeys(("float64", self.dtype)):
            with self._twin(dtype, observed=True) as observed:
                traces[dtype] = to_bytes(trace(observed, steps))
                if self.side == "dynamic" and dtype != self.dtype:  # float64, to judge the timed precision by
                    traces["nudged"] = to_bytes(trace(observed, steps, nudged=True))
                if dtype == self.dtype:
                    observed.reset()
                    for batch in islice(cycle(self.batches), count):
                        observed.step(batch)
                    self.expected: State = observed.state()
        gc.collect()
        return traces

    def block(self, phase: str, count: int) -> float:
        """Seconds per run, of `count - 1` runs after one that fills the caches again.

        Blocks of steps all start from the initial state. So each is the same work, however often it is timed: nothing
        converges into zeros and denormal numbers, and nothing grows.
        """
        if phase == "step":
            self.twin.reset()
        first, *rest = islice(cycle(self.batches), count)
        work = self._work(phase)
        work(first)
        gc.disable()  # on both sides: no cyclic garbage is collected inside a block, all of it after
        begin = perf_counter()
        for batch in rest:
            work(batch)
        seconds = perf_counter() - begin
        gc.enable()
        gc.collect()
        return seconds / len(rest)

    def check(self) -> str:
        """What is wrong with the state that the last timed block of steps has left; empty if nothing."""
        found = self.twin.state()
        bad = [name for name, value in found.items() if not np.all(np.isfinite(value))]
        if bad:
            return f"the timed steps led to values that are not finite: {', '.join(bad)}"
        moved = [name for name, value in self.expected.items() if not np.array_equal(value, self.initial[name])]
        still = [name for name in moved if np.array_equal(found[name], self.initial[name])]
        if still:
            return f"the timed steps did not change {', '.join(still)}"
        # On a GPU sums are not added up in the same order every time, so there only the above can be asked.
        elsewhere = [name for name in found if not np.array_equal(found[name], self.expected[name])]
        if elsewhere and self.device == "cpu":
            return f"the timed steps led elsewhere than as many untimed ones: {', '.join(elsewhere)}"
        return ""

    def _twin(self, dtype: str, observed: bool) -> twins.Twin:
        return twins.twin(self.side, self.model, dtype, self.device, observed=observed, **self.options)

    def _cast(self, batch: Batch) -> Batch:
        """Floats in the timed precision, so that no step spends time on converting them."""
        return {k: v.astype(self.dtype) if np.issubdtype(v.dtype, np.floating) else v for k, v in batch.items()}

    def _work(self, phase: str) -> Callable[[Batch], Any]:
        """What is timed. Either feeds NumPy arrays and fetches a result: a loss, or an output in inference mode."""
        return self.twin.step if phase == "step" else self.twin.predict

    def _pace(self, phase: str, seconds: float) -> float:
        work, batches = self._work(phase), cycle(self.batches)
        begin = middle = perf_counter()
        while middle - begin < seconds:
            work(next(batches))
            middle = perf_counter()
        runs, end = 0, middle
        while end - middle < seconds:
            work(next(batches))
            runs, end = runs + 1, perf_counter()
        return (end - middle) / runs


def _clock(action: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that it took, and what came out."""
    begin = perf_counter()
    result = action()
    return perf_counter() - begin, result
