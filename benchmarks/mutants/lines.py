"""The lines of the twins' files that run in a pair: a fault on a line that does not run there cannot show there."""

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import Any

from benchmarks.environment import ROOT
from benchmarks.faults.mutant import Mutant, Position
from benchmarks.faults.plant import source
from benchmarks.twins import SIDES

Lines = frozenset[tuple[str, int]]  # (path from the root, number)

BELOW = f"{ROOT.as_posix()}/"
OWN = tuple(f"{BELOW}{tree}/" for tree in SIDES.values())


@contextmanager
def running() -> Iterator[set[tuple[str, int]]]:
    """Context that collects the lines of both trees that run in it."""
    found: set[tuple[str, int]] = set()

    def of_line(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            found.add((frame.f_code.co_filename.removeprefix(BELOW), frame.f_lineno))
        return of_line

    def of_call(frame: FrameType, event: str, argument: Any) -> Any:
        return of_line if frame.f_code.co_filename.startswith(OWN) else None

    before = sys.gettrace()
    sys.settrace(of_call)
    try:
        yield found
    finally:
        sys.settrace(before)


def reaches(lines: Lines, mutant: Mutant) -> bool:
    """Whether a pair in which these lines run can show a fault: one of its statements runs, or runs at import."""
    statements = [_statement(mutant.path, position) for position, _ in mutant.edits]
    return any(own is None or not lines.isdisjoint((mutant.path, number) for number in own) for own in statements)


@cache
def _statement(path: str, position: Position) -> range | None:
    """The lines of the statement of a method that a place in a file belongs to, of a compound one its head.

    None if it is in no method, or in the head of one: that runs when the file is imported.
    """
    node: Any = ast.parse(source(path))
    function, statement = False, None
    for field, index in position:
        function = function or isinstance(node, ast.FunctionDef)
        node = getattr(node, field) if index is None else getattr(node, field)[index]
        if isinstance(node, ast.stmt):
            statement = node if function else None
    if statement is None or isinstance(statement, ast.FunctionDef):
        return None
    body, begin = getattr(statement, "body", None), statement.lineno
    return range(begin, max(body[0].lineno, begin + 1) if body else (statement.end_lineno or begin) + 1)
