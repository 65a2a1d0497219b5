"""Trials, run by a worker: a mutant is planted in one twin, which is compared with the unchanged other side.

The reference, traces of the other side in float64, is computed once per model and variant.
"""

import ast
import re
import resource
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.diagnosis.argument_types import passed_wrongly
from benchmarks.diagnosis.causes import to_look_at
from benchmarks.diagnosis.divergence import Divergence
from benchmarks.diagnosis.failures import not_built
from benchmarks.diagnosis.locate import locate
from benchmarks.diagnosis.optimizer import wrong_in
from benchmarks.environment import ROOT
from benchmarks.faults.mutant import Mutant
from benchmarks.faults.plant import planted, source
from benchmarks.mutants.campaign import OPTIMIZERS, UNNOTICED, Measured, Pair
from benchmarks.mutants.lines import running
from benchmarks.proof import Trace, first_failure, judge, trace
from benchmarks.proof.trace import trace_edge_cases
from benchmarks.summary import failure
from benchmarks.twins import SIDES, twin
from shared.catalog import find
from shared.twin import ObservedTwin

SIDE_TREES = tuple(f"{tree}/" for tree in SIDES.values())
TREES = ("shared/", *SIDE_TREES)
STEPS = 3  # a wrong slot shows after two steps, a wrong use of it after three
MEMORY = 8 << 30  # bytes for all mutants of a process: a loop that never ends may keep what it computes

Result = dict[str, Any]


@dataclass(frozen=True)
class Reference:
    """The unchanged other side of a pair."""

    model: str
    variant: str
    optimizer: str  # in benchmarks.mutants.campaign.OPTIMIZERS; empty for the model's own
    side: str  # of the mutants
    other: ObservedTwin
    traces: list[Trace]  # as `looks` yields them, in float64
    single: Trace  # the last of them in float32, and
    nudged: Trace  # in float64 from perturbed inputs, to show how well-conditioned each value is

    def options(self) -> dict[str, Any]:
        """The options that its twins are built with."""
        return _options(self.variant, self.optimizer)

    def __str__(self) -> str:
        return f"{self.model} {self.optimizer or self.variant}"

    def failures(self, arm: ObservedTwin) -> Iterator[dict[str, Any]]:
        """Yield the first difference of each trace that has one: in float64, and last in float32."""
        for own, other in zip(looks(arm), self.traces):
            row = first_failure(judge(*self._ordered(own, other)))
            if row is not None:
                yield row
        with twin(self.side, self.model, "float32", **self.options()) as single:
            exact, own = self.traces[-1], everything(single)
        row = first_failure(judge(exact, exact, *self._ordered(own, self.single), self.nudged))
        if row is not None:
            yield row

    def _ordered(self, own: Trace, other: Trace) -> tuple[Trace, Trace]:
        """Both traces, the static side's first."""
        return (own, other) if self.side == "static" else (other, own)


def looks(arm: ObservedTwin) -> Iterator[Trace]:
    """Yield a twin's traces: before the first step, where most faults show; then the full one."""
    yield trace(arm, 0)
    yield everything(arm)


def everything(arm: ObservedTwin, nudged: bool = False) -> Trace:
    """A twin's trace of training and of the edge cases."""
    return trace(arm, STEPS, nudged) | trace_edge_cases(arm, nudged)


def serve(channel: Any) -> None:
    """Answer requests (method, arguments) for ever."""
    warnings.simplefilter("ignore")  # which mutants cause
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    channel.receive()
    trials = Trials()
    for method, arguments in channel:
        channel.send(getattr(trials, method)(**arguments))


class Trials:
    """Tries mutants, one after the other, in one process."""

    def __init__(self) -> None:
        self.references: dict[Pair, Reference] = {}

    def measure(self, pair: Pair) -> tuple[float, list[tuple[str, int]]]:
        """How many seconds a pair takes to be found without a difference, and the lines that run meanwhile.

        A pair that differs without a mutant is an error.
        """
        self.prepare(pair)
        measured = check(self.references[pair])
        return measured.seconds, list(measured.lines)

    def prepare(self, pair: Pair) -> None:
        """Compute a pair's reference, if it is not there yet."""
        if pair not in self.references:
            self.references[pair] = reference_of(*pair)

    def attempt(self, pair: Pair, fields: list[Any]) -> Result:
        """Try a mutant in a pair that is prepared."""
        return attempt(Mutant(*fields), self.references[pair])


def attempt(mutant: Mutant, reference: Reference) -> Result:
    """Return whether one pair catches a mutant, how, and whether the changed method is the one that is named."""
    arm, named, raised = None, "", False
    try:
        with planted(mutant):
            try:
                arm = twin(reference.side, reference.model, **reference.options())
                row = next(reference.failures(arm), None)
                if row is None:
                    return UNNOTICED
                how, named = failure(row).removeprefix("DIFFERENT: "), _located(arm, reference)
            except Exception as error:  # a mutant may break anything: then it is caught
                raised = True
                how = f"{type(error).__name__}: {_first_line(error)}"
                try:
                    arm = arm or to_look_at(reference.side, reference.model, **reference.options())
                    named = _located(arm, reference)
                except Exception as again:
                    named = _in_words(not_built(again, reference.side, reference.other), reference.side)
                named = named or failing_method(error, mutant.path, find(reference.model).class_name)
    finally:
        if arm is not None:
            arm.close()
    how = f"{reference}: {how}"
    return {"caught": True, "raised": raised, "how": how, "located": is_in(named, mutant), "named": named}


