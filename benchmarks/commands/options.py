"""Options that several commands share, and the checks of their values."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.twins import SIDES, require
from shared.catalog import CATALOG, find
from shared.errors import UsageError, unknown
from shared.optimizers import OPTIMIZERS

Pair = tuple[str, str]  # model, variant

Models = Annotated[list[str] | None, typer.Argument(metavar="[MODEL ...]", help="models of the catalogue; all if none")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="write environment and rows here")]
Device = Annotated[str, typer.Option(help="cpu or cuda")]
OneOptimizer = Annotated[
    str | None,
    typer.Option("--optimizer", metavar="NAME", help="the optimizer to use instead of the model's own"),
]
OneVariant = Annotated[str | None, typer.Option("--variant", help="one variant of the models; all if not given")]
Hosts = Mapping[str, Any] | None  # side -> the Host that runs it; other sides run here

# It becomes part of a command line and of a gateway's specification: no option, no separator
HOST_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@:%-]*")

_HOST_OPTIONS: dict[str, tuple[Any, Any]] = {  # option of each side: annotation, default
    "python": (Annotated[str, typer.Option(metavar="PYTHON", help="another interpreter for this side")], ""),
    "host": (Annotated[str, typer.Option(metavar="HOST", help="another host for this side, as in ssh HOST")], ""),
    "env": (
        Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="set before this side's process starts")],
        None,
    ),
}


def with_host_options(command: Callable) -> Callable:
    """Give a command that takes `hosts` the options --static-python, --static-host, --static-env, and so on."""
    own = signature(command)
    options = [
        Parameter(f"{side}_{name}", Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for side in SIDES
        for name, (kind, default) in _HOST_OPTIONS.items()
    ]

    @wraps(command)
    def with_hosts(**given: Any) -> None:
        from benchmarks.processes import Host

        hosts = {}
        for side in SIDES:
            python, host, variables = (given.pop(f"{side}_{name}") for name in _HOST_OPTIONS)
            wrong = [text for text in variables or () if "=" not in text.strip("=")]
            if wrong:
                raise UsageError(f"--{side}-env takes NAME=VALUE, not {wrong[0]!r}")
            if host and not HOST_NAME.fullmatch(host):
                raise UsageError(f"--{side}-host takes a host as in ssh HOST, not {host!r}")
            if python or host or variables:
                hosts[side] = Host(python, host, dict(text.split("=", 1) for text in variables or ()))
        command(**given, hosts=hosts)

    others = [parameter for parameter in own.parameters.values() if parameter.name != "hosts"]
    with_hosts.__signature__ = own.replace(parameters=[*others, *options])  # type: ignore[attr-defined]
    return with_hosts


def select_variants(
    models: list[str] | None,
    variant: str | None,
    learning: bool = False,
    timing: bool = False,
    elsewhere: Collection[str] = (),
) -> list[Pair]:
    """The requested models, each in the requested variants. Invalid requests raise UsageError before anything runs.

    With `learning`, only variants with training data of their own. With `timing`, only variants whose work differs
    from another's, unless `variant` names one. Sides that run `elsewhere` need no framework on this machine.
    """
    for side in SIDES:
        if side not in elsewhere:
            require(side)
    pairs = []
    for name in dict.fromkeys(models or CATALOG):
        entry = find(name)
        if variant is not None and models:
            entry.variant(variant)
        variants = entry.variants if variant is None else entry.variants | entry.on_request
        chosen = [one for one in variants if variant in (None, one)]
        if timing and variant is None:
            chosen = [one for one in chosen if variants[one].timed]
        pairs += [(name, one) for one in chosen if variants[one].learning or not learning]
    if not pairs:
        known = dict.fromkeys(one for entry in CATALOG.values() for one in entry.variants)
        raise UsageError(f"no model has anything to do in variant {variant!r}: there are {', '.join(known)}")
    return pairs


def optimizer_change(name: str | None) -> dict[str, Any]:
    """The change of a model's configuration for --optimizer; empty if `name` is None."""
    return {} if name is None else {"optimizer": OPTIMIZERS[choose("optimizer", name, tuple(OPTIMIZERS))]}


def choose(kind: str, value: str, choices: Sequence[str]) -> str:
    """`value`, if it is one of the `choices`; else a UsageError that names the nearest."""
    if value not in choices:
        raise unknown(kind, value, choices)
    return value
