"""Attribution to a method of an optimizer, if a step from the same state gives a different state.

Most optimizers are objects of a framework, whose methods are not recorded. So they are tested from outside: by the
numbers they were built with, and by their steps in another, small model, with and without each addition.
"""

from dataclasses import replace
from importlib import import_module
from itertools import islice
from typing import Any

import numpy as np

from benchmarks.diagnosis.attribution import Methods, alike, method_of
from benchmarks.twins import pair
from shared.optimizers import Descent, OptimizerConfig
from shared.recording import Method
from shared.twin import ObservedTwin

Twins = dict[str, ObservedTwin]  # side -> twin

# The frameworks' names of an optimizer's settings -> the names used here
SETTINGS = {
    **dict.fromkeys(("lr", "_lr", "_learning_rate", "learning_rate"), "learning_rate"),
    **dict.fromkeys(("rho", "_rho", "alpha", "_decay"), "decay"),
    **dict.fromkeys(("eps", "_epsilon", "epsilon"), "epsilon"),
    **dict.fromkeys(("momentum", "_momentum"), "momentum"),
    **dict.fromkeys(("nesterov", "_use_nesterov"), "nesterov"),
    **dict.fromkeys(("centered", "_centered"), "centered"),
    **dict.fromkeys(("initial_accumulator_value", "_initial_accumulator_value"), "init"),
    **{name: name for name in ("beta1", "beta2", "weight_decay", "tolerance")},
}

# Additions to an optimizer: the value that means none, and the methods of either side that make them
ADDED: dict[str, tuple[Any, dict[str, str]]] = {
    "schedule": (None, {"static": "scheduled", "dynamic": "Extended.rate"}),
    "clip_value": (None, {"static": "Extended.clip", "dynamic": "Extended.clip"}),
    "clip_norm": (None, {"static": "Extended.clip", "dynamic": "Extended.clip"}),
    "weight_decay": (0.0, {"static": "Extended.add_weight_decay", "dynamic": "build"}),
}


def settings(optimizer: Any) -> dict[str, float]:
    """The numbers that an optimizer was built with, under the same names on both sides."""
    kept = {**vars(optimizer), **vars(inner(optimizer)), **getattr(optimizer, "defaults", {})}
    kept |= {f"beta{i}": beta for i, beta in enumerate(kept.get("betas", ()), 1)}
    numbers = (int, float, np.floating)
    found = {SETTINGS[name]: float(x) for name, x in kept.items() if name in SETTINGS and isinstance(x, numbers)}
    return {"weight_decay": 0.0, "momentum": 0.0, "nesterov": 0.0, **found}


def config_of(optimizer: Any) -> OptimizerConfig:
    """The configuration that an optimizer was built from."""
    return optimizer.config if hasattr(optimizer, "config") else optimizer.param_groups[0]["config"]


def built_otherwise(twins: Twins) -> Methods | None:
    """The methods that built an optimizer with other numbers: the model's constructor or `build`."""
    for pair_of in zip(*(twin.optimizers for twin in twins.values())):
        asked = {side: config_of(optimizer) for side, optimizer in zip(twins, pair_of)}
        if len(set(asked.values())) > 1:
            return {side: method_of(twin.model, "__init__") for side, twin in twins.items()}
        first, second = (settings(optimizer) for optimizer in pair_of)
        if any(first[name] != second[name] for name in first.keys() & second.keys()):
            return {side: function(twin, "build") for side, twin in twins.items()}
    return None


def slots_made(twins: Twins) -> Methods:
    """The methods that set the initial values of slots."""
    found = {}
    for side, twin in twins.items():
        kinds = {type(inner(optimizer)).__name__ for optimizer in twin.optimizers}
        own = {"static": {"Adam": "Adam._create_slots", "BFGS": "BFGS.minimize"}, "dynamic": {"BFGS": "BFGS.reset"}}
        names = [own[side][kind] for kind in kinds if kind in own[side]]
        default = "build" if side == "static" else "initial_slots"
        found[side] = function(twin, names[0] if names else default)
    return found


