"""The calls of a model's own methods, recorded while it is built (static) or runs (dynamic): what each computed.

Taps show between which two named values a fault lies. Calls show in which method: the first to finish whose arguments
are right and whose results are not.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import CodeType, FrameType, ModuleType
from typing import Any, NamedTuple

from shared.optimizers import OptimizerConfig


class Method(NamedTuple):
    """A place in a model's source."""

    path: str  # of the file
    line: int  # of its definition, or the exact line if that is known
    name: str  # with its class: "LSTM.cell"


Leaves = dict[str, Any]  # the values in a call's arguments, or in its results, by name

NO_GRADIENT = "cut"  # stands for the gradient of a value that cannot have one


@dataclass
class Call:
    """One call of a method. Values are the framework's objects, or arrays once a twin has computed them, by name."""

    method: Method
    uses: frozenset[str]  # every name in its source that is not a local variable: attributes, functions
    parent: "Call | None"
    arguments: dict[str, Any]  # "h", and "batch/x" for what was in a container
    results: dict[str, Any] = field(default_factory=dict)  # "" for a single value; "0", "1" for several
    argument_gradients: dict[str, Any] = field(default_factory=dict)  # of the loss, where it depends on them
    result_gradients: dict[str, Any] = field(default_factory=dict)
    finished: bool = True  # False if an exception ended it
    defaults: frozenset[str] = frozenset()  # arguments that were not passed
    leaves: dict[str, int] = field(default_factory=dict)  # of arguments: the same number for the same tensor
    learns: dict[str, bool] = field(default_factory=dict)  # of arguments: whether they depend on a parameter, and
    results_learn: dict[str, bool] = field(default_factory=dict)  # of results: then a gradient can flow back
    caller: Method | None = None  # the function of the same tree that made it, a method or not; None if none did
    reaches: dict[str, bool] = field(default_factory=dict)  # of arguments: whether a gradient flows back from a result
    again: Callable[[Leaves], Any] | None = None  # makes the call once more, with other values for some arguments
    looped: bool = False  # whether it was made in the body of a loop of the graph, where nothing can be fetched


def model_classes(*kinds: type) -> list[type]:
    """The classes of the files that define `kinds` and of their parts' files, and those that these files import from
    their own chapter: a model with its helpers and its parts; the optimizers."""
    found = [
        kind
        for module in _modules(kinds)
        for kind in vars(module).values()
        if isinstance(kind, type) and _neighbours(kind.__module__, module.__name__)
    ]
    return list(dict.fromkeys(found))


def model_functions(*kinds: type) -> list[tuple[ModuleType, Callable]]:
    """The functions, not methods, that the files of `kinds` and of their parts define, each with every one of these
    files that calls it by its name."""
    modules = _modules(kinds)
    names = {module.__name__ for module in modules}
    return [
        (module, function)
        for module in modules
        for function in vars(module).values()
        if inspect.isfunction(function) and function.__module__ in names
    ]


def _modules(kinds: Iterable[type]) -> list[ModuleType]:
    """The modules that define `kinds`, and the parts that they use."""
    modules = list(dict.fromkeys(kind.__module__ for kind in kinds))
    for module in modules:  # the list grows, because a part may use another
        modules += [part for part in _parts(module) if part not in modules]
    return [sys.modules[module] for module in modules]


def _parts(module: str) -> list[str]:
    """The modules in a tree's `parts` that a module imports, or from which it imports something."""
    values = vars(sys.modules[module]).values()
    origins = (value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None) for value in values)
    return list(dict.fromkeys(origin for origin in origins if origin and is_part(origin)))


def is_part(module: str) -> bool:
    """Whether a module is one of a tree's `parts`."""
    return module.split(".")[1:2] == ["parts"]


def _neighbours(one: str, other: str) -> bool:
    """Whether two modules are the same, or of the same chapter."""
    chapter = one.rpartition(".")[0]
    return one == other or (bool(chapter) and chapter == other.rpartition(".")[0])


@dataclass
class _Recording:
    """The recorded calls: those that finished, in order, those that run now, and those that an exception ended."""

    finished: list[Call] = field(default_factory=list)
    running: list[Call] = field(default_factory=list)
    broken_off: list[Call] = field(default_factory=list)
    holders: list[Any] = field(default_factory=list)  # the objects whose methods run now
    reaches: Callable[[Leaves, Leaves], dict[str, bool]] = lambda arguments, results: {}


_notes: ContextVar[_Recording | None] = ContextVar("notes", default=None)


@contextmanager
def record_calls(
    model: type, *others: type, reaches: Callable[[Leaves, Leaves], dict[str, bool]]
) -> Iterator[list[Call]]:
    """Record the calls made in the `with` block, in the order in which they finish: of the methods and functions of a
    model and its parts, and of the methods of `others` and their neighbours.

    `reaches` returns, for a call's arguments and results, whether a gradient can flow back from a result to each
    argument, and not through another argument; without those for which it does not know.

    An exception gets them as its attribute `record_calls`: those that it ended come last, the innermost first, without
    results.
    """
    notes = _Recording(reaches=reaches)
    recorded: list[tuple[Any, str, Callable]] = [
        (kind, name, function)
        for kind in model_classes(model, *others)
        for name, function in vars(kind).items()
        if inspect.isfunction(function) and name != "step"  # torch.optim.Optimizer wraps `step` in hooks
    ]
    recorded += [(module, function.__name__, function) for module, function in model_functions(model)]
    for holder, name, function in recorded:
        setattr(holder, name, _recording(function, isinstance(holder, type)))
    token = _notes.set(notes)
    try:
        yield notes.finished
    except Exception as error:
        error.record_calls = notes.finished + notes.broken_off  # type: ignore[attr-defined]
        raise
    finally:
        _notes.reset(token)
        for holder, name, function in recorded:
            setattr(holder, name, function)


