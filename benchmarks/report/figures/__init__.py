"""The figures of the report: what each model has learned, by chapter, and loss curves."""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

from benchmarks.report.figures.common import Arrays
from benchmarks.report.figures.drawing import Picture
from shared.catalog import CHAPTERS
from shared.errors import unknown
from shared.spec import Spec


def pictures() -> dict[str, Callable[[Arrays, Spec], Picture]]:
    """Return every function that `Variant.picture` can name: the public functions of the chapters' modules, by name."""
    found: dict[str, Callable[[Arrays, Spec], Picture]] = {}
    for chapter in {*CHAPTERS} & {module.name for module in iter_modules(__path__)}:
        module = import_module(f"{__name__}.{chapter}")
        found |= {
            name: function
            for name, function in vars(module).items()
            if callable(function) and not name.startswith("_") and function.__module__ == module.__name__
        }
    return found


def picture(name: str) -> Callable[[Arrays, Spec], Picture]:
    """Return the function that `Variant.picture` names. Raise `UsageError` with the nearest name if there is none."""
    found = pictures()
    if name not in found:
        raise unknown("picture", name, found)
    return found[name]
