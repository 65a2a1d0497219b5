"""The static side of a pair: a model's graph, and the Session that runs it.

Twin: dynamic_torch/twin.py
"""

from contextlib import nullcontext
from typing import Any, Self

import numpy as np
import tensorflow.compat.v1 as tf

from shared.errors import UsageError
from shared.spec import Batch, Spec, State
from shared.twin import Arm
from static_tf import training
from static_tf.model import Model
from static_tf.optimizers import slots


class Twin:
    """Trains and evaluates a model; the interface is `shared.twin.Twin`.

    The graph is built once and run in a Session. It contains the training step and the forward pass, and no
    instruments: `static_tf.observed.ObservedTwin` adds those. In the form "compiled" XLA compiles what it can of the
    graph, each time a Session first runs it.

    With `resident=True` the graph reads its inputs from variables, which `to_device` fills, instead of placeholders:
    so a step can be timed without the feeding. With `optimized=False` TensorFlow runs the graph as it was written: it
    starts several times faster, which matters where hundreds are built. `deterministic` selects operations that give
    the same bits in every run, which on a GPU not all do by default; it holds for the whole process.
    """

    side = "static"
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
        self.graph = tf.Graph()
        # The spec gives the initial values: TF1's own random ones would only enlarge the graph
        zeros = tf.variable_scope("", initializer=tf.zeros_initializer(), use_resource=True)
        with self.graph.as_default(), tf.device("/GPU:0" if arm.device == "cuda" else "/CPU:0"), zeros:
            self._build(model, resident)
            self.players = {step.player.name: list(step.player.parameters) for step in self._steps}
            self.optimizers = self.model.optimizers()
            self._initialize = tf.global_variables_initializer()
            self._variables = self._named_variables()
        self.graph.finalize()  # from here on no operation can be added
        self.session = tf.Session(graph=self.graph, config=self._session_config(optimized))
        self.reset()

    def _set_up_framework(self, deterministic: bool) -> None:
        """Set what holds for the whole process. A UsageError if there is no such device."""
        on_gpu = self.arm.device == "cuda"
        if on_gpu and not tf.config.list_physical_devices("GPU"):
            raise UsageError("TensorFlow sees no GPU: use --device cpu")
        # TWIN: on a GPU TensorFlow computes float32 in TF32 by default, PyTorch only convolutions: here neither does
        tf.config.experimental.enable_tensor_float_32_execution(False)
        if deterministic and on_gpu:
            tf.config.experimental.enable_op_determinism()

    def _session_config(self, optimized: bool) -> tf.ConfigProto:
        threads = self.arm.threads
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
        return config

    def _build(self, model: type[Model], resident: bool) -> None:
        """Build the model, and the training step of each player."""
        self.model = self._construct(model)
        with tf.xla.experimental.jit_scope() if self.arm.form == "compiled" else nullcontext():
            self._inputs = self.model.inputs()
            inputs = self._resident_inputs() if resident else self._inputs
            self._steps = training.define(self.model, inputs, self.trained)

    def _construct(self, model: type[Model]) -> Model:
        return model(self.spec.config, tf.as_dtype(self.arm.dtype))

    def _resident_inputs(self) -> dict[str, tf.Tensor]:
        """Make the inputs variables, outside of the state, with operations that fill them from the placeholders."""
        fed = {name: placeholder for name, placeholder in self._inputs.items() if placeholder is not None}
        residents = {}
        for name, placeholder in fed.items():
            start = tf.zeros([size or 1 for size in placeholder.shape.as_list()], placeholder.dtype)
            residents[name] = tf.Variable(
                start, trainable=False, collections=["residents"], shape=placeholder.shape, name=f"resident/{name}"
            )
        self._fill = [residents[name].assign(placeholder).op for name, placeholder in fed.items()]
        return {**self._inputs, **{name: variable.read_value() for name, variable in residents.items()}}

    def _named_variables(self) -> dict[str, tf.Variable]:
        """Everything a step changes, by canonical name: parameters, buffers and slots."""
        kept = [slots(optimizer, self.model.parameters()) for optimizer in self.optimizers]
        named = {v.ref(): name for found in kept for name, v in found.items()}
        return {named.get(v.ref(), v.op.name): v for v in tf.global_variables()}

    def _feed(self, batch: Batch, training_mode: bool = True) -> dict[tf.Tensor, Any]:
        if batch:
            self.spec.check(batch)
        return training.feed(self.model, self._inputs, batch, training_mode)

    def step(self, batch: Batch | None = None) -> float:
        """One update of every player in turn. Returns the loss of the first player before it.

        Without a batch it trains on the one that `to_device` has put on the device.
        """
        return float(training.step(self.session, self._steps, self._feed(batch or {}))[0])

    def to_device(self, batch: Batch) -> None:
        """Put a batch on the device, where `step()` finds it.

        The twin must have been built with `resident=True`.
        """
        self.session.run(self._fill, self._feed(batch, False))

    def predict(self, batch: Batch) -> np.ndarray:
        """The model's output in inference mode, in its canonical layout and the arm's dtype."""
        return self.session.run(self.model.output, self._feed(batch, False))

    def state(self) -> State:
        """Everything a step changes, by canonical name, as copies: parameters, buffers and slots."""
        return self.session.run(self._variables)

    def load(self, state: State) -> None:
        """Set the whole state. A ValueError if names or shapes are not exactly those of `state()`."""
        mismatch = state.keys() ^ self._variables.keys()
        if mismatch:
            raise ValueError(f"state names on one side only: {', '.join(sorted(mismatch))}")
        self._assign(state)

    def reset(self) -> None:
        """Restore the initial state: parameters and buffers from the spec, slots from the optimizer.

        A ValueError if the initial values do not fit the model's variables.
        """
        self.session.run(self._initialize)
        initial = self.spec.initial()
        own_slots = self._variables.keys() - initial.keys()
        if initial.keys() - self._variables.keys() or own_slots & self.model.canonical_parameters().keys():
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
