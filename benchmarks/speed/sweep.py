"""A sweep times a pair at several values of one setting. At which value does the other side become faster?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.errors import UsageError

Row = dict[str, Any]
SAME = ("model", "variant", "form", "device", "dtype", "threads", "sweep")  # the same in all rows of a sweep


@dataclass(frozen=True)
class Crossing:
    """The result of one sweep: where static and dynamic steps take equally long, if anywhere."""

    model: str
    variant: str
    form: str
    device: str
    dtype: str
    setting: str
    at: float | None  # the largest value of the setting where they cross
    sentence: str


def parse(text: str) -> tuple[str, list[int | float]]:
    """Parse "batch=1,8,64" into the setting and its values, in ascending order."""
    name, _, values = text.partition("=")
    try:
        numbers = sorted({int(value) if value.strip().isdigit() else float(value) for value in values.split(",")})
    except ValueError:
        numbers = []
    if not name or not numbers:
        raise UsageError(f"a sweep is a setting and its values, as in batch=1,8,64: not {text!r}")
    return name, numbers


def crossings(rows: Sequence[Row]) -> list[Crossing]:
    """The crossing of each sweep among the rows of `measure`, in their order, from the ratios of the training step."""
    sweeps: dict[tuple, dict[float, Row]] = {}
    for row in rows:
        if row["sweep"] and row["phase"] == "step" and row["ratio"]:
            sweeps.setdefault(tuple(row[name] for name in SAME), {})[row["value"]] = row
    return [_crossing(dict(zip(SAME, key)), found) for key, found in sweeps.items() if len(found) > 1]


def _crossing(same: Row, found: dict[float, Row]) -> Crossing:
    values = sorted(found)
    x = np.log(np.array(values, float)) if min(values) > 0 else np.array(values, float)
    y = np.log([found[value]["ratio"] for value in values])  # below 0 the static side is faster
    crossed = [
        float(x[i] - y[i] * (x[i + 1] - x[i]) / (y[i + 1] - y[i])) for i in range(len(x) - 1) if y[i] * y[i + 1] < 0
    ]
    crossed = [float(np.exp(place)) if min(values) > 0 else place for place in crossed]
    first, last = ("static" if end < 0 else "dynamic" for end in (y[0], y[-1]))
    setting, ends = same["sweep"], f"{values[0]:g} to {values[-1]:g}"
    if not crossed:
        sentence = f"{first} is faster at every {setting} from {ends}"
    elif len(crossed) == 1:
        sentence = f"{first} is faster up to {setting} {crossed[0]:.3g}, {last} beyond"
    else:
        every = ", ".join(f"{place:.3g}" for place in crossed)
        sentence = f"{first} is faster at first and {last} at last; from {setting} {ends} they cross at {every}"
    unsure = [f"{value:g}" for value in values if "faster" not in found[value]["conclusion"]]
    if unsure:
        sentence += f" (no conclusion at {', '.join(unsure)})"
    own = {name: same[name] for name in ("model", "variant", "form", "device", "dtype")}
    return Crossing(**own, setting=setting, at=crossed[-1] if crossed else None, sentence=sentence)
