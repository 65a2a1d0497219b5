"""Do both twins learn, and learn alike? Each is trained on the pair's data and judged on held-out data."""

import json
import math
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.processes import Host, WorkerFailed, Workers
from benchmarks.results import from_lists, to_lists
from benchmarks.rows import LearningRow, record
from benchmarks.twins import SIDES, load, sendable, twin
from shared.catalog import find
from shared.errors import UsageError
from shared.optimizers import OptimizerConfig
from shared.spec import Batch, Learning, rows
from shared.twin import Twin

Row = dict[str, Any]

PATIENCE = 3600.0  # timeout in seconds for an arm in its own process

POINTS = 100  # most points of a loss curve; each is the mean over a window of steps


def learn(
    name: str,
    variant: str = "plain",
    *,
    device: str = "cpu",
    steps: int | None = None,
    optimizer: OptimizerConfig | None = None,
    hosts: Mapping[str, Host] | None = None,
    tell: Callable[[str, float], None] = lambda what, share: None,
) -> tuple[list[Row], dict[str, Any]]:
    """Train both twins from the same start on the same batches.

    Returns rows (losses, metrics on held-out data, the distance of the two curves) and what the report draws: the
    spec's `plot_inputs`, each side's outputs on them, and the values that its `plotted` names. With `steps` other than
    the catalogue's, or with another `optimizer` than the model's own, nothing is judged: rows have no verdict. On a
    GPU, or if `hosts` names another interpreter or host, each side runs in its own process, as in a proof. `tell`
    receives what is being done and the completed share.
    """
    learning = find(name).variant(variant).learning
    if learning is None:
        raise UsageError(f"{name} {variant} has no training data of its own: train {name} plain")
    total = steps or learning.steps
    judged = total == learning.steps and optimizer is None
    said = str(optimizer) if optimizer else None
    new = partial(LearningRow, model=name, variant=variant, optimizer=said, device=device, dtype=learning.dtype)
    rows: list[LearningRow] = []
    picture: dict[str, Any] = {}
    curves: dict[str, list[float]] = {}
    apart = device == "cuda" or bool(hosts)
    processes = Workers(1, None, PATIENCE, hosts) if apart else nullcontext()
    with processes as workers:
        for place, side in enumerate(SIDES):

            def at(share: float, place: int = place, side: str = side) -> None:
                tell(f"training {name} {variant}, {side} twin", (place + share) / 2)

            settings: dict[str, Any] = {"side": side, "name": name, "variant": variant, "device": device}
            settings |= {"steps": total, "optimizer": sendable(optimizer) if workers else optimizer}
            at(0)
            trained = _ask(workers, **settings) if workers else train(**settings, tell=at)
            picture |= trained.picture
            ends, curves[side] = curve(trained.losses)
            for step, value in zip(ends, curves[side]):
                rows.append(new(side=side, kind="loss", step=step, name="loss", value=value))
            for metric, value in trained.scores.items():
                judged_by = judge(learning, metric, value) if judged else {}
                rows.append(new(side=side, kind="metric", step=total, name=metric, value=value, **judged_by))
    distance = gap(curves["static"], curves["dynamic"])
    row = new(side="both", kind="curves", step=total, name="gap", value=distance)
    if judged:
        verdict = "together" if distance <= learning.curve_gap else "apart"  # NaN is apart
        row = replace(row, bound=learning.curve_gap, verdict=verdict)
    return [record(row) for row in [*rows, row]], picture


def judge(learning: Learning, metric: str, value: float) -> Row:
    """The bound and the verdict of a metric; empty if no target is set for it."""
    target = next((target for target in learning.targets if target.metric == metric), None)
    return {"bound": target.bound, "verdict": "met" if target.met(value) else "missed"} if target else {}


@dataclass(frozen=True)
class Trained:
    """The results of training one twin."""

    losses: list[float]  # before each step
    scores: dict[str, float]  # on held-out data, by metric
    picture: dict[str, Any]  # what the report draws


