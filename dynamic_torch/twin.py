"""The dynamic side of a pair: a model's module, and the loop that trains it.

Twin: static_tf/twin.py
"""

import os
from collections.abc import Callable
from typing import Self

import numpy as np
import torch
import torch._dynamo  # the first optimizer imports it, for longer than PyTorch itself takes: import, not building
from einops import rearrange
from torch import Tensor

from dynamic_torch import training
from dynamic_torch.model import Model
from dynamic_torch.optimizers import BFGS, reset, slots
from shared.errors import UsageError
from shared.players import arguments
from shared.spec import Batch, Spec, State
from shared.twin import Arm


def to_own(value: np.ndarray, layout: str) -> np.ndarray:
    """Canonical layout -> the model's own; `layout` is "canonical -> own", or empty where they are the same."""
    return rearrange(value, layout) if layout else value


def to_canonical(value: Tensor, layout: str = "") -> np.ndarray:
    """The model's own layout -> canonical, as a new NumPy array."""
    array = value.detach().cpu().numpy()
    return rearrange(array, "->".join(reversed(layout.split("->")))).copy() if layout else array.copy()


class Twin:
    """Trains and evaluates a model; the interface is `shared.twin.Twin`.

    The module is built once and called at every step. It is run as it is, without instruments:
    `dynamic_torch.observed.ObservedTwin` adds those. In the form "compiled" `torch.compile` makes one program of each
    player's loss and its gradient, and one of the forward pass, when they first run; in the form "cuda_graphs", on a
    GPU, their kernels are launched all at once.

    `resident` and `optimized` exist for the graph's sake: eager code can always train on a batch that is already on the
    device, and nothing rewrites it. `deterministic` selects operations that give the same bits in every run, which on a
    GPU not all do by default; it holds for the whole process.
    """

    side = "dynamic"
    trained = True

    def __init__(
        self,
        model: type[Model],
        spec: Spec,
        arm: Arm,
        *,
        resident: bool = False,
        optimized: bool = True,
        deterministic: bool = False,
    ):
        self.spec, self.arm = spec, arm
        self._set_up_framework(deterministic)
        self._build(model, resident)
        self.players = {player.name: list(player.parameters) for player in self._players}
        self.optimizers = self.model.optimizers()
        for optimizer in self.optimizers:
            if isinstance(optimizer, BFGS):
                optimizer.rows = self._rows(optimizer)
        self._objectives = {player.name: self._compiled(player.objective) for player in self._players}
        self._forward = self._compiled(self.model)
        self._on_device: dict[str, Tensor] = {}
        self.reset()

    def _set_up_framework(self, deterministic: bool) -> None:
        """Set what holds for the whole process. A UsageError if there is no such device."""
        on_gpu = self.arm.device == "cuda"
        if on_gpu and not torch.cuda.is_available():
            raise UsageError("PyTorch sees no GPU: use --device cpu")
        # TWIN: on a GPU TensorFlow computes float32 in TF32 by default, PyTorch only convolutions: here neither does
        torch.set_float32_matmul_precision("highest")
        torch.backends.cudnn.allow_tf32 = False
        if deterministic and on_gpu:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS requires it
            torch.use_deterministic_algorithms(True)
        if self.arm.threads:
            torch.set_num_threads(self.arm.threads)

    def _build(self, model: type[Model], resident: bool) -> None:
        """Build the model, and its players."""
        self.model = self._construct(model)
        self._players = training.define(self.model)

    def _construct(self, model: type[Model]) -> Model:
        return model(self.spec.config).to(self.arm.device, getattr(torch, self.arm.dtype))

    def _compiled(self, function: Callable) -> Callable:
        """The function as this form runs it. Shapes are fixed: another batch size is compiled anew."""
        if self.arm.form == "plain":
            return function
        mode = "reduce-overhead" if self.arm.form == "cuda_graphs" else None
        return torch.compile(function, dynamic=False, mode=mode)

    def _rows(self, optimizer: BFGS) -> np.ndarray:
        """The order of the inverse Hessian's rows, which is the same on both sides: by name, in canonical layout."""
        group, found, start = optimizer.param_groups[0], {}, 0
        for own_name, w in zip(group["param_names"], group["params"]):
            name = own_name.replace(".", "/")
            rows = torch.arange(start, start + w.numel()).view(w.shape)
            found[name] = to_canonical(rows, self._layout(name)).ravel()
            start += w.numel()
        return np.concatenate([found[name] for name in sorted(found)])

    def _named_tensors(self) -> dict[str, Tensor]:
        """Everything a step changes, by canonical name: parameters, buffers and slots."""
        found: dict[str, Tensor] = dict(self.model.canonical_parameters())
        found |= {name.replace(".", "/"): buffer for name, buffer in self.model.named_buffers()}
        for optimizer in self.optimizers:
            found |= slots(optimizer)
        return found

    def _layout(self, name: str) -> str:
        parameter, _, _ = name.rpartition("/")  # a slot has its parameter's layout
        return self.model.layouts.get(name) or self.model.layouts.get(parameter, "")

    def _tensor(self, array: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(np.asarray(array, order="C")).to(self.arm.device)
        return tensor.to(getattr(torch, self.arm.dtype)) if tensor.is_floating_point() else tensor

    def _feed(self, batch: Batch) -> dict[str, Tensor]:
        self.spec.check(batch)
        return self.model.inputs({name: self._tensor(value) for name, value in batch.items()})

    def step(self, batch: Batch | None = None) -> float:
        """One update of every player in turn. Returns the loss of the first player before it.

        Without a batch it trains on the one that `to_device` has put on the device.
        """
        inputs = self._on_device if batch is None else self._feed(batch)
        return training.step(self.model, self._players, inputs, self._objectives)[0].item()

    def to_device(self, batch: Batch) -> None:
        """Put a batch on the device, where `step()` finds it.

        Any dynamic twin can do this: eager code has no placeholders to be replaced.
        """
        self._on_device = self._feed(batch)

    def predict(self, batch: Batch) -> np.ndarray:
        """The model's output in inference mode, in its canonical layout and the arm's dtype."""
        self.model.eval()
        with torch.no_grad():
            return to_canonical(self._forward(**arguments(self.model.forward, self._feed(batch))))

    def state(self) -> State:
        """Everything a step changes, by canonical name, as copies: parameters, buffers and slots."""
        return {name: to_canonical(tensor, self._layout(name)) for name, tensor in self._named_tensors().items()}

    def load(self, state: State) -> None:
        """Set the whole state. A ValueError if names or shapes are not exactly those of `state()`."""
        mismatch = state.keys() ^ self._named_tensors().keys()
        if mismatch:
            raise ValueError(f"state names on one side only: {', '.join(sorted(mismatch))}")
        self._assign(state)

    def reset(self) -> None:
        """Restore the initial state: parameters and buffers from the spec, slots from the optimizer.

        A ValueError if the initial values do not fit the model's variables.
        """
        for optimizer in self.optimizers:
            reset(optimizer)
        initial, tensors = self.spec.initial(), self._named_tensors()
        own_slots = tensors.keys() - initial.keys()
        if initial.keys() - tensors.keys() or own_slots & self.model.canonical_parameters().keys():
            raise ValueError(f"initial values {sorted(initial)} do not fit the variables {sorted(tensors)}")
        self._assign(initial)

    def _assign(self, state: State) -> None:
        tensors = self._named_tensors()
        for name, value in state.items():
            own = to_own(np.asarray(value), self._layout(name))
            if tensors[name].shape != own.shape:
                raise ValueError(f"{name}: shape {own.shape} does not fit {tuple(tensors[name].shape)}")
            with torch.no_grad():
                tensors[name].copy_(torch.from_numpy(np.asarray(own, order="C")))

    def close(self) -> None:
        """Free the module."""
        del self.model

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
