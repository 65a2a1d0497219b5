"""The dynamic side of a pair: `Model`, what a model file derives from, and `Twin`, what drives it.

Twin: static_tf/twin.py
"""

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from dynamic_torch import training as lesson
from dynamic_torch.model import Model
from dynamic_torch.optimizers import BFGS, Extended, reset, slots
from shared.errors import UsageError
from shared.players import arguments
from shared.recording import NO_GRADIENT, Call, Method, evaluated, model_classes, record_calls
from shared.spec import Batch, Spec, State

Replacements = Mapping[str, Mapping[str, np.ndarray]]  # {"tap": {name: value}, "tap_gradient": {name: gradient}}


class _Tap(torch.autograd.Function):
    """An identity both ways that can hand on another value, and on the way back another gradient."""

    @staticmethod
    def forward(ctx, value, other, other_gradient, anchor):
        ctx.other_gradient, ctx.shape = other_gradient, value.shape
        return value if other is None else other

    @staticmethod
    def backward(ctx, arriving):
        gradient = arriving if ctx.other_gradient is None else ctx.other_gradient
        return (gradient if gradient.shape == ctx.shape else None), None, None, None  # another value may have another


class _Observer:
    """What stands behind `tap` while a twin is watched: it records every value, or hands on another in its place,
    and on the way back likewise."""

    def __init__(self, place: Callable[[np.ndarray], Tensor], replace: Replacements | None = None):
        self.taps: dict[str, Tensor] = {}  # as they were computed, and
        self.handed_on: dict[str, Tensor] = {}  # as they went on
        self.layouts: dict[str, str] = {}
        self.places: dict[str, Method] = {}
        self.scope = ""
        self.place, self.replace = place, replace or {}
        # A tap has a gradient, as in the graph, even if nothing before it can have one: an input, or what a cut follows
        self.anchor = torch.zeros((), requires_grad=True)

    def __call__(self, name: str, value: Tensor, layout: str) -> Tensor:
        name = self.scope + name
        if name in self.taps:
            raise ValueError(f"two taps are called {name!r}")
        caller = sys._getframe(2)  # who called tap
        self.places[name] = Method(caller.f_code.co_filename, caller.f_lineno, caller.f_code.co_qualname)
        self.taps[name], self.layouts[name] = value, layout
        others = [self._other(stage, name, layout) for stage in ("tap", "tap_gradient")]
        self.handed_on[name] = _Tap.apply(value, *others, self.anchor if value.is_floating_point() else None)
        return self.handed_on[name]

    def _other(self, stage: str, name: str, layout: str) -> Tensor | None:
        values = self.replace.get(stage, {})
        return self.place(_to_own(values[name], layout)) if name in values else None


def _to_own(value: np.ndarray, layout: str) -> np.ndarray:
    """Canonical layout -> the model's own; `layout` is "canonical -> own", or empty where they are the same."""
    return rearrange(value, layout) if layout else value


def _to_canonical(value: Tensor, layout: str = "") -> np.ndarray:
    """The model's own layout -> canonical, as a NumPy array of its own."""
    array = value.detach().cpu().numpy()
    return rearrange(array, "->".join(reversed(layout.split("->")))).copy() if layout else array.copy()


def _gradients(loss: Tensor, wanted: list[Tensor]) -> tuple[Tensor | None, ...]:
    """The loss's gradients, None where it does not depend; of its sum, as tf.gradients has it, if it is no scalar."""
    return torch.autograd.grad(loss.sum(), wanted, retain_graph=True, allow_unused=True)


def _array(leaf: Any) -> Any:
    """A tensor in its own layout, or a number or name; None for anything else."""
    return leaf if isinstance(leaf, int | float | str) else _to_canonical(leaf) if isinstance(leaf, Tensor) else None


