"""A twin that exposes its module's intermediate values: taps, losses, gradients, and calls of the model's methods.

Twin: static_tf/observed.py
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dynamic_torch.model import Model
from dynamic_torch.optimizers import Extended
from dynamic_torch.twin import Twin, to_canonical, to_own
from shared.players import arguments
from shared.recording import (
    NO_GRADIENT,
    Call,
    Leaves,
    Method,
    calls_so_far,
    evaluated,
    record_calls,
)
from shared.spec import Batch, Spec
from shared.twin import Arm, Replacements


class _Tap(torch.autograd.Function):
    """An identity that can pass on another value forward, and another gradient backward."""

    @staticmethod
    def forward(ctx, value, other, other_gradient, anchor):
        ctx.other_gradient, ctx.shape = other_gradient, value.shape
        return value if other is None else other

    @staticmethod
    def backward(ctx, arriving):
        gradient = arriving if ctx.other_gradient is None else ctx.other_gradient
        return (gradient if gradient.shape == ctx.shape else None), None, None, None  # replacements may differ in shape


class _Observer:
    """What `tap` calls while a twin is observed: an identity forward and backward.

    So the computed value can be read while another value is passed to what follows, and likewise for its gradient.
    """

    def __init__(self, tensor: Callable[[np.ndarray], Tensor], replace: Replacements | None = None):
        self.taps: dict[str, Tensor] = {}  # as they were computed, and
        self.passed: dict[str, Tensor] = {}  # read by what follows each tap: its value, or the replacement
        self.locations: dict[str, Method] = {}
        self.calls: dict[str, list[Call]] = {}  # that had begun when each tap was made
        self.layouts: dict[str, str] = {}
        self.scope = ""
        self.tensor, self.replace = tensor, replace or {}
        # Gives every tap a gradient, as in the graph, even after an input or a detach, where nothing before it has one
        self.anchor = torch.zeros((), requires_grad=True)

    def __call__(self, name: str, value: Tensor, layout: str) -> Tensor:
        name = self.scope + name
        if name in self.taps:
            raise ValueError(f"two taps are called {name!r}")
        self.calls[name] = calls_so_far()
        caller = sys._getframe(2)  # the caller of tap
        self.locations[name] = Method(caller.f_code.co_filename, caller.f_lineno, caller.f_code.co_qualname)
        self.taps[name], self.layouts[name] = value, layout
        others = [self._other(stage, name, layout) for stage in ("tap", "tap_gradient")]
        self.passed[name] = _Tap.apply(value, *others, self.anchor if value.is_floating_point() else None)
        return self.passed[name]

    def _other(self, stage: str, name: str, layout: str) -> Tensor | None:
        values = self.replace.get(stage, {})
        return self.tensor(to_own(values[name], layout)) if name in values else None


class ObservedTwin(Twin):
    """A twin with instruments; the interface is `shared.twin.ObservedTwin`.

    The module is the same as without them: `tap` calls an observer only during an observation. `trained` exists for the
    graph's sake: eager code trains only when `step` is called.
    """

    def __init__(
        self,
        model: type[Model],
        spec: Spec,
        arm: Arm,
        *,
        trained: bool = True,
        resident: bool = False,
        optimized: bool = True,
        deterministic: bool = False,
    ):
        self.trained = trained
        super().__init__(model, spec, arm, resident=resident, optimized=optimized, deterministic=deterministic)

    def _build(self, model: type[Model], resident: bool) -> None:
        with record_calls(model, Extended, reaches=_reaches) as self._calls:
            super()._build(model, resident)

    def _observed_pass(
        self, batch: Batch, training: bool = True, replace: Replacements | None = None
    ) -> tuple[_Observer, dict[str, Tensor]]:
        """Run every player's objective without a step. Return the observer and the losses. Buffers do not change."""
        observer = _Observer(self._tensor, replace)
        inputs, losses = self._feed(batch), {}
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

    def forward(
        self, batch: Batch, training: bool = True, replace: Mapping[str, np.ndarray] | None = None
    ) -> dict[str, np.ndarray]:
        """Every tap by name, in dataflow order. A tap named in `replace` passes on the value given there."""
        with torch.no_grad():
            observer, _ = self._observed_pass(batch, training, {"tap": replace or {}})
        return {name: to_canonical(value, observer.layouts[name]) for name, value in observer.taps.items()}

    def losses(self, batch: Batch) -> dict[str, float]:
        """The loss of each player."""
        with torch.no_grad():
            _, losses = self._observed_pass(batch)
        return {name: float(loss) for name, loss in losses.items()}

    def loss(self, batch: Batch) -> float:
        """The loss of the first player, the only one in most models."""
        return next(iter(self.losses(batch).values()))

    def gradients(self, batch: Batch) -> dict[str, np.ndarray]:
        """The gradient, for each parameter, of the loss of the player that trains it; zeros if there is none."""
        return self.observe(batch)["gradient"]

    def tap_gradients(self, batch: Batch) -> dict[str, np.ndarray]:
        """The loss's gradient at every tap that it depends on."""
        return self.observe(batch)["tap_gradient"]

    def observe(self, batch: Batch, replace: Replacements | None = None) -> dict[str, dict[str, np.ndarray]]:
        """One training pass: {"tap": taps, "loss": losses, "gradient": gradients, "tap_gradient": tap gradients}.

        `replace` has the same form, with the keys "tap" and "tap_gradient". A value that it names is still computed and
        returned; but what follows, forward from a tap and backward from a tap's gradient, is computed from the
        replacement. So each block can be compared alone, whatever is wrong with the others.
        """
        observer, losses = self._observed_pass(batch, replace=replace)
        found: dict[str, dict[str, np.ndarray]] = {
            "tap": {name: to_canonical(tap, observer.layouts[name]) for name, tap in observer.taps.items()},
            "loss": {name: to_canonical(loss) for name, loss in losses.items()},
            "gradient": {},
            "tap_gradient": {},
        }
        for player in self._players:
            own = f"{player.name}/" if len(self._players) > 1 else ""
            taps = {name: tap for name, tap in observer.passed.items() if name.startswith(own) and tap.requires_grad}
            wanted = [*player.parameters.values(), *taps.values()]
            gradients = _gradients(losses[player.name], wanted)
            for (name, w), g in zip(player.parameters.items(), gradients):
                found["gradient"][name] = to_canonical(torch.zeros_like(w) if g is None else g, self._layout(name))
            for name, g in zip(taps, gradients[len(player.parameters) :]):
                if g is not None:
                    found["tap_gradient"][name] = to_canonical(g, observer.layouts[name])
        return found

    def calls(
        self,
        batch: Batch,
        training: bool = True,
        replace: Replacements | None = None,
        until: str = "",
        others: Sequence[Call] = (),
    ) -> list[Call]:
        """The arguments and results of every call of the model's methods, with the loss's gradients, in the order in
        which the calls finished; or of those that had begun when the tap `until` was made.

        The calls of an update are among them in training, unless `replace` cuts the pass into blocks. `others`, the
        other side's calls, exists for the graph's sake: eager code has a value wherever it loops.
        """
        with record_calls(type(self.model), Extended, reaches=_reaches) as calls:
            observer, losses = self._observed_pass(batch, training, replace)
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
            known = isinstance(leaf, Tensor) and leaf.is_floating_point() and training
            return _depends_on_a_parameter(leaf, observer.anchor) if known else None

        found = evaluated(self._calls + observer.calls.get(until, calls), _array, gradient, learns)
        whole = training and replace is None and not until
        return found + (self._update_calls(batch, {call.method for call in found}) if whole else [])

    def calls_that_run(self, batch: Batch, others: Sequence[Call] = ()) -> list[Call]:
        """Like `calls`, for a model that fails when it runs: what can be computed, without gradients."""
        try:
            return self.calls(batch)
        except Exception as error:  # this is the failure to be located
            return evaluated(getattr(error, "record_calls", []), _array, lambda leaf: None)

    def _update_calls(self, batch: Batch, known: set[Method]) -> list[Call]:
        """The calls of methods that only a step makes. The state is restored afterwards."""
        state = self.state()
        with record_calls(type(self.model), Extended, reaches=_reaches) as calls:
            self.step(batch)
        self.load(state)
        return [call for call in evaluated(calls, _array, lambda leaf: None) if call.method not in known]

    def tap_locations(self, batch: Batch) -> dict[str, Method]:
        """The source line of each tap, by the tap's name."""
        with torch.no_grad():
            observer, _ = self._observed_pass(batch)
        return observer.locations


