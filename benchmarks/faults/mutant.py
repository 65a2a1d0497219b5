"""A mutant: one small fault in a file, as text that replaces nodes of its syntax tree; and its name."""

import ast
import copy
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.faults.tables import OUTSIDE_THE_GRADIENT, SHAPED, SPELLED_OUT

Position = tuple[tuple[str, int | None], ...]  # the path from the root: (field, index in it) at each level


@dataclass(frozen=True)
class Mutant:
    """One fault: text that replaces some nodes of a file's syntax tree."""

    path: str  # of the file, from the project's root
    line: int
    method: (
        str  # with its class: "LSTM.cell"; the class alone for a statement in its body; the name alone for a function
    )
    operator: str  # what kind of fault: "operand dropped"
    what: str  # "before -> after"
    edits: tuple[tuple[Position, str], ...]
    also: tuple[str, ...] = ()  # further methods that are changed, if a known difference is planted in many places

    def changes(self, method: str) -> bool:
        """Whether the mutant changes a method. A change in a class's body changes all of its methods."""
        located = method.partition(".<locals>")[0]
        return any(located == own or located.rpartition(".")[0] == own for own in (self.method, *self.also))

    @property
    def key(self) -> tuple[str, str, str]:
        """The mutant's identity, which does not depend on its line."""
        return self.path, self.method, self.what


@dataclass(frozen=True)
class Site:
    """A node of a file's syntax tree, with its surroundings."""

    side: str
    position: Position
    ancestors: tuple[ast.AST, ...]  # the root first
    node: ast.AST

    @property
    def parent(self) -> ast.AST:
        return self.ancestors[-1]

    @property
    def field(self) -> str:
        return self.position[-1][0]

    @property
    def kind(self) -> ast.ClassDef | None:
        """The class around it."""
        return next((node for node in self.ancestors if isinstance(node, ast.ClassDef)), None)

    @property
    def function(self) -> ast.FunctionDef | None:
        """The method around it; of nested functions, the outermost."""
        return next((node for node in self.ancestors if isinstance(node, ast.FunctionDef)), None)

    @property
    def line(self) -> int:
        return next(node.lineno for node in (self.node, *reversed(self.ancestors)) if hasattr(node, "lineno"))

    @property
    def method(self) -> str:
        return ".".join(node.name for node in (self.kind, self.function) if node is not None)

    @property
    def differentiated(self) -> bool:
        """Whether a gradient of the loss flows through here."""
        return self.function is not None and self.function.name not in OUTSIDE_THE_GRADIENT


def text(node: ast.AST | None) -> str:
    """The source of a node, in one line."""
    return " ".join(ast.unparse(node).split()) if node is not None else ""


def last_name(call: ast.AST | None) -> str:
    """The last part of the name of a called function: "get_variable"."""
    function = call.func if isinstance(call, ast.Call) else None
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def sites(tree: ast.AST, side: str) -> Iterator[Site]:
    """Yield the nodes that may be mutated, each before its children."""

    def walk(node: ast.AST, position: Position, ancestors: tuple[ast.AST, ...]) -> Iterator[Site]:
        if ancestors and _left_alone(node, position[-1][0], ancestors[-1]):
            return
        if ancestors:
            yield Site(side, position, ancestors, node)
        for field, value in ast.iter_fields(node):
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST):
                    yield from walk(child, (*position, (field, index)), (*ancestors, node))

    yield from walk(tree, (), ())


def _left_alone(node: ast.AST, field: str, parent: ast.AST) -> bool:
    """Whether a node is never mutated; the docstring of benchmarks/faults/operators.py gives the reasons."""
    return (
        isinstance(node, ast.Import | ast.ImportFrom | ast.Raise | ast.JoinedStr)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or field in ("annotation", "returns", "bases", "decorator_list", "defaults", "kw_defaults")
        or (isinstance(node, ast.FunctionDef) and node.name in SPELLED_OUT)
        or (last_name(parent) in SHAPED and field == "args")
    )


def rewritten(tree: ast.AST, edits: Sequence[tuple[Position, str]]) -> list[ast.AST]:
    """Return a copy of a syntax tree with the edits made: one node, or several if it was a statement.

    Line numbers do not change.
    """
    holder = ast.List([copy.deepcopy(tree)])  # type: ignore[list-item]
    for position, after in sorted(edits, key=lambda edit: edit[0], reverse=True):  # last first: positions stay
        *way, (field, index) = (("elts", 0), *position)
        parent: Any = holder
        for step, at in way:
            parent = getattr(parent, step) if at is None else getattr(parent, step)[at]
        if index is None:
            (new,) = parsed(after, getattr(parent, field))
            setattr(parent, field, new)
        else:
            getattr(parent, field)[index : index + 1] = parsed(after, getattr(parent, field)[index])
    return list(holder.elts)


def parsed(after: str, node: ast.AST) -> list[ast.AST]:
    """Parse a text into nodes that can replace a node, with its line numbers."""
    new: list[ast.AST]
    if isinstance(node, ast.stmt):
        new = [*ast.parse(after).body]
    else:
        (statement,) = ast.parse(f"_({after})").body  # as an argument, because *x is valid only there
        assert isinstance(statement, ast.Expr)
        assert isinstance(statement.value, ast.Call)
        new = [*statement.value.args]
    for part in (part for root in new for part in ast.walk(root)):
        ast.copy_location(part, node)
    if isinstance(getattr(node, "ctx", None), ast.Store):
        for root in new:
            _make_target(root)
    return new


def _make_target(node: Any) -> None:
    """Mark a node as the target of an assignment, with all parts of a tuple."""
    node.ctx = ast.Store()
    for part in getattr(node, "elts", []):
        _make_target(part)


def joined(nodes: Sequence[ast.AST]) -> str:
    return "; ".join(map(text, nodes))


# The name of a mutant


def named(found: Sequence[tuple[Mutant, Site]]) -> list[Mutant]:
    """Return the mutants with `what` set: as much of the changed line as is unique within the method.

    A text that occurs more than once in a method is numbered from the second on.
    """
    heights = [0] * len(found)
    whats = [_what(mutant, site, 0) for mutant, site in found]
    while True:
        count = Counter((mutant.method, what) for (mutant, _), what in zip(found, whats))
        unclear = [
            i
            for i, ((mutant, site), what) in enumerate(zip(found, whats))
            if count[mutant.method, what] > 1 and heights[i] < len(site.ancestors)
        ]
        if not unclear:
            times: Counter[tuple[str, str]] = Counter()
            for i, ((mutant, _), what) in enumerate(zip(found, whats)):
                times[mutant.method, what] += 1
                number = times[mutant.method, what]
                whats[i] = what if number == 1 else f"{what} (number {number})"
            return [replace(mutant, what=what) for (mutant, _), what in zip(found, whats)]
        for i in unclear:
            heights[i] += 1
            whats[i] = _what(*found[i], heights[i])


def _what(mutant: Mutant, site: Site, height: int) -> str:
    """Return "before -> after" for the changed node (if a bare name, its parent), or `height` levels up."""
    lineage = [*site.ancestors, site.node]
    depth = len(lineage) - 1
    while not isinstance(lineage[depth], ast.stmt) and not hasattr(lineage[depth - 1], "body"):
        bare = isinstance(lineage[depth], ast.Name | ast.Constant) or not isinstance(lineage[depth], ast.expr)
        if not bare and not height:
            break
        height -= not bare
        depth -= 1
    after = rewritten(lineage[depth], [(position[depth:], new) for position, new in mutant.edits])
    return f"{text(lineage[depth])} -> {joined(after)}"
