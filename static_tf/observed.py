"""A twin that exposes its graph's intermediate values: taps, losses, gradients, and calls of the model's methods.

Twin: dynamic_torch/observed.py
"""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from shared.call_pairs import in_update, paired
from shared.recording import Call, Leaves, Method, calls_so_far, evaluated, leaves, record_calls
from shared.spec import Batch, Spec
from shared.twin import Arm, Replacements
from static_tf.model import Model
from static_tf.optimizers import Extended
from static_tf.twin import Twin


@tf.RegisterGradient("Tap")
def _tap_gradient(_: tf.Operation, arriving: tf.Tensor) -> tf.Tensor:
    return tf.identity(arriving)  # a tensor of its own, so that another value can be fed in its place


WITHOUT_GRADIENT = {"StopGradient", "ZerosLike", "OnesLike", "Shape"}  # types of operations that stop gradients
LOOPS = {"While", "StatelessWhile"}  # of which it is not known which result depends on which input


class _Observer:
    """What `tap` calls in an observed graph: an identity forward and backward.

    So the computed value can be fetched while another value is fed to what follows, and likewise for its gradient.
    """

    def __init__(self) -> None:
        self.passed: dict[str, tf.Tensor] = {}  # read by what follows each tap: its value, or the replacement
        self.locations: dict[str, Method] = {}
        self.calls: dict[str, list[Call]] = {}  # that had begun when each tap was made

    def __call__(self, name: str, value: tf.Tensor) -> tf.Tensor:
        self.calls[name] = calls_so_far()
        caller = sys._getframe(2)  # the caller of tap
        self.locations[name] = Method(caller.f_code.co_filename, caller.f_lineno, caller.f_code.co_qualname)
        with value.graph.gradient_override_map({"Identity": "Tap"}):
            self.passed[name] = tf.identity(value)
        return self.passed[name]


