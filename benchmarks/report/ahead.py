"""Proofs of many pairs, made ahead of the report in processes of their own: one proof keeps one core busy."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from benchmarks import proof
from benchmarks.diagnosis import explain
from benchmarks.environment import available_cores
from benchmarks.processes import Host, WorkerFailed, Workers
from benchmarks.proof.prove import failed
from shared.twin import DTYPES

Row = dict[str, Any]
Pair = tuple[str, str]  # a model and its variant

MOST = 4  # processes, each with both frameworks: 1.3 GB
FEW = 4  # pairs that are proven here before a new process has imported both frameworks
PATIENCE = 600.0  # seconds for one proof, and for the diagnosis if the pair is different


def proven(name: str, variant: str, device: str = "cpu", hosts: Mapping[str, Host] | None = None) -> list[Row]:
    """The rows of a pair's proof, with where it diverges and why, if it does."""
    rows = proof.attempt(name, variant, DTYPES, device, steps=20, hosts=hosts)
    return explain(rows, name, device, hosts, variant=variant)


@contextmanager
def proofs_ahead(pairs: Sequence[Pair]) -> Iterator[dict[Pair, Future[list[Row]]]]:
    """The rows that each pair will have: as many are proven at a time as there are cores, or MOST. Empty for few pairs.

    A process that dies costs its own pair, which is then `different`. No process is left when the block ends.
    """
    jobs = min(available_cores(), MOST)
    if len(pairs) <= FEW or jobs == 1:
        yield {}
        return
    free: SimpleQueue[str] = SimpleQueue()
    for i in range(jobs):
        free.put(f"worker {i}")
    with ThreadPoolExecutor(jobs) as pool, Workers(1, None, PATIENCE) as workers:
        try:
            yield {pair: pool.submit(_ask, pair, workers, free) for pair in pairs}
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def serve(channel: Any) -> None:
    """Answer requests for a proof for ever: the rows, as JSON."""
    channel.receive()
    for _, pair in channel:
        channel.send(json.dumps(proven(**pair)))


def _ask(pair: Pair, workers: Workers, free: "SimpleQueue[str]") -> list[Row]:
    own, (name, variant) = free.get(), pair
    try:
        worker = workers.obtain(own, "benchmarks.report.ahead:serve")
        return json.loads(worker.ask("prove", name=name, variant=variant))
    except WorkerFailed as failure:
        if own in workers.running:
            workers.running.pop(own).kill()
        return failed(name, variant, failure)
    finally:
        free.put(own)
