"""A trace: everything that one arm computes in a few training steps, by name."""

import io
import json
from itertools import islice
from typing import NamedTuple

import numpy as np

from benchmarks.proof.tolerances import FLOAT32_ROUNDOFF
from shared.randomness import generator
from shared.spec import Batch, State
from shared.twin import ObservedTwin, Twin

HELD_OUT = "held-out data"


class Key(NamedTuple):
    """Where a value was taken: its stage, the training step, the mode of the model, and its name."""

    stage: str  # tap, loss, gradient, tap_gradient, state
    step: int
    mode: str  # training or inference
    name: str
    batch: str = "data"  # or HELD_OUT, or the name of an edge case


Trace = dict[Key, np.ndarray]


def trace(twin: ObservedTwin, steps: int = 20, nudged: bool = False, held_out: bool = True) -> Trace:
    """Everything that an observed twin computes from its initial state, before the first step and after `steps` steps,
    and then, if `held_out`, on the held-out data, whose taps may take gigabytes in large nets.

    `nudged` multiplies every input, and the whole state before every step, by 1 plus or minus the unit roundoff of
    float32 (the sign is random). The resulting change of a float64 arm measures the model's conditioning: the effect
    on exact arithmetic of storing inputs and state in float32. (Perturbing only the initial state is not enough: a
    value that starts at zero, grows large and returns near zero keeps the roundings that were made in between.)
    """
    twin.reset()
    batches = [nudge(batch, "batch", i) if nudged else batch for i, batch in enumerate(_take(twin, steps + 1))]
    if nudged:
        twin.load(nudge(twin.state(), "state"))
    found = _observe(twin, batches[0], 0)
    first = next(key.name for key in found if key.stage == "loss")  # a step returns this loss
    for step, batch in enumerate(batches[:-1]):
        if nudged and step:
            twin.load(nudge(twin.state(), "state", step))
        found[Key("loss", step, "training", first)] = np.asarray(twin.step(batch))
    found |= _observe(twin, batches[-1], steps)
    return found | _observe_held_out(twin, steps, nudged) if steps and held_out else found


def _observe_held_out(twin: ObservedTwin, steps: int, nudged: bool) -> Trace:
    """What a twin computes on the held-out data in inference mode: a fault may show from some number of rows on."""
    batch = twin.spec.larger_batch()
    if not batch:
        return {}
    taps = twin.forward(nudge(batch, "held-out") if nudged else batch, training=False)
    return {Key("tap", steps, "inference", name, HELD_OUT): np.asarray(value) for name, value in taps.items()}


def outcome(twin: Twin, steps: int, nudged: bool = False) -> Trace:
    """The values that even a plain `Twin` provides: the loss of each step, the state after all steps, and the output in
    inference mode before and after. `nudged` is as in `trace`.
    """
    twin.reset()
    batches = [nudge(batch, "batch", i) if nudged else batch for i, batch in enumerate(_take(twin, steps + 1))]
    found: Trace = {}
    for step, batch in enumerate(batches[:-1]):
        if nudged:
            twin.load(nudge(twin.state(), "state", step))
        if not step:
            found[Key("tap", 0, "inference", "output")] = np.asarray(twin.predict(batch))
        found[Key("loss", step, "training", "loss")] = np.asarray(twin.step(batch))
    found |= {Key("state", steps, "training", name): value for name, value in twin.state().items()}
    return found | {Key("tap", steps, "inference", "output"): np.asarray(twin.predict(batches[-1]))}


def trace_edge_cases(twin: ObservedTwin, nudged: bool = False) -> Trace:
    """Everything that an observed twin computes on each edge case of its spec, from its initial state: all stages
    before a step on that batch, and the state after it.
    """
    twin.reset()
    start = nudge(twin.state(), "state") if nudged else twin.state()
    found: Trace = {}
    for name, batch in twin.spec.edge_cases().items():
        batch = nudge(batch, "hard", name) if nudged else batch
        twin.load(start)
        seen = _observe(twin, batch, 0)
        twin.step(batch)
        seen |= {Key("state", 1, "training", variable): value for variable, value in twin.state().items()}
        found |= {key._replace(batch=name): value for key, value in seen.items()}
    return found


def nudge(values: State, *key: str | int, roundings: float = 1) -> State:
    """Each float times 1 + u or 1 - u, in float64, where u is `roundings` unit roundoffs; integers are unchanged."""
    nudged = {}
    for name, value in values.items():
        if np.issubdtype(value.dtype, np.floating):
            sign = generator("nudge", *key, name).choice([-1.0, 1.0], value.shape)
            value = value.astype(np.float64) * (1 + roundings * FLOAT32_ROUNDOFF * sign)
        nudged[name] = value
    return nudged


def _take(twin: Twin, count: int) -> list[Batch]:
    return list(islice(twin.spec.batches(), count))


def _observe(twin: ObservedTwin, batch: Batch, step: int) -> Trace:
    """All stages on one batch, in dataflow order; the state is not changed."""
    stages = twin.observe(batch) | {"state": twin.state()}
    inference = twin.forward(batch, training=False)
    return {
        Key(stage, step, mode, name): np.asarray(value)
        for mode, found in (("training", stages), ("inference", {"tap": inference}))
        for stage, values in found.items()
        for name, value in values.items()
    }


def to_bytes(found: Trace) -> bytes:
    """A trace as the bytes of an npz file, to send it from another process. Nothing is pickled."""
    buffer = io.BytesIO()
    keys = np.frombuffer(json.dumps(list(found)).encode(), np.uint8)
    np.savez(buffer, keys, *found.values())
    return buffer.getvalue()


def from_bytes(data: bytes) -> Trace:
    """The trace that `to_bytes` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        keys = json.loads(file["arr_0"].tobytes())
        return {Key(*key): file[f"arr_{i}"] for i, key in enumerate(keys, 1)}
