"""The cause of a divergence: the known difference between the frameworks that explains it.

A side that uses its framework's defaults differs from one that was written to be equal. So each known difference is
planted in the method of either side in which the pair diverges, and the pair is compared again. A difference that
leaves no residual is the cause. One that leaves any residual is not, and neither is one that the frameworks' defaults
have in common.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.diagnosis.divergence import Divergence
from benchmarks.diagnosis.failures import not_built
from benchmarks.diagnosis.locate import locate
from benchmarks.diagnosis.optimizer import config_of
from benchmarks.environment import ROOT
from benchmarks.faults import planted_differences
from benchmarks.faults.mutant import Mutant
from benchmarks.faults.plant import planted, source
from benchmarks.faults.targets import OPTIMIZER_FILE, path_of, runs_in
from benchmarks.parts import parts_of
from benchmarks.twins import SIDES, twin
from shared.differences import DIFFERENCES
from shared.recording import Method


@dataclass(frozen=True)
class Cause:
    """A known difference that explains a divergence, and everything after it."""

    name: str  # in shared/differences/
    side: str  # the side on which planting it makes both equal
    before: float | None  # the residual, as a relative norm; None if it is not a matter of size

    def __str__(self) -> str:
        before = "" if self.before is None else f" ({self.before:.1e} to 0)"
        title = DIFFERENCES[self.name].title
        same = f"the sides agree if the {self.side} side does the same"
        return f"{title}: explains the residual{before}; {same} [{self.name}]"


def diagnose(
    name: str, variant: str = "plain", steps: int = 20, **options: Any
) -> tuple[Divergence | None, Cause | None]:
    """Return where a pair first diverges in float64, and the known difference that explains it; None if there is none.

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
        return first, next(_causes(name, first, twins, settings, steps), None)
    finally:
        for arm in twins.values():
            arm.close()


def to_look_at(side: str, name: str, **settings: Any) -> Any:
    """Return a twin; without its training step, if a fault leaves nothing to train."""
    try:
        return twin(side, name, **settings)
    except Exception:
        return twin(side, name, **settings, trained=False)


def _causes(
    name: str, first: Divergence, twins: dict[str, Any], settings: dict[str, Any], steps: int
) -> Iterator[Cause]:
    """Yield every known difference that makes the pair equal when planted in the located method, if its code runs."""
    kinds = {type(config_of(optimizer)).__name__ for optimizer in twins["static"].optimizers}
    for difference, side, mutant in _plants(name):
        runs = runs_in(mutant)
        if not _is_planted_in(mutant, first.methods.get(side)) or (runs is not None and not runs & kinds):
            continue
        with planted(mutant):
            try:
                changed = twin(side, name, **settings)
            except Exception:  # a twin that cannot be built explains nothing
                continue
            with changed:
                both = {**twins, side: changed}
                rest = locate(both["static"], both["dynamic"], steps)
        if rest is None:
            yield Cause(difference, side, first.needed)


def _plants(name: str) -> Iterator[tuple[str, str, Mutant]]:
    """Yield every known difference that applies to a model, its parts or the optimizers, with its side and mutant."""
    for side in SIDES:
        for target in (name, *parts_of(name), OPTIMIZER_FILE):
            path = path_of(target, side)
            for difference in planted_differences.PLANTS:
                if not DIFFERENCES[difference].equal:
                    for mutant in planted_differences.plants(difference, path, source(path), side):
                        yield difference, side, mutant


def _is_planted_in(mutant: Mutant, method: Method | None) -> bool:
    """Whether a mutant changes the method that was located."""
    return method is not None and method.path.removeprefix(f"{ROOT}/") == mutant.path and mutant.changes(method.name)
