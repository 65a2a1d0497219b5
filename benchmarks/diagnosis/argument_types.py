"""Arguments that do not have the types that a function declares: then its caller is wrong, not the function.

An error is raised where a value is used, often some calls below the one that passed a wrong one. The traceback has
the arguments of every call on the way.
"""

import inspect
import traceback
from dataclasses import fields
from itertools import pairwise
from types import FrameType
from typing import Any, get_type_hints

from typeguard import TypeCheckError, check_type

from benchmarks.diagnosis.attribution import method_of
from benchmarks.environment import ROOT
from benchmarks.twins import SIDES
from shared.players import Player
from shared.recording import Method


def passed_wrongly(error: BaseException) -> Method | None:
    """The outermost method of a twin that passed an argument of a wrong type; else `players`, if it made a `Player`
    with a field of a wrong type; else None.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    own = [frame for frame in frames if _is_of_a_tree(frame)]
    callers = (_method(caller) for caller, called in pairwise(own) if _has_other_types(called))
    return next(callers, None) or next(filter(None, map(_of_players, own)), None)


def _is_of_a_tree(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(tuple(f"{ROOT}/{tree}/" for tree in SIDES.values()))


def _has_other_types(frame: FrameType) -> bool:
    """Whether the arguments of a call do not have the types that its function declares."""
    function = _function(frame)
    declared = get_type_hints(function) if function else {}
    names = frame.f_code.co_varnames[: frame.f_code.co_argcount + frame.f_code.co_kwonlyargcount]
    given = {name: frame.f_locals[name] for name in names if name in declared and name in frame.f_locals}
    return any(not has_type(value, declared[name]) for name, value in given.items())


def _function(frame: FrameType) -> Any:
    """The function that runs in a frame, by its qualified name; None for a nested function."""
    found: Any = frame.f_globals
    for name in frame.f_code.co_qualname.split("."):
        found = (found if isinstance(found, dict) else vars(found)).get(name)
        if not isinstance(found, type):
            break
    found = inspect.unwrap(found) if callable(found) else None
    return found if found and found.__code__.co_qualname == frame.f_code.co_qualname else None


def has_type(value: Any, declared: Any) -> bool:
    """Whether a value has the type that an annotation declares."""
    try:
        check_type(value, declared)
    except TypeCheckError:
        return False
    return True


def _of_players(frame: FrameType) -> Method | None:
    """The method `players` of a model, if a frame has a player of it whose fields do not have the declared types."""
    twin = frame.f_locals.get("self")
    players = frame.f_locals.get("players", getattr(twin, "_players", None))
    model = getattr(twin, "model", frame.f_locals.get("model"))
    made = [player for player in (players if isinstance(players, list) else []) if isinstance(player, Player)]
    right = all(has_type(getattr(player, one.name), one.type) for player in made for one in fields(player))
    return None if right else method_of(model, "players")


def _method(frame: FrameType) -> Method:
    code = frame.f_code
    return Method(code.co_filename, code.co_firstlineno, code.co_qualname.partition(".<locals>")[0])