class ObservedTwin(Twin):
    """A twin with instruments; the interface is `shared.twin.ObservedTwin`.

    The graph contains the gradients of everything that can be observed, and the calls are recorded while it is built.
    With `trained=False` it has no training step, so a graph in which a fault leaves nothing to train can be inspected.
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
        self._reading: list[tf.train.Optimizer] = []  # the optimizers that read the gradients that are observed
        self._taken: dict[Any, dict[Any, tf.Tensor | None]] = {}  # by reference of a loss, and of what it is taken at
        super().__init__(model, spec, arm, resident=resident, optimized=optimized, deterministic=deterministic)

    def _build(self, model: type[Model], resident: bool) -> None:
        with record_calls(model, Extended, reaches=_reaches) as self._calls:
            try:
                super()._build(model, resident)
            finally:
                for optimizer in self._reading:
                    del optimizer.compute_gradients  # its class's is left
        self._make_again()
        self._losses = {step.player.name: step.loss for step in self._steps}
        self._differentiate()

    def _make_again(self) -> None:
        """Make every call in the body of a loop, where nothing can be fetched, once more outside of the loop, with
        placeholders for what it received there."""
        self._again: dict[int, tuple[Leaves, Leaves]] = {}  # by identity of a call: placeholders and results, by name
        for call in self._calls:
            call.looped = any(map(self._is_inner, (*call.arguments.values(), *call.results.values())))
            if call.looped and not in_update(call):
                assert call.again is not None
                inner = {name: x for name, x in call.arguments.items() if self._is_inner(x)}
                symbols = {name: tf.placeholder(x.dtype, x.shape) for name, x in inner.items()}
                results = {name: x for name, x in leaves(call.again(symbols)) if self._is_own(x)}
                self._again[id(call)] = symbols, results

    def _construct(self, model: type[Model]) -> Model:
        constructed = super()._construct(model)
        constructed.observer = self._observer = _Observer()
        found = constructed.optimizers()
        self._reading = [one.optimizer if isinstance(one, Extended) else one for one in found]
        for optimizer in self._reading:
            optimizer.compute_gradients = self._from_observed(optimizer.compute_gradients)
        return constructed

    def _from_observed(self, compute: Callable[..., Any]) -> Callable[..., Any]:
        """An optimizer's `compute_gradients` that reads the gradients that are observed.

        To take those of a loss twice would double the graph, and the time to build it.
        """

        def compute_gradients(loss: tf.Tensor, var_list: list[tf.Variable] | None = None, **options: Any) -> Any:
            variables = self.model.parameters() if var_list is None else var_list
            known = self._gradients_at(loss)
            if any(w.ref() not in known for w in variables):
                return compute(loss, var_list, **options)
            return [(known[w.ref()], w) for w in variables]

        return compute_gradients

    def _gradients_at(self, loss: tf.Tensor) -> dict[Any, tf.Tensor | None]:
        """The loss's gradients, by reference, at all that is observed by now: parameters, taps, methods' arguments and
        results. They are taken once for each loss."""
        if loss.ref() not in self._taken:
            observed = [*self._observer.passed.values(), *self.model.taps.values(), *self._leaves().values()]
            tensors = [x for x in observed if isinstance(x, tf.Tensor) and x.dtype.is_floating]
            wanted = {x.ref(): x for x in (*self.model.parameters(), *tensors)}
            self._taken[loss.ref()] = dict(zip(wanted, tf.gradients(loss, list(wanted.values()))))
        return self._taken[loss.ref()]

    def _differentiate(self) -> None:
        """Name the loss's gradients at all that is observed: parameters, taps, methods' arguments and results."""
        passed = self._observer.passed
        self._gradients: dict[str, tf.Tensor] = {}
        self._tap_gradients: dict[str, tf.Tensor] = {}  # as they arrive at the tap, and
        self._passed_gradients: dict[str, tf.Tensor] = {}  # as they leave it, where replacements can be fed
        self._call_gradients: dict[Any, tf.Tensor] = {}  # by tensor reference
        at_calls = [ref for ref, x in self._leaves().items() if isinstance(x, tf.Tensor)]
        for player, loss, *_ in self._steps:
            own = f"{player.name}/" if len(self._steps) > 1 else ""
            found = self._gradients_at(loss)
            for name, w in player.parameters.items():
                # A look-up's gradient is sparse, and is made dense; it is None if the loss does not depend on w
                g = found[w.ref()]
                self._gradients[name] = tf.zeros_like(w) if g is None else tf.convert_to_tensor(g)
            for name in (name for name in passed if name.startswith(own)):
                arriving, going_on = found.get(passed[name].ref()), found.get(self.model.taps[name].ref())
                self._tap_gradients |= {} if arriving is None else {name: arriving}
                self._passed_gradients |= {} if going_on is None else {name: going_on}
            there = {ref: found[ref] for ref in at_calls if found.get(ref) is not None}
            self._call_gradients |= {ref: tf.convert_to_tensor(g) for ref, g in there.items()}

    def _leaves(self) -> dict[Any, tf.Tensor]:
        """The tensors and variables that recorded calls received or returned and that can be fetched, by reference."""
        found = [leaf for call in self._calls for leaf in (*call.arguments.values(), *call.results.values())]
        return {leaf.ref(): leaf for leaf in found if self._is_own(leaf) or _is_variable(leaf)}

    def _is_own(self, value: Any) -> bool:
        """Whether a value is a tensor that can be fetched: one inside the body of a while_loop or a cond cannot."""
        return isinstance(value, tf.Tensor) and value.graph is self.graph and self.graph.is_fetchable(value)

    def _is_inner(self, value: Any) -> bool:
        return isinstance(value, tf.Tensor) and not self._is_own(value)

    def _feed_replaced(self, batch: Batch, training: bool, replace: Replacements | None) -> dict[tf.Tensor, Any]:
        feed = self._feed(batch, training)
        for name, value in (replace or {}).get("tap", {}).items():
            feed[self._observer.passed[name]] = value
        for name, value in (replace or {}).get("tap_gradient", {}).items():
            feed[self._passed_gradients[name]] = value
        return feed

    def forward(
        self, batch: Batch, training: bool = True, replace: Mapping[str, np.ndarray] | None = None
    ) -> dict[str, np.ndarray]:
        """Every tap by name, in dataflow order. A tap named in `replace` passes on the value given there."""
        return self.session.run(self.model.taps, self._feed_replaced(batch, training, {"tap": replace or {}}))

    def losses(self, batch: Batch) -> dict[str, float]:
        """The loss of each player."""
        return {name: float(loss) for name, loss in self.session.run(self._losses, self._feed(batch)).items()}

    def loss(self, batch: Batch) -> float:
        """The loss of the first player, the only one in most models."""
        return next(iter(self.losses(batch).values()))

    def gradients(self, batch: Batch) -> dict[str, np.ndarray]:
        """The gradient, for each parameter, of the loss of the player that trains it; zeros if there is none."""
        return self.session.run(self._gradients, self._feed(batch))

    def tap_gradients(self, batch: Batch) -> dict[str, np.ndarray]:
        """The loss's gradient at every tap that it depends on."""
        return self.session.run(self._tap_gradients, self._feed(batch))

    def observe(self, batch: Batch, replace: Replacements | None = None) -> dict[str, dict[str, np.ndarray]]:
        """One training pass: {"tap": taps, "loss": losses, "gradient": gradients, "tap_gradient": tap gradients}.

        `replace` has the same form, with the keys "tap" and "tap_gradient". A value that it names is still computed and
        returned; but what follows, forward from a tap and backward from a tap's gradient, is computed from the
        replacement. So each block can be compared alone, whatever is wrong with the others.
        """
        fetches = {
            "tap": self.model.taps,
            "loss": self._losses,
            "gradient": self._gradients,
            "tap_gradient": self._tap_gradients,
        }
        return self.session.run(fetches, self._feed_replaced(batch, True, replace))

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

        Nothing can be fetched from the body of a loop. With the other side's calls, `others`, each call there is made
        once more outside of the loop, with the arguments of its pair. The calls of an update are among the calls,
        because they are made while the graph is built.
        """
        fetches = (self._leaves(), self._call_gradients if training else {})
        feed = self._feed_replaced(batch, training, replace)
        values, gradients = self.session.run(fetches, feed)
        learning, perhaps = self._learning(set()), self._learning(LOOPS)

        def learns(leaf: Any) -> bool | None:
            if _is_variable(leaf):
                return True
            known = self._is_own(leaf) and leaf.dtype.is_floating and training
            return leaf.op in learning if known and (leaf.op in learning or leaf.op not in perhaps) else None

        def gradient(leaf: Any) -> Any:
            return gradients.get(leaf.ref()) if tf.is_tensor(leaf) else None

        calls = self._observer.calls.get(until, self._calls)
        found = evaluated(calls, lambda leaf: _array(leaf, values), gradient, learns)
        return self._with_loops(calls, found, others, lambda results, given: self.session.run(results, feed | given))

    def _with_loops(
        self, recorded: Sequence[Call], found: list[Call], others: Sequence[Call], run: Callable[..., Any]
    ) -> list[Call]:
        """The calls `found`, with values in the bodies of loops: what `run` returns for a call that is made again with
        the arguments of its pair. It has none if the other side lacks an argument, or has it in another layout."""
        again = {id(one): self._again[id(call)] for one, call in zip(found, recorded) if id(call) in self._again}
        for own, other in paired(found, others):
            if id(own) not in again or not other.finished:
                continue
            symbols, results = again[id(own)]
            given = {name: np.asarray(value) for name, value in other.arguments.items() if name in symbols}
            if all(name in given and x.shape.is_compatible_with(given[name].shape) for name, x in symbols.items()):
                own.arguments |= given
                own.results |= run(results, {x: given[name] for name, x in symbols.items()})
        return found

    def _learning(self, loops: Collection[str]) -> set[tf.Operation]:
        """The operations whose results depend on a parameter, so that a gradient can flow back, through no loops but
        of the types `loops`."""
        ends = WITHOUT_GRADIENT | (LOOPS - set(loops))
        handles = {w.handle.op for w in self.model.canonical_parameters().values()}
        found: set[tf.Operation] = set()
        for op in self.graph.get_operations():  # in the order in which they were made: inputs first
            flowing = filter(_has_gradient, op.inputs)
            if op in handles or (op.type not in ends and any(x.op in found for x in flowing)):
                found.add(op)
        return found

    def calls_that_run(self, batch: Batch, others: Sequence[Call] = ()) -> list[Call]:
        """Like `calls`, for a model that fails when it runs: what can be computed, without gradients."""
        feed = self._feed(batch)

        def run(fetches: Leaves, given: dict[tf.Tensor, Any]) -> Leaves:
            found = {}
            for name, fetch in fetches.items():
                try:
                    found[name] = self.session.run(fetch, feed | given)
                except tf.errors.OpError:  # this is the failure to be located
                    continue
            return found

        values = run(self._leaves(), {})
        found = evaluated(self._calls, lambda leaf: _array(leaf, values), lambda leaf: None)
        return self._with_loops(self._calls, found, others, run)

    def tap_locations(self, batch: Batch) -> dict[str, Method]:
        """The source line of each tap, by the tap's name."""
        return self._observer.locations


