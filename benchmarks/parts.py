"""The parts, files of `static_tf/parts/` and `dynamic_torch/parts/` that several models use, and which model uses each.

The files are read as text and never imported, so neither framework is needed.
"""

import re
from functools import cache

from benchmarks.environment import ROOT
from shared.catalog import CATALOG, find

PARTS = tuple(sorted(path.stem for path in (ROOT / "static_tf" / "parts").glob("[!_]*.py")))


def path_of_part(part: str, tree: str) -> str:
    """The file of a part in a tree, relative to the project's root."""
    return f"{tree}/parts/{part}.py"


@cache
def parts_of(model: str, tree: str = "static_tf") -> tuple[str, ...]:
    """The parts that a model's file imports, directly or through other parts."""
    found: list[str] = []
    waiting = [find(model).path(tree)]
    for path in waiting:  # the list grows during the loop
        text = (ROOT / path).read_text(encoding="utf-8")
        modules = re.findall(rf"^from {tree}\.parts\.(\w+) import", text, re.MULTILINE)
        for names in re.findall(rf"^from {tree}\.parts import ([\w, ]+)$", text, re.MULTILINE):
            modules += names.split(", ")
        new = [part for part in dict.fromkeys(modules) if part not in found]
        found += new
        waiting += [path_of_part(part, tree) for part in new]
    return tuple(found)


def models_with(part: str, kind: str = "", tree: str = "static_tf") -> list[str]:
    """The models that use a part, in the catalogue's order; if the files of some name its class `kind`, only those."""
    users = [model for model in CATALOG if part in parts_of(model, tree)]
    return [model for model in users if kind and _names(model, kind, tree)] or users


@cache
def _names(model: str, kind: str, tree: str) -> bool:
    """Whether a model's file names a class."""
    text = (ROOT / find(model).path(tree)).read_text(encoding="utf-8")
    return re.search(rf"\b{kind}\b", text) is not None
