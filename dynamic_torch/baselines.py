"""The models made of PyTorch's own layers: what the dynamic twins are timed against.

A function for each model makes the net as it is usually made: layers of torch.nn, channels first, an optimizer of
torch.optim, and zero_grad, backward, step. A layer has the name that its weight has in the twin, which says where each
of the twin's initial values goes.

Twin: static_tf/baselines.py
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from shared.baselines import bias_name, plain_optimizer, require
from shared.errors import UsageError
from shared.optimizers import Momentum
from shared.spec import Batch, Spec, State
from shared.twin import Arm

Layout = tuple[str, dict[str, int]]  # an einops pattern "canonical -> own", and sizes of axes that it takes apart


@dataclass
class Baseline:
    """A model of PyTorch's own layers, with what it costs to be wrong."""

    module: nn.Module
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy  # of the output and the target
    reads: tuple[str, ...] = ("x",)  # entries of a batch, in the order of the module's arguments
    target: str = "y"
    l2: float = 0.0  # penalty of half the squares of all weights but biases and gains
    layouts: dict[str, Layout] = field(default_factory=dict)  # canonical name -> where a layer's usual one is not meant


class ChannelsFirst(nn.Module):
    """Images and series come with their channels last."""

    def forward(self, x):
        return x.movedim(-1, 1)


def deep_net(config: Any) -> Baseline:
    layers: OrderedDict[str, nn.Module] = OrderedDict(flat=nn.Flatten())
    inputs = config.inputs
    for i in range(1, config.depth):
        layers[f"w{i}"], layers[f"relu{i}"] = nn.Linear(inputs, config.width), nn.ReLU()
        inputs = config.width
    layers[f"w{config.depth}"] = nn.Linear(inputs, config.classes)
    return Baseline(nn.Sequential(layers))


