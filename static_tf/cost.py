"""The cost of a step, as TensorFlow itself measures it: operations, the time inside of them, memory, and a ceiling.

Twin: dynamic_torch/cost.py
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from shared.profile import Profile, best_of
from shared.spec import Batch
from static_tf.twin import Twin


def profile(twin: Twin, batch: Batch) -> Profile:
    """One training step under TensorFlow's tracer: every operation that the Session ran, with its time in a kernel."""
    nodes: list = []
    kinds: Counter = Counter()
    with _traced(twin) as runs:
        twin.step(batch)
    for data in runs:
        nodes += _executed(data.step_stats, on_gpu=twin.arm.device == "cuda")
        kinds.update(node.op for graph in data.partition_graphs for node in graph.node)
    return Profile(
        operations=len(nodes),
        kernel_seconds=1e-9 * sum(node.op_end_rel_nanos - node.op_start_rel_nanos for node in nodes),
        compiled=kinds["_XlaRun"] + kinds["XlaLaunch"],
    )


class _TracedSession:
    """A Session that stores a trace of each of its runs."""

    def __init__(self, session: tf.Session):
        self.session = session
        self.runs: list[tf.RunMetadata] = []

    def run(self, fetches: Any, feed_dict: Any = None) -> Any:
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE, output_partition_graphs=True)
        self.runs.append(tf.RunMetadata())
        return self.session.run(fetches, feed_dict, options=options, run_metadata=self.runs[-1])


@contextmanager
def _traced(twin: Twin) -> Iterator[list[tf.RunMetadata]]:
    """Context in which every run of the twin's Session is traced."""
    session = twin.session
    twin.session = traced = _TracedSession(session)
    try:
        yield traced.runs
    finally:
        twin.session = session


def _executed(stats, on_gpu: bool) -> list:
    """The operations of a step; on a GPU the kernels, which its driver reports as a device of its own."""
    devices = [device for device in stats.dev_stats if ("stream:all" in device.device) == on_gpu]
    return [node for device in devices for node in device.node_stats]


def size(twin: Twin) -> int:
    """The number of operations in the graph. If a step changes it, the graph grows."""
    return len(twin.graph.get_operations())


def precision(dtype: str) -> str:
    """The type in which products of this type are computed on a GPU: itself, or TF32."""
    return "tf32" if dtype == "float32" and tf.config.experimental.tensor_float_32_execution_enabled() else dtype


def ceiling(dtype: str, device: str, threads: int, n: int = 1024, seconds: float = 0.3) -> float:
    """Floating-point operations per second of an (n, n) matrix product, which has 2 n^3: the best of some runs."""
    with tf.Graph().as_default(), tf.device("/GPU:0" if device == "cuda" else "/CPU:0"):
        start = np.random.default_rng(0).normal(size=(n, n))
        a = tf.Variable(start, dtype=tf.as_dtype(dtype))
        product = tf.reduce_max(a @ a)  # a scalar, which is cheap to fetch and needs the whole product
        config = tf.ConfigProto(
            intra_op_parallelism_threads=threads, inter_op_parallelism_threads=1, use_per_session_threads=True
        )
        with tf.Session(config=config) as session:
            session.run(a.initializer)
            return 2 * n**3 / best_of(lambda: session.run(product), seconds)


def device_memory(device: str) -> int | None:
    """The peak memory use of the GPU, in bytes; None without one."""
    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"]) if device == "cuda" else None