def _reaches(arguments: Leaves, results: Leaves) -> dict[str, bool]:
    """Whether a gradient can flow back from a call's results to each argument, and not through another one; without
    those for which it is not known: what lies before a loop, and what the body of a loop reads from outside."""
    ends = [x for x in results.values() if isinstance(x, tf.Tensor) and _has_gradient(x)]
    graphs = {x.graph for x in ends}
    given = {name: x.handle if _is_variable(x) else x for name, x in arguments.items()}
    given = {name: x for name, x in given.items() if isinstance(x, tf.Tensor) and _has_gradient(x)}
    wanted = {name: x.ref() for name, x in given.items() if x.graph in graphs}
    surely, perhaps = (_reached(ends, set(wanted.values()), WITHOUT_GRADIENT | loops) for loops in (LOOPS, set()))
    return {name: ref in surely for name, ref in wanted.items() if ref in surely or ref not in perhaps}


def _reached(waiting: Sequence[tf.Tensor], wanted: Collection[Any], ends: Collection[str]) -> set[Any]:
    """The wanted tensors, by reference, from which others are computed, other than by operations of the types `ends`
    and through another wanted one."""
    left, reached, seen = list(waiting), set(), set()
    while left:
        tensor = left.pop()
        if tensor.ref() in wanted:
            reached.add(tensor.ref())
        elif tensor.op not in seen and tensor.op.type not in ends:
            seen.add(tensor.op)
            left += filter(_has_gradient, tensor.op.inputs)
    return reached


def _has_gradient(tensor: tf.Tensor) -> bool:
    """Whether a gradient can flow through a tensor: numbers, a variable, or the list that a while_loop collects."""
    return tensor.dtype.is_floating or tensor.dtype in (tf.resource, tf.variant)


def _is_variable(value: Any) -> bool:
    return hasattr(value, "read_value")


def _array(leaf: Any, values: Mapping[Any, Any]) -> Any:
    """A tensor's value from a Session; a number or name itself; None for anything else."""
    return leaf if isinstance(leaf, int | float | str) else values.get(leaf.ref()) if tf.is_tensor(leaf) else None
