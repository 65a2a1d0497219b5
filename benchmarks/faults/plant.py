"""Plant a mutant in the functions that run, and remove it again.

No class, function or module object is replaced: code that already holds one, by an import or an instance, runs the
mutant too, and `isinstance` gives the same results. Tracebacks show the files and lines of the unchanged source.
"""

import ast
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import import_module
from inspect import unwrap
from types import FunctionType, ModuleType
from typing import Any

from benchmarks.environment import ROOT
from benchmarks.faults.mutant import Mutant, rewritten

PARTS = ("__code__", "__defaults__", "__kwdefaults__")  # attributes that define what a function does


@cache
def source(path: str) -> str:
    """The text of a file, by its path from the project's root."""
    return (ROOT / path).read_text(encoding="utf-8")


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Context in which the mutant's methods run as mutated. Everything else is unchanged."""
    module = import_module(mutant.path.removesuffix(".py").replace("/", "."))
    before, after = _executed(mutant.path, (), module), _executed(mutant.path, mutant.edits, module)
    with ExitStack() as stack:
        for holder, name, value in _differences(module, before, after):
            stack.callback(setattr, holder, name, getattr(holder, name))
            setattr(holder, name, value)
        yield


def _executed(path: str, edits: tuple[Any, ...], module: ModuleType) -> dict[str, Any]:
    """Execute a file with these edits and return its namespace."""
    tree = ast.parse(source(path))
    (changed,) = rewritten(tree, edits) if edits else (tree,)
    assert isinstance(changed, ast.Module)
    namespace = {"__name__": module.__name__, "__file__": module.__file__}
    exec(compile(changed, str(module.__file__), "exec"), namespace)
    return namespace


def _differences(holder: Any, before: dict[str, Any], after: dict[str, Any]) -> Iterator[tuple[Any, str, Any]]:
    """Yield (object, attribute, value) to set, so that a module or class that acts like `before` acts like `after`."""
    for name, value in list(vars(holder).items()):
        # Decorated methods are unwrapped: PyTorch wraps an optimizer's `step` once more when one is first made
        value, old, new = (unwrap(x) if callable(x) else x for x in (value, before.get(name), after.get(name)))
        if isinstance(value, FunctionType) and isinstance(old, FunctionType):
            parts = {part: getattr(new, part) for part in PARTS if getattr(old, part) != getattr(new, part)}
            if "__code__" in parts and not parts["__code__"].co_freevars:
                # A closure keeps its size, also if the mutant does not call super() any more
                parts["__code__"] = parts["__code__"].replace(co_freevars=old.__code__.co_freevars)
            yield from ((value, part, mutated) for part, mutated in parts.items())
        elif isinstance(value, type) and value.__module__ == getattr(holder, "__name__", ""):
            yield from _differences(value, dict(vars(before[name])), dict(vars(after[name])))
        elif isinstance(value, str | int | float | tuple | dict) and not name.startswith("__") and old != new:
            yield holder, name, new
