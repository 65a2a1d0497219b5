"""The proof of one pair: both sides run twice in float64 and float32, on data and edge cases, and are then judged."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np

from benchmarks.processes import Host, WorkerFailed, Workers
from benchmarks.proof.trace import Key, Trace, from_bytes, to_bytes, trace, trace_edge_cases
from benchmarks.proof.verdicts import Row, blank_row, judge
from benchmarks.twins import SIDES, sendable, twin
from shared.errors import UsageError
from shared.optimizers import OptimizerConfig
from shared.twin import Twin

PATIENCE = 600.0  # seconds for the answer of a worker


class TwinTraces(NamedTuple):
    """Traces of one arm: two runs, which must be bit-identical, and in float64 one run from nudged inputs."""

    first: Trace
    again: Trace
    nudged: Trace
    constants: list[Key]


def prove(
    name: str,
    variant: str = "plain",
    dtypes: tuple[str, ...] = ("float64", "float32"),
    device: str = "cpu",
    steps: int = 20,
    size: str = "proof",
    hosts: Mapping[str, Host] | None = None,
    **options: Any,
) -> list[Row]:
    """Prove a pair in one variant and return the rows, each with its verdict.

    `size` "proof" is the small one, or one with the same operations that takes less time; at other sizes single
    elements are judged in float64 only. float64 is always run,
    because float32 is judged by it; with `dtypes=("float32",)` its rows are left out. `options` are passed to the
    twins: `seed=3` gives other initial values and batches, `optimizer=Adam(1e-3)` replaces the model's own optimizer.
    Each side runs in its own process on a GPU, because the frameworks need different CUDA libraries, and if `hosts`
    names another interpreter or host.
    """
    own_processes = device == "cuda" or bool(hosts)
    settings: dict[str, Any] = {
        "name": name,
        "device": device,
        "variant": variant,
        "size": size,
        "steps": steps,
        "options": options,
    }
    found: dict[tuple[str, str], TwinTraces] = {}
    rows: list[Row] = []
    processes = Workers(1, None, PATIENCE, hosts) if own_processes else nullcontext()
    with processes as workers:
        for dtype in dict.fromkeys(("float64", *dtypes)):
            for side in SIDES:
                if workers:
                    found[side, dtype] = _ask(workers, side, dtype=dtype, **settings)
                else:
                    found[side, dtype] = see(side, dtype=dtype, **settings)
                seen = found[side, dtype]
                if side == "static":
                    note = "constant: it would hide a transposition"
                    rows += [blank_row(key, dtype, note) for key in seen.constants]
                note = f"the {side} side is not bit-identical in a second run"
                rows += [blank_row(key, dtype, note) for key in unrepeated(seen.first, seen.again)]
    rows += judge(
        found["static", "float64"].first,
        found["dynamic", "float64"].first,
        found["static", "float32"].first if ("static", "float32") in found else None,
        found["dynamic", "float32"].first if ("dynamic", "float32") in found else None,
        found["dynamic", "float64"].nudged,
        elements=size == "proof",
    )
    same = _same(name, variant, device, size, **options)
    return [row | same for row in rows if row["dtype"] in dtypes]


def _same(
    name: str, variant: str, device: str, size: str = "proof", optimizer: OptimizerConfig | None = None, **_: Any
) -> Row:
    """The columns that are equal in all rows of a proof. `optimizer` None is the model's own."""
    chosen = optimizer and str(optimizer)
    return {"model": name, "variant": variant, "optimizer": chosen, "device": device, "size": size}


def see(
    side: str, name: str, dtype: str, device: str, variant: str, size: str, steps: int, options: dict[str, Any]
) -> TwinTraces:
    """Run one arm twice on data and edge cases; the dynamic float64 arm also from nudged inputs."""
    with twin(side, name, dtype, device, variant=variant, size=size, threads=1, deterministic=True, **options) as arm:
        first, again = (trace(arm, steps) | trace_edge_cases(arm) for _ in range(2))
        nudged: Trace = {}
        if side == "dynamic" and dtype == "float64":
            nudged = trace(arm, steps, nudged=True) | trace_edge_cases(arm, nudged=True)
        return TwinTraces(first, again, nudged, constants(arm))


def serve(channel: Any) -> None:
    """Answer requests for traces in a worker process; traces are sent as bytes."""
    channel.receive()
    for _, settings in channel:
        seen = see(**settings)
        traces = {name: to_bytes(getattr(seen, name)) for name in ("first", "again", "nudged")}
        channel.send({**traces, "constants": [list(key) for key in seen.constants]})


def _ask(workers: Workers, side: str, options: dict[str, Any], **settings: Any) -> TwinTraces:
    if side not in workers.running:
        workers.start(side, "benchmarks.proof.prove:serve", {})
    options = {name: sendable(value) for name, value in options.items()}
    sent = workers.ask(side, "see", side=side, options=options, **settings)
    if sent is None:
        raise WorkerFailed(f"{side}: {workers.failed[side]}")
    first, again, nudged = (from_bytes(sent[name]) for name in ("first", "again", "nudged"))
    return TwinTraces(first, again, nudged, [Key(*key) for key in sent["constants"]])


def attempt(
    name: str,
    variant: str,
    dtypes: tuple[str, ...],
    device: str,
    steps: int,
    hosts: Mapping[str, Host] | None = None,
    **options: Any,
) -> list[Row]:
    """`prove`, when many pairs are proven in turn: an error of one is returned as a single row that reports it."""
    try:
        return prove(name, variant, dtypes, device, steps, hosts=hosts, **options)
    except UsageError:
        raise
    except Exception as error:
        return failed(name, variant, error, dtypes[0], device, **options)


def failed(
    name: str, variant: str, error: Exception, dtype: str = "float64", device: str = "cpu", **options: Any
) -> list[Row]:
    """The single row of a proof that ended in an error."""
    row = blank_row(Key("run", 0, "training", type(error).__name__), dtype, str(error).partition("\n")[0])
    return [row | _same(name, variant, device, **options)]


def unrepeated(first: Trace, second: Trace) -> list[Key]:
    """The keys of values that are not bit-identical in a second run. NaN equals NaN here; `judge` rejects it."""
    return [key for key in first if not np.array_equal(first[key], second[key], equal_nan=True)]


def constants(arm: Twin) -> list[Key]:
    """Inputs, and weights of two or more axes, that are constant: they would hide a transposition."""
    batch = next(arm.spec.batches())
    inputs = {name: value for name, value in batch.items() if np.issubdtype(value.dtype, np.floating)}
    weights = {name: value for name, value in arm.spec.initial().items() if value.ndim >= 2}
    found = {**inputs, **weights}
    return [Key("state", 0, "training", name) for name, x in found.items() if x.size > 1 and np.ptp(x) == 0]
