"""The framework-free half of a model: what the twins have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, ClassVar

import numpy as np

from shared.errors import UsageError

Batch = dict[str, np.ndarray]  # everything a step reads, by name
State = dict[str, np.ndarray]  # everything a step changes, by canonical name


class Spec(ABC):
    """Configuration, initial values, batches and score of one model; `shared/<chapter>/<model>.py` has one each.

    Floating-point arrays are float32 in canonical layouts (images NHWC, kernels HWIO, matrices (in, out)).
    A float64 arm casts them, so all arms start from the same numbers.
    """

    Config: ClassVar[type]  # a frozen dataclass
    symbols: ClassVar[dict[str, tuple[str, str]]]  # symbol -> (shape, meaning), in dataflow order
    sizes: ClassVar[dict[str, dict[str, Any]]] = {"small": {}}  # `--size`: changes to the configuration;
    # "proof" is for models whose small size takes long: the same operations on less

    def __init__(self, **changes: Any):
        assert is_dataclass(self.Config)
        known = {field.name for field in fields(self.Config)}
        if changes.keys() - known:
            raise UsageError(
                f"no such setting: {', '.join(sorted(changes.keys() - known))}; there are {', '.join(sorted(known))}"
            )
        self.config: Any = replace(self.Config(), **changes)

    @abstractmethod
    def initial(self) -> State:
        """Initial parameters and buffers. Slots of the update rule start where the rule says."""

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """The training batches, in order, for ever."""

    @abstractmethod
    def held_out(self) -> Batch:
        """What learning is judged on: never trained on. Same names as a batch."""

    @abstractmethod
    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Metrics by name, from the model's output on `batch` in inference mode and its trained state."""

    def view(self) -> Batch:
        """Inputs whose outputs the report draws."""
        return self.held_out()
