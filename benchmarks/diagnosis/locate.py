"""The first divergence of two twins that do not compute the same function: which tap, which method, which line.

A fault early in a model changes everything after it. So both twins are compared block by block, from tap to tap: every
tap passes on the reference's value and, in the backward pass, the reference's gradient. Training is compared step by
step, each from the reference's state, which distinguishes a wrong gradient from a wrong update. The reference is the
static twin.

The method is then found from the calls that both twins made: see benchmarks/diagnosis/attribution.py.
"""

import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np

from benchmarks.diagnosis import attribution, optimizer
from benchmarks.diagnosis.argument_types import passed_wrongly
from benchmarks.environment import ROOT
from benchmarks.proof.elements import strays, where
from benchmarks.proof.tolerances import FLOAT64_TOLERANCE
from benchmarks.proof.trace import HELD_OUT
from benchmarks.proof.verdicts import farthest, relative_norm, unusable
from benchmarks.twins import SIDES, load
from shared.recording import Call, Method
from shared.spec import Batch
from shared.twin import ObservedTwin

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Divergence:
    """Where two twins first differ."""

    phase: str  # start, forward, backward, update or run: what is wrong
    stage: str  # tap, loss, tap_gradient, gradient, state or run: what shows it
    name: str
    step: int  # training step, from 0
    mode: str  # training or inference
    batch: str  # data, or the name of an edge case
    methods: dict[str, Method]  # by side, as far as they are known
    needed: float | None = None  # relative norm of the difference: the tolerance at which it would have passed
    which: str = ""  # the elements that differ, in words; empty if all do
    index: list[int] = field(default_factory=list)  # of the element that differs most, and
    values: tuple[float, float] | None = None  # its values on the static and the dynamic side
    note: str = ""  # why they differ, if numbers cannot say it

    def __str__(self) -> str:
        where = f"{self.stage.replace('_', ' ')} {self.name!r} at step {self.step} ({self.mode}, {self.batch})"
        if self.note:
            what = self.note
        else:
            assert self.values is not None
            static, dynamic = self.values
            what = (
                f"static {static:.6g}, dynamic {dynamic:.6g} at {self.index}{f', {self.which}' if self.which else ''};"
                f" equal only at a tolerance of {self.needed:.1e} in norm, and {FLOAT64_TOLERANCE:.0e} is allowed"
            )
        first = "one side cannot be built or run" if self.phase == "run" else f"{self.phase}, {where}"
        lines = [f"first divergence: {first}", f"  {what}"]
        lines += [f"  {side:<8}{_place(method)}" for side, method in self.methods.items()]
        return "\n".join(lines)


def _place(method: Method) -> str:
    path = method.path.removeprefix(f"{ROOT}/")
    return f"{path}:{method.line} {method.name}"


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
        return _broken_off(error, static, dynamic)
    finally:
        static.reset()
        dynamic.reset()


def _broken_off(error: Exception, static: ObservedTwin, dynamic: ObservedTwin) -> Divergence:
    """The divergence if one side fails when it runs."""
    batch = next(static.spec.batches())
    others = dynamic.calls_that_run(batch)
    calls = static.calls_that_run(batch, others), others
    found = {"static": attribution.broken_off(*calls[::-1]), "dynamic": attribution.broken_off(*calls)}
    own = _method_of_optimizer(error)
    made = attribution.made_otherwise(*calls) or attribution.kept_otherwise(static.model, dynamic.model)
    if made and not own:
        return _not_run(error, made)
    known = {side: method for side, method in found.items() if method}
    models = {"static": static.model, "dynamic": dynamic.model}
    for side, model in models.items():
        if method := _unusable_result(error, model):
            known = known or {side: method}
        if own and f"/{SIDES[side]}/" in own.path:
            known[side] = own
    return _not_run(error, attribution.both_sides(known, models))


def _unusable_result(error: Exception, model: Any) -> Method | None:
    """The method of a model whose result could not be used: `inputs` if an entry is missing, `loss` if it is no number.

    None if the error has another reason, or comes from the other side.
    """
    frames = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not any(code.co_filename == f"{ROOT}/{type(model).__module__.partition('.')[0]}/model.py" for code in frames):
        return None
    missing = isinstance(error, KeyError) and frames[-1].co_qualname.startswith("arguments")
    added = isinstance(error, TypeError) and frames[-1].co_qualname == "Model.objective"
    return attribution.method_of(model, "inputs" if missing else "loss") if missing or added else None


def _method_of_optimizer(error: Exception) -> Method | None:
    """The optimizer's method that an error comes from, by its traceback: most optimizers' calls are not recorded."""
    if wrong := optimizer.wrong_in(error) or passed_wrongly(error):
        return wrong
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        if frame.f_code.co_filename.endswith("/optimizers.py"):
            name = frame.f_code.co_qualname.partition(".<locals>")[0]
            return Method(frame.f_code.co_filename, frame.f_code.co_firstlineno, name)
    return None


