"""The interface of a twin, the same for both frameworks: NumPy in, NumPy out, canonical names and layouts.

`Twin` is for training and timing, `ObservedTwin` for proofs: it also exposes intermediate values. A pair of your own
implements `Twin` to have its losses, states and outputs compared, and `ObservedTwin` to find the method in which it
first differs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from shared.errors import UsageError, unknown
from shared.recording import Call, Method
from shared.spec import Batch, Spec, State

DTYPES = ("float32", "float64")
DEVICES = ("cpu", "cuda")
FORMS = {"static": ("plain", "compiled"), "dynamic": ("plain", "compiled", "cuda_graphs")}

Replacements = Mapping[str, Mapping[str, np.ndarray]]  # {"tap": {name: value}, "tap_gradient": {name: gradient}}


@dataclass(frozen=True)
class Arm:
    """One side of a pair at one precision on one device in one form: how a twin computes, not what.

    An unknown name is a UsageError of one line, with the nearest known name.
    """

    side: str  # "static" or "dynamic"
    dtype: str = "float64"  # of all floating-point numbers; a batch is cast
    device: str = "cpu"  # or "cuda", one GPU
    threads: int | None = None  # for one operation; None leaves it to the framework
    form: str = "plain"  # the framework's default, or "compiled", or "cuda_graphs" (dynamic, on a GPU)
    size: str = "small"  # of the model: a key of its `Spec.sizes`, which refuses an unknown one

    def __post_init__(self) -> None:
        for kind, name, known in (
            ("side", self.side, FORMS),
            ("dtype", self.dtype, DTYPES),
            ("device", self.device, DEVICES),
            ("form", self.form, dict.fromkeys(form for forms in FORMS.values() for form in forms)),
        ):
            if name not in known:
                raise unknown(kind, name, known)
        if self.form not in FORMS[self.side]:
            choices = ", ".join(FORMS[self.side])
            raise UsageError(f"the {self.side} side has no form {self.form!r}: choose from {choices}")
        if self.form == "cuda_graphs" and self.device != "cuda":
            raise UsageError("CUDA graphs need a GPU: --device cuda, or --form compiled")
        if self.threads is not None and self.threads < 1:
            raise UsageError(f"{self.threads} threads cannot run anything: ask for 1 or more")


class Twin(Protocol):
    """A model that can be trained and evaluated. It starts in the initial state that its spec gives.

    It is a context manager, which closes it at the end.
    """

    side: str  # of its pair
    spec: Spec  # configuration, initial values, batches and score
    arm: Arm

    def step(self, batch: Batch | None = None) -> float:
        """One update of every player in turn. Returns the loss of the first player before it.

        Without a batch it trains on the one that `to_device` has put on the device.
        """
        ...

    def to_device(self, batch: Batch) -> None:
        """Put a batch on the device, where `step()` finds it.

        So a step can be timed without the transfer. The twin must have been built with `resident=True`.
        """
        ...

    def predict(self, batch: Batch) -> np.ndarray:
        """The model's output in inference mode, in its canonical layout and the arm's dtype."""
        ...

    def state(self) -> State:
        """Everything a step changes, by canonical name, as copies: parameters, buffers and slots."""
        ...

    def load(self, state: State) -> None:
        """Set the whole state. A ValueError if names or shapes are not exactly those of `state()`."""
        ...

    def reset(self) -> None:
        """Restore the initial state: parameters and buffers from the spec, slots from the optimizer.

        A ValueError if the initial values do not fit the model's variables.
        """
        ...

    def close(self) -> None:
        """Free the framework's resources of this twin, which cannot be used afterwards."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class ObservedTwin(Twin, Protocol):
    """A twin that also exposes its intermediate values. Reading them does not change the state.

    Arrays are in canonical layouts. In a model of several players the name of a tap is `<player>/<name>`.
    """

    model: Any  # the object of the model file's class
    players: dict[str, list[str]]  # each player's parameters, by canonical name
    optimizers: list[Any]  # the framework's own objects: one for each player
    trained: bool  # whether it has a training step

    def forward(
        self, batch: Batch, training: bool = True, replace: Mapping[str, np.ndarray] | None = None
    ) -> dict[str, np.ndarray]:
        """Every tap by name, in dataflow order. A tap named in `replace` passes on the value given there."""
        ...

    def losses(self, batch: Batch) -> dict[str, float]:
        """The loss of each player."""
        ...

    def loss(self, batch: Batch) -> float:
        """The loss of the first player, the only one in most models."""
        ...

    def gradients(self, batch: Batch) -> dict[str, np.ndarray]:
        """The gradient, for each parameter, of the loss of the player that trains it; zeros if there is none."""
        ...

    def tap_gradients(self, batch: Batch) -> dict[str, np.ndarray]:
        """The loss's gradient at every tap that it depends on."""
        ...

    def observe(self, batch: Batch, replace: Replacements | None = None) -> dict[str, dict[str, np.ndarray]]:
        """One training pass: {"tap": taps, "loss": losses, "gradient": gradients, "tap_gradient": tap gradients}.

        `replace` has the same form, with the keys "tap" and "tap_gradient". A value that it names is still computed and
        returned; but what follows, forward from a tap and backward from a tap's gradient, is computed from the
        replacement. So each block can be compared alone, whatever is wrong with the others.
        """
        ...

    def calls(
        self,
        batch: Batch,
        training: bool = True,
        replace: Replacements | None = None,
        until: str = "",
        others: Sequence[Call] = (),
    ) -> list[Call]:
        """The arguments and results of every call of the model's methods, with the loss's gradients, in the order in
        which the calls finished; or of those that had begun when the tap `until` was made. `others` are the other
        side's calls, which give those within a loop of the graph the values that cannot be fetched there.
        """
        ...

    def calls_that_run(self, batch: Batch, others: Sequence[Call] = ()) -> list[Call]:
        """Like `calls`, for a model that fails when it runs: what can be computed, without gradients."""
        ...

    def tap_locations(self, batch: Batch) -> dict[str, Method]:
        """The source line of each tap, by the tap's name."""
        ...
