"""The proof of one pair: four arms, each run twice, judged."""

from typing import Any

import numpy as np

from benchmarks.parity.compare import Row, blank_row, judge
from benchmarks.parity.trace import Key, Trace, trace
from benchmarks.twins import SIDES, twin
from shared.errors import UsageError


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
    since it judges float32; with `dtypes=("float32",)` its rows are left out.
    """
    arms: dict[tuple[str, str], Trace] = {}
    rows: list[Row] = []
    nudged: Trace | None = None
    for dtype in dict.fromkeys(("float64", *dtypes)):
        for side in SIDES:
            with twin(side, name, dtype, device, variant=variant, size=size, threads=1, **options) as arm:
                if side == "static":
                    rows += [blank_row(key, dtype, "constant: it would hide a transposition") for key in constants(arm)]
                arms[side, dtype] = trace(arm, steps)
                note = f"the {side} side gave other bits in a second run"
                rows += [blank_row(key, dtype, note) for key in unrepeated(arms[side, dtype], trace(arm, steps))]
                if side == "dynamic" and dtype == "float64":
                    nudged = trace(arm, steps, nudged=True)
    rows += judge(
        arms["static", "float64"],
        arms["dynamic", "float64"],
        arms.get(("static", "float32")),
        arms.get(("dynamic", "float32")),
        nudged,
    )
    return [{"model": name, "variant": variant, "device": device, **row} for row in rows if row["dtype"] in dtypes]


def attempt(name: str, variant: str, dtypes: tuple[str, ...], device: str, steps: int) -> list[Row]:
    """`prove`, for a row of many: an error of a model costs its own rows, as one that says what happened."""
    try:
        return prove(name, variant, dtypes, device, steps)
    except UsageError:
        raise
    except Exception as error:
        row = blank_row(Key("run", 0, "training", type(error).__name__), dtypes[0], str(error).partition("\n")[0])
        return [{"model": name, "variant": variant, "device": device, **row}]


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
