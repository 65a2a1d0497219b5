"""Proofs of many pairs, made ahead of the report in processes of their own: one proof keeps one core busy."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from benchmarks import proof
from benchmarks.diagnosis import explain
from benchmarks.processes import Host, WorkerFailed, Workers
from benchmarks.proof.prove import failed
from shared.twin import DTYPES

Row = dict[str, Any]
Pair = tuple[str, str]  # a model and its variant

FEW = 4  # pairs that are proven here before a new process has imported both frameworks
PATIENCE = 600.0  # seconds for one proof, and for the diagnosis if the pair is different


def proven(name: str, variant: str, device: str = "cpu", hosts: Mapping[str, Host] | None = None) -> list[Row]:
    """The rows of a pair's proof, with where it diverges and why, if it does."""
    rows = proof.attempt(name, variant, DTYPES, device, steps=20, hosts=hosts)
    return explain(rows, name, device, hosts, variant=variant)


@contextmanager
def proofs_ahead(pairs: Sequence[Pair]) -> Iterator[dict[Pair, Future[list[Row]]]]:
    """The rows that each pair will have: as many are proven at a time as there are cores. Empty for few pairs.

    A process that dies costs its own pair, which is then `different`. No process is left when the block ends.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if len(pairs) <= FEW or cores == 1:
        yield {}
        return
    free: SimpleQueue[str] = SimpleQueue()
    for i in range(cores):
        free.put(f"worker {i}")
    with ThreadPoolExecutor(cores) as pool, Workers(1, None, PATIENCE) as workers:
        try:
            yield {pair: pool.submit(_ask, pair, workers, free) for pair in pairs}
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def serve(channel: Any) -> None:
    """Answer requests for a proof for ever: the rows, as JSON."""
    channel.receive()
    for _, pair in channel:
        channel.send(json.dumps(proven(*pair["pair"])))


def _ask(pair: Pair, workers: Workers, free: "SimpleQueue[str]") -> list[Row]:
    worker = free.get()
    try:
        return json.loads(workers.obtain(worker, "benchmarks.report.ahead:serve").ask("prove", pair=list(pair)))
    except WorkerFailed as failure:
        if worker in workers.running:
            workers.running.pop(worker).kill()
        return failed(*pair, failure)
    finally:
        free.put(worker)
