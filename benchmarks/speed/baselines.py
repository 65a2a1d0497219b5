"""Timings of each twin against its baseline: is it as fast as its framework's own layers? Or against another model that
computes the same, as lstm and lstm_fused do.

Both are two arms of one side in the same harness. A time is shown only if both have done the same work: the same
initial values and batches gave the same losses, outputs and parameters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.forks import Parents
from benchmarks.speed.jobs import REPEATED, Job, TimingSettings, check
from benchmarks.speed.measure import Tell, measure_job
from benchmarks.twins import SIDES
from shared.baselines import require
from shared.catalog import LONGEST
from shared.errors import UsageError

Row = dict[str, Any]

LIMIT = 1.5  # largest allowed ratio of a twin's time to its baseline's
AGAINST = "baseline"  # in the column `against` of such rows
# Models whose layer takes all steps in one kernel: in PyTorch (oneDNN, cuDNN), and on a GPU in Keras, too. A loop must
# launch each of its operations, so its ratio to the kernel is printed and not judged. Seven ways to write the LSTM's
# step in PyTorch all took 2.3 to 2.4 times as long as nn.LSTM (48 units, one core)
ONE_KERNEL = ("rnn", "lstm", "gru", "bidirectional_gru")

TWIN, LAYERS = "benchmarks.speed.worker:serve_compared", "benchmarks.speed.worker:serve_baseline"


def check_baselines(jobs: Sequence[Job], settings: TimingSettings) -> None:
    """Raise `UsageError` if a job cannot be measured."""
    for job in jobs:
        require(job.model, job.variant)
        if job.form != "plain":
            raise UsageError(f"baselines exist only in the form plain, not {job.form}: leave out --form")
    check(jobs, settings)


def against(
    job: Job,
    side: str,
    settings: TimingSettings,
    tell: Tell = lambda what, share: None,
    parents: Parents | None = None,
    other: str = AGAINST,
) -> list[Row]:
    """The rows of one side's twin and of its baseline, under the names "static" and "static baseline", for example.

    The ratio is the twin's time over the baseline's. If `other` is the name of a model, its twin takes the baseline's
    place. `parents` are as for `measure_job`.
    """
    rival = f"{side} {other}"
    settings = replace(settings, workers={side: TWIN, rival: LAYERS if other == AGAINST else TWIN})
    settings = replace(settings, models={} if other == AGAINST else {rival: other})
    rows = measure_job(job, settings, tell, {side: side, rival: side}, parents=parents)
    said = {"static faster": "twin faster", "dynamic faster": f"{other} faster"}
    return [{**row, "against": other, "conclusion": said.get(row["conclusion"], row["conclusion"])} for row in rows]


def describes(job: Job, side: str, row: Row, other: str = AGAINST) -> bool:
    """Whether a row is one of those that `against` returns."""
    return row.get("against") == other and row["side"].partition(" ")[0] == side and job.describes(row)


def _judged(rows: Sequence[Row]) -> Iterator[Row]:
    """The twin's row of each comparison."""
    return (row for row in rows if row["side"] in SIDES and row["phase"] in REPEATED and row["ratio"])


def is_one_kernel(row: Row) -> bool:
    """Whether the layers of this comparison are a single kernel."""
    fused = row["side"].partition(" ")[0] == "dynamic" or row["device"] == "cuda"
    return row["against"] == AGAINST and row["model"] in ONE_KERNEL and fused


def slower(rows: Sequence[Row]) -> list[Row]:
    """The rows where a twin takes significantly more than LIMIT times as long as its baseline."""
    layers = [row for row in _judged(rows) if row["against"] == AGAINST and not is_one_kernel(row)]
    return [row for row in layers if row["ratio_low"] is not None and row["ratio_low"] > LIMIT]


def line(rows: Sequence[Row]) -> str:
    """One side's twin against its baseline in one line: the training step, and every phase that is too slow."""
    extra = f"{rows[0]['sweep']}={rows[0]['value']:g} " if rows[0]["sweep"] else ""
    title = f"{rows[0]['model']:<{LONGEST}} {rows[0]['side']:<9}{extra}"
    errors = [row["error"] for row in rows if row["error"]]
    if errors:
        return f"{title}FAILED: {errors[0]}"
    slow = slower(rows)
    layers = "one kernel" if is_one_kernel(rows[0]) else "layers"
    than = layers if rows[0]["against"] == AGAINST else rows[0]["against"]
    parts = [
        f"{row['phase']}: twin takes {row['ratio']:.2f} of {than}{_interval(row)}"
        + (f", SLOWER than {LIMIT:g}" if row in slow else "")
        for row in _judged(rows)
        if row["phase"] == "step" or row in slow
    ]
    times = [f"{row['side']} {1e3 * row['median_s']:.3g} ms" for row in rows if row["phase"] == "step"]
    warned = [f"{row['side']}, {row['warning']}" for row in rows if row["phase"] == "step" and row["warning"]]
    instability = f" (unsteady: {warned[0]})" if warned else ""
    return f"{title}{'; '.join(parts)}; step: {', '.join(times)}{instability}"


def _interval(row: Row) -> str:
    low, high = row["ratio_low"], row["ratio_high"]
    return f" [{low:.2f}, {high:.2f}]" if low is not None else ", too few processes for an interval"


def verdict(rows: Sequence[Row]) -> str:
    """All comparisons in one line."""
    pairs = dict.fromkeys((row["model"], row["value"], row["side"]) for row in rows if row["side"] in SIDES)
    failed = dict.fromkeys((row["model"], row["value"], row["side"].partition(" ")[0]) for row in rows if row["error"])
    slow = dict.fromkeys(f"{row['side']} {row['model']}" for row in slower(rows))
    kernels = {(row["model"], row["value"], row["side"]) for row in rows if row["side"] in SIDES and is_one_kernel(row)}
    named = f" ({', '.join(slow)})" if slow else ""
    told = f", {len(kernels)} against one kernel, not judged" if kernels else ""
    return (
        f"{len(pairs)} twins against their framework's own layers: {len(slow)} slower than {LIMIT:g} times{named}"
        f"{told}, {len(failed)} without a time"
    )
