"""Attribution of a divergence to a method, from the recorded calls of both models' methods.

Every function takes the calls of both sides, from passes in which the blocks before and after the faulty one received
the reference's values (see benchmarks/diagnosis/locate.py), and returns a method of each side, or None.
"""

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.diagnosis.agreement import alike, fits, other_number
from shared.call_pairs import ancestors, in_update, numbered, paired, title
from shared.recording import NO_GRADIENT, Call, Method, is_part, model_classes, model_functions

Calls = Sequence[Call]
Methods = dict[str, Method]  # side -> method


def forward(static: Calls, dynamic: Calls, training: bool = True) -> Methods | None:
    """Return the first call to finish whose arguments agree and whose results do not, which is the innermost one.

    Or its caller, if that one received the right arguments but passed on others. A method without an argument
    `training` is treated as if it had received it.
    """
    static, dynamic = (_with_arguments(calls, training=training) for calls in (static, dynamic))
    for a, b in paired(static, dynamic):
        misleading = _misleading(a, b)
        if misleading:
            return _both(*misleading)
        if _agree(a.arguments, b.arguments) and not _agree(a.results, b.results):
            return _sources(a, b, static, dynamic)
    return None


def cut(static: Calls, dynamic: Calls) -> Methods | None:
    """Return the first call to finish that, on one side only, received values that depend on parameters and returned
    values that do not; or its caller, if that one received such values but did not pass them on.

    If there is none, the first that on one side only lets no gradient through to one of its arguments.
    """
    return forward(_learning(static), _learning(dynamic)) or blocked(static, dynamic)


def blocked(static: Calls, dynamic: Calls) -> Methods | None:
    """Return the first call to finish that, on one side only, lets no gradient through to one of its arguments."""
    for a, b in paired(static, dynamic):
        if _reach_otherwise(a, b):
            return _sources(a, b, static, dynamic)
    return None


def _reach_otherwise(a: Call, b: Call) -> bool:
    """Whether a gradient flows back to an argument of one call and not to the other's."""
    return any(a.reaches[name] != b.reaches[name] for name in a.reaches.keys() & b.reaches.keys())


def calling_otherwise(static: Calls, dynamic: Calls, making: bool = False) -> Methods | None:
    """The innermost call that made more or fewer calls than its counterpart; with `making`, among constructors."""
    for a, b in paired(static, dynamic):
        if a.method.name.endswith("__init__") == making and a.finished and b.finished:
            mine, theirs = ([c for c in calls if c.parent is one] for calls, one in ((static, a), (dynamic, b)))
            if any(call.looped for call in (*mine, *theirs)):
                continue  # the body of a while_loop makes one call where a loop makes many
            common = {title(call) for call in mine} & {title(call) for call in theirs}
            if [title(c) for c in mine if title(c) in common] != [title(c) for c in theirs if title(c) in common]:
                return _both(a, b)
    return None


def backward(static: Calls, dynamic: Calls) -> Methods | None:
    """Return the innermost call, from the loss down, whose results' gradients agree and whose arguments' do not.

    A gradient on one side only is a difference too. If there is no such call, some results have no gradient at all:
    then return the caller of the outermost one, which did not use them.
    """
    suspects, sure, lost = [], [], []
    for a, b in paired(static, dynamic):
        if a.looped:
            continue  # no gradient can be fetched from a loop
        returned = _named(a.results).keys() & _named(b.results).keys()
        if returned & _one_sided(_named(a.result_gradients), _named(b.result_gradients)):
            lost.append((a, b))
        elif a.result_gradients and b.result_gradients and _agree(a.result_gradients, b.result_gradients):
            wrong = _wrong_gradients(a, b)
            if wrong:
                suspects.append((a, b))
                if not all(_is_shared(a, name, static) for name in wrong):
                    sure.append((a, b))
    suspects = sure or suspects  # the gradient of a tensor that others read too is a sum, which differs for them all
    outer = {id(ancestor) for a, _ in suspects for ancestor in ancestors(a)}
    innermost = [pair for pair in suspects if id(pair[0]) not in outer]
    if innermost:
        a, b = innermost[-1]
        return _sources(a, b, static, dynamic)
    inner = {id(a) for a, _ in lost}
    outermost = [(a, b) for a, b in lost if not inner & {id(ancestor) for ancestor in ancestors(a)}]
    if outermost:
        a, b = outermost[-1]
        return _both(a.parent or a, b.parent or b)
    return None