class Twin:
    """Drives a module. NumPy in, NumPy out, canonical names and layouts.

    `observed`, `optimized`, `trained` and `resident` are there for the graph: eager code is watched, rewritten, trained
    or given a placed batch when that is asked for, and costs nothing until then.

    In the form "compiled" `torch.compile` makes one program of each player's loss and its gradient, and one of the
    forward pass, when they first run; in the form "cuda_graphs", on a GPU, their kernels are launched all at once.
    `deterministic` asks for operations that give the same bits in every run, which on a GPU not all do by themselves;
    it holds for the whole process.
    """

    side = "dynamic"
    forms = ("plain", "compiled", "cuda_graphs")

    def __init__(
        self,
        model: type[Model],
        spec: Spec,
        dtype: str = "float64",
        device: str = "cpu",
        threads: int | None = None,
        observed: bool = True,
        optimized: bool = True,
        trained: bool = True,
        form: str = "plain",
        resident: bool = False,
        deterministic: bool = False,
    ):
        if device == "cuda" and not torch.cuda.is_available():
            raise UsageError("PyTorch sees no GPU: use --device cpu")
        # TWIN: on a GPU PyTorch would take TF32 for convolutions, TensorFlow for all of float32: neither does here
        torch.set_float32_matmul_precision("highest")
        torch.backends.cudnn.allow_tf32 = False
        if deterministic and device == "cuda":
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS asks for it
            torch.use_deterministic_algorithms(True)
        if threads:
            torch.set_num_threads(threads)
        self.spec, self.dtype, self.device, self.trained = spec, dtype, device, trained
        self._dtype = getattr(torch, dtype)
        with record_calls(model_classes(model, Extended) if observed else []) as self._making:
            self.model = model(spec.config).to(device, self._dtype)
            self._players = lesson.define(self.model)
        self.players = {player.name: list(player.parameters) for player in self._players}
        self.optimizers = self.model.optimizers()
        for optimizer in self.optimizers:
            if isinstance(optimizer, BFGS):
                optimizer.rows = self._rows(optimizer)
        self._objectives = {player.name: self._compiled(player.objective, form) for player in self._players}
        self._forward = self._compiled(self.model, form)
        self._placed: dict[str, Tensor] = {}
        self.reset()

    @staticmethod
    def _compiled(function: Callable, form: str) -> Callable:
        """The function as it is run in this form. Shapes are fixed: another batch size is compiled anew."""
        if form == "plain":
            return function
        return torch.compile(function, dynamic=False, mode="reduce-overhead" if form == "cuda_graphs" else None)

    def _place(self, array: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(np.asarray(array, order="C")).to(self.device)
        return tensor.to(self._dtype) if tensor.is_floating_point() else tensor

    def _inputs(self, batch: Batch) -> dict[str, Tensor]:
        return self.model.inputs({name: self._place(value) for name, value in batch.items()})

    def _watch(self, batch: Batch, training: bool = True, replace: Replacements | None = None):
        """Run every player's objective without a step: the observer, and the losses. Buffers stay as they were."""
        observer = _Observer(self._place, replace)
        inputs, losses = self._inputs(batch), {}
        self.model.observer = observer
        self.model.train(training)
        try:
            with self.model.buffers_kept():
                for player in self._players:
                    observer.scope = f"{player.name}/" if len(self._players) > 1 else ""
                    losses[player.name] = player.objective(**arguments(player.objective, inputs))
        finally:
            self.model.observer = None
        return observer, losses

    def predict(self, batch: Batch) -> np.ndarray:
        """The model's output, in inference mode."""
        self.model.eval()
        with torch.no_grad():
            return _to_canonical(self._forward(**arguments(self.model.forward, self._inputs(batch))))

    def forward(
        self, batch: Batch, training: bool = True, replace: Mapping[str, np.ndarray] | None = None
    ) -> dict[str, np.ndarray]:
        """Every tap by name, in dataflow order. `replace` gives what follows a tap another value than was computed."""
        with torch.no_grad():
            observer, _ = self._watch(batch, training, {"tap": replace or {}})
        return {name: _to_canonical(value, observer.layouts[name]) for name, value in observer.taps.items()}

    def losses(self, batch: Batch) -> dict[str, float]:
        """The loss of each player."""
        with torch.no_grad():
            _, losses = self._watch(batch)
        return {name: float(loss) for name, loss in losses.items()}

    def loss(self, batch: Batch) -> float:
        """The loss of the first player: of the only one, in most models."""
        return next(iter(self.losses(batch).values()))

    def gradients(self, batch: Batch) -> dict[str, np.ndarray]:
        """The gradient of each parameter: of the loss of the player who moves it."""
        return self.observe(batch)["gradient"]

    def tap_gradients(self, batch: Batch) -> dict[str, np.ndarray]:
        """The loss's gradient at every tap that it depends on."""
        return self.observe(batch)["tap_gradient"]

    def observe(self, batch: Batch, replace: Replacements | None = None) -> dict[str, dict[str, np.ndarray]]:
        """Taps, losses, gradients and tap gradients of one training pass, in one run: {"tap": {...}, "loss": ...}.

        `replace` is laid out alike. What it names is computed too, but what follows, forward from a tap and backward
        from a tap's gradient, gets its value: so each block is seen alone, whatever is wrong with the others.
        """
        observer, losses = self._watch(batch, replace=replace)
        found: dict[str, dict[str, np.ndarray]] = {
            "tap": {name: _to_canonical(tap, observer.layouts[name]) for name, tap in observer.taps.items()},
            "loss": {name: _to_canonical(loss) for name, loss in losses.items()},
            "gradient": {},
            "tap_gradient": {},
        }
        for player in self._players:
            own = f"{player.name}/" if len(self._players) > 1 else ""
            taps = {name: tap for name, tap in observer.handed_on.items() if name.startswith(own) and tap.requires_grad}
            wanted = [*player.parameters.values(), *taps.values()]
            gradients = _gradients(losses[player.name], wanted)
            for (name, w), g in zip(player.parameters.items(), gradients):
                found["gradient"][name] = _to_canonical(torch.zeros_like(w) if g is None else g, self._layout(name))
            for name, g in zip(taps, gradients[len(player.parameters) :]):
                if g is not None:
                    found["tap_gradient"][name] = _to_canonical(g, observer.layouts[name])
        return found

    def calls(self, batch: Batch, training: bool = True, replace: Replacements | None = None) -> list[Call]:
        """What each call of a method of the model took and returned, with gradients, in the order they finished.

        The calls of an update are among them unless `replace` cuts the pass into blocks.
        """
        with record_calls(model_classes(type(self.model), Extended)) as calls:
            _, losses = self._watch(batch, training, replace)
        leaves = [leaf for call in calls for leaf in (*call.arguments.values(), *call.results.values())]
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        inner = [leaf for leaf in tensors if leaf.requires_grad]
        gradients: dict[int, Tensor] = {}
        for loss in losses.values() if training else ():
            gradients |= {id(x): g for x, g in zip(inner, _gradients(loss, inner)) if g is not None}

        def gradient(leaf: Any) -> Any:
            if not isinstance(leaf, Tensor) or not leaf.is_floating_point() or not training:
                return None
            return _array(gradients.get(id(leaf))) if leaf.requires_grad and not leaf.is_leaf else NO_GRADIENT

        def learns(leaf: Any) -> bool | None:
            return leaf.requires_grad if isinstance(leaf, Tensor) and leaf.is_floating_point() and training else None

        found = evaluated(self._making + calls, _array, gradient, learns)
        return found + (
            self._update_calls(batch, {call.method for call in found}) if training and replace is None else []
        )

    def calls_that_run(self, batch: Batch) -> list[Call]:
        """The same of a module that fails when it is run: those that were finished, then those that were broken off."""
        try:
            return self.calls(batch)
        except Exception as error:  # this is what is being looked for
            return evaluated(getattr(error, "record_calls", []), _array, lambda leaf: None)

    def _update_calls(self, batch: Batch, known: set[Method]) -> list[Call]:
        """The calls of methods that only a step makes. The state is as it was, afterwards."""
        state = self.state()
        with record_calls(model_classes(type(self.model), Extended)) as calls:
            self.step(batch)
        self.load(state)
        return [call for call in evaluated(calls, _array, lambda leaf: None) if call.method not in known]

    def places(self, batch: Batch) -> dict[str, Method]:
        """Where each tap is, as the line that calls it."""
        with torch.no_grad():
            observer, _ = self._watch(batch)
        return observer.places

    def place(self, batch: Batch) -> None:
        """Put a batch on the device, where a step finds it."""
        self._placed = self._inputs(batch)

    def step(self, batch: Batch | None = None) -> float:
        """One update of every player in turn; the first player's loss before it. Without a batch: on the placed one."""
        inputs = self._placed if batch is None else self._inputs(batch)
        return lesson.step(self.model, self._players, inputs, self._objectives)[0].item()

    def _rows(self, optimizer: BFGS) -> np.ndarray:
        """The order of the inverse Hessian's rows, which is the same on both sides: by name, in canonical layout."""
        group, found, start = optimizer.param_groups[0], {}, 0
        for own_name, w in zip(group["param_names"], group["params"]):
            name = own_name.replace(".", "/")
            places = torch.arange(start, start + w.numel()).view(w.shape)
            found[name] = _to_canonical(places, self._layout(name)).ravel()
            start += w.numel()
        return np.concatenate([found[name] for name in sorted(found)])

    def _tensors(self) -> dict[str, Tensor]:
        """Everything a step changes, by canonical name: parameters, buffers and slots."""
        found: dict[str, Tensor] = dict(self.model.canonical_parameters())
        found |= {name.replace(".", "/"): buffer for name, buffer in self.model.named_buffers()}
        for optimizer in self.optimizers:
            found |= slots(optimizer)
        return found

    def _layout(self, name: str) -> str:
        parameter, _, _ = name.rpartition("/")  # a slot is laid out as its parameter is
        return self.model.layouts.get(name) or self.model.layouts.get(parameter, "")

    def state(self) -> State:
        """Everything a step changes: parameters, buffers and slots."""
        return {name: _to_canonical(tensor, self._layout(name)) for name, tensor in self._tensors().items()}

    def load(self, state: State) -> None:
        """Set the whole state. Names, shapes and their number must be exactly those of `state()`."""
        mismatch = state.keys() ^ self._tensors().keys()
        if mismatch:
            raise ValueError(f"state names on one side only: {', '.join(sorted(mismatch))}")
        self._assign(state)

    def reset(self) -> None:
        """Back to the initial state: parameters and buffers from the spec, slots as the optimizer has them."""
        for optimizer in self.optimizers:
            reset(optimizer)
        initial = self.spec.initial()
        tensors = self._tensors()
        slots = tensors.keys() - initial.keys()
        if initial.keys() - tensors.keys() or slots & self.model.canonical_parameters().keys():
            raise ValueError(f"initial values {sorted(initial)} do not fit the variables {sorted(tensors)}")
        self._assign(initial)

    def _assign(self, state: State) -> None:
        tensors = self._tensors()
        for name, value in state.items():
            own = _to_own(np.asarray(value), self._layout(name))
            if tensors[name].shape != own.shape:
                raise ValueError(f"{name}: shape {own.shape} does not fit {tuple(tensors[name].shape)}")
            with torch.no_grad():
                tensors[name].copy_(torch.from_numpy(np.asarray(own, order="C")))

    def close(self) -> None:
        """Free the module."""
        del self.model

    def __enter__(self) -> "Twin":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
