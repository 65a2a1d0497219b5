"""What is timed: pairs in one configuration each, and how much of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.processes import Host
from benchmarks.twins import SIDES, require
from shared.catalog import find
from shared.errors import UsageError
from shared.twin import FORMS as SIDE_FORMS
from shared.twin import Arm

Row = dict[str, Any]

FORMS = SIDE_FORMS["dynamic"]  # the side that has every form
ONCE = ("import", "build", "compile", "first_step")  # phases that happen once per process: one sample per launch
REPEATED = ("step", "forward", "resident")
PHASES = (*ONCE, *REPEATED)
WORKER = "benchmarks.speed.worker:serve"


@dataclass(frozen=True)
class TimingSettings:
    """How much is measured, by which workers, and where; and the timeout."""

    launches: int = 7  # fresh pairs of processes: the range of 7 misses the true median in 1.6 of 100 cases
    groups: int = 8  # at most, per launch and phase, each of four blocks, A B B A: short blocks that take many turns
    fewest_groups: int = 2
    group_seconds: float = 1.0  # of all groups of a phase and launch, unless the fewest take longer
    block_seconds: float = 0.008  # of a block on the faster side; errors of clock and scheduler are small beside it
    slowest_seconds: float = 0.4  # longest block on the slower side, unless a single run takes longer
    window_seconds: float = 0.01  # length of the windows of runs that are compared while warming up
    warm_up_seconds: float = 2.0  # longest warm-up of a phase
    proof_steps: int = 3
    timeout: float = 120.0  # seconds for one answer of an arm, including compilation
    # "module:function" to run, by the name of the arm or of its side
    workers: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(SIDES, WORKER))
    models: Mapping[str, str] = field(default_factory=dict)  # by the name of the arm, if it is not the job's
    hosts: Mapping[str, Host] = field(default_factory=dict)  # by side, if it does not run here


@dataclass(frozen=True)
class Job:
    """One pair in one configuration."""

    model: str
    variant: str
    form: str
    device: str
    size: str
    dtype: str
    threads: int
    sweep: str | None = None  # name of the model's setting that a sweep changes
    value: int | float | None = None  # value of this setting

    @property
    def changes(self) -> dict[str, Any]:
        """The settings of the model that differ from those of its size."""
        return {self.sweep: self.value} if self.sweep else {}

    def settings(self, side: str) -> dict[str, Any]:
        """The settings that are sent to the worker of a side."""
        own = {k: v for k, v in vars(self).items() if k not in ("sweep", "value")}
        if side == "static" and self.form == "cuda_graphs":  # TensorFlow has no CUDA graphs: XLA is its fastest form
            own["form"] = "compiled"
        return {"side": side, **own, "changes": self.changes}

    def describes(self, row: Row) -> bool:
        """Whether a row belongs to this job."""
        return all(row.get(name) == value for name, value in vars(self).items())

    def __str__(self) -> str:
        extra = [self.form] if self.form != "plain" else []
        extra += [f"{self.sweep}={self.value:g}"] if self.sweep else []
        return " ".join([self.model, self.variant, *extra])


def check(jobs: Iterable[Job], settings: TimingSettings) -> None:
    """Raise `UsageError` if a job cannot be measured, before anything is run."""
    for job in jobs:
        check_sweep(job)
        Arm("dynamic", job.dtype, job.device, job.threads, job.form, job.size)  # the side that has every form
        next(find(job.model).spec(job.variant, job.size, **job.changes).batches())
    for side in SIDES:
        if side not in settings.hosts:
            require(side)
    if settings.launches < 1:
        raise UsageError(f"{settings.launches} launches are too few: use 1 or more")


def check_sweep(job: Job) -> None:
    """Raise `UsageError` if the swept setting is not a number, or is an integer and the value is not."""
    if job.sweep is None:
        return
    now = getattr(
        find(job.model).spec(job.variant, job.size).config, job.sweep, None
    )  # an unknown one is refused later
    if now is not None and (isinstance(now, bool) or not isinstance(now, int | float)):
        raise UsageError(f"{job.sweep} is not a number in {job.model}: it is {now!r}, so it cannot be swept")
    if isinstance(now, int) and not isinstance(job.value, int):
        raise UsageError(f"{job.sweep} is a whole number in {job.model}, not {job.value:g}")
