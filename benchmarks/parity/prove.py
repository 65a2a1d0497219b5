"""The proof of one pair: four arms, each run twice on the data and on hard inputs, judged."""

from typing import Any

import numpy as np

from benchmarks.parity.compare import Row, blank_row, first_failure, judge
from benchmarks.parity.trace import Key, Trace, trace, trace_hard
from benchmarks.twins import SIDES, twin
from shared.errors import UsageError
from shared.updates import Rule


def prove(
    name: str,
    variant: str = "plain",
    dtypes: tuple[str, ...] = ("float64", "float32"),
    device: str = "cpu",
    steps: int = 20,
    size: str = "proof",
    **options: Any,
) -> list[Row]:
    """The rows of a pair in one variant, each with its verdict.

    `size` "proof" is the small one, or one with the same operations that takes less time. float64 is always run,
    since it judges float32; with `dtypes=("float32",)` its rows are left out. `options` go to the twins: `seed=3` is a
    proof from other initial values and batches, `rule=Adam(1e-3)` one with another update rule than the model's own.
    """
    arms: dict[tuple[str, str], Trace] = {}
    rows: list[Row] = []
    nudged: Trace | None = None
    for dtype in dict.fromkeys(("float64", *dtypes)):
        for side in SIDES:
            with twin(side, name, dtype, device, variant=variant, size=size, threads=1, **options) as arm:
                if side == "static":
                    rows += [blank_row(key, dtype, "constant: it would hide a transposition") for key in constants(arm)]
                arms[side, dtype], again = (trace(arm, steps) | trace_hard(arm) for _ in range(2))
                note = f"the {side} side gave other bits in a second run"
                rows += [blank_row(key, dtype, note) for key in unrepeated(arms[side, dtype], again)]
                if side == "dynamic" and dtype == "float64":
                    nudged = trace(arm, steps, nudged=True) | trace_hard(arm, nudged=True)
    rows += judge(
        arms["static", "float64"],
        arms["dynamic", "float64"],
        arms.get(("static", "float32")),
        arms.get(("dynamic", "float32")),
        nudged,
    )
    same = _same(name, variant, device, **options)
    rows = [{**same, **row} for row in rows if row["dtype"] in dtypes]
    _explain(rows, name, variant=variant, size=size, steps=steps, **options)
    return rows


def _same(name: str, variant: str, device: str, rule: Rule | None = None, **_: Any) -> Row:
    """What all rows of a proof say. No rule is the model's own."""
    return {"model": name, "variant": variant, "rule": rule and str(rule), "device": device}


def _explain(rows: list[Row], name: str, **options: Any) -> None:
    """Say in the first failing row where the pair first diverges, and which known difference explains that."""
    from benchmarks.causes import explain  # which rests on this package

    failure = first_failure(rows)
    if failure is None:
        return
    try:
        divergence, cause = explain(name, **options)
    except Exception as error:  # the verdict stands, located or not
        failure["where"] = f"could not be located: {type(error).__name__}: {error}"
        return
    failure["where"] = str(divergence or "every block agrees in float64, looked at alone: it is rounding that grows")
    failure["cause"] = str(cause or "")


def attempt(name: str, variant: str, dtypes: tuple[str, ...], device: str, steps: int, **options: Any) -> list[Row]:
    """`prove`, for a row of many: an error of a model costs its own rows, as one that says what happened."""
    try:
        return prove(name, variant, dtypes, device, steps, **options)
    except UsageError:
        raise
    except Exception as error:
        row = blank_row(Key("run", 0, "training", type(error).__name__), dtypes[0], str(error).partition("\n")[0])
        rows = [{**_same(name, variant, device, **options), **row}]
        _explain(rows, name, variant=variant, steps=steps, **options)
        return rows


def unrepeated(first: Trace, second: Trace) -> list[Key]:
    """Where an arm gave other bits in a second run. Not-a-number repeats itself here; the comparison refuses it."""
    return [key for key in first if not np.array_equal(first[key], second[key], equal_nan=True)]


def constants(arm: Any) -> list[Key]:
    """Inputs, and weights of two or more axes, that are constant: they would hide a transposition."""
    batch = next(arm.spec.batches())
    inputs = {name: value for name, value in batch.items() if np.issubdtype(value.dtype, np.floating)}
    weights = {name: value for name, value in arm.spec.initial().items() if value.ndim >= 2}
    found = {**inputs, **weights}
    return [Key("state", 0, "training", name) for name, x in found.items() if x.size > 1 and np.ptp(x) == 0]