def calls_so_far() -> list[Call]:
    """The recorded calls that have finished, in order, and then those that run now; none outside of `record_calls`."""
    notes = _notes.get()
    return [*notes.finished, *reversed(notes.running)] if notes else []


def _recording(function: Callable, is_method: bool) -> Callable:
    """Wrap a function so that its calls are recorded inside `record_calls`; elsewhere it just runs."""
    code = function.__code__
    method = Method(code.co_filename, code.co_firstlineno, code.co_qualname)
    signature, uses = inspect.signature(function), frozenset(_names(code))

    @functools.wraps(function)
    def noting(*args: Any, **kwargs: Any) -> Any:
        notes = _notes.get()
        if notes is None:
            return function(*args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        asked = set(bound.arguments)
        bound.apply_defaults()
        passed = dict(list(bound.arguments.items())[1 if is_method else 0 :])  # without self
        given = dict(leaves(passed))
        if is_method:
            given = {name: _called(leaf, args[0]) for name, leaf in given.items()}
            if notes.holders and isinstance(part := _called(args[0], notes.holders[-1]), str):
                given["self"] = part  # the caller's name for this part
        call = Call(method, uses, notes.running[-1] if notes.running else None, given)
        call.defaults = frozenset(bound.arguments.keys() - asked)
        call.caller = _caller(function.__module__)

        def again(values: Leaves) -> Any:
            others = inspect.BoundArguments(signature, bound.arguments | _with_values(passed, values))
            return function(*others.args, **others.kwargs)

        call.again = again
        notes.running.append(call)
        if is_method:
            notes.holders.append(args[0])
        try:
            result = function(*args, **kwargs)
            call.results = dict(leaves(result))
            call.reaches = notes.reaches(given, call.results)
            notes.finished.append(call)
            return result
        except Exception:
            call.finished = False
            notes.broken_off.append(call)
            raise
        finally:
            notes.running.pop()
            if is_method:
                notes.holders.pop()

    return noting


def _caller(module: str) -> Method | None:
    """The innermost function that runs now, of those in the same tree as a module."""
    tree = module.partition(".")[0]
    frame: FrameType | None = sys._getframe(2)
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] != tree:
        frame = frame.f_back
    code = frame and frame.f_code
    return Method(code.co_filename, code.co_firstlineno, code.co_qualname.partition(".<locals>")[0]) if code else None


def _called(leaf: Any, holder: Any) -> Any:
    """For a part of a model, the name of its attribute, the same on both sides; any other value unchanged."""
    kind = type(leaf).__module__
    if not _neighbours(kind, type(holder).__module__) and not is_part(kind):
        return leaf
    return next((name for name, part in _held_parts(vars(holder)) if part is leaf), leaf)


def _held_parts(attributes: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The attributes of a model by name, and the parts in a list by number: "blocks/0"."""
    for name, part in {**attributes, **attributes.get("_modules", {})}.items():  # `_modules`: torch.nn's parts
        yield name, part
        inside = part if isinstance(part, list) else getattr(part, "_modules", {}).values()
        if isinstance(part, list) or type(part).__name__ == "ModuleList":
            yield from ((f"{name}/{i}", one) for i, one in enumerate(inside))


def _names(code: CodeType) -> Iterator[str]:
    """Every name in a function; "b*" for getattr(self, f"b{i}")."""
    yield from code.co_names
    if "getattr" in code.co_names:
        yield from (f"{text}*" for text in code.co_consts if isinstance(text, str) and text.isidentifier())
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values in nested dicts, lists, tuples and an optimizer's settings, each named by its path."""
    if isinstance(value, dict):
        items: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, OptimizerConfig):
        items = vars(value).items()
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    else:
        yield name, value
        return
    for key, part in items:
        yield from leaves(part, f"{name}/{key}" if name else str(key))


def _with_values(value: Any, values: Leaves, name: str = "") -> Any:
    """A nest of dicts, lists and tuples, with some of its leaves replaced, each named by its path as in `leaves`."""
    if isinstance(value, dict):
        return {key: _with_values(part, values, f"{name}/{key}" if name else str(key)) for key, part in value.items()}
    if isinstance(value, list | tuple):
        parts = [_with_values(part, values, f"{name}/{i}" if name else str(i)) for i, part in enumerate(value)]
        return type(value)(parts)
    return values.get(name, value)


def evaluated(
    calls: Iterable[Call],
    value: Callable[[Any], Any],
    gradient: Callable[[Any], Any],
    learns: Callable[[Any], bool | None] = lambda leaf: None,
) -> list[Call]:
    """The same calls with arrays. `value` and `gradient` return a leaf's array, or None if it has none; `learns`
    returns whether a leaf depends on a parameter, or None if that is not known."""

    def arrays(values: dict[str, Any], of: Callable[[Any], Any]) -> dict[str, Any]:
        found = {name: of(leaf) for name, leaf in values.items()}
        return {name: array for name, array in found.items() if array is not None}

    found = {
        id(call): Call(
            call.method,
            call.uses,
            call.parent,
            arrays(call.arguments, value),
            arrays(call.results, value),
            arrays(call.arguments, gradient),
            arrays(call.results, gradient),
            call.finished,
            call.defaults,
            {name: id(leaf) for name, leaf in call.arguments.items()},
            arrays(call.arguments, learns),
            arrays(call.results, learns),
            call.caller,
            call.reaches,
            None,  # it would keep what it received in memory
            call.looped,
        )
        for call in calls
    }
    for call in found.values():
        call.parent = found.get(id(call.parent))
    return list(found.values())
