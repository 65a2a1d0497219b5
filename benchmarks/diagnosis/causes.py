"""The named cause: which known difference between the frameworks explains why a pair is different.

A side that does what its framework does by default differs from one that was written to be equal. So each known
difference is planted in turn where a twin uses what it is about, on either side, and the pair is looked at again: the
one that makes the residual vanish is the cause.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.diagnosis.locate import Divergence, locate, not_built
from benchmarks.faults import planted_differences
from benchmarks.faults.mutant import Mutant
from benchmarks.faults.plant import planted, source
from benchmarks.faults.targets import OPTIMIZER_FILE, path_of
from benchmarks.twins import SIDES, twin
from shared.differences import DIFFERENCES


@dataclass(frozen=True)
class Cause:
    """A known difference that explains a divergence."""

    name: str  # in shared/differences.py
    side: str  # where doing likewise makes both equal
    before: float | None  # the residual, as a relative norm; None if it is no matter of size
    rest: Divergence | None  # what still differs, elsewhere; None if all is explained

    def __str__(self) -> str:
        before = "" if self.before is None else f" ({self.before:.1e} to 0)"
        explains = (
            "explains the residual" if self.rest is None else "explains the first divergence, and another follows"
        )
        return f"{DIFFERENCES[self.name].title}: {explains}{before} if the {self.side} side does likewise [{self.name}]"


def diagnose(
    name: str, variant: str = "plain", steps: int = 20, **options: Any
) -> tuple[Divergence | None, Cause | None]:
    """Where a pair first diverges in float64, and the known difference that explains it, if there is one.

    `options` are those of `twin`.
    """
    settings: dict[str, Any] = {"variant": variant, "size": "proof", "threads": 1, "optimized": False, **options}
    twins: dict[str, Any] = {}
    failed: dict[str, Exception] = {}
    for side in SIDES:
        try:
            twins[side] = to_look_at(side, name, **settings)
        except Exception as broken:
            failed[side] = broken
    try:
        if failed:
            side, error = failed.popitem()
            if not twins:
                raise error
            (other,) = twins.values()
            return not_built(error, side, other), None
        first = locate(twins["static"], twins["dynamic"], steps)
        if first is None:
            return None, None
        found = sorted(_causes(name, first, twins, settings, steps), key=lambda cause: cause.rest is not None)
        return first, next(iter(found), None)
    finally:
        for arm in twins.values():
            arm.close()


def to_look_at(side: str, name: str, **settings: Any) -> Any:
    """A twin: without its training, if a fault leaves nothing to train."""
    try:
        return twin(side, name, **settings)
    except Exception:
        return twin(side, name, **settings, trained=False)


def _causes(
    name: str, first: Divergence, twins: dict[str, Any], settings: dict[str, Any], steps: int
) -> Iterator[Cause]:
    """Every known difference with which the pair gets past its first divergence; those that explain all end it."""
    optimizers = {
        kind.__name__ for arm in twins.values() for optimizer in arm.optimizers for kind in type(optimizer).__mro__
    }
    for difference, side, mutant in _plants(name, optimizers):
        with planted(mutant):
            try:
                arm = twin(side, name, **settings)
            except Exception:  # what cannot even be built explains nothing
                continue
            with arm:
                changed = {**twins, side: arm}
                rest = locate(changed["static"], changed["dynamic"], steps)
        if rest is None:
            yield Cause(difference, side, first.needed, None)
            return
        if _place(rest) > _place(first):
            yield Cause(difference, side, first.needed, rest)


def _place(divergence: Divergence) -> tuple[int, int]:
    """How far training had come: of what is found at the same step, nothing is known to be later."""
    return divergence.step, ("run", "start", "forward", "backward", "update").index(divergence.phase)


def _plants(name: str, optimizers: set[str]) -> Iterator[tuple[str, str, Mutant]]:
    """Every known difference that applies to a model or to its optimizers, with the side it is planted on."""
    for side in SIDES:
        for target in (name, OPTIMIZER_FILE):
            path = path_of(target, side)
            for difference in planted_differences.PLANTS:
                for mutant in planted_differences.plants(difference, path, source(path), side):
                    if target != OPTIMIZER_FILE or mutant.method.partition(".")[0] in optimizers:
                        yield difference, side, mutant
