"""A mutant is planted into the very functions that run, and taken out again.

No class, function or module is replaced: whoever holds one already, by an import or an instance, runs the mutant too,
and `isinstance` says what it said before. Files and lines in tracebacks are those of the unchanged source.
"""

import ast
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

from benchmarks.environment import ROOT
from benchmarks.faults.mutant import Mutant, rewritten

PARTS = ("__code__", "__defaults__", "__kwdefaults__")  # what a function is made of


@cache
def source(path: str) -> str:
    """The text of a file, by its path from the project's root."""
    return (ROOT / path).read_text(encoding="utf-8")


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Within it, the mutant's methods do what the mutant says. What it does not touch stays as it is."""
    module = import_module(mutant.path.removesuffix(".py").replace("/", "."))
    before, after = _executed(mutant.path, (), module), _executed(mutant.path, mutant.edits, module)
    with ExitStack() as stack:
        for holder, name, value in _differences(module, before, after):
            stack.callback(setattr, holder, name, getattr(holder, name))
            setattr(holder, name, value)
        yield


def _executed(path: str, edits: tuple[Any, ...], module: ModuleType) -> dict[str, Any]:
    """What a file defines with these edits, under its own names."""
    tree = ast.parse(source(path))
    (changed,) = rewritten(tree, edits) if edits else (tree,)
    assert isinstance(changed, ast.Module)
    namespace = {"__name__": module.__name__, "__file__": module.__file__}
    exec(compile(changed, str(module.__file__), "exec"), namespace)
    return namespace


def _differences(holder: Any, before: dict[str, Any], after: dict[str, Any]) -> Iterator[tuple[Any, str, Any]]:
    """What to set on which object, so that a module or class that does what `before` does will do what `after` does."""
    for name, value in list(vars(holder).items()):
        old, new = before.get(name), after.get(name)
        if isinstance(value, FunctionType) and isinstance(old, FunctionType):
            yield from ((value, part, getattr(new, part)) for part in PARTS if getattr(old, part) != getattr(new, part))
        elif isinstance(value, type) and value.__module__ == getattr(holder, "__name__", ""):
            yield from _differences(value, dict(vars(before[name])), dict(vars(after[name])))
        elif isinstance(value, str | int | float | tuple | dict) and not name.startswith("__") and old != new:
            yield holder, name, new
