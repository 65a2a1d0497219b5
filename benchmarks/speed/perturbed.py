"""Runs of a twin that are perturbed by far more than rounding, which show the jumps of large float32 nets."""

from typing import Any

from benchmarks.proof.tolerances import ROUNDINGS_IN_A_CHAIN, SIDES_ALIKE
from benchmarks.proof.trace import nudge
from shared.spec import Batch, State

FAR, MOVES = SIDES_ALIKE * ROUNDINGS_IN_A_CHAIN, 3  # size of a perturbation in roundings; number of perturbed runs


class PerturbedTwin:
    """A float64 twin whose initial state and batches are perturbed by FAR roundings: so that ten times as many
    units cross the kink of their ReLU as by rounding. Another `seed` gives another perturbation.
    """

    def __init__(self, twin: Any, seed: int):
        self._twin, self._seed = twin, seed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._twin, name)

    def reset(self) -> None:
        self._twin.reset()
        self._twin.load(self._moved(self._twin.state()))

    def observe(self, batch: Batch) -> Any:
        return self._twin.observe(self._moved(batch))

    def forward(self, batch: Batch, **options: Any) -> Any:
        return self._twin.forward(self._moved(batch), **options)

    def predict(self, batch: Batch) -> Any:
        return self._twin.predict(self._moved(batch))

    def step(self, batch: Batch) -> float:
        return self._twin.step(self._moved(batch))

    def _moved(self, values: State) -> State:
        return nudge(values, "moved", self._seed, roundings=FAR)
