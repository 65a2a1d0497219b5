"""What a row of results says: one class for each kind of row, a field for each column.

A row is built as one of these classes, so a misspelt column is an error where it is written. In files and in the report
a row is a flat dict of the same names: `record` makes one of it, and `from_record` reads one back.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class ParityRow:
    """One value of a proof: how far both sides are apart, and the verdict. None: not computed."""

    model: str | None = None  # of the catalogue; None in a comparison of traces alone, as are the next three
    variant: str | None = None
    optimizer: str | None = None  # None: the model's own
    device: str | None = None  # cpu or cuda
    dtype: str  # of the two arms that are compared
    stage: str  # tap, loss, gradient, tap_gradient, state; or run, if there was an error
    step: int  # after so many training steps
    mode: str  # training or inference
    name: str  # of the value, canonical; of a run, the kind of error
    batch: str = "data"  # or the name of an edge case
    max_abs: float | None = None  # largest distance of an element, static from dynamic
    rel_norm: float | None = None  # distance in norm, relative to the dynamic side
    index: list[int] | None = None  # of the element with the largest distance, and
    static_value: float | None = None  # what either side has there
    dynamic_value: float | None = None
    allowed: float | None = None  # the largest relative norm (float64) or error (float32) that is not `different`
    static_error: float | None = None  # float32: relative norm of the distance from float64, of each side
    dynamic_error: float | None = None
    static_ulp: float | None = None  # float32: largest distance of an element from float64, in units in the last place
    dynamic_ulp: float | None = None
    sides: float | None = None  # float32: the larger of the two errors over the smaller
    amplification: float | None = None  # how far this value moves when every input is rounded once, over that rounding
    growth: float | None = None  # float32, taps: the error over that of the tap before
    verdict: str = "different"  # or ill-conditioned, rounding, identical
    where: str = ""  # a diagnosis: where the pair first diverges, and
    cause: str = ""  # the known difference that explains it
    note: str = ""  # why there are no numbers, or why the verdict is not what they say


@dataclass(frozen=True)
class LearningRow:
    """One number of a trained pair."""

    model: str
    variant: str
    optimizer: str | None  # None: the model's own
    dtype: str | None  # that it is trained in; None if it was not
    device: str | None  # cpu or cuda
    side: str  # static, dynamic, or both
    kind: str  # loss, metric, or curves: the distance of the two loss curves
    step: int  # after so many training steps
    name: str  # of the metric
    value: (
        float | None
    )  # loss: the mean since the point before; curves: a share of the range of both; None after an error
    bound: float | None = None  # that the value is judged by; None if it is not
    verdict: str | None = None  # met or missed; together or apart
    error: str | None = None  # why there is no value


@dataclass(frozen=True)
class TimingRow:
    """The time of one arm in one phase, with that arm's part of the comparison. An arm with an error has no times."""

    model: str
    variant: str
    form: str  # plain, compiled, cuda_graphs
    device: str  # cpu or cuda
    size: str  # of the model: small, medium, ...
    dtype: str
    threads: int
    side: str  # static or dynamic; of a baseline, "static baseline"
    phase: str  # import, build, compile, first_step, step, forward, resident
    launches: int  # processes that were measured
    sweep: str | None = None  # a setting of the model, and
    value: int | float | None = None  # what it is set to
    median_s: float | None = None  # seconds a run, over all blocks, and its interval
    low_s: float | None = None
    high_s: float | None = None
    ratio: float | None = None  # of the first arm's time to the second's, and its interval
    ratio_low: float | None = None
    ratio_high: float | None = None
    conclusion: str | None = None  # which arm is faster, or that neither is beyond chance
    warm_up_runs: int | None = None  # before the first block, in all launches, and
    warm_up_s: float | None = None  # the seconds that they took
    runs_in_a_block: int | None = None
    warning: str | None = None  # why the times are unsteady
    operations: int | None = None  # of a step, as the framework counts them
    kernel_s: float | None = None  # seconds of a step inside of operations
    compiled: int | None = None  # compiled clusters in a step (XLA)
    arithmetic: int | None = None  # floating-point operations of a step's products and convolutions
    ceiling: float | None = None  # floating-point operations a second of a large matrix product here
    precision: str | None = None  # of products: the dtype, or tf32
    harness_s: float | None = None  # seconds that the harness itself adds to each run
    import_memory_bytes: int | None = None  # most that the process held: after the import, and
    memory_bytes: int | None = None  # in all
    device_memory_bytes: int | None = None  # on the GPU
    samples: list[list[float]] = field(default_factory=list)  # seconds a run, of each block, by launch
    against: str | None = None  # "baseline" if a twin is compared with one; None: static with dynamic
    error: str | None = None  # why there is no time


@dataclass(frozen=True)
class FaultRecord:
    """One planted fault: what was changed, and whether the proof noticed it."""

    path: str  # of the file, from the project's root
    line: int
    method: str  # with its class
    operator: str  # the kind of change
    what: str  # the change itself
    equivalent: str | None  # the reason why it computes the same; None if it does not
    caught: bool  # whether it was noticed, and
    raised: bool  # whether by an error
    how: str  # what it was noticed by
    located: bool | None  # whether the method that is named is the one that was changed; None if it was not noticed
    named: str  # the method that is named, or the cause


@dataclass(frozen=True)
class FaultRow:
    """The faults of one file on one side, counted."""

    model: str  # or another target: a part, the optimizers
    side: str
    planted: int
    caught: int
    raised: int  # of those caught, by an error of the framework
    equivalent: int
    located: int  # of those caught: the method that was changed is the one that is named
    mutants: list[dict[str, Any]]  # each a `FaultRecord`
    ran_located: int | None = None  # of those located, without an error: only a shortened list of mutants needs it


@dataclass(frozen=True)
class ExperimentRow:
    """One number of an experiment."""

    experiment: str
    case: str  # which of the experiment's nets; "" if the number is about all of them
    kind: str  # "proof", "loss", "metric" or "curves"
    side: str  # "static", "dynamic", or "both"
    step: int  # after so many training steps
    name: str  # of a metric
    value: float | None  # None where the run failed
    bound: float | None = None  # of what is judged
    verdict: str | None = None  # "identical", "rounding", "different"; "met", "missed"; "together", "apart"
    error: str | None = None  # why there is no value


def record(row: Any) -> dict[str, Any]:
    """A row as the flat dict that files hold: every column, in the order of its class."""
    return {column.name: getattr(row, column.name) for column in fields(row)}


def from_record(kind: type[R], found: Mapping[str, Any]) -> R:
    """The row of a kind that a flat dict holds. A column that the kind lacks is a TypeError that names it; one that the
    dict lacks has its default, or None if it has no default: older files do not have every column.
    """
    columns = fields(kind)  # type: ignore[arg-type]
    surplus = found.keys() - {column.name for column in columns}
    if surplus:
        raise TypeError(f"{kind.__name__} has no column {', '.join(sorted(surplus))}")
    missing = {
        column.name: None
        for column in columns
        if column.default is MISSING and column.default_factory is MISSING and column.name not in found
    }
    return kind(**{**missing, **found})
