"""Where two twins first differ, in numbers and in words."""

from dataclasses import dataclass, field

from benchmarks.environment import ROOT
from benchmarks.proof.tolerances import FLOAT64_TOLERANCE
from shared.recording import Method


@dataclass(frozen=True)
class Divergence:
    """Where two twins first differ."""

    phase: str  # start, forward, backward, update or run: what is wrong
    stage: str  # tap, loss, tap_gradient, gradient, state or run: what shows it
    name: str
    step: int  # training step, from 0
    mode: str  # training or inference
    batch: str  # data, or the name of an edge case
    methods: dict[str, Method]  # by side, as far as they are known
    needed: float | None = None  # relative norm of the difference: the tolerance at which it would have passed
    which: str = ""  # the elements that differ, in words; empty if all do
    index: list[int] = field(default_factory=list)  # of the element that differs most, and
    values: tuple[float, float] | None = None  # its values on the static and the dynamic side
    note: str = ""  # why they differ, if numbers cannot say it

    def __str__(self) -> str:
        where = f"{self.stage.replace('_', ' ')} {self.name!r} at step {self.step} ({self.mode}, {self.batch})"
        if self.note:
            what = self.note
        else:
            assert self.values is not None
            static, dynamic = self.values
            what = (
                f"static {static:.6g}, dynamic {dynamic:.6g} at {self.index}{f', {self.which}' if self.which else ''};"
                f" equal only at a tolerance of {self.needed:.1e} in norm, and {FLOAT64_TOLERANCE:.0e} is allowed"
            )
        first = "one side cannot be built or run" if self.phase == "run" else f"{self.phase}, {where}"
        lines = [f"first divergence: {first}", f"  {what}"]
        lines += [f"  {side:<8}{_place(method)}" for side, method in self.methods.items()]
        return "\n".join(lines)


def _place(method: Method) -> str:
    path = method.path.removeprefix(f"{ROOT}/")
    return f"{path}:{method.line} {method.name}"
