"""Do both twins learn, and learn alike? Each is trained on the pair's own data and judged on what it has not seen."""

import math
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.pretrain import STEPS, pretrain
from benchmarks.twins import SIDES, twin
from shared.catalog import find
from shared.errors import UsageError

Row = dict[str, Any]

POINTS = 100  # of a loss curve: each is the mean over its share of the steps


def learn(
    name: str,
    variant: str = "plain",
    *,
    device: str = "cpu",
    steps: int | None = None,
    tell: Callable[[str, float], None] = lambda what, share: None,
) -> tuple[list[Row], dict[str, Any]]:
    """Train both twins from the same start on the same batches.

    Returns rows (losses, metrics on held-out data, the distance of the two curves) and what the report draws:
    the inputs of the spec's `view`, each side's outputs on them, and what its `drawn` names. `steps` other than the
    catalogue's check nothing: their rows have no verdict. `tell` is told what is being done, and the share that is.
    """
    entry = find(name)
    way = entry.variant(variant)
    learning = way.learning
    if learning is None:
        raise UsageError(f"{name} {variant} has nothing of its own to learn: train {name} plain")
    total = steps or learning.steps
    rows: list[Row] = []
    picture: dict[str, Any] = {}
    curves: dict[str, list[float]] = {}
    for place, side in enumerate(SIDES):
        with twin(side, name, learning.dtype, device, variant=variant, threads=1, observed=False) as arm:
            losses = []
            if way.pretrained:
                tell(f"pre-training {name} {variant}, {side} twin", place / 2)
                started = pretrain(side, way.pretrained, arm.spec, device, min(STEPS, total))  # short if all is short
                arm.load({**arm.state(), **started})
            for step, batch in zip(range(total), arm.spec.batches()):
                losses.append(arm.step(batch))
                if step % 20 == 0:
                    tell(f"training {name} {variant}, {side} twin", (place + step / total) / 2)
            held_out, view = arm.spec.held_out(), arm.spec.view()
            state = arm.state()
            scores = arm.spec.score(arm.predict(held_out), held_out, state)
            picture = {**view, **picture, side: arm.predict(view)}
            picture |= {f"{side}_{name}": state[name] for name in arm.spec.drawn}
            nodes = getattr(import_module(type(arm.model).__module__), "nodes", None)
            if nodes:  # a model that shows its own graph: its structure, not what it says of inputs, is the picture
                picture[f"{side}_nodes"] = [asdict(node) for node in nodes(arm.spec.config, arm.spec.initial())]
        ends, curves[side] = curve(losses)
        rows += [
            {"side": side, "kind": "loss", "step": s, "name": "loss", "value": v} for s, v in zip(ends, curves[side])
        ]
        targets = {target.metric: target for target in learning.targets} if total == learning.steps else {}
        for metric, value in scores.items():
            row: Row = {"side": side, "kind": "metric", "step": total, "name": metric, "value": value}
            if metric in targets:
                row |= {"bound": targets[metric].bound, "verdict": "met" if targets[metric].met(value) else "missed"}
            rows.append(row)
    distance = gap(curves["static"], curves["dynamic"])
    row = {"side": "both", "kind": "curves", "step": total, "name": "gap", "value": distance}
    if total == learning.steps:
        verdict = "together" if distance <= learning.curve_gap else "apart"  # NaN is apart
        row |= {"bound": learning.curve_gap, "verdict": verdict}
    rows.append(row)
    same: Row = {"model": name, "variant": variant, "dtype": learning.dtype, "device": device}
    same |= dict.fromkeys(("bound", "verdict", "error"))
    return [{**same, **row} for row in rows], picture


def attempt(name: str, variant: str = "plain", **options: Any) -> tuple[list[Row], dict[str, Any]]:
    """`learn`, for a row of many: an error of a model costs its own rows, as one that says what happened."""
    try:
        return learn(name, variant, **options)
    except UsageError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}".partition("\n")[0]
        row = {"dtype": None, "side": "both", "kind": "metric", "step": 0, "name": "run", "value": None}
        return [{"model": name, "variant": variant, **row, "bound": None, "verdict": "missed", "error": why}], {}


def curve(losses: list[float]) -> tuple[list[int], list[float]]:
    """A loss curve of at most POINTS points: the last step of each window, and the mean loss over it."""
    windows = np.array_split(np.asarray(losses), min(POINTS, len(losses)))
    ends = np.cumsum([len(window) for window in windows])
    return ends.tolist(), [float(window.mean()) for window in windows]


def gap(a: list[float], b: list[float]) -> float:
    """The largest distance of two curves, as a share of the range that they cover; NaN if either is not finite."""
    x, y = np.asarray(a), np.asarray(b)
    if not (np.all(np.isfinite(x)) and np.all(np.isfinite(y))):
        return math.nan
    reach = max(x.max(), y.max()) - min(x.min(), y.min())
    return float(np.abs(x - y).max() / reach) if reach else 0.0


def succeeded(rows: list[Row]) -> bool:
    """Whether every target is met and the curves lie on each other."""
    verdicts = [row["verdict"] for row in rows if row["verdict"]]
    return bool(verdicts) and all(verdict in ("met", "together") for verdict in verdicts)
