"""The framework-free half of a model: what the twins have in common, and what they must learn."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, ClassVar

import numpy as np

from shared.errors import UsageError
from shared.optimizers import OptimizerConfig
from shared.randomness import generator

Batch = dict[str, np.ndarray]  # everything a step reads, by name
State = dict[str, np.ndarray]  # everything a step changes, by canonical name

# Reasons for a `Learning.curve_gap` that several models share
ROUNDING = "float32 rounding only: descent contracts it"
EXACT = "float64 rounding only"


@dataclass(frozen=True)
class Target:
    """What a trained twin must reach on held-out data."""

    metric: str  # a name that the spec's `score` returns
    bound: float
    at_most: bool = False  # else: at least

    def met(self, value: float) -> bool:
        """Whether the value is on the right side of the bound; NaN never is."""
        return value <= self.bound if self.at_most else value >= self.bound

    def __str__(self) -> str:
        return f"{self.metric.replace('_', ' ')} {'at most' if self.at_most else 'at least'} {self.bound:g}"


@dataclass(frozen=True)
class Learning:
    """How a pair is trained for its targets, and how far apart its two loss curves may be.

    `curve_gap` is the largest allowed distance of the smoothed curves, as a share of the range that they cover.
    """

    steps: int
    targets: tuple[Target, ...]
    curve_gap: float
    reason: str  # the reason for `curve_gap`
    dtype: str = "float32"
    falls: bool = True  # whether the loss falls; in a game one player's gain is the other's loss


@dataclass(frozen=True)
class Variant:
    """One way to run a model: changes to its configuration, the data, and what it must learn from them."""

    data: str  # what it learns from, in a few words
    picture: str  # how the report draws what it learned: a function of this name in benchmarks/report/figures
    changes: dict[str, Any] = field(
        default_factory=dict
    )  # settings of the model's Config that differ from its defaults
    learning: Learning | None = None  # None: the same function as the plain variant, so it would learn the same
    timed: bool = True  # False: the same work as the plain variant, on other data
    proof: dict[str, Any] = field(default_factory=dict)  # settings of size "proof", where `changes` would be too large


class Spec(ABC):
    """Everything about one model that needs no framework: its place in the lecture, configuration, variants, initial
    values, batches and score. Each `shared/<chapter>/<model>.py` defines one subclass.

    Floating-point arrays are float32 in canonical layouts (images NHWC, kernels HWIO, matrices (in, out)).
    A float64 arm casts them, so all arms start from the same numbers.
    """

    Config: ClassVar[type]  # a frozen dataclass
    section: ClassVar[str]  # of the lecture
    summary: ClassVar[str]  # one line for `list` and the report
    symbols: ClassVar[dict[str, tuple[str, str]]]  # symbol -> (shape, meaning), in dataflow order
    sizes: ClassVar[dict[str, dict[str, Any]]] = {"small": {}}  # `--size`: changes to the configuration;
    # "proof" has the same operations on less data, and no two axes of equal length, which could hide a transposition
    variants: ClassVar[dict[str, Variant]]  # "plain" first
    on_request: ClassVar[dict[str, Variant]] = {}  # on data that do not ship: run only if asked for by name
    # Why the model has no baseline; "" if it has one, in baselines/<chapter>.py of both trees
    without_baseline: ClassVar[str] = ""
    scalable_inputs: ClassVar[tuple[str, ...]] = (
        "x",
    )  # entries of a batch whose values may be scaled, not labels or masks
    rows_at_once: ClassVar[int | None] = None  # of held-out data, where the outputs of all at once take too much memory
    plotted: ClassVar[tuple[str, ...]] = ()  # parameters and taps of the trained model that the report draws
    # Entries of `plot_inputs` that are too large to be kept with the results: a figure takes them from the spec
    not_kept: ClassVar[tuple[str, ...]] = ()

    def __init__(self, seed: int = 0, **changes: Any):
        """Another `seed` gives other initial values, batches and noise; the data and their split do not change."""
        assert is_dataclass(self.Config)
        known = {field.name for field in fields(self.Config)}
        optimizer = changes.get("optimizer")
        if optimizer is not None and not isinstance(optimizer, OptimizerConfig):
            raise UsageError(f"{optimizer!r} is not an optimizer's configuration: pass one, as in optimizer=Adam(1e-3)")
        if changes.keys() - known:
            raise UsageError(
                f"unknown setting {', '.join(sorted(changes.keys() - known))}: choose from {', '.join(sorted(known))}"
            )
        self.config: Any = replace(self.Config(), **changes)
        self.seed = seed

    def key(self, *key: str | int) -> tuple[str | int, ...]:
        """`key` with the model's name and seed, as `shared.randomness` needs it."""
        name = type(self).__module__.rpartition(".")[2]
        return (name, *key, "seed", self.seed) if self.seed else (name, *key)

    def random(self, *key: str | int) -> np.random.Generator:
        """The generator of one array of this model: `self.random("kernel")`."""
        return generator(*self.key(*key))

    @abstractmethod
    def initial(self) -> State:
        """Initial parameters and buffers. The optimizer sets the initial values of its slots."""

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """The training batches, in order, for ever."""

    @abstractmethod
    def held_out(self) -> Batch:
        """The data on which learning is judged, never trained on. Same names as a batch."""

    def check(self, batch: Batch) -> None:  # noqa: B027, most models take every batch
        """Raise a UsageError if the model cannot take a batch, though names, shapes and types are right."""

    def larger_batch(self) -> Batch:
        """More rows than a training batch has, for a proof in inference mode; empty if the model takes no more."""
        return self.held_out()

    @abstractmethod
    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Metrics by name, from the model's output on `batch` in inference mode and its trained state."""

    def edge_cases(self) -> dict[str, Batch]:
        """Batches that the model accepts and that hardly occur in the data, each named after what makes it hard.

        The proof uses them in addition to the data, never instead. Those here fit most models: few rows, equal rows,
        signals far from the data's size. A model adds its own, or removes one and gives the reason.
        """
        first = next(self.batches())
        if not first:
            return {}
        found = {f"batch of {n}": rows(first, slice(n)) for n in (1, 2)} | {"equal rows": rows(first, [0, 0, 1])}
        if self.scalable_inputs:
            # Few rows, because the gradients of many cancel and leave rounding; and one row keeps its size beside the
            # large ones, because the gradient of a saturated unit is rounding too
            few = rows(first, slice(3))
            sizes = {"zeros": (0, 0, 0), "tiny": (1e-6, 1e-6, 1e-6), "large": (1, 100, 100)}
            found |= {name: few | {x: _scaled(few[x], by) for x in self.scalable_inputs} for name, by in sizes.items()}
        return found

    def plot_inputs(self) -> Batch:
        """Inputs whose outputs the report draws."""
        return self.held_out()


def _scaled(value: np.ndarray, by: tuple[float, ...]) -> np.ndarray:
    """Each row times its own factor."""
    return (value.T * np.array(by, value.dtype)).T


def rows(batch: Batch, chosen: slice | list[int] | np.ndarray) -> Batch:
    """Some examples of a batch."""
    return {name: value[chosen] for name, value in batch.items()}
