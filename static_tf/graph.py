"""The static side of a pair: `GraphModel`, what a model file derives from, and `GraphTwin`, what drives it.

Twin: dynamic_torch/module.py
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from shared.binding import Player, arguments
from shared.errors import UsageError
from shared.spec import Batch, Spec, State


class GraphModel:
    """A model as a TF1 graph. Its methods answer the lecture's questions, in this order.

    `__init__` makes the variables, `inputs` the placeholders, `forward` connects X to Y, `loss` says what it costs
    to be wrong, `regularizer` what it costs to be complicated, `update` how parameters move. Each is called once,
    while the graph is built. A variable's canonical name is its name in the graph.
    """

    def __init__(self, config: Any, dtype: tf.DType = tf.float32):
        self.config = config
        self.dtype = dtype
        self.graph = tf.get_default_graph()  # the one it is built in
        self.training = tf.placeholder_with_default(False, (), "training")  # batch statistics, or running averages?
        self.buffer_updates: list[tf.Operation] = []  # to be run with every training step
        self.output: Any = None  # what forward returned
        self.taps: dict[str, tf.Tensor] = {}
        self.scope = ""  # prefix of the taps' names while a player's loss is built

    def inputs(self) -> dict[str, tf.Tensor]:
        """The placeholders, by the names of a batch's entries."""
        raise NotImplementedError

    def forward(self, *inputs: tf.Tensor) -> tf.Tensor:
        """The model's output. Arguments are inputs, by name."""
        raise NotImplementedError

    def loss(self, output: tf.Tensor, *inputs: tf.Tensor) -> tf.Tensor:
        """What it costs to be wrong: a scalar. The first argument is the output, the others are inputs, by name."""
        raise NotImplementedError

    def regularizer(self) -> tf.Tensor | float:
        """What it costs to be complicated: a scalar, added to the loss."""
        return 0.0

    def update(self, loss: tf.Tensor) -> tf.Operation:
        """The operation that moves the parameters one step."""
        raise NotImplementedError

    def players(self) -> list[Player]:
        """Who minimises what: one player with every parameter, unless the model says otherwise."""
        return [Player("loss", self.objective, self.canonical_parameters(), self.update)]

    def objective(self, **inputs: tf.Tensor) -> tf.Tensor:
        """The scalar to be minimised."""
        output = self(**arguments(self.forward, inputs))
        return self.loss(output, **arguments(self.loss, inputs, given=1)) + self.regularizer()

    def __call__(self, *inputs: tf.Tensor, **named: tf.Tensor) -> tf.Tensor:
        self.output = self.forward(*inputs, **named)
        return self.output

    def parameters(self) -> list[tf.Variable]:
        """The trainable variables, in order of creation."""
        return self.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)

    def canonical_parameters(self, prefix: str = "") -> dict[str, tf.Variable]:
        """The trainable variables whose canonical name starts with `prefix`."""
        return {v.op.name: v for v in self.parameters() if v.op.name.startswith(prefix)}

    def tap(self, name: str, value: tf.Tensor) -> tf.Tensor:
        """Name an activation and hand it on. In a graph this is only a note: it adds no operation."""
        if self.scope + name in self.taps:
            raise ValueError(f"two taps are called {self.scope + name!r}")
        self.taps[self.scope + name] = value
        return value


