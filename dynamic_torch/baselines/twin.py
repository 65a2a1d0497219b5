"""Runs the models made of PyTorch's own layers, through the interface of a twin.

Twin: static_tf/baselines/twin.py
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Self

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn

from dynamic_torch.baselines.baseline import Baseline, Layout
from shared.baselines import bias_name, plain_optimizer, require
from shared.catalog import find
from shared.errors import UsageError
from shared.optimizers import Momentum
from shared.spec import Batch, Spec, State
from shared.twin import Arm

_SAME: Layout = ("", {})


_MATRIX: Layout = ("i o -> o i", {})


def _tensors(module: nn.Module) -> Iterator[tuple[str, Any, Layout]]:
    """Yield a net's parameters and running averages: canonical name, tensor, and the layer's usual layout."""
    for path, layer in module.named_modules():
        name = path.replace(".", "/")
        match layer:
            case nn.Linear():
                yield name, layer.weight, _MATRIX
            case nn.Conv2d():
                yield name, layer.weight, ("h w i o -> o i h w", {})
            case nn.Conv1d():
                yield name, layer.weight, ("t i o -> o i t", {})
            case nn.Embedding():
                yield name, layer.weight, _SAME
            case nn.BatchNorm2d():
                yield f"{name}/gamma", layer.weight, _SAME
                yield f"{name}/beta", layer.bias, _SAME
                yield f"{name}/moving_mean", layer.running_mean, _SAME
                yield f"{name}/moving_variance", layer.running_var, _SAME
            case nn.RNNBase(bidirectional=False):
                yield from _of_cell(name, layer, "l0")
            case nn.RNNBase():
                yield from _of_cell("forwards", layer, "l0")
                yield from _of_cell("backwards", layer, "l0_reverse")
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d) and layer.bias is not None:
            yield bias_name(name), layer.bias, _SAME


def _of_cell(name: str, layer: nn.RNNBase, ending: str) -> Iterator[tuple[str, Any, Layout]]:
    """Yield the parameters of one direction of a recurrent layer."""
    yield f"{name}/kernel", layer.get_parameter(f"weight_ih_{ending}"), _MATRIX
    yield f"{name}/recurrent_kernel", layer.get_parameter(f"weight_hh_{ending}"), _MATRIX
    yield f"{name}/bias", layer.get_parameter(f"bias_ih_{ending}"), _SAME
    second = layer.get_parameter(f"bias_hh_{ending}")
    if second.requires_grad:
        yield f"{name}/recurrent_bias", second, _SAME


class BaselineTwin:
    """Runs a net of PyTorch's own layers as `Twin` runs a model: NumPy in, NumPy out, canonical names.

    It can be trained, evaluated and timed, but not observed.
    """

    side = "dynamic"

    def __init__(self, name: str, spec: Spec, arm: Arm):
        require(name)
        if arm.device == "cuda" and not torch.cuda.is_available():
            raise UsageError("PyTorch sees no GPU: use --device cpu")
        torch.set_float32_matmul_precision("highest")  # as in the twin: no TF32
        torch.backends.cudnn.allow_tf32 = False
        if arm.threads:
            torch.set_num_threads(arm.threads)
        self.spec, self.arm, self._dtype = spec, arm, getattr(torch, arm.dtype)
        self.net: Baseline = getattr(import_module(f"dynamic_torch.baselines.{find(name).chapter}"), name)(spec.config)
        self.module = self.net.module.to(arm.device, self._dtype)
        own = list(_tensors(self.module))
        self.layouts = {name: layout for name, _, layout in own} | self.net.layouts
        self.averages = {name: tensor for name, tensor, _ in own if not tensor.requires_grad}
        self.parameters = {name: tensor for name, tensor, _ in own if tensor.requires_grad}
        self.weights = [w for name, w in self.parameters.items() if w.dim() > 1]
        self.optimizer = self._optimizer()
        self._on_device: dict[str, Tensor] = {}
        self.reset()

    def _optimizer(self) -> torch.optim.Optimizer:
        """PyTorch's own optimizer, whose weight_decay supplies the gradient of the weights' penalty."""
        others = [w for w in self.parameters.values() if w.dim() == 1]
        groups: list[dict[str, Any]] = [{"params": self.weights, "weight_decay": self.net.l2}, {"params": others}]
        optimizer = plain_optimizer(self.spec.config.optimizer)
        if isinstance(optimizer, Momentum):
            return torch.optim.SGD(groups, optimizer.learning_rate, optimizer.momentum)
        return torch.optim.Adam(groups, optimizer.learning_rate, (optimizer.beta1, optimizer.beta2), optimizer.epsilon)

    def _inputs(self, batch: Batch) -> dict[str, Tensor]:
        return {name: self._tensor(batch[name]) for name in (*self.net.reads, self.net.target)}

    def _tensor(self, array: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(np.asarray(array, order="C")).to(self.arm.device)
        return tensor.to(self._dtype) if tensor.is_floating_point() else tensor

    def _output(self, inputs: dict[str, Tensor]) -> Tensor:
        return self.module(*(inputs[name] for name in self.net.reads))

    def to_device(self, batch: Batch) -> None:
        """Put a batch on the device, where a step finds it."""
        self._on_device = self._inputs(batch)

    def step(self, batch: Batch | None = None) -> float:
        """One update. Returns the loss before it, with the penalty of weights.

        Without a batch it trains on the one that `to_device` has put on the device.
        """
        inputs = self._on_device if batch is None else self._inputs(batch)
        self.module.train()
        loss = self.net.loss(self._output(inputs), inputs[self.net.target])
        penalty = self._penalty()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return (loss.detach() + penalty).item()

    def _penalty(self) -> Tensor | float:
        """The weights' penalty; weight_decay supplies its gradient."""
        if not self.net.l2:
            return 0.0
        with torch.no_grad():
            return self.net.l2 / 2 * nn.utils.get_total_norm(self.weights).square()

    def predict(self, batch: Batch) -> np.ndarray:
        """The net's output, in inference mode."""
        self.module.eval()
        with torch.no_grad():
            return self._output({name: self._tensor(batch[name]) for name in self.net.reads}).cpu().numpy().copy()

    def size(self) -> int:
        """Eager code keeps no graph that could grow."""
        return 0

    def _state(self) -> dict[str, tuple[Tensor, Layout]]:
        found = {name: (w, self.layouts[name]) for name, w in (self.parameters | self.averages).items()}
        for name, w in self.parameters.items():
            slots = self.optimizer.state[w].items()
            found |= {f"{name}/{slot}": (value, self.layouts[name]) for slot, value in slots if slot != "step"}
        return found

    def _counts(self) -> list[Tensor]:
        """The counts of steps: Adam has one for each parameter."""
        return [slots["step"] for slots in self.optimizer.state.values() if "step" in slots]

    def state(self) -> State:
        """Everything a step changes: by canonical name where there is one, and slots by PyTorch's names."""
        found = {name: _canonical(tensor, layout) for name, (tensor, layout) in self._state().items()}
        counts = self._counts()
        return {**found, "step": np.asarray(int(counts[0]))} if counts else found

    def load(self, state: State) -> None:
        """Set values by name."""
        own = self._state()
        for name, value in state.items():
            if name == "step":
                for count in self._counts():
                    count.fill_(int(value))
                continue
            tensor, (pattern, sizes) = own[name]
            value = rearrange(value, pattern, **sizes) if pattern else value
            if tensor.shape != value.shape:
                raise ValueError(f"{name}: shape {value.shape} does not fit {tuple(tensor.shape)}")
            with torch.no_grad():
                tensor.copy_(torch.from_numpy(np.array(value)))

    def reset(self) -> None:
        """Restore the twin's initial values, and set the slots to zero."""
        optimizer = plain_optimizer(self.spec.config.optimizer)
        slots = ("momentum_buffer",) if isinstance(optimizer, Momentum) else ("exp_avg", "exp_avg_sq")
        counts = {} if isinstance(optimizer, Momentum) else {"step": 0}
        for w in self.parameters.values():
            zeros = {slot: torch.zeros_like(w, requires_grad=False) for slot in slots}
            self.optimizer.state[w] = {name: torch.zeros(()) for name in counts} | zeros
        initial = self.spec.initial()
        if initial.keys() != self.parameters.keys() | self.averages.keys():
            raise ValueError(f"initial values {sorted(initial)} do not fit {sorted(self.parameters | self.averages)}")
        self.load(initial)

    def close(self) -> None:
        """Free the net."""
        del self.module, self.net

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _canonical(tensor: Tensor, layout: Layout) -> np.ndarray:
    pattern, sizes = layout
    array = tensor.detach().cpu().numpy()
    return rearrange(array, "->".join(reversed(pattern.split("->"))), **sizes).copy() if pattern else array.copy()