def not_built(error: Exception, side: str, other: Any) -> Divergence:
    """The divergence if one side could not be built, from its error and the other side's twin."""
    recorded = getattr(error, "record_calls", None) or getattr(_twin_in(error), "_calls", [])
    reference = other.calls(next(other.spec.batches()))
    made = attribution.calling_otherwise(recorded, reference, True) or attribution.made_otherwise(recorded, reference)
    own = getattr(_twin_in(error), "model", None)
    own = None if isinstance(own, type) else own
    models = {side: own, other.side: other.model}
    kept = own and attribution.kept_otherwise(models["static"], models["dynamic"])
    if kept and not attribution.received_otherwise(kept[side], recorded, reference):
        made = {"static": kept[side]}
    cut = attribution.blocked(recorded, reference)
    method = _missing(error, other.model) or (cut and cut["static"]) or _function(error) or (made and made["static"])
    method = method or _shaped_wrongly(error, other) or (own and _unusable_result(error, own))
    method = method or attribution.broken_off(reference, recorded)
    known = {side: method} if method else _other_parts(error, other)
    model, _ = load(side, type(other.spec).__module__.rpartition(".")[2])
    return _not_run(error, attribution.both_sides(known, {side: model, other.side: other.model}) if known else {})


def _shaped_wrongly(error: Exception, other: ObservedTwin) -> Method | None:
    """The method that made a parameter, or a placeholder, whose shape is not that of its value, or no placeholders at
    all; None if all fit."""
    own = _twin_in(error)
    if own is None or isinstance(own.model, type):
        return None
    initial, batch = other.spec.initial(), next(other.spec.batches())
    for name, w in own.model.canonical_parameters().items():
        if name in initial and sorted(w.shape) != sorted(initial[name].shape):  # in whatever layout
            return attribution.owner(own.model, name)
    placeholders = getattr(own, "_inputs", {})
    fit = isinstance(placeholders, dict) and all(
        placeholder is None or name not in batch or placeholder.shape.is_compatible_with(batch[name].shape)
        for name, placeholder in placeholders.items()
    )
    return None if fit else attribution.method_of(own.model, "inputs")


def _twin_in(error: Exception) -> Any:
    """The twin that was being made when an error was raised; None if there was none yet."""
    found = (frame.f_locals.get("self") for frame, _ in traceback.walk_tb(error.__traceback__))
    return next((twin for twin in found if hasattr(twin, "model") and hasattr(twin, "spec")), None)


def _missing(error: Exception, model: Any) -> Method | None:
    """The constructor of a part, if the part lacks an attribute that it should set: by name, or as the other side's
    `model` or one of its parameters is called."""
    part, name = (getattr(error, key, None) for key in ("obj", "name"))
    known = hasattr(model, str(name)) or name in {own.rpartition("/")[2] for own in model.canonical_parameters()}
    init = getattr(type(part), "__init__", None)
    names = getattr(init, "__code__", _missing.__code__).co_names
    given = isinstance(error, AttributeError) and (name in names or ("setattr" in names and known))
    return attribution.method_of(part, "__init__") if given else None


def _function(error: Exception) -> Method | None:
    """The function of the optimizers or of a part that an error comes from."""
    if wrong := optimizer.wrong_in(error) or passed_wrongly(error):
        return wrong
    frames = [frame for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__)))]
    for frame in frames:
        path, name = frame.f_code.co_filename.removeprefix(f"{ROOT}/"), frame.f_code.co_qualname
        _, *below = path.split("/")
        if below[:1] in (["optimizers.py"], ["parts"]):
            return Method(frame.f_code.co_filename, frame.f_code.co_firstlineno, name) if "." not in name else None
    return None


def _other_parts(error: Exception, other: Any) -> dict[str, Method]:
    """If a state does not fit, the other side's constructor of the part that has a parameter more or fewer."""
    lists = [set(re.findall(r"'([^']+)'", text)) for text in re.findall(r"\[([^]]*)\]", str(error))]
    if not isinstance(error, ValueError) or "fit" not in str(error) or len(lists) != 2:
        return {}
    names = [name for name in lists[0] ^ lists[1] if name.rpartition("/")[0] not in lists[0] | lists[1]]  # no slots
    names.sort(key=lambda name: (name not in other.model.canonical_parameters(), name))
    return {other.side: attribution.owner(other.model, names[0])} if names else {}


def _not_run(error: Exception, methods: dict[str, Method]) -> Divergence:
    note = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
    return Divergence("run", "run", type(error).__name__, 0, "training", "data", methods, note=note)


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
