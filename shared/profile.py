"""What a framework reports about one training step, under the same names on both sides."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """One training step under the framework's own tracer."""

    operations: int  # that were run
    kernel_seconds: float  # spent inside of them; the rest of a step is overhead between them
    compiled: int = 0  # compiled programs among them


def best_of(work: Callable[[], object], seconds: float) -> float:
    """The time of the shortest run, in seconds, of as many as fit into `seconds`, but at least three."""
    work()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)
