"""Attribution to a method of an optimizer, if a step from the same state gives a different state.

Most optimizers are objects of a framework, whose methods are not recorded. So they are tested from outside: by the
numbers they were built with, and by their steps in another, small model, with and without each addition.
"""

import inspect
import traceback
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from itertools import islice
from typing import Any

import numpy as np

from benchmarks.diagnosis import optimizer_objects as objects
from benchmarks.diagnosis.agreement import alike
from benchmarks.diagnosis.attribution import Methods, method_of
from benchmarks.diagnosis.optimizer_objects import inner, settings
from benchmarks.environment import ROOT
from benchmarks.twins import SIDES, pair
from shared.optimizers import BFGS, Descent, OptimizerConfig
from shared.recording import Method
from shared.spec import State
from shared.twin import ObservedTwin

Twins = dict[str, ObservedTwin]  # side -> twin

# Additions to an optimizer: the value that means none, and the methods of either side that make them. Those that they
# call, such as `Extended.clip`, have been tested alone by then
ADDED: dict[str, tuple[Any, dict[str, str]]] = {
    "schedule": (None, {"static": "scheduled", "dynamic": "Extended.rate"}),
    "clip_value": (None, {"static": "Extended.apply_gradients", "dynamic": "Extended.clip_all"}),
    "clip_norm": (None, {"static": "Extended.apply_gradients", "dynamic": "Extended.clip_all"}),
    "weight_decay": (0.0, {"static": "Extended.apply_gradients", "dynamic": "descent"}),
}


def config_of(optimizer: Any) -> OptimizerConfig:
    """The configuration that an optimizer was built from."""
    return optimizer.config if hasattr(optimizer, "config") else optimizer.param_groups[0]["config"]


def built_otherwise(twins: Twins) -> Methods | None:
    """The functions that built an optimizer with other numbers: a model's constructor, or the optimizers' file's."""
    for pair_of in zip(*(twin.optimizers for twin in twins.values())):
        asked = {side: config_of(optimizer) for side, optimizer in zip(twins, pair_of)}
        if not all(isinstance(config, OptimizerConfig) for config in asked.values()):
            return {side: function(twin, "build") for side, twin in twins.items()}
        if len(set(asked.values())) > 1:
            return {side: method_of(twin.model, "__init__") for side, twin in twins.items()}
        found = {side: objects.wrong(optimizer) for side, optimizer in zip(twins, pair_of)}
        found["static"] = found["static"] or _wrong_step(twins["static"])
        if any(found.values()):
            return {side: function(twin, found[side] or "build") for side, twin in twins.items()}
        first, second = (settings(optimizer) for optimizer in pair_of)
        if any(first[name] != second[name] for name in first.keys() & second.keys()):
            return {side: function(twin, "descent") for side, twin in twins.items()}
    return None


def _wrong_step(static: Any) -> str:
    """The same for the steps that are taken beside the graph."""
    steps = (objects.wrong(step.on_host) for step in static._steps if step.on_host is not None)
    return next(filter(None, steps), "")


def wrong_in(error: BaseException) -> Method | None:
    """The function of an optimizers' file that made an optimizer in an error's traceback wrong; None if none did."""
    found = objects.wrong_in(error)
    paths = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    trees = [tree for path in paths for tree in SIDES.values() if path.startswith(f"{ROOT}/{tree}/")]
    return function_of(trees[-1], found) if found else None


def slots_made(twins: Twins) -> Methods:
    """The methods that set the initial values of slots."""
    found = {}
    for side, twin in twins.items():
        kinds = {type(inner(optimizer)).__name__ for optimizer in twin.optimizers}
        own = {"static": {"Adam": "Adam._create_slots", "BFGS": "BFGS.minimize"}, "dynamic": {"BFGS": "BFGS.reset"}}
        names = [own[side][kind] for kind in kinds if kind in own[side]]
        default = "descent" if side == "static" else "initial_slots"
        found[side] = function(twin, names[0] if names else default)
    return found