class GraphTwin:
    """Builds a model's graph once and owns its Session. NumPy in, NumPy out, canonical names and layouts.

    With `observed=False` the graph holds the training step and the forward pass only, as it does when timed:
    `forward`, `gradients` and `tap_gradients` need an observed twin.
    """

    side = "static"

    def __init__(
        self,
        model: type[GraphModel],
        spec: Spec,
        dtype: str = "float64",
        device: str = "cpu",
        threads: int | None = None,
        observed: bool = True,
    ):
        if device == "cuda" and not tf.config.list_physical_devices("GPU"):
            raise UsageError("TensorFlow sees no GPU: use --device cpu")
        self.spec, self.dtype, self.device = spec, dtype, device
        self.graph = tf.Graph()
        place = "/GPU:0" if device == "cuda" else "/CPU:0"
        with self.graph.as_default(), tf.device(place), tf.variable_scope("", use_resource=True):
            self.model = model(spec.config, tf.as_dtype(dtype))
            self._build(observed)
            self._initialize = tf.global_variables_initializer()
            self._variables = {v.op.name: v for v in tf.global_variables()}
        self.graph.finalize()  # nobody adds an operation from here on
        self.session = tf.Session(
            graph=self.graph,
            config=tf.ConfigProto(
                intra_op_parallelism_threads=threads or 0,
                inter_op_parallelism_threads=1 if threads == 1 else 0,
                use_per_session_threads=True,  # leave the process-wide pool to the user's own code
                allow_soft_placement=True,
                gpu_options=tf.GPUOptions(allow_growth=True),
            ),
        )
        self.reset()

    def _build(self, observed: bool) -> None:
        self._inputs = self.model.inputs()
        players = self.model.players()
        self._losses: dict[str, tf.Tensor] = {}
        self._steps: list[tuple[tf.Tensor, tf.Operation]] = []
        for player in players:
            self.model.scope = f"{player.name}/" if len(players) > 1 else ""
            self.model.buffer_updates = []
            loss = player.objective(**arguments(player.objective, self._inputs))
            self._losses[player.name] = loss
            self._steps.append((loss, tf.group(player.update(loss), *self.model.buffer_updates)))
        self._gradients: dict[str, tf.Tensor] = {}
        self._tap_gradients: dict[str, tf.Tensor] = {}
        if not observed:
            return
        for player in players:
            loss = self._losses[player.name]
            own = f"{player.name}/" if len(players) > 1 else ""
            taps = {
                name: tap for name, tap in self.model.taps.items() if name.startswith(own) and tap.dtype.is_floating
            }
            found = tf.gradients(loss, [*player.parameters.values(), *taps.values()])
            dense = [None if g is None else tf.convert_to_tensor(g) for g in found]
            for name, g in zip(player.parameters, dense):
                if g is None:
                    raise ValueError(f"the loss of {player.name!r} does not depend on the parameter {name!r}")
            self._gradients |= dict(zip(player.parameters, dense))
            reached = zip(taps, dense[len(player.parameters) :])
            self._tap_gradients |= {name: g for name, g in reached if g is not None}

    def _feed(
        self, batch: Batch, training: bool, replace: Mapping[str, np.ndarray] | None = None
    ) -> dict[tf.Tensor, Any]:
        feed: dict[tf.Tensor, Any] = {self._inputs[name]: batch[name] for name in self._inputs if name in batch}
        if training and self.model.training.consumers():
            feed[self.model.training] = True
        for name, value in (replace or {}).items():
            feed[self.model.taps[name]] = value
        return feed

    def predict(self, batch: Batch) -> np.ndarray:
        """The model's output, in inference mode."""
        return self.session.run(self.model.output, self._feed(batch, training=False))

    def forward(
        self, batch: Batch, training: bool = True, replace: Mapping[str, np.ndarray] | None = None
    ) -> dict[str, np.ndarray]:
        """Every tap by name, in dataflow order; `replace` puts other values in, and what follows comes from them."""
        return self.session.run(self.model.taps, self._feed(batch, training, replace))

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

    def observe(self, batch: Batch) -> dict[str, dict[str, np.ndarray]]:
        """Taps, losses, gradients and tap gradients of one training pass, in one run: {"tap": {...}, "loss": ...}."""
        fetches = {
            "tap": self.model.taps,
            "loss": self._losses,
            "gradient": self._gradients,
            "tap_gradient": self._tap_gradients,
        }
        return self.session.run(fetches, self._feed(batch, training=True))

    def step(self, batch: Batch) -> float:
        """One update of every player in turn; the first player's loss before it."""
        feed = self._feed(batch, training=True)
        losses = [self.session.run(step, feed)[0] for step in self._steps]
        return float(losses[0])

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
        """Back to the initial state: parameters and buffers from the spec, slots as the update rule has them."""
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

    def __enter__(self) -> "GraphTwin":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