def is_in(named: str, mutant: Mutant) -> bool:
    """Whether a method, as "path::Class.method", is one that was changed.

    A method that only one side has cannot be compared: it counts as a part of the nearest one that calls it and that
    both sides have.
    """
    path, _, method = named.partition("::")
    return path == mutant.path and (mutant.changes(method) or method in callers_on_both_sides(path, mutant.method))


@cache
def callers_on_both_sides(path: str, method: str) -> frozenset[str]:
    """The nearest callers, in its own class, that both sides have of a method that only this side has; else none."""
    one, other = SIDE_TREES if path.startswith(SIDE_TREES[0]) else SIDE_TREES[::-1]
    name, _, asked = method.partition(".")
    calls, others = _calls(path, name), _calls(path.replace(one, other, 1), name)
    found, waiting, seen = set(), [asked] if asked in calls and others else [], set()
    while waiting:
        called = waiting.pop()
        seen.add(called)
        if called.replace("__call__", "forward") in {own.replace("__call__", "forward") for own in others}:
            found.add(f"{name}.{called}")
        else:
            waiting += [caller for caller, names in calls.items() if called in names and caller not in seen]
    return frozenset(found)


def _calls(path: str, name: str) -> dict[str, set[str]]:
    """By method of a class, the attributes that it uses: calls of other methods are among them."""
    if not (ROOT / path).exists():
        return {}
    kinds = [node for node in ast.parse(source(path)).body if isinstance(node, ast.ClassDef) and node.name == name]
    return {
        method.name: {node.attr for node in ast.walk(method) if isinstance(node, ast.Attribute)}
        for kind in kinds
        for method in kind.body
        if isinstance(method, ast.FunctionDef)
    }


def _located(arm: ObservedTwin, reference: Reference) -> str:
    """Where the pair first diverges, on the mutants' side: "path::Class.method"; empty if no method is found."""
    static, dynamic = (arm, reference.other) if reference.side == "static" else (reference.other, arm)
    return _in_words(locate(static, dynamic, steps=STEPS), reference.side)


def _in_words(divergence: Divergence | None, side: str) -> str:
    method = divergence.methods.get(side) if divergence else None
    return f"{_from_root(method.path)}::{method.name}" if method else ""


def failing_method(error: BaseException, path: str, class_name: str) -> str:
    """The method of a file that an exception comes from: the innermost of its frames in that file.

    A graph fails when it runs, and its message contains the line that made the operation. A state that does not fit
    is due to `__init__`, a placeholder that cannot be fed to `inputs`.
    """
    if wrong := wrong_in(error) or passed_wrongly(error):
        return f"{_from_root(wrong.path)}::{wrong.name}"
    frames = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
    made = [(file, int(line)) for file, line in re.findall(r'File "([^"]+)", line (\d+)', str(error))]
    own = [line for file, line in (*frames, *made) if _from_root(file) == path]
    if own:
        return f"{path}::{method_at(path, own[-1])}"
    project = [one for one in traceback.extract_tb(error.__traceback__) if _from_root(one.filename).startswith(TREES)]
    if project and (_from_root(project[-1].filename), project[-1].name) == ("static_tf/training.py", "define"):
        defining = (f for f, _ in traceback.walk_tb(error.__traceback__) if f.f_code.co_name == "define")
        player = next(defining).f_locals["player"]
        return f"{path}::{class_name}.{player.update.__name__}"  # it returned no operation
    message = str(error)
    if isinstance(error, ValueError) and "fit" in message:
        return f"{path}::{class_name}.__init__"
    return f"{path}::{class_name}.inputs" if message.startswith("Cannot feed") else ""


@cache
def method_at(path: str, line: int) -> str:
    """The method that a line of a file is in, with its class."""
    for kind in ast.parse(source(path)).body:
        for node in kind.body if isinstance(kind, ast.ClassDef) else [kind]:
            if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
                return f"{kind.name}.{node.name}" if isinstance(kind, ast.ClassDef) else node.name
    return ""


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]


def _from_root(path: str) -> str:
    return Path(path).as_posix().removeprefix(f"{ROOT.as_posix()}/")


def _options(variant: str, optimizer: str) -> dict[str, Any]:
    """The options of a twin. Graphs run unoptimized: most run only twice, and optimizing would take longer."""
    chosen = {"optimizer": OPTIMIZERS[optimizer]} if optimizer else {}
    return {"variant": variant, "size": "proof", "threads": 1, "optimized": False, **chosen}


def reference_of(model: str, variant: str, optimizer: str, side: str) -> Reference:
    """Compute the traces of the side that has no mutants."""
    (other,) = (name for name in SIDES if name != side)
    options = _options(variant, optimizer)
    with twin(other, model, "float32", **options) as arm:
        single = everything(arm)
    arm = twin(other, model, **options)
    nudged = everything(arm, nudged=True)
    return Reference(model, variant, optimizer, side, arm, list(looks(arm)), single, nudged)


def check(reference: Reference) -> Measured:
    """Compare a pair without a mutant. It is an error if it differs."""
    start = time.perf_counter()
    with running() as lines, twin(reference.side, reference.model, **reference.options()) as own:
        row = next(reference.failures(own), None)
    if row is not None:
        raise RuntimeError(f"{reference} differs without a mutant: {failure(row)}")
    return Measured(time.perf_counter() - start, frozenset(lines))