def _depends_on_a_parameter(tensor: Tensor, anchor: Tensor) -> bool:
    """Whether a gradient can flow back from a tensor to a parameter. The anchor of every tap is none."""
    if tensor.is_leaf:
        return tensor.requires_grad
    waiting, seen = [tensor.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)  # of a node where a gradient is accumulated
        if variable is not None and variable is not anchor:
            return True
        waiting += [following for following, _ in node.next_functions]
    return False


def _reaches(arguments: Leaves, results: Leaves) -> dict[str, bool]:
    """Whether a gradient can flow back from a call's results to each argument that requires one, and not through
    another one; nothing where gradients are turned off."""
    given = {name: x for name, x in arguments.items() if isinstance(x, Tensor) and x.requires_grad}
    wanted = {name: _edge(x) for name, x in given.items()} if torch.is_grad_enabled() else {}
    ends, reached, seen = set(wanted.values()), set(), set()
    waiting = [_edge(x) for x in results.values() if isinstance(x, Tensor) and x.requires_grad]
    while waiting:
        edge = node, _ = waiting.pop()
        if edge in ends:
            reached.add(edge)
        elif node not in seen:
            seen.add(node)
            waiting += [following for following in node.next_functions if following[0] is not None]
    return {name: edge in reached for name, edge in wanted.items()}


def _edge(tensor: Tensor) -> tuple[Any, int]:
    """Where in the graph a tensor's gradient arrives: a node, and which of its inputs."""
    return torch.autograd.graph.get_gradient_edge(tensor)[:2]


def _gradients(loss: Tensor, wanted: list[Tensor]) -> tuple[Tensor | None, ...]:
    """The loss's gradients, None where it does not depend; like tf.gradients, of its sum if it is not a scalar."""
    return torch.autograd.grad(loss.sum(), wanted, retain_graph=True, allow_unused=True)


def _array(leaf: Any) -> Any:
    """A tensor in its own layout, or a number or name; None for anything else."""
    return leaf if isinstance(leaf, int | float | str) else to_canonical(leaf) if isinstance(leaf, Tensor) else None