def slots_named(twins: Twins, static: set[str], dynamic: set[str]) -> Methods:
    """The methods behind slots on one side only: those that build the count of steps, name slots, or list them."""
    canonical = set(objects.slot_names(twins["static"].optimizers[0]).values())
    if any(name.endswith("/step") for name in static | dynamic):
        names = {"static": "build", "dynamic": "Extended.__init__"}
    elif any(name.rpartition("/")[2] not in canonical for name in static):  # the state has them, but under TF1's names
        names = {"static": "slots", "dynamic": "slots"}
    elif len(static) == len(dynamic):
        names = {"static": "slot_names", "dynamic": "slot_names"}
    else:
        names = {"static": "slots", "dynamic": "initial_slots"}
    return {side: function(twin, names[side]) for side, twin in twins.items()}


def exchanged(twins: Twins, states: Sequence[State], name: str) -> Methods | None:
    """The functions that name slots, if two slots of one parameter have each other's values; else None."""
    static, dynamic = states
    parameter, slash, _ = name.rpartition("/")
    for other in static.keys() & dynamic.keys() - {name}:
        mine = slash and other.rpartition("/")[0] == parameter
        if mine and alike(static[name], dynamic[other]) and alike(static[other], dynamic[name]):
            return {side: function(twin, "slot_names") for side, twin in twins.items()}
    return None


def moved_by(twins: Twins, name: str) -> Methods | None:
    """The optimizers' methods that update `name` differently; None if both update another model alike."""
    config = next(config_of(optimizer) for optimizer in twins["static"].optimizers)
    if isinstance(config, BFGS):
        config = BFGS()  # with a tolerance at which the other model is updated
    if _agree(twins, config):
        return None
    if isinstance(config, Descent):
        for field, (without, methods) in ADDED.items():
            if getattr(config, field) != without and _agree(twins, replace(config, **{field: without})):
                chosen = {s: _own(s, twins[s], name) if n == "descent" else n for s, n in methods.items()}
                return {side: function(twin, chosen[side]) for side, twin in twins.items()}
    return {side: function(twin, _own(side, twin, name)) for side, twin in twins.items()}


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
    return own[side].get(kind, "descent")


def _is_corrected(twin: ObservedTwin) -> bool:
    """Whether the graph's Adam corrects its moments as the paper does: by 1 / (1 - beta^t), and for v by its root."""
    adam = inner(twin.optimizers[0])
    t = next(value for name, value in twin.state().items() if name.endswith("/step")) + 1
    fed = twin._feed(next(twin.spec.batches()))  # type: ignore[attr-defined]  # they depend on the gradients
    found = [x if isinstance(x, int | float) else twin.session.run(x, fed) for x in (adam.size, adam.root)]  # type: ignore[attr-defined]
    return all(map(alike, found, (1 / (1 - adam.beta1**t), 1 / np.sqrt(1 - adam.beta2**t))))


def function(twin: ObservedTwin, name: str) -> Method:
    """A function or method of the file of a side's optimizers, by its qualified name."""
    return function_of(type(twin.model).__module__.partition(".")[0], name)


def function_of(tree: str, name: str) -> Method:
    """The same for a tree, such as "static_tf"."""
    found: Any = import_module(f"{tree}.optimizers")
    for part in name.split("."):
        found = getattr(found, part)
    code = inspect.unwrap(found).__code__
    return Method(code.co_filename, code.co_firstlineno, code.co_qualname)


def _agree(twins: Twins, config: OptimizerConfig, steps: int = 4) -> bool:
    """Whether the optimizers of both sides update another, small model alike."""
    known = type(twins["static"].spec).__module__.rpartition(".")[2]
    # The first cannot diverge, whatever the learning rate, but has no minimum, which BFGS needs
    others = ["computational_graph", "linear_regression", "logistic_regression"][isinstance(config, BFGS) :]
    other = next(name for name in others if name != known)
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
