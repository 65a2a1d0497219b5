"""Which calls of the two sides belong together."""

from collections.abc import Collection, Iterator, Sequence
from itertools import count
from typing import Any

from shared.recording import Call

UPDATING = ("update", "apply_gradients", "clip", "clip_all", "add_weight_decay", "apply")  # methods that an update runs


def paired(one: Sequence[Call], other: Sequence[Call]) -> Iterator[tuple[Call, Call]]:
    """Yield pairs of calls, in the order in which the first side's finished: the n-th of a method on each side, among
    those made by two calls that are a pair, because the body of a while_loop makes one call where a loop makes many.

    The calls of an update are left out: eager code makes them player by player, each from another state.
    """
    common = {title(call) for call in one} & {title(call) for call in other}
    others = dict(numbered(other, common))
    for key, call in numbered(one, common):
        if key in others and not in_update(call):
            yield call, others[key]


def numbered(calls: Sequence[Call], common: Collection[str]) -> Iterator[tuple[tuple[Any, ...], Call]]:
    """Yield the calls of `common` methods, each with its key: that of its nearest common caller, its method, and how
    many calls of that method the caller had made before."""
    chosen = {id(call): call for call in calls if title(call) in common}
    callers = {i: next((one for one in ancestors(call) if id(one) in chosen), None) for i, call in chosen.items()}
    counters: dict[Any, Iterator[int]] = {}
    numbers = {i: next(counters.setdefault((id(callers[i]), title(c)), count())) for i, c in chosen.items()}

    def key(call: Call) -> tuple[Any, ...]:
        caller = callers[id(call)]
        return (*(key(caller) if caller else ()), title(call), numbers[id(call)])

    return ((key(call), call) for call in chosen.values())


def title(call: Call) -> str:
    """The name of a method on both sides: the graph's `__call__` is a module's `forward`."""
    return call.method.name.replace(".__call__", ".forward")


def ancestors(call: Call) -> Iterator[Call]:
    """The calls within which a call was made, the innermost first."""
    while call.parent is not None:
        call = call.parent
        yield call


def in_update(call: Call) -> bool:
    """Whether a call is an update, or is made by one."""
    return any(title(one).rpartition(".")[2] in UPDATING for one in (call, *ancestors(call)))
