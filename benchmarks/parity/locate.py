"""The first divergence: which tap, in which method, on which line, when two twins do not compute the same function.

A fault early in a model smears over everything after it. So both twins are looked at block by block: every tap hands
on the reference's value and, on the way back, the reference's gradient, and what each block makes of them is compared.
Training is looked at likewise, step by step from the reference's state: so a wrong gradient is told from a wrong
update. The reference is the static twin.

Which method it was is then read from the calls that either twin made: forward, the first to finish whose arguments
agree and whose results do not; backward, the innermost whose results' gradients agree and whose arguments' do not.
"""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count, islice
from typing import Any

import numpy as np

from benchmarks.environment import ROOT
from benchmarks.parity.compare import FLOAT64_TOLERANCE, farthest, relative_norm, unusable
from shared.calls import Call, Method, own_classes
from shared.spec import Batch

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Divergence:
    """Where two twins first differ."""

    phase: str  # start, forward, backward or update: what is wrong
    stage: str  # tap, loss, tap_gradient, gradient or state: what shows it
    name: str
    step: int  # of the training, from 0
    mode: str  # training or inference
    batch: str  # data, or the name of a hard one
    methods: dict[str, Method]  # of each side, where its model's source is known
    needed: float | None = None  # relative norm: the tolerance at which it would have passed
    index: list[int] = field(default_factory=list)  # of the element that is farthest off, and
    values: tuple[float, float] | None = None  # what the static and the dynamic side have there
    note: str = ""  # why, where it is not a matter of size

    def __str__(self) -> str:
        where = f"{self.stage.replace('_', ' ')} {self.name!r} at step {self.step} ({self.mode}, {self.batch})"
        if self.note:
            what = self.note
        else:
            assert self.values is not None
            static, dynamic = self.values
            what = (
                f"static {static:.6g}, dynamic {dynamic:.6g} at {self.index}; equal only at a tolerance of"
                f" {self.needed:.1e} in norm, and {FLOAT64_TOLERANCE:.0e} is allowed"
            )
        lines = [f"first divergence: {self.phase}, {where}", f"  {what}"]
        lines += [f"  {side:<8}{_place(method)}" for side, method in self.methods.items()]
        return "\n".join(lines)


def _place(method: Method) -> str:
    path = method.path.removeprefix(f"{ROOT}/")
    return f"{path}:{method.line} {method.name}"


def locate(static: Any, dynamic: Any, steps: int = 20) -> Divergence | None:
    """The first divergence of two observed float64 twins in `steps` steps of training; None if there is none.

    Both are looked at where they are alike: from the initial state, and from the static side's state after each step.
    Afterwards both are in their initial state.
    """
    try:
        first = next(_divergences(static, dynamic, steps), None)
        return first and replace(first, methods=_both_sides(first.methods, static, dynamic))
    finally:
        static.reset()
        dynamic.reset()


def _divergences(static: Any, dynamic: Any, steps: int) -> Iterator[Divergence]:
    look = _Look(static, dynamic)
    static.reset()
    dynamic.reset()
    trained = static.trained and dynamic.trained
    batches = list(islice(static.spec.batches(), steps + 1))
    yield from look.start(batches[0])
    for name, batch in {"data": batches[0], **static.spec.hard()}.items():
        yield from look.passes(batch, 0, name)
        if trained:
            yield from look.update(batch, 0, name)
    for step, batch in enumerate(batches[1:] if trained else (), 1):
        static.step(batches[step - 1])
        dynamic.load(static.state())
        yield from look.passes(batch, step)
        if step < steps:
            yield from look.update(batch, step)


