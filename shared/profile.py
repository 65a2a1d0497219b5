"""What a framework says of one training step, under the same names on both sides."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """One training step under the framework's own tracer."""

    operations: int  # that were run
    kernel_seconds: float  # spent inside of them; the rest of a step goes from one to the next
    compiled: int = 0  # programs of a compiler among them


def best_of(work: Callable[[], object], seconds: float) -> float:
    """The shortest run, in seconds, of as many as fit into `seconds`, and of three at least."""
    work()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)
