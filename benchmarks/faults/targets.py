"""The files in which faults are planted, and all mutants of each."""

import re
from functools import cache

from benchmarks.faults import planted_differences
from benchmarks.faults.mutant import Mutant
from benchmarks.faults.operators import mutants
from benchmarks.faults.plant import source
from benchmarks.parts import PARTS, path_of_part
from benchmarks.twins import SIDES
from shared.catalog import CATALOG, find

OPTIMIZER_FILE = "optimizers"  # the optimizers' file, used by every model that has an optimizer among its settings
TARGETS = (*CATALOG, *PARTS, OPTIMIZER_FILE)

# An optimizer's class, from a framework or this project -> the classes of settings that use it
RUNS = {
    "GradientDescentOptimizer": {"GradientDescent"},
    "MomentumOptimizer": {"Momentum", "Nesterov"},
    "AdagradOptimizer": {"Adagrad"},
    "AdadeltaOptimizer": {"Adadelta"},
    "RMSPropOptimizer": {"RMSProp"},
    "SGD": {"GradientDescent", "Momentum", "Nesterov"},
    "Adagrad": {"Adagrad"},
    "Adadelta": {"Adadelta"},
    "RMSProp": {"RMSProp"},
    "Adam": {"Adam"},
    "BFGS": {"BFGS"},
    "HostStep": {"BFGS"},
}


def runs_in(mutant: Mutant) -> set[str] | None:
    """Return the classes of settings that run a mutant of the optimizers' file; None if any of them may run it, and for
    any other file."""
    if not mutant.path.endswith(f"/{OPTIMIZER_FILE}.py"):
        return None
    kind, _, name = mutant.method.partition(".")
    if name:
        return RUNS.get(kind)
    named = [configs for kind, configs in RUNS.items() if re.search(rf"\b{kind}\(", mutant.what)]
    return set().union(*named) if named else None


def path_of(target: str, side: str) -> str:
    """The file of a target on one side, from the project's root."""
    tree = SIDES[side]
    if target in PARTS:
        return path_of_part(target, tree)
    return f"{tree}/{OPTIMIZER_FILE}.py" if target == OPTIMIZER_FILE else find(target).path(tree)


@cache
def planned(target: str, side: str) -> list[Mutant]:
    """Return every mutant of a target's file on one side: those of the operators, and the known differences."""
    path = path_of(target, side)
    differences = [
        mutant
        for name in planted_differences.PLANTS
        for mutant in planted_differences.plants(name, path, source(path), side)
    ]
    known = {mutant.edits for mutant in differences}
    return [mutant for mutant in mutants(path, source(path), side) if mutant.edits not in known] + differences