def _wrong_gradients(a: Call, b: Call) -> set[str]:
    """The arguments of two calls whose gradients differ, or exist on one side only.

    Not those to which no gradient flows back through the calls: theirs comes from another reader of the same tensor.
    """
    one, two = a.argument_gradients, b.argument_gradients
    wrong = _one_sided(one, two) & a.arguments.keys() & b.arguments.keys()
    wrong |= {n for n in one.keys() & two.keys() if not _agree({n: one[n]}, {n: two[n]})}
    return {name for name in wrong if a.reaches.get(name, True) or b.reaches.get(name, True)}


def _is_shared(call: Call, name: str, calls: Calls) -> bool:
    """Whether an argument also goes to the caller, or to another call that it makes: then its gradient is a sum."""
    leaf = call.leaves.get(name)
    others = [other for other in calls if other is call.parent or (other is not call and other.parent is call.parent)]
    return leaf is not None and any(leaf in other.leaves.values() for other in others)


def broken_off(reference: Calls, failed: Calls) -> Method | None:
    """Return the failed side's method that caused an exception, from a comparison of its calls with the reference.

    While a graph is being built there are no values yet, so shapes and types are compared.
    """
    broken = [call for call in failed if not call.finished]
    if broken and title(broken[0]) not in {title(call) for call in reference}:
        return broken[0].method  # the other side has no such method to compare with
    for a, b in paired(failed, reference):
        if a.finished and (
            (not a.arguments and not a.results) or a.leaves.keys() & b.arguments.keys() - a.arguments.keys()
        ):
            continue  # inside a while_loop, where nothing can be fetched; or its inputs failed
        misleading = _misleading(a, b, fits)
        if misleading:
            return misleading[0].method
        returned = a.finished and _named(b.results).keys() <= _named(a.results).keys()
        if _agree(a.arguments, b.arguments, fits) and not (returned and _agree(a.results, b.results, fits)):
            return _source(a, failed, reference).method
        if _reach_otherwise(a, b):
            return _source(a, failed, reference).method
    return broken[0].method if broken else None


def updating(static: Calls, dynamic: Calls) -> Methods | None:
    """Return the first call within an update whose arguments agree and whose results do not."""
    static, dynamic = ([call for call in calls if in_update(call)] for calls in (static, dynamic))
    common = {title(call) for call in static} & {title(call) for call in dynamic}
    others = dict(numbered(dynamic, common))
    for key, a in numbered(static, common):
        b = others.get(key)
        if b and b.results and a.results and _agree(a.arguments, b.arguments) and not _agree(a.results, b.results):
            return _both(a, b)
    return None


def made_otherwise(static: Calls, dynamic: Calls) -> Methods | None:
    """Return the method that made a part with other settings: the caller that passed other numbers to its constructor,
    or the constructor itself if only its defaults differ."""
    for a, b in paired(static, dynamic):
        other = _other_numbers(a, b) if a.method.name.endswith("__init__") else set()
        while other and a.parent and b.parent and _other_numbers(a.parent, b.parent):
            a, b = a.parent, b.parent  # the caller only passed them on
            other = _other_numbers(a, b)
        if other:
            if other <= a.defaults & b.defaults:
                return _both(a, b)
            return {"static": a.caller or a.method, "dynamic": b.caller or b.method}
    return None