class _Look:
    """Compares two twins part by part. Every method yields what differs there, the first first."""

    def __init__(self, static: Any, dynamic: Any):
        self.twins = {"static": static, "dynamic": dynamic}

    def _both(self, method: str, *arguments: Any, **more: Any) -> tuple[Any, Any]:
        static, dynamic = (getattr(twin, method)(*arguments, **more) for twin in self.twins.values())
        return static, dynamic

    def start(self, batch: Batch) -> Iterator[Divergence]:
        """Before any step: who plays, and the state."""
        players = [[(name, sorted(own)) for name, own in twin.players.items()] for twin in self.twins.values()]
        if players[0] != players[1]:
            note = f"players with their parameters: {players[0]} and {players[1]}"
            methods = {side: _method_of(twin.model, "players") for side, twin in self.twins.items()}
            yield Divergence("start", "state", "players", 0, "training", "data", methods, note=note)
        for name, found in _differences(*self._both("state")):
            methods = _made_otherwise(*self._both("calls", batch)) or {
                side: _method_of(rule, "reset" if hasattr(rule, "reset") else "_slots")
                for side, twin in self.twins.items()
                for rule in twin.rules[:1]
            }
            yield Divergence("start", "state", name, 0, "training", "data", methods, **found)

    def passes(self, batch: Batch, step: int, title: str = "data") -> Iterator[Divergence]:
        """One pass forward and backward, block by block; and one in inference mode."""
        reference = self.twins["static"].observe(batch)
        other = self.twins["dynamic"].forward(batch)

        def usable(values: Arrays) -> Arrays:
            """What can stand in for the other side's own."""
            fitting = (name for name in values if name in other and other[name].shape == values[name].shape)
            return {name: values[name] for name in fitting if np.all(np.isfinite(values[name]))}

        others = {stage: usable(reference[stage]) for stage in ("tap", "tap_gradient")}
        static, dynamic = self._both("observe", batch, others)
        forward = [("tap", *found) for found in _differences(static["tap"], dynamic["tap"])]
        forward += [("loss", *found) for found in _differences(static["loss"], dynamic["loss"])]
        for stage, name, found in forward:
            calls = self._both("calls", batch, replace=others)
            pair = _made_otherwise(*calls) or _forward_method(*calls) or self._tap_places(name, batch)
            yield Divergence("forward", stage, name, step, "training", title, pair, **found)
        backward = [("tap_gradient", *x) for x in _differences(static["tap_gradient"], dynamic["tap_gradient"])][::-1]
        backward += [("gradient", *x) for x in _differences(static["gradient"], dynamic["gradient"])]
        for stage, name, found in backward:
            calls = self._both("calls", batch, replace=others)
            pair = _backward_method(*calls, set(batch)) or (
                _users(calls, name) if stage == "gradient" else self._tap_places(self._after(name, batch), batch)
            )
            yield Divergence("backward", stage, name, step, "training", title, pair, **found)
        reference = self.twins["static"].forward(batch, training=False)
        given = usable(reference)
        for name, found in _differences(*self._both("forward", batch, training=False, replace=given)):
            calls = self._both("calls", batch, training=False, replace={"tap": given})
            pair = _forward_method(*calls) or self._tap_places(name, batch)
            yield Divergence("forward", "tap", name, step, "inference", title, pair, **found)

    def update(self, batch: Batch, step: int, title: str = "data") -> Iterator[Divergence]:
        """One step from the same state: what it returns, and where it leads. The state is as it was, afterwards."""
        before = self.twins["static"].state()
        losses = self._both("step", batch)
        static, dynamic = self._both("state")
        for twin in self.twins.values():
            twin.load(before)
        for stage, pair in (("state", (static, dynamic)), ("loss", tuple({"loss": np.asarray(x)} for x in losses))):
            for name, found in _differences(*pair):
                calls = self._both("calls", batch)
                methods = _made_otherwise(*calls) or self._moved_by(stage, name, calls, batch)
                yield Divergence("update", stage, name, step, "training", title, methods, **found)

    def _moved_by(self, stage: str, name: str, calls: tuple[list[Call], list[Call]], batch: Batch) -> dict[str, Method]:
        """Who moves this value: a rule, a method that keeps running averages, or the model's own update."""
        found = {}
        for (side, twin), own in zip(self.twins.items(), calls):
            rules = [rule for rule in twin.rules if {name, name.rpartition("/")[0]} & rule.parameters.keys()]
            averaging = _mentioning(own, name) if stage == "state" and name not in twin.gradients(batch) else []
            if rules:
                found[side] = self._of_rule(twin, rules[0], own, batch)
            elif averaging:
                found[side] = averaging[-1].method
            else:
                found[side] = _method_of(twin.model, "update")
        return found

    def _of_rule(self, twin: Any, rule: Any, calls: list[Call], batch: Batch) -> Method:
        """`apply` if it was given the gradients that the twin itself finds, else `minimize`, which gives them."""
        gradients = twin.gradients(batch)
        right = [gradients[name] for name in rule.parameters]
        given = [list(call.arguments.values()) for call in calls if call.method.name.endswith(".apply")]
        kept = any(len(values) == len(right) and all(map(_alike, values, right)) for values in given)
        return _method_of(rule, "apply" if kept else "minimize")

    def _tap_places(self, name: str, batch: Batch) -> dict[str, Method]:
        places = dict(zip(self.twins, self._both("places", batch)))
        return {side: found[name] for side, found in places.items() if name in found}

    def _after(self, name: str, batch: Batch) -> str:
        """The next tap: its block is the first to use this one."""
        names = list(self.twins["static"].places(batch))
        return names[min(names.index(name) + 1, len(names) - 1)] if name in names else name


