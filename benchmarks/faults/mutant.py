"""A mutant: one small fault in a file, as text in the place of some nodes of its syntax tree; and its name."""

import ast
import copy
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.faults.tables import OUTSIDE_THE_GRADIENT, SHAPED, SPELLED_OUT

Position = tuple[tuple[str, int | None], ...]  # the way down from the root: (field, index in it)


@dataclass(frozen=True)
class Mutant:
    """One fault, as text to be put in the place of some nodes of a file's syntax tree."""

    path: str  # of the file, from the project's root
    line: int
    method: (
        str  # with its class: "LSTM.cell"; the class alone for what stands in its body, the name alone of a function
    )
    operator: str  # what kind of fault: "operand dropped"
    what: str  # "before -> after"
    edits: tuple[tuple[Position, str], ...]
    also: tuple[str, ...] = ()  # further methods that are changed, where a known difference is planted at many places

    def changes(self, method: str) -> bool:
        """Whether a method is one of those that are changed: what stands in a class's body, all its methods use."""
        located = method.partition(".<locals>")[0]
        return any(located == own or located.rpartition(".")[0] == own for own in (self.method, *self.also))

    @property
    def key(self) -> tuple[str, str, str]:
        """What the mutant is called, whatever line it stands at."""
        return self.path, self.method, self.what


@dataclass(frozen=True)
class Site:
    """A node of a file's syntax tree, and what is around it."""

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
        """The method around it: of nested functions, the outermost."""
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
    """The last part of what a call calls: "get_variable"."""
    function = call.func if isinstance(call, ast.Call) else None
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def sites(tree: ast.AST, side: str) -> Iterator[Site]:
    """The nodes that may be mutated, each before what is in it."""

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
    """Whether this is not mutated: the docstring of benchmarks/faults/operators.py says why."""
    return (
        isinstance(node, ast.Import | ast.ImportFrom | ast.Raise | ast.JoinedStr)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or field in ("annotation", "returns", "bases", "decorator_list", "defaults", "kw_defaults")
        or (isinstance(node, ast.FunctionDef) and node.name in SPELLED_OUT)
        or (last_name(parent) in SHAPED and field == "args")
    )


def rewritten(tree: ast.AST, edits: Sequence[tuple[Position, str]]) -> list[ast.AST]:
    """A copy of a syntax tree with other text in some places: one node, or several in the place of a statement.

    Every line keeps its number.
    """
    holder = ast.List([copy.deepcopy(tree)])  # type: ignore[list-item]
    for position, after in sorted(edits, key=lambda edit: edit[0], reverse=True):  # from the end: places stay
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
    """Text as what can stand in the place of a node, at its lines."""
    new: list[ast.AST]
    if isinstance(node, ast.stmt):
        new = [*ast.parse(after).body]
    else:
        (statement,) = ast.parse(f"_({after})").body  # as an argument, for *x is an expression only there
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
    """What is assigned to is marked so in the tree, with all parts of a tuple."""
    node.ctx = ast.Store()
    for part in getattr(node, "elts", []):
        _make_target(part)


def joined(nodes: Sequence[ast.AST]) -> str:
    return "; ".join(map(text, nodes))


# The name of a mutant


def named(found: Sequence[tuple[Mutant, Site]]) -> list[Mutant]:
    """The mutants with what they change as `what`: as much of the line as tells each from the others of its method.

    A line that stands in its method twice is numbered from the second time on.
    """
    heights = [0] * len(found)
    while True:
        whats = [_what(mutant, site, height) for (mutant, site), height in zip(found, heights)]
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


def _what(mutant: Mutant, site: Site, height: int) -> str:
    """Before and after: of the changed node, if that says something by itself, or of what is `height` above it."""
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