def _other_numbers(a: Call, b: Call) -> set[str]:
    """The arguments of two calls that differ, at least one of each two being a number."""
    one, two = a.arguments, b.arguments
    alone = {name: {**one, **two}[name] for name in one.keys() ^ two.keys()}
    several = {n for n, x in alone.items() if isinstance(x, int | float) and f"{n}/0" in alone}  # several for one
    return several | {name for name in one.keys() & two.keys() if other_number(one[name], two[name])}


def kept_otherwise(static: Any, dynamic: Any) -> Methods | None:
    """Return the constructor of a part that stores other numbers under the same names in the two models; of a part of
    another class, the function that chose it."""
    tree = type(static).__module__.partition(".")[0]
    for name, part in [("", static), *vars(static).items()]:
        other = getattr(dynamic, name, None) if name else dynamic
        if type(part).__module__.partition(".")[0] != tree:
            continue
        parts = {"static": part, "dynamic": other}
        if type(part).__name__ != type(other).__name__:
            if not is_part(type(part).__module__) or not is_part(type(other).__module__):
                continue
            chosen = {side: getattr(sys.modules[type(p).__module__], "build", None) for side, p in parts.items()}
            found = {side: _method(function) for side, function in chosen.items() if function}
            if len(found) == len(parts):
                return found
            continue
        mine, theirs = _numbers(part), _numbers(other)
        if not all(np.array_equal(mine[key], theirs[key]) for key in mine.keys() & theirs.keys()):
            return {side: method_of(p, "__init__") for side, p in parts.items()}
    return None


def received_otherwise(method: Method, static: Calls, dynamic: Calls) -> bool:
    """Whether a method of the first side received other numbers than its counterpart."""
    return any(a.method.name == method.name and bool(_other_numbers(a, b)) for a, b in paired(static, dynamic))


def _numbers(part: Any) -> dict[str, float | np.ndarray]:
    """The numbers and arrays that a part stores, by name."""
    return {name: value for name, value in vars(part).items() if type(value) in (int, float, np.ndarray)}


def users(static: Calls, dynamic: Calls, name: str) -> Methods:
    """The innermost methods that use a parameter, if any, then those whose results have a gradient."""
    found = {"static": mentioning(static, name), "dynamic": mentioning(dynamic, name)}
    learning = {side: [call for call in own if _learns(call)] for side, own in found.items()}
    chosen = learning if any(learning.values()) else found  # a side that has none gets the other side's
    return {side: own[0].method for side, own in chosen.items() if own}


def _learns(call: Call) -> bool:
    return any(gradient is not NO_GRADIENT for gradient in call.result_gradients.values())


def mentioning(calls: Calls, name: str) -> list[Call]:
    """Calls of methods that use a variable, by the attribute that holds it; without constructors."""
    attribute = name.rpartition("/")[2]
    names = {attribute, f"{attribute.rstrip('0123456789')}*"}
    return [call for call in calls if names & call.uses and not call.method.name.endswith("__init__")]


def averages(calls: Calls, others: Calls, name: str) -> list[Call]:
    """Calls that may update a running average; last those that only this side makes: the others do other work too."""
    shared = {id(call) for call, _ in paired(calls, others)}
    return sorted(mentioning(calls, name), key=lambda call: id(call) not in shared)


def owner(model: Any, name: str) -> Method:
    """The constructor of the part that has a parameter: for `norm1/gamma`, of the class of `norm1`."""
    part, found = model, model
    for attribute in name.split("/")[:-1]:
        if isinstance(part, list):  # the other side may have more parts in it
            part = part[int(attribute)] if int(attribute) < len(part) else part
        else:
            part = getattr(part, attribute, part)
        found = part if _tree(part) == _tree(model) else found  # not a list or a framework's container
    return method_of(found, "__init__")


def _tree(part: Any) -> str:
    return type(part).__module__.partition(".")[0]


