"""The static side of a pair: `Model`, what a model file derives from, and `Twin`, what drives it.

Twin: dynamic_torch/twin.py
"""

import sys
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from shared.errors import UsageError
from shared.players import Player
from shared.recording import Call, Method, evaluated, model_classes, record_calls
from shared.spec import Batch, Spec, State
from static_tf import training as lesson
from static_tf.model import Model
from static_tf.optimizers import Extended, slots

Replacements = Mapping[str, Mapping[str, np.ndarray]]  # {"tap": {name: value}, "tap_gradient": {name: gradient}}


@tf.RegisterGradient("Tap")
def _tap_gradient(_: tf.Operation, arriving: tf.Tensor) -> tf.Tensor:
    return tf.identity(arriving)  # a tensor of its own, so that another value can be fed in its place


WITHOUT_GRADIENT = {"StopGradient", "ZerosLike", "OnesLike", "Shape"}  # operations that let no gradient back


class _Observer:
    """What stands behind `tap` in an observed graph: an identity both ways, so that what was computed can be fetched
    while another value is fed to what follows, and on the way back likewise."""

    def __init__(self) -> None:
        self.handed_on: dict[str, tf.Tensor] = {}
        self.places: dict[str, Method] = {}

    def __call__(self, name: str, value: tf.Tensor) -> tf.Tensor:
        caller = sys._getframe(2)  # who called tap
        self.places[name] = Method(caller.f_code.co_filename, caller.f_lineno, caller.f_code.co_qualname)
        with value.graph.gradient_override_map({"Identity": "Tap"}):
            self.handed_on[name] = tf.identity(value)
        return self.handed_on[name]


