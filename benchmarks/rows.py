"""The rows of results: one class for each kind of row, one field for each column.

Rows are built as instances of these classes, so a misspelt column raises an error where it is written. In files and in
the report a row is a flat dict with the same names: `record` creates it, and `from_record` reads it back.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class ParityRow:
    """One value of a proof: the distance of both sides, and the verdict. None: not computed."""

    model: str | None = None  # of the catalogue; like the next three, None if only traces are compared
    variant: str | None = None
    optimizer: str | None = None  # None: the model's own
    device: str | None = None  # cpu or cuda
    size: str = "proof"  # of the model
    dtype: str  # of the two arms that are compared
    stage: str  # tap, loss, gradient, tap_gradient, state; or run, if there was an error
    step: int  # number of training steps before
    mode: str  # training or inference
    name: str  # canonical name of the value; if the stage is run, the kind of error
    batch: str = "data"  # or the name of an edge case
    max_abs: float | None = None  # largest distance of an element, static from dynamic
    rel_norm: float | None = None  # distance in norm, relative to the dynamic side
    index: list[int] | None = None  # of the element with the largest distance
    static_value: float | None = None  # this element on each side
    dynamic_value: float | None = None
    allowed: float | None = None  # the largest relative norm (float64) or error (float32) that is not `different`
    static_error: float | None = None  # float32: relative norm of the distance from float64, of each side
    dynamic_error: float | None = None
    static_ulp: float | None = None  # float32: largest distance of an element from float64, in units in the last place
    dynamic_ulp: float | None = None
    sides: float | None = None  # float32: the larger of the two errors over the smaller
    amplification: float | None = None  # relative change of this value if every input is rounded once, in roundings
    growth: float | None = None  # float32, taps: the error over that of the tap before
    verdict: str = "different"  # or ill-conditioned, rounding, identical
    where: str = ""  # diagnosis: where the pair first diverges
    cause: str = ""  # diagnosis: the known difference that explains it
    note: str = ""  # why there are no numbers, or why the verdict does not follow from them


@dataclass(frozen=True)
class LearningRow:
    """One number of a trained pair."""

    model: str
    variant: str
    optimizer: str | None  # None: the model's own
    dtype: str | None  # of the training; None if it failed
    device: str | None  # cpu or cuda
    side: str  # static, dynamic, or both
    kind: str  # loss, metric, or curves: the distance of the two loss curves
    step: int  # number of training steps before
    name: str  # of the metric
    value: float | None  # loss: mean since the point before; curves: a share of the range of both; None after an error
    bound: float | None = None  # that the value is judged by; None if it is not judged
    verdict: str | None = None  # met or missed; together or apart
    error: str | None = None  # why there is no value


@dataclass(frozen=True)
class TimingRow:
    """The time of one arm in one phase, and the comparison of both arms. An arm with an error has no times."""

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
    sweep: str | None = None  # a setting of the model
    value: int | float | None = None  # value of this setting
    median_s: float | None = None  # seconds per run, over all blocks, and its interval
    low_s: float | None = None
    high_s: float | None = None
    ratio: float | None = None  # of the first arm's time to the second's, and its interval
    ratio_low: float | None = None
    ratio_high: float | None = None
    conclusion: str | None = None  # which arm is significantly faster, if any
    warm_up_runs: int | None = None  # runs before the first block, in all launches
    warm_up_s: float | None = None  # seconds that these runs took
    runs_in_a_block: int | None = None
    warning: str | None = None  # why the times are unsteady
    disturbed: float | None = None  # share of the blocks during which the process was off its core
    operations: int | None = None  # of a step, as the framework counts them
    kernel_s: float | None = None  # seconds of a step inside operations
    compiled: int | None = None  # compiled clusters in a step (XLA)
    arithmetic: int | None = None  # floating-point operations of a step's products and convolutions
    ceiling: float | None = None  # floating-point operations per second of a large matrix product on this machine
    precision: str | None = None  # of products: the dtype, or tf32
    harness_s: float | None = None  # seconds that the harness itself adds to each run
    import_memory_bytes: int | None = None  # peak memory of the process after the import
    memory_bytes: int | None = None  # peak memory of the process in all
    device_memory_bytes: int | None = None  # on the GPU
    samples: list[list[float]] = field(default_factory=list)  # seconds per run of each block, by launch
    against: str | None = None  # "baseline" if a twin is compared with its baseline; None: static with dynamic
    error: str | None = None  # why there is no time


@dataclass(frozen=True)
class FaultRecord:
    """One planted fault: what was changed, and whether the proof noticed it."""

    path: str  # of the file, from the project's root
    line: int
    method: str  # with its class
    operator: str  # the kind of change
    what: str  # the change itself
    equivalent: str | None  # the reason why it computes the same function; None if it does not
    caught: bool  # whether the proof noticed it
    raised: bool  # whether it was noticed by an error
    how: str  # what noticed it
    located: bool | None  # whether the attribution is the method that was changed; None if it was not noticed
    named: str  # the method of the attribution, or the cause


@dataclass(frozen=True)
class FaultRow:
    """The counts of faults in one file on one side."""

    model: str  # or another target: a part, the optimizers
    side: str
    planted: int
    caught: int
    raised: int  # of those caught: noticed by an error of the framework
    equivalent: int
    located: int  # of those caught: the attribution is the method that was changed
    ran_located: int  # of those located: noticed without an error
    mutants: list[dict[str, Any]]  # each a `FaultRecord`; where results ship, only those that need a word


@dataclass(frozen=True)
class ExperimentRow:
    """One number of an experiment."""

    experiment: str
    case: str  # which of the experiment's nets; "" if the number is about all of them
    kind: str  # "proof", "loss", "metric" or "curves"
    side: str  # "static", "dynamic", or "both"
    step: int  # number of training steps before
    name: str  # of a metric
    value: float | None  # None where the run failed
    bound: float | None = None  # that the value is judged by; None if it is not judged
    verdict: str | None = None  # "identical", "rounding", "different"; "met", "missed"; "together", "apart"
    error: str | None = None  # why there is no value


def record(row: Any) -> dict[str, Any]:
    """A row as the flat dict that files contain: every column, in the order of its class."""
    return {column.name: getattr(row, column.name) for column in fields(row)}


def from_record(kind: type[R], found: Mapping[str, Any]) -> R:
    """A row of class `kind` from a flat dict. A column that the class lacks raises `TypeError`. A column that the dict
    lacks gets its default, or None if it has none, because older files do not have every column.
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
