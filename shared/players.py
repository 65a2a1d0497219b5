"""How a batch is passed to a model: a function receives the entries that its parameters name.

`forward(self, x)` receives `batch["x"]`; `loss(self, y_, y)` receives the result of `forward`, then `batch["y"]`.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any


def arguments(method: Any, values: Mapping[str, Any], given: int = 0) -> dict[str, Any]:
    """The entries of `values` that the parameters of a bound `method` name, after the first `given` of them.

    A method that takes `**inputs` receives them all. A name missing from `values` is a `KeyError`.
    """
    names = _parameter_names(inspect.unwrap(method.__func__))[1 + given :]
    return dict(values) if names == ("**",) else {name: values[name] for name in names}


@cache
def _parameter_names(function: Callable) -> tuple[str, ...]:
    parameters = inspect.signature(function).parameters.values()
    return tuple("**" if p.kind is p.VAR_KEYWORD else p.name for p in parameters)


@dataclass(frozen=True)
class Player:
    """One loss, the parameters that are updated to lower it, and their update.

    Most models have one player; a GAN has two, updated in turn.
    """

    name: str
    objective: Callable[..., Any]  # inputs, by name -> scalar loss
    parameters: dict[str, Any]  # canonical name -> variable
    update: Callable[[Any], Any]  # loss -> training operation (static), or None once done (dynamic)