class Twin:
    """Builds a model's graph once and owns its Session. NumPy in, NumPy out, canonical names and layouts.

    With `observed=False` the graph holds the training step and the forward pass only, as it does when timed:
    `gradients` and `tap_gradients` need an observed twin. With `optimized=False` TensorFlow runs the graph
    as it was written: it starts several times faster, which counts where hundreds are built. With `trained=False` it
    can be observed and not trained: a graph with a fault that leaves nothing to train can still be looked at.

    In the form "compiled" XLA compiles what it can of the graph, each time a Session first runs it. With
    `resident=True` the graph reads its inputs from variables, which `place` fills, in place of placeholders: so a step
    can be timed without the feeding. `deterministic` asks for operations that give the same bits in every run, which
    on a GPU not all do by themselves; it holds for the whole process.
    """

    side = "static"
    forms = ("plain", "compiled")

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
        if device == "cuda" and not tf.config.list_physical_devices("GPU"):
            raise UsageError("TensorFlow sees no GPU: use --device cpu")
        # TWIN: on a GPU TensorFlow would take TF32 for float32, PyTorch for convolutions only: neither does here
        tf.config.experimental.enable_tensor_float_32_execution(False)
        if deterministic and device == "cuda":
            tf.config.experimental.enable_op_determinism()
        self.spec, self.dtype, self.device, self.trained = spec, dtype, device, trained
        self.graph = tf.Graph()
        place = "/GPU:0" if device == "cuda" else "/CPU:0"
        # What a variable starts at is the spec's affair: TF1's own random values would only enlarge the graph
        zeros = tf.variable_scope("", initializer=tf.zeros_initializer(), use_resource=True)
        with self.graph.as_default(), tf.device(place), zeros:
            with record_calls(model_classes(model, Extended) if observed else []) as self._calls:
                self.model = model(spec.config, tf.as_dtype(dtype))
                with tf.xla.experimental.jit_scope() if form == "compiled" else nullcontext():
                    players = self._build(observed, trained, resident)
            self.optimizers = self.model.optimizers()
            if observed:
                self._differentiate(players)
            self._initialize = tf.global_variables_initializer()
            kept = [slots(optimizer, self.model.parameters()) for optimizer in self.optimizers]
            named = {v.ref(): name for found in kept for name, v in found.items()}
            self._variables = {named.get(v.ref(), v.op.name): v for v in tf.global_variables()}
        self.graph.finalize()  # nobody adds an operation from here on
        config = tf.ConfigProto(
            intra_op_parallelism_threads=threads or 0,
            inter_op_parallelism_threads=1 if threads == 1 else 0,
            use_per_session_threads=True,  # leave the process-wide pool to the user's own code
            allow_soft_placement=True,
            gpu_options=tf.GPUOptions(allow_growth=True),
        )
        if not optimized:
            config.graph_options.rewrite_options.disable_meta_optimizer = True
            config.graph_options.optimizer_options.opt_level = -1  # L0: none
        self.session = tf.Session(graph=self.graph, config=config)
        self.reset()

    def _build(self, observed: bool, trained: bool, resident: bool) -> list[Player]:
        self.model.observer = _Observer() if observed else None
        self._inputs = self.model.inputs()
        inputs = self._reside() if resident else self._inputs
        self._steps = lesson.define(self.model, inputs, trained)
        self._losses = {step.player.name: step.loss for step in self._steps}
        self.players = {step.player.name: list(step.player.parameters) for step in self._steps}
        return [step.player for step in self._steps]

    def _reside(self) -> dict[str, tf.Tensor]:
        """The inputs as variables, no part of the state, with the operations that fill them from the placeholders."""
        fed = {name: placeholder for name, placeholder in self._inputs.items() if placeholder is not None}
        residents = {}
        for name, placeholder in fed.items():
            start = tf.zeros([size or 1 for size in placeholder.shape.as_list()], placeholder.dtype)
            residents[name] = tf.Variable(
                start, trainable=False, collections=["residents"], shape=placeholder.shape, name=f"resident/{name}"
            )
        self._fill = [residents[name].assign(placeholder).op for name, placeholder in fed.items()]
        return {**self._inputs, **{name: variable.read_value() for name, variable in residents.items()}}

    def _differentiate(self, players: list[Player]) -> None:
        """The loss's gradient at everything that is observed: parameters, taps, what methods take and return."""
        assert self.model.observer is not None
        handed_on = self.model.observer.handed_on
        self._gradients: dict[str, tf.Tensor] = {}
        self._tap_gradients: dict[str, tf.Tensor] = {}  # as they arrive, and
        self._passed_on: dict[str, tf.Tensor] = {}  # as they go on, where others can be fed
        self._call_gradients: dict[Any, tf.Tensor] = {}  # by tensor reference
        leaves = {
            leaf.ref(): leaf
            for call in self._calls
            for leaf in (*call.arguments.values(), *call.results.values())
            if self._is_own(leaf) and leaf.dtype.is_floating
        }
        for player in players:
            loss = self._losses[player.name]
            own = f"{player.name}/" if len(players) > 1 else ""
            taps = [name for name, tap in handed_on.items() if name.startswith(own) and tap.dtype.is_floating]
            parts = [
                list(player.parameters.values()),
                [handed_on[name] for name in taps],
                [self.model.taps[name] for name in taps],
                list(leaves.values()),
            ]
            found = iter(tf.gradients(loss, [x for part in parts for x in part]))
            parameters, arriving, passed_on, called = ([next(found) for _ in part] for part in parts)
            for (name, w), g in zip(player.parameters.items(), parameters):
                # The gradient of a look-up is sparse, and is made dense; what the loss does not depend on has none
                self._gradients[name] = tf.zeros_like(w) if g is None else tf.convert_to_tensor(g)
            self._tap_gradients |= {name: g for name, g in zip(taps, arriving) if g is not None}
            self._passed_on |= {name: g for name, g in zip(taps, passed_on) if g is not None}
            self._call_gradients |= {leaf: tf.convert_to_tensor(g) for leaf, g in zip(leaves, called) if g is not None}

    def _is_own(self, value: Any) -> bool:
        """Whether a value is a tensor that can be fetched: one inside of a while_loop's or a cond's body cannot."""
        return isinstance(value, tf.Tensor) and value.graph is self.graph and self.graph.is_fetchable(value)

    def _feed(self, batch: Batch, training: bool, replace: Replacements | None = None) -> dict[tf.Tensor, Any]:
        feed: dict[tf.Tensor, Any] = lesson.feed(self.model, self._inputs, batch, training)
        if replace:
            assert self.model.observer is not None, "only an observed twin can take other values"
            feed |= {self.model.observer.handed_on[name]: value for name, value in replace.get("tap", {}).items()}
            feed |= {self._passed_on[name]: value for name, value in replace.get("tap_gradient", {}).items()}
        return feed

    def predict(self, batch: Batch) -> np.ndarray:
        """The model's output, in inference mode."""
        return self.session.run(self.model.output, self._feed(batch, training=False))

    def forward(
        self, batch: Batch, training: bool = True, replace: Mapping[str, np.ndarray] | None = None
    ) -> dict[str, np.ndarray]:
        """Every tap by name, in dataflow order. `replace` gives what follows a tap another value than was computed."""
        return self.session.run(self.model.taps, self._feed(batch, training, {"tap": replace} if replace else None))

    def losses(self, batch: Batch) -> dict[str, float]:
        """The loss of each player."""
        return {name: float(x) for name, x in self.session.run(self._losses, self._feed(batch, training=True)).items()}

    def loss(self, batch: Batch) -> float:
        """The loss of the first player: of the only one, in most models."""
        return next(iter(self.losses(batch).values()))

    def gradients(self, batch: Batch) -> dict[str, np.ndarray]:
        """The gradient of each parameter: of the loss of the player who moves it."""
        return self.session.run(self._gradients, self._feed(batch, training=True))

    def tap_gradients(self, batch: Batch) -> dict[str, np.ndarray]:
        """The loss's gradient at every tap that it depends on."""
        return self.session.run(self._tap_gradients, self._feed(batch, training=True))

    def observe(self, batch: Batch, replace: Replacements | None = None) -> dict[str, dict[str, np.ndarray]]:
        """Taps, losses, gradients and tap gradients of one training pass, in one run: {"tap": {...}, "loss": ...}.

        `replace` is laid out alike. What it names is computed too, but what follows, forward from a tap and backward
        from a tap's gradient, gets its value: so each block is seen alone, whatever is wrong with the others.
        """
        fetches = {
            "tap": self.model.taps,
            "loss": self._losses,
            "gradient": self._gradients,
            "tap_gradient": self._tap_gradients,
        }
        return self.session.run(fetches, self._feed(batch, True, replace))

    def calls(self, batch: Batch, training: bool = True, replace: Replacements | None = None) -> list[Call]:
        """What each call of a method of the model took and returned, with gradients, in the order they finished.

        The calls of an update are among them, for they are made while the graph is built.
        """
        leaves = [leaf for call in self._calls for leaf in (*call.arguments.values(), *call.results.values())]
        tensors = {leaf.ref(): leaf for leaf in leaves if self._is_own(leaf) or hasattr(leaf, "read_value")}
        reached = {ref: g for ref, g in self._call_gradients.items() if ref in tensors}
        feed = self._feed(batch, training, replace)
        values, gradients = self.session.run((tensors, reached if training else {}), feed)

        def value(leaf: Any) -> Any:
            return (
                leaf if isinstance(leaf, int | float | str) else values.get(leaf.ref()) if tf.is_tensor(leaf) else None
            )

        def gradient(leaf: Any) -> Any:
            return gradients.get(leaf.ref()) if tf.is_tensor(leaf) else None

        learning = self._learning()

        def learns(leaf: Any) -> bool | None:
            if hasattr(leaf, "read_value"):  # a variable
                return True
            return leaf.op in learning if self._is_own(leaf) and leaf.dtype.is_floating and training else None

        return evaluated(self._calls, value, gradient, learns)

    def _learning(self) -> set[tf.Operation]:
        """The operations whose results depend on a parameter, so that a gradient can flow back."""
        handles = {w.handle.op for w in self.model.canonical_parameters().values()}
        found: set[tf.Operation] = set()
        for op in self.graph.get_operations():  # in the order in which they were made: inputs first
            flowing = [x for x in op.inputs if x.dtype.is_floating or x.dtype == tf.resource]
            if op in handles or (op.type not in WITHOUT_GRADIENT and any(x.op in found for x in flowing)):
                found.add(op)
        return found

    def calls_that_run(self, batch: Batch) -> list[Call]:
        """The same of a graph that fails when it is run: each value alone, without those that cannot be had."""
        feed, values = self._feed(batch, training=True), {}
        for leaf in (x for call in self._calls for x in (*call.arguments.values(), *call.results.values())):
            readable = self._is_own(leaf) or hasattr(leaf, "read_value")
            if readable and leaf.ref() not in values:
                try:
                    values[leaf.ref()] = self.session.run(leaf, feed)
                except tf.errors.OpError:  # this is what is being looked for
                    values[leaf.ref()] = None

        def value(leaf: Any) -> Any:
            return (
                leaf if isinstance(leaf, int | float | str) else values.get(leaf.ref()) if tf.is_tensor(leaf) else None
            )

        return evaluated(self._calls, value, lambda leaf: None)

    def places(self, batch: Batch) -> dict[str, Method]:
        """Where each tap is, as the line that calls it."""
        assert self.model.observer is not None, "only an observed twin knows its taps' places"
        return self.model.observer.places

    def place(self, batch: Batch) -> None:
        """Put a batch on the device, where a resident twin's steps find it."""
        self.session.run(self._fill, self._feed(batch, training=False))

    def step(self, batch: Batch | None = None) -> float:
        """One update of every player in turn; the first player's loss before it. Without a batch: on the placed one."""
        feed = self._feed(batch or {}, training=True)
        return float(lesson.step(self.session, self._steps, feed)[0])

    def state(self) -> State:
        """Everything a step changes: parameters, buffers and slots."""
        return self.session.run(self._variables)

    def load(self, state: State) -> None:
        """Set the whole state. Names, shapes and their number must be exactly those of `state()`."""
        mismatch = state.keys() ^ self._variables.keys()
        if mismatch:
            raise ValueError(f"state names on one side only: {', '.join(sorted(mismatch))}")
        self._assign(state)

    def reset(self) -> None:
        """Back to the initial state: parameters and buffers from the spec, slots as the optimizer has them."""
        self.session.run(self._initialize)
        initial = self.spec.initial()
        slots = {name for name in self._variables if name not in initial}
        if initial.keys() - self._variables.keys() or slots & self.model.canonical_parameters().keys():
            raise ValueError(f"initial values {sorted(initial)} do not fit the variables {sorted(self._variables)}")
        self._assign(initial)

    def _assign(self, state: State) -> None:
        for name, value in state.items():
            if self._variables[name].shape != np.shape(value):
                raise ValueError(f"{name}: shape {np.shape(value)} does not fit {tuple(self._variables[name].shape)}")
        chosen = [self._variables[name].initializer for name in state]  # an assignment whose value can be fed
        self.session.run(chosen, {op.inputs[1]: value for op, value in zip(chosen, state.values())})

    def close(self) -> None:
        """Free the Session."""
        self.session.close()

    def __enter__(self) -> "Twin":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