def slots_named(twins: Twins, static: set[str], dynamic: set[str]) -> Methods:
    """The methods behind slots on one side only: those that build the count of steps, name slots, or list them."""
    if any(name.endswith("/step") for name in static | dynamic):
        names = {"static": "build", "dynamic": "Extended.__init__"}
    elif len(static) == len(dynamic):
        names = {"static": "slot_names", "dynamic": "slot_names"}
    else:
        names = {"static": "slots", "dynamic": "initial_slots"}
    return {side: function(twin, names[side]) for side, twin in twins.items()}


def moved_by(twins: Twins, name: str) -> Methods | None:
    """The optimizers' methods that update `name` differently; None if both update another model alike."""
    config = next(config_of(optimizer) for optimizer in twins["static"].optimizers)
    if _agree(twins, config):
        return None
    if isinstance(config, Descent):
        for field, (without, methods) in ADDED.items():
            if getattr(config, field) != without and _agree(twins, replace(config, **{field: without})):
                return {side: function(twin, methods[side]) for side, twin in twins.items()}
    return {side: function(twin, _own(side, twin, name)) for side, twin in twins.items()}


def around_clip(twins: Twins) -> Methods:
    """The methods that pass the gradients to `clip`, and its result on."""
    names = {"static": "Extended.apply_gradients", "dynamic": "Extended.clip_all"}
    return {side: function(twin, names[side]) for side, twin in twins.items()}


def _own(side: str, twin: ObservedTwin, name: str) -> str:
    """The method of this project's class that updates a value, or the function that chose the framework's class."""
    kind = type(inner(twin.optimizers[0])).__name__
    if name.endswith("/step"):
        return {"static": "Adam._finish", "dynamic": "Extended.after"}[side]
    if side == "static" and kind == "Adam" and not _is_corrected(twin):
        return "Adam._prepare"
    own = {
        "static": {"Adam": "Adam.apply", "BFGS": "HostStep.run"},
        "dynamic": {"RMSProp": "RMSProp.apply", "BFGS": "BFGS.step"},
    }
    return own[side].get(kind, "build")


def _is_corrected(twin: ObservedTwin) -> bool:
    """Whether the graph's Adam corrects its moments as the paper does: by 1 / (1 - beta^t), and for v by its root."""
    adam = inner(twin.optimizers[0])
    t = next(value for name, value in twin.state().items() if name.endswith("/step")) + 1
    fed = twin._feed(next(twin.spec.batches()))  # type: ignore[attr-defined]  # they depend on the gradients
    found = twin.session.run((adam.size, adam.root), fed)  # type: ignore[attr-defined]
    return all(map(alike, found, (1 / (1 - adam.beta1**t), 1 / np.sqrt(1 - adam.beta2**t))))


def inner(optimizer: Any) -> Any:
    """The optimizer that another is wrapped around."""
    return getattr(optimizer, "optimizer", optimizer)


def function(twin: ObservedTwin, name: str) -> Method:
    """A function or method of the file of a side's optimizers, by its qualified name."""
    found: Any = import_module(f"{type(twin.model).__module__.partition('.')[0]}.optimizers")
    for part in name.split("."):
        found = getattr(found, part)
    code = getattr(found, "__wrapped__", found).__code__
    return Method(code.co_filename, code.co_firstlineno, code.co_qualname)


def _agree(twins: Twins, config: OptimizerConfig, steps: int = 4) -> bool:
    """Whether the optimizers of both sides update another, small model alike."""
    known = type(twins["static"].spec).__module__.rpartition(".")[2]
    other = "linear_regression" if known != "linear_regression" else "logistic_regression"
    static, dynamic = pair(other, threads=1, optimized=False, observed=False, optimizer=config)
    with static, dynamic:
        for batch in islice(static.spec.batches(), steps):
            for arm in (static, dynamic):
                arm.step(batch)
            one, two = static.state(), dynamic.state()
            if one.keys() != two.keys() or not all(alike(one[key], two[key]) for key in one):
                return False
    return True


def slot_names(twin: ObservedTwin) -> set[str]:
    """The names of the optimizers' slots in a state."""
    return twin.state().keys() - twin.spec.initial().keys()


def update_of(twin: ObservedTwin, name: str) -> Method:
    """The method of a model that updates a value: `update`, or that of the value's player."""
    for player, parameters in twin.players.items():
        if {name, name.rpartition("/")[0]} & {*parameters, player} and hasattr(type(twin.model), f"update_{player}"):
            return method_of(twin.model, f"update_{player}")
    return method_of(twin.model, "update")