def autoencoder(config: Any) -> Baseline:
    layers = {
        "w1": nn.Linear(config.inputs, config.hidden),
        "sigmoid": nn.Sigmoid(),
        "w2": nn.Linear(config.hidden, config.inputs),
    }

    def loss(z: Tensor, x: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(z, x, reduction="sum") / len(x)

    return Baseline(nn.Sequential(OrderedDict(layers)), loss, ("noisy",), "x")


def conv_net(config: Any) -> Baseline:
    height, width, channels = config.image
    layers = {
        "channels_first": ChannelsFirst(),
        "kernel1": nn.Conv2d(channels, config.channels1, config.kernel, padding=config.kernel // 2),
        "relu1": nn.ReLU(),
        "pool1": nn.MaxPool2d(2),
        "kernel2": nn.Conv2d(config.channels1, config.channels2, config.kernel, padding=config.kernel // 2),
        "relu2": nn.ReLU(),
        "pool2": nn.MaxPool2d(2),
        "flat": nn.Flatten(),
        "w3": nn.Linear(config.flat, config.hidden),
        "relu3": nn.ReLU(),
        "w4": nn.Linear(config.hidden, 10),
    }
    layouts = {"w3": _after_flatten(height // 4, width // 4)}
    return Baseline(nn.Sequential(OrderedDict(layers)), l2=config.l2, layouts=layouts)


def batch_norm_net(config: Any) -> Baseline:
    c1, c2 = config.channels1, config.channels2
    layers = {
        "channels_first": ChannelsFirst(),
        "kernel1": nn.Conv2d(1, c1, 3, padding=1, bias=False),
        "norm1": _norm(c1, config),
        "relu1": nn.ReLU(),
        "pool1": nn.MaxPool2d(2),
        "kernel2": nn.Conv2d(c1, c2, 3, padding=1, bias=False),
        "norm2": _norm(c2, config),
        "relu2": nn.ReLU(),
        "pool2": nn.MaxPool2d(2),
        "flat": nn.Flatten(),
        "w": nn.Linear(4 * c2, 10),
    }
    return Baseline(nn.Sequential(OrderedDict(layers)), l2=config.l2, layouts={"w": _after_flatten(2, 2)})


class Residual(nn.Module):
    """Two convolutions, and a way around them."""

    def __init__(self, before: int, after: int, stride: int, config: Any):
        super().__init__()
        # TWIN: the one row that a stride of 2 wants padded is below in TensorFlow; PyTorch would pad both sides alike
        self.pad = nn.ZeroPad2d((0, 1, 0, 1)) if stride == 2 else nn.Identity()
        self.kernel1 = nn.Conv2d(before, after, 3, stride, padding=0 if stride == 2 else 1, bias=False)
        self.norm1 = _norm(after, config)
        self.kernel2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.norm2 = _norm(after, config)
        if stride == 2:
            self.projection = nn.Conv2d(before, after, 1, stride, bias=False)
            self.norm3 = _norm(after, config)

    def forward(self, x):
        h = F.relu(self.norm1(self.kernel1(self.pad(x))))
        around = self.norm3(self.projection(x)) if hasattr(self, "projection") else x
        return F.relu(self.norm2(self.kernel2(h)) + around)


def residual_net(config: Any) -> Baseline:
    c = config.channels
    blocks = nn.Sequential()
    for stride in config.strides:
        blocks.append(Residual(c, stride * c, stride, config))
        c = stride * c
    layers = {
        "channels_first": ChannelsFirst(),
        "kernel": nn.Conv2d(1, config.channels, 3, padding=1, bias=False),
        "norm": _norm(config.channels, config),
        "relu": nn.ReLU(),
        "blocks": blocks,
        "pool": nn.AdaptiveAvgPool2d(1),
        "flat": nn.Flatten(),
        "w": nn.Linear(c, 10),
    }
    return Baseline(nn.Sequential(OrderedDict(layers)), l2=config.l2)


class Dense(nn.Module):
    """Batch norm, ReLU, and a convolution that adds channels to those that there are."""

    def __init__(self, channels: int, config: Any):
        super().__init__()
        self.norm = _norm(channels, config)
        self.kernel = nn.Conv2d(channels, config.growth, 3, padding=1, bias=False)

    def forward(self, x):
        return torch.cat([x, self.kernel(F.relu(self.norm(x)))], dim=1)


def dense_net(config: Any) -> Baseline:
    def block(channels: int) -> nn.Module:
        return nn.Sequential(*(Dense(channels + i * config.growth, config) for i in range(config.depth)))

    transition = {
        "norm": _norm(config.grown, config),
        "relu": nn.ReLU(),
        "kernel": nn.Conv2d(config.grown, config.narrowed, 1, bias=False),
        "pool": nn.AvgPool2d(2),
    }
    layers = {
        "channels_first": ChannelsFirst(),
        "kernel": nn.Conv2d(1, config.channels, 3, padding=1, bias=False),
        "block1": block(config.channels),
        "transition": nn.Sequential(OrderedDict(transition)),
        "block2": block(config.narrowed),
        "norm": _norm(config.last, config),
        "relu": nn.ReLU(),
        "pool": nn.AdaptiveAvgPool2d(1),
        "flat": nn.Flatten(),
        "w": nn.Linear(config.last, 10),
    }
    return Baseline(nn.Sequential(OrderedDict(layers)), l2=config.l2)


def sequence_conv_net(config: Any) -> Baseline:
    c1, c2, c3 = config.channels
    layers = {
        "channels_first": ChannelsFirst(),
        "kernel1": nn.Conv1d(1, c1, 5, stride=2, padding=1),
        "relu1": nn.ReLU(),
        "kernel2": nn.Conv1d(c1, c2, 3, stride=2, padding=1),
        "relu2": nn.ReLU(),
        "kernel3": nn.Conv1d(c2, c3, 3, stride=2, padding=1),
        "relu3": nn.ReLU(),
        "flat": nn.Flatten(),
        "w": nn.Linear(5 * c3, 10),
    }
    return Baseline(nn.Sequential(OrderedDict(layers)), layouts={"w": ("(t c) o -> o (c t)", {"t": 5})})


class Reader(nn.Module):
    """An LSTM over a sentence, and the mean of what it shows over the words."""

    def __init__(self, config: Any):
        super().__init__()
        self.embedding = nn.Embedding(config.words, config.embedding)
        self.lstm = nn.LSTM(config.embedding, config.hidden, batch_first=True)
        self.w = nn.Linear(config.hidden, 1)
        # TWIN: PyTorch's LSTM has a second bias, for cuDNN's sake; trained too, the sum of both would move twice as far
        second = self.lstm.get_parameter("bias_hh_l0")
        nn.init.zeros_(second).requires_grad_(False)

    def forward(self, words, lengths, dropout_mask):
        h, _ = self.lstm(self.embedding(words))
        mask = torch.arange(words.shape[1], device=words.device) < lengths[:, None]
        pooled = (h * mask[:, :, None]).sum(dim=1) / lengths[:, None]
        return self.w(pooled * dropout_mask)[:, 0]


def lstm(config: Any) -> Baseline:
    def loss(logits: Tensor, y: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(logits, y.to(logits.dtype))

    return Baseline(Reader(config), loss, ("words", "lengths", "dropout_mask"))


def _norm(channels: int, config: Any) -> nn.Module:
    return nn.BatchNorm2d(channels, config.epsilon, 1 - config.decay)


def _after_flatten(height: int, width: int) -> Layout:
    """Of a matrix after Flatten, which goes through the channels first: a copy of every image is saved that way."""
    return "(h w c) o -> o (c h w)", {"h": height, "w": width}


_SAME: Layout = ("", {})
_MATRIX: Layout = ("i o -> o i", {})


def _tensors(module: nn.Module) -> Iterator[tuple[str, Any, Layout]]:
    """What a net learns, and its running averages: by canonical name, in their layer's usual layout."""
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
            case nn.LSTM():
                yield "kernel", layer.weight_ih_l0, _MATRIX
                yield "recurrent_kernel", layer.weight_hh_l0, _MATRIX
                yield "bias", layer.bias_ih_l0, _SAME
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d) and layer.bias is not None:
            yield bias_name(name), layer.bias, _SAME


class BaselineTwin:
    """Drives a net of PyTorch's own layers as `Twin` drives a model: NumPy in, NumPy out, canonical names.

    It can be trained, asked for its output, and timed; it is not observed.
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
        self.net: Baseline = globals()[name](spec.config)
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
        """PyTorch's own, which also adds the gradient of the penalty of weights: nothing else has to be computed."""
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

        Without a batch it trains on the one that `to_device` has put there.
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
        """Of the weights; its gradient is the optimizer's affair."""
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
        """Of steps: Adam has one for each parameter."""
        return [slots["step"] for slots in self.optimizer.state.values() if "step" in slots]

    def state(self) -> State:
        """Everything a step changes: what has a canonical name under it, and slots as PyTorch calls them."""
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
        """Back to the twin's initial values, and slots of zero."""
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