def method_of(part: Any, name: str) -> Method:
    """A method of a part, by name, as its class defines it."""
    return _method(getattr(type(part), name))


def both_sides(methods: Methods, models: dict[str, Any]) -> Methods:
    """Return the methods; a side that has none gets the method of the same name. Of a model that could not be built,
    the class is enough."""
    found: Methods = {}
    for side, model in models.items():
        kind = model if isinstance(model, type) else type(model)
        method = methods.get(side) or next((_namesake(kind, known) for known in methods.values()), None)
        if method:
            found[side] = method
    return found


def _namesake(model: type, method: Method) -> Method | None:
    kind, _, name = method.name.rpartition(".")
    names = ("forward", "__call__") if name in ("forward", "__call__") else (name,)
    for own in model_classes(model):
        for other in names:
            if own.__name__ == kind and other in vars(own):
                return _method(vars(own)[other])
    functions = (function for _, function in model_functions(model) if not kind and function.__name__ == name)
    return next(map(_method, functions), None)


def _method(function: Callable) -> Method:
    code = inspect.unwrap(function).__code__
    return Method(code.co_filename, code.co_firstlineno, code.co_qualname)


def _both(static: Call, dynamic: Call) -> Methods:
    return {"static": static.method, "dynamic": dynamic.method}


def _misleading(a: Call, b: Call, agreeing: Callable[[Any, Any], bool] | None = None) -> tuple[Call, Call] | None:
    """Return the outermost callers of two calls that received the right arguments but passed on others."""
    path = [(a, b), *zip(ancestors(a), ancestors(b))][::-1]
    for caller, called in pairwise(path):
        if not _agree(called[0].arguments, called[1].arguments, agreeing or alike):
            return caller
    return None


def _named(values: dict[str, Any]) -> dict[str, Any]:
    """The values by name; a single result is named like the first of several."""
    return {name or "0": value for name, value in values.items()}


def _sources(a: Call, b: Call, static: Calls, dynamic: Calls) -> Methods:
    return {"static": _source(a, static, dynamic).method, "dynamic": _source(b, dynamic, static).method}


def _with_arguments(calls: Calls, **defaults: Any) -> Calls:
    """Return the calls, with these arguments added where they are missing."""
    found = {id(call): replace(call, arguments=defaults | call.arguments) for call in calls}
    for call in found.values():
        call.parent = found.get(id(call.parent))
    return list(found.values())


def _learning(calls: Calls) -> Calls:
    """Return the calls, each value replaced by whether it depends on a parameter."""
    found = {id(call): replace(call, arguments=call.learns, results=call.results_learn) for call in calls}
    for call in found.values():
        call.parent = found.get(id(call.parent))
    return list(found.values())


def _source(call: Call, own: Calls, others: Calls) -> Call:
    """The call that computed a call's results: itself, or one of a method of this side only that returns them."""
    titles = {title(other) for other in others}
    for inner in own:
        alone = inner.parent is call and title(inner) not in titles
        same = inner.finished == call.finished and inner.results.keys() == call.results.keys()
        if alone and same and _agree(inner.results, call.results):
            return _source(inner, own, others)
    return call


def _agree(a: dict[str, Any], b: dict[str, Any], agreeing: Callable[[Any, Any], bool] = alike) -> bool:
    """Whether the values that both have under the same name agree, and none is one value for another's several."""
    a, b = _named(a), _named(b)
    alone = a.keys() ^ b.keys()
    if any(longer.startswith(f"{name}/") for name in alone for longer in alone):
        return False
    return all(a[n] is NO_GRADIENT or b[n] is NO_GRADIENT or agreeing(a[n], b[n]) for n in a.keys() & b.keys())


def _one_sided(a: dict[str, Any], b: dict[str, Any]) -> set[str]:
    """The names of gradients on one side only, except of values that can have none."""
    return {name for name in a.keys() ^ b.keys() if {**a, **b}[name] is not NO_GRADIENT}