def _differences(static: Arrays, dynamic: Arrays) -> Iterator[tuple[str, dict[str, Any]]]:
    """What differs, in the order of the static side, with the numbers or the note that say so."""
    for name in dict.fromkeys([*static, *dynamic]):
        a, b = (None if name not in x else np.asarray(x[name]) for x in (static, dynamic))
        note = unusable(a, b)
        if note:
            yield name, {"note": note}
            continue
        assert a is not None
        assert b is not None
        error = min(relative_norm(a, b), relative_norm(b, a))  # infinite only where both are
        if not error <= FLOAT64_TOLERANCE:
            index, *values = farthest(a, b)
            yield name, {"needed": error, "index": index, "values": tuple(values)}


def _alike(a: Any, b: Any) -> bool:
    """Whether two arrays agree, whatever the layout that either side keeps an image or a kernel in."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape == b.shape:
        return _close(a, b)
    return sorted(a.shape) == sorted(b.shape) and _close(np.sort(a, None), np.sort(b, None))


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.array_equal(a, b, equal_nan=True)) or relative_norm(a, b) <= FLOAT64_TOLERANCE


def _agree(a: Arrays, b: Arrays) -> bool:
    """Whether what both have under the same name agrees: a single result is the first of several."""
    a, b = ({name or "0": value for name, value in values.items()} for values in (a, b))
    return all(_alike(a[name], b[name]) for name in a.keys() & b.keys())


def _title(call: Call) -> str:
    """What a method is called on both sides: what a call runs is `forward` in a module."""
    return call.method.name.replace(".__call__", ".forward")


def _paired(static: list[Call], dynamic: list[Call]) -> Iterator[tuple[Call, Call]]:
    """The calls that both sides made, the n-th of a method with the n-th of it, as the static side finished them."""
    numbered: dict[tuple[str, int], Call] = {}
    counters: dict[str, Iterator[int]] = {}
    for call in dynamic:
        numbered[_title(call), next(counters.setdefault(_title(call), count()))] = call
    counters = {}
    for call in static:
        key = _title(call), next(counters.setdefault(_title(call), count()))
        if key in numbered:
            yield call, numbered[key]


def _places(static: Call, dynamic: Call) -> dict[str, Method]:
    return {"static": static.method, "dynamic": dynamic.method}


def _made_otherwise(static: list[Call], dynamic: list[Call]) -> dict[str, Method] | None:
    """Who made a part with other settings: the caller of a constructor whose numbers differ."""
    for a, b in _paired(static, dynamic):
        if a.method.name.endswith("__init__") and not _agree(_numbers(a.arguments), _numbers(b.arguments)):
            return _places(a.parent or a, b.parent or b)
    return None


def _numbers(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if isinstance(value, int | float)}


def _forward_method(static: list[Call], dynamic: list[Call]) -> dict[str, Method] | None:
    """The first call to finish whose arguments agree and whose results do not: so it is the innermost.

    If there is none, it is the caller of one that was given something else, though it was given the right thing itself.
    """
    misled = None
    for a, b in _paired(static, dynamic):
        given_alike = _agree(a.arguments, b.arguments)
        if given_alike and not _agree(a.results, b.results):
            return _places(a, b)
        if not given_alike and a.parent and b.parent and _agree(a.parent.arguments, b.parent.arguments):
            misled = misled or _places(a.parent, b.parent)
    return misled


def _backward_method(static: list[Call], dynamic: list[Call], data: set[str]) -> dict[str, Method] | None:
    """The innermost call, from the loss down, whose results' gradients agree and whose arguments' do not.

    A gradient that one side alone has is a difference too, but for the data's, which only a graph gives. If no such
    call is left, it is the outermost whose results have lost theirs.
    """
    suspects, cut_off = [], []
    for a, b in _paired(static, dynamic):
        if not a.result_gradients or not b.result_gradients:
            if (a.result_gradients.keys() ^ b.result_gradients.keys()) - data:
                cut_off.append((a, b))
            continue
        arguments = (a.arguments.keys() & b.arguments.keys()) - data
        one_sided = (a.argument_gradients.keys() ^ b.argument_gradients.keys()) & arguments
        lost = one_sided or not _agree(a.argument_gradients, b.argument_gradients)
        if lost and _agree(a.result_gradients, b.result_gradients):
            suspects.append((a, b))
    outer = {id(ancestor) for a, _ in suspects for ancestor in _ancestors(a)}
    innermost = [pair for pair in suspects if id(pair[0]) not in outer] or cut_off
    return _places(*innermost[-1]) if innermost else None


def _ancestors(call: Call) -> Iterator[Call]:
    while call.parent is not None:
        call = call.parent
        yield call


def _method_of(part: Any, name: str) -> Method:
    """A method of a part, by name, as its class defines it."""
    code = inspect.unwrap(getattr(type(part), name)).__code__
    return Method(code.co_filename, code.co_firstlineno, code.co_qualname)


def _both_sides(methods: dict[str, Method], static: Any, dynamic: Any) -> dict[str, Method]:
    """The methods with the namesake of the one that is known, where a side has nothing to show."""
    found = {}
    for side, twin in (("static", static), ("dynamic", dynamic)):
        if side in methods:
            found[side] = methods[side]
            continue
        for method in methods.values():
            owner, _, name = method.name.rpartition(".")
            for kind in own_classes(type(twin.model)):
                for title in (name, *({"__call__", "forward"} - {name} if name in ("__call__", "forward") else ())):
                    if kind.__name__ == owner and title in vars(kind):
                        code = inspect.unwrap(vars(kind)[title]).__code__
                        found[side] = Method(code.co_filename, code.co_firstlineno, code.co_qualname)
    return found


def _mentioning(calls: list[Call], name: str) -> list[Call]:
    """Calls of methods that use a variable, by the attribute that holds it; the constructor apart."""
    attribute = name.rpartition("/")[2]
    return [call for call in calls if attribute in call.uses and not call.method.name.endswith("__init__")]


def _users(calls: tuple[list[Call], list[Call]], name: str) -> dict[str, Method]:
    """The innermost methods that use a parameter."""
    found = {side: _mentioning(own, name) for side, own in zip(("static", "dynamic"), calls)}
    return {side: own[0].method for side, own in found.items() if own}
