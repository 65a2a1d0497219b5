"""The first divergence of two twins that do not compute the same function: which tap, which method, which line.

A fault early in a model changes everything after it. So both twins are compared block by block, from tap to tap: every
tap passes on the reference's value and, in the backward pass, the reference's gradient. Training is compared step by
step, each from the reference's state, which distinguishes a wrong gradient from a wrong update. The reference is the
static twin.

The method is then found from the calls that both twins made: see benchmarks/diagnosis/attribution.py.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from benchmarks.diagnosis import attribution, optimizer
from benchmarks.diagnosis.divergence import Divergence
from benchmarks.diagnosis.failures import broken_off
from benchmarks.proof.elements import strays, where
from benchmarks.proof.tolerances import FLOAT64_TOLERANCE
from benchmarks.proof.trace import HELD_OUT
from benchmarks.proof.verdicts import farthest, relative_norm, unusable
from shared.recording import Call, Method
from shared.spec import Batch
from shared.twin import ObservedTwin

Arrays = dict[str, np.ndarray]


def locate(static: ObservedTwin, dynamic: ObservedTwin, steps: int = 20) -> Divergence | None:
    """Return the first divergence of two observed float64 twins in `steps` steps of training; None if there is none.

    Both are compared from equal states: the initial state, and the static side's state after each step. Afterwards
    both are in their initial state.
    """
    models = {"static": static.model, "dynamic": dynamic.model}
    try:
        first = next(_divergences(static, dynamic, steps), None)
        return first and replace(first, methods=attribution.both_sides(first.methods, models))
    except Exception as error:  # a side cannot run: its calls before the error show why
        static.reset()
        dynamic.reset()  # else only one of them has taken a step
        return broken_off(error, static, dynamic)
    finally:
        static.reset()
        dynamic.reset()


def _divergences(static: ObservedTwin, dynamic: ObservedTwin, steps: int) -> Iterator[Divergence]:
    look = _Look(static, dynamic)
    static.reset()
    dynamic.reset()
    trained = static.trained and dynamic.trained
    batches = list(islice(static.spec.batches(), steps + 1))
    yield from look.start(batches[0])
    for name, batch in {"data": batches[0], **static.spec.edge_cases()}.items():
        yield from look.passes(batch, 0, name)
        if trained:
            yield from look.update(batch, 0, name)
    if larger := static.spec.larger_batch():
        yield from look.inference(larger, 0, HELD_OUT)
    for step, batch in enumerate(batches[1:] if trained else (), 1):
        static.step(batches[step - 1])
        dynamic.load(static.state())
        yield from look.passes(batch, step)
        if step < steps:
            yield from look.update(batch, step)


class _Look:
    """Compares two twins. `start`, `passes` and `update` yield the divergences that they find, in order."""

    def __init__(self, static: ObservedTwin, dynamic: ObservedTwin):
        self.twins = {"static": static, "dynamic": dynamic}

    def _both(self, method: str, *arguments: Any, **more: Any) -> tuple[Any, Any]:
        static, dynamic = (getattr(twin, method)(*arguments, **more) for twin in self.twins.values())
        return static, dynamic

    def _calls(self, batch: Batch, **more: Any) -> tuple[list[Call], list[Call]]:
        """The calls of both sides. The static side's, in a loop of the graph, are made with the other's arguments."""
        dynamic = self.twins["dynamic"].calls(batch, **more)
        return self.twins["static"].calls(batch, others=dynamic, **more), dynamic

    def start(self, batch: Batch) -> Iterator[Divergence]:
        """Compare the players and the state before any step."""
        static, dynamic = ({p: set(own) for p, own in twin.players.items()} for twin in self.twins.values())
        for name in sorted(set().union(*static.values()) ^ set().union(*dynamic.values())):
            if list(static) == list(dynamic):
                methods = {side: attribution.owner(twin.model, name) for side, twin in self.twins.items()}
                side = "static" if any(name in own for own in static.values()) else "dynamic"
                note = f"only the {side} side has this parameter"
                yield Divergence("start", "gradient", name, 0, "training", "data", methods, note=note)
        if list(static.items()) != list(dynamic.items()):
            methods = {side: attribution.method_of(twin.model, "players") for side, twin in self.twins.items()}
            listed = f"{', '.join(static)} and {', '.join(dynamic)}"
            note = f"the sides have different players, or players with different parameters: {listed}"
            yield Divergence("start", "state", "players", 0, "training", "data", methods, note=note)
        states = self._both("state")
        # A graph has no slots for a parameter that the loss does not depend on, and none at all if it is not trained
        known = self.twins["static"].spec.initial().keys() | (states[0].keys() & states[1].keys())
        yield from self._slots(*(x.keys() - known for x in states))
        for name, found in _differences(*({name: x[name] for name in x if name in known} for x in states)):
            exchanged = self._settings(self._calls(batch)) or optimizer.exchanged(self.twins, states, name)
            methods = exchanged or optimizer.slots_made(self.twins)
            yield Divergence("start", "state", name, 0, "training", "data", methods, **found)

    def _slots(self, static: set[str], dynamic: set[str]) -> Iterator[Divergence]:
        """Slots on one side only. A dynamic one counts if the graph has another slot for its parameter, or none of
        its kind: only eager code has slots for parameters that the loss does not depend on."""
        parameters = {parameter for own in self.twins["static"].players.values() for parameter in own}
        known = [name.rpartition("/") for name in self.twins["static"].state()]
        moved, kinds = {name for name, _, _ in known}, {kind for _, _, kind in known}
        trained = self.twins["static"].trained
        parts = [(name, *name.rpartition("/")) for name in dynamic]
        unexpected = [name for name, whose, _, kind in parts if trained and (whose in moved or kind not in kinds)]
        for name in [*sorted(static), *sorted(unexpected)]:
            slots = [other for other in dynamic if not other.endswith("/step")]
            renamed = any(other.rpartition("/")[0] not in parameters for other in slots)
            made = {side: attribution.method_of(twin.model, "__init__") for side, twin in self.twins.items()}
            methods = optimizer.built_otherwise(self.twins)
            methods = methods or (made if renamed else optimizer.slots_named(self.twins, static, dynamic))
            note = f"only the {'static' if name in static else 'dynamic'} side has it"
            yield Divergence("start", "state", name, 0, "training", "data", methods, note=note)

    def passes(self, batch: Batch, step: int, title: str = "data") -> Iterator[Divergence]:
        """Compare a forward and backward pass, block by block, and a forward pass in inference mode."""
        reference = self.twins["static"].observe(batch)
        other = self.twins["dynamic"].forward(batch)
        others = {stage: _usable(reference[stage], other) for stage in ("tap", "tap_gradient")}
        static, dynamic = self._both("observe", batch, others)
        forward = [("tap", *found) for found in _differences(static["tap"], dynamic["tap"])]
        forward += [("loss", *found) for found in _differences(static["loss"], dynamic["loss"])]
        for stage, name, found in forward:
            calls = self._calls(batch, replace=others)
            other_calls = attribution.calling_otherwise(*calls) if "only" in found.get("note", "") else None
            before = self._calls(batch, replace=others, until=name)  # what begins later is not the cause
            pair = (
                self._settings(calls) or other_calls or attribution.forward(*before) or self._tap_locations(name, batch)
            )
            yield Divergence("forward", stage, name, step, "training", title, pair, **found)
        backward = [("tap_gradient", *x) for x in _differences(static["tap_gradient"], dynamic["tap_gradient"])][::-1]
        backward += [("gradient", *x) for x in _differences(static["gradient"], dynamic["gradient"])]
        for stage, name, found in backward:
            calls = self._calls(batch, replace=others)
            rest = attribution.users(*calls, name) if stage == "gradient" else self._tap_locations(name, batch)
            pair = attribution.forward(*calls) or attribution.cut(*calls) or attribution.backward(*calls) or rest
            yield Divergence("backward", stage, name, step, "training", title, pair, **found)
        yield from self.inference(batch, step, title)

    def inference(self, batch: Batch, step: int, title: str) -> Iterator[Divergence]:
        """Compare a forward pass in inference mode, block by block."""
        other = self.twins["dynamic"].forward(batch, training=False)
        given = _usable(self.twins["static"].forward(batch, training=False), other)
        for name, found in _differences(*self._both("forward", batch, training=False, replace=given)):
            calls = self._calls(batch, training=False, replace={"tap": given}, until=name)
            pair = attribution.forward(*calls, training=False) or self._tap_locations(name, batch)
            yield Divergence("forward", "tap", name, step, "inference", title, pair, **found)

    def update(self, batch: Batch, step: int, title: str = "data") -> Iterator[Divergence]:
        """Compare one step from the same state: its losses and the new state. The state is restored afterwards."""
        before = self.twins["static"].state()
        losses = self._both("step", batch)
        static, dynamic = self._both("state")
        for twin in self.twins.values():
            twin.load(before)
        for stage, pair in (("state", (static, dynamic)), ("loss", tuple({"loss": np.asarray(x)} for x in losses))):
            for name, found in sorted(_differences(*pair), key=lambda differing: self._turn(differing[0])):
                calls = self._calls(batch)
                methods = self._settings(calls) or optimizer.exchanged(self.twins, pair, name)
                methods = methods or self._moved_by(stage, name, calls, batch)
                yield Divergence("update", stage, name, step, "training", title, methods, **found)

    def _turn(self, name: str) -> int:
        """The turn of the player that updates a value: a later player reads what the earlier ones have updated."""
        players = list(self.twins["static"].players.values())
        own = [i for i, names in enumerate(players) if {name, name.rpartition("/")[0]} & {*names}]
        return own[0] if own else len(players)

    def _moved_by(self, stage: str, name: str, calls: tuple[list[Call], list[Call]], batch: Batch) -> dict[str, Method]:
        """The methods that update a value: those of running averages, an optimizer, or the model's own update."""
        averaging = {}
        for (side, twin), own, other in zip(self.twins.items(), calls, calls[::-1]):
            parameters = {parameter for player in twin.players.values() for parameter in player}
            kept = optimizer.slot_names(twin)  # names of slots
            if stage == "state" and name not in parameters | kept:
                averaging[side] = attribution.averages(own, other, name)
        if any(averaging.values()):
            return {side: found[-1].method for side, found in averaging.items() if found}
        updates = {side: optimizer.update_of(twin, name) for side, twin in self.twins.items()}
        return attribution.updating(*calls) or optimizer.moved_by(self.twins, name) or updates

    def _settings(self, calls: tuple[list[Call], list[Call]]) -> dict[str, Method] | None:
        """The methods that gave an optimizer or part other settings than its twin's, or stored others than given."""
        models = (twin.model for twin in self.twins.values())
        return (
            optimizer.built_otherwise(self.twins)
            or attribution.made_otherwise(*calls)
            or attribution.kept_otherwise(*models)
        )

    def _tap_locations(self, name: str, batch: Batch) -> dict[str, Method]:
        locations = dict(zip(self.twins, self._both("tap_locations", batch)))
        return {side: found[name] for side, found in locations.items() if name in found}


def _usable(values: Arrays, other: Arrays) -> Arrays:
    """The values that can replace the other side's own."""
    fitting = (name for name in values if name in other and other[name].shape == values[name].shape)
    return {name: values[name] for name in fitting if np.all(np.isfinite(values[name]))}


def _differences(static: Arrays, dynamic: Arrays) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what differs, in the static side's order, with the numbers or the note that describe it."""
    for name in dict.fromkeys([*static, *dynamic]):
        a, b = (None if name not in x else np.asarray(x[name]) for x in (static, dynamic))
        note = unusable(a, b)
        if note:
            yield name, {"note": note}
            continue
        assert a is not None
        assert b is not None
        error = min(relative_norm(a, b), relative_norm(b, a))  # finite even if a or b is zero
        mask = strays(a, b)
        if not error <= FLOAT64_TOLERANCE or np.any(mask):
            index, *values = farthest(np.where(mask, a, b) if np.any(mask) else a, b)
            yield name, {"needed": error, "index": index, "values": tuple(values), "which": where(mask)}