def train(
    side: str,
    name: str,
    variant: str,
    device: str,
    steps: int,
    optimizer: OptimizerConfig | str | None = None,
    tell: Callable[[float], None] = lambda share: None,
) -> Trained:
    """Train one twin for `steps` steps and score it on held-out data."""
    learning = find(name).variant(variant).learning
    assert learning is not None
    options: dict[str, Any] = {"variant": variant, "threads": 1}
    options |= {"optimizer": optimizer} if optimizer else {}
    with twin(side, name, learning.dtype, device, **options, observed=False) as arm:
        losses = descend(arm, steps, tell)
        spec, state = arm.spec, arm.state()
        held_out, view = spec.held_out(), spec.plot_inputs()
        scores = spec.score(predict(arm, held_out), held_out, state)
        picture: dict[str, Any] = {name: value for name, value in view.items() if name not in spec.not_kept}
        picture[side] = predict(arm, view)
    if spec.plotted:  # names of parameters and of taps, which need an observed twin
        with twin(side, name, learning.dtype, device, **options) as observed:
            observed.load(state)
            known = {**state, **observed.forward(view, training=False)}
        picture |= {f"{side}_{plotted}": known[plotted] for plotted in spec.plotted}
    nodes = getattr(import_module(load(side, name)[0].__module__), "nodes", None)
    if nodes:  # a model that provides its own graph: the picture is its structure, not its outputs
        picture[f"{side}_nodes"] = [asdict(node) for node in nodes(spec.config, spec.initial())]
    return Trained(losses, scores, picture)


def predict(arm: Twin, batch: Batch) -> np.ndarray:
    """The output in inference mode, of as many rows at once as the spec says."""
    at_once = arm.spec.rows_at_once
    if at_once is None:
        return arm.predict(batch)
    starts = range(0, len(next(iter(batch.values()))), at_once)
    return np.concatenate([arm.predict(rows(batch, slice(start, start + at_once))) for start in starts])


def descend(arm: Twin, steps: int, tell: Callable[[float], None] = lambda share: None) -> list[float]:
    """Train a twin on the first `steps` batches; return the loss before each. `tell` receives the completed share."""
    losses = []
    for step, batch in zip(range(steps), arm.spec.batches()):
        losses.append(arm.step(batch))
        if step % 20 == 0:
            tell(step / steps)
    return losses


def serve(channel: Any) -> None:
    """Answer requests to train in a worker process; the results are sent as JSON."""
    channel.receive()
    for _, settings in channel:
        trained = train(**settings)
        channel.send(json.dumps({**vars(trained), "picture": to_lists(trained.picture)}))


def _ask(workers: Workers, side: str, **settings: Any) -> Trained:
    workers.start(side, "benchmarks.learning.learn:serve", {})
    sent = workers.ask(side, "train", side=side, **settings)
    if sent is None:
        raise WorkerFailed(f"{side}: {workers.failed[side]}")
    found = json.loads(sent)
    return Trained(found["losses"], found["scores"], from_lists(found["picture"]))


def attempt(name: str, variant: str = "plain", **options: Any) -> tuple[list[Row], dict[str, Any]]:
    """`learn`, when many pairs are trained in turn: an error of one is returned as a single row that reports it."""
    try:
        return learn(name, variant, **options)
    except UsageError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}".partition("\n")[0]
        optimizer = options.get("optimizer") and str(options["optimizer"])
        failed = LearningRow(
            model=name,
            variant=variant,
            optimizer=optimizer,
            dtype=None,
            device=options.get("device", "cpu"),
            side="both",
            kind="metric",
            step=0,
            name="run",
            value=None,
            verdict="missed",
            error=why,
        )
        return [record(failed)], {}


def curve(losses: list[float]) -> tuple[list[int], list[float]]:
    """A loss curve of at most POINTS points: the last step of each window, and the mean loss over it."""
    windows = np.array_split(np.asarray(losses), min(POINTS, len(losses)))
    ends = np.cumsum([len(window) for window in windows])
    return ends.tolist(), [float(window.mean()) for window in windows]


def gap(a: list[float], b: list[float]) -> float:
    """The largest distance of two curves, as a share of their common range; NaN if either is not finite."""
    x, y = np.asarray(a), np.asarray(b)
    if not (np.all(np.isfinite(x)) and np.all(np.isfinite(y))):
        return math.nan
    reach = max(x.max(), y.max()) - min(x.min(), y.min())
    return float(np.abs(x - y).max() / reach) if reach else 0.0


def succeeded(rows: list[Row]) -> bool:
    """Whether every target is met and the curves are close to each other."""
    verdicts = [row["verdict"] for row in rows if row["verdict"]]
    return bool(verdicts) and all(verdict in ("met", "together") for verdict in verdicts)
