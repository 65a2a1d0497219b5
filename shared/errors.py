"""The one exception for invalid requests: a line for the user, and exit status 2."""

import difflib
from collections.abc import Iterable


class UsageError(Exception):
    """An invalid request. The message is one line: what is wrong, and what would work."""


def unknown(kind: str, name: str, choices: Iterable[str]) -> UsageError:
    """The error for a name that is not among `choices`, with the nearest one when there is one."""
    choices = list(choices)
    near = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(choices)}"
    return UsageError(f"unknown {kind} {name!r}: {hint}")
