"""Runs the models made of TensorFlow's own layers, through the interface of a twin.

Twin: dynamic_torch/baselines/twin.py
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Self

import numpy as np
import tensorflow as tf
from tensorflow import keras

from shared.baselines import bias_name, plain_optimizer, require
from shared.catalog import find
from shared.errors import UsageError
from shared.optimizers import Momentum
from shared.spec import Batch, Spec, State
from shared.twin import Arm
from static_tf.baselines.baseline import Baseline, exact, layers


class Adam(keras.optimizers.Adam):
    """Keras's Adam, with another epsilon and an exact correction. The graph gets a few more scalars."""

    @property
    def epsilon(self):
        # TWIN: Keras adds epsilon to sqrt(v), the twins to sqrt(v^), where v is corrected for its start at zero.
        # Scaled by the root of that correction at every step, it is the same formula
        return self._epsilon * keras.ops.sqrt(self._correction(self._learning_rate.dtype))

    @epsilon.setter
    def epsilon(self, value):
        self._epsilon = value

    def update_step(self, gradient, variable, learning_rate):
        # TWIN: Keras subtracts beta2^t from 1 in float32, which makes its first steps 6e-6 too short; the twins use
        # float64 for it
        dtype, rounded = variable.dtype, keras.ops.cast(self._correction(variable.dtype), "float64")
        factor = keras.ops.cast(keras.ops.sqrt(self._correction("float64") / rounded), dtype)
        super().update_step(gradient, variable, learning_rate * factor)

    def _correction(self, dtype):
        """1 - beta2^t, as computed in a type."""
        step = keras.ops.cast(self.iterations + 1, dtype)
        return 1 - keras.ops.power(keras.ops.cast(np.float64(self.beta_2), dtype), step)


class Gates:
    """A variable of Keras's GRU, or a row of it, in canonical order: Keras has the update gate before the reset gate.

    Both biases are rows of one variable there.
    """

    def __init__(self, variable: Any, row: int | None = None):
        self.variable, self.row = variable, () if row is None else (row,)
        self.shape = variable.shape[len(self.row) :]

    def numpy(self) -> np.ndarray:
        """The value, in canonical order."""
        return self._swapped(self.variable.numpy()[self.row])

    def assign(self, value: np.ndarray) -> None:
        """Set the value, given in canonical order."""
        whole = self.variable.numpy()
        whole[self.row] = self._swapped(value)
        self.variable.assign(whole)

    @staticmethod
    def _swapped(value: np.ndarray) -> np.ndarray:
        first, second, candidate = np.split(value, 3, axis=-1)
        return np.concatenate([second, first, candidate], axis=-1)


def _tensors(model: Any) -> Iterator[tuple[str, Any]]:
    """Yield a net's parameters and running averages by canonical name. Keras's layouts are the canonical ones."""
    for layer in model.layers:
        name = layer.name.replace(".", "/")
        match layer:
            case layers.BatchNormalization():
                yield f"{name}/gamma", layer.gamma
                yield f"{name}/beta", layer.beta
                yield f"{name}/moving_mean", layer.moving_mean
                yield f"{name}/moving_variance", layer.moving_variance
            case layers.RNN():
                yield from _of_cell(name, layer.cell)
            case layers.Bidirectional():
                yield from _of_cell("forwards", layer.forward_layer.cell)
                yield from _of_cell("backwards", layer.backward_layer.cell)
            case layers.Embedding():
                yield name, layer.embeddings
            case layers.Dense() | layers.Conv1D() | layers.Conv2D():
                yield name, layer.kernel
                if layer.use_bias:
                    yield bias_name(name), layer.bias


def _of_cell(name: str, cell: Any) -> Iterator[tuple[str, Any]]:
    """Yield the parameters of a recurrent cell."""
    if not isinstance(cell, layers.GRUCell):
        yield f"{name}/kernel", cell.kernel
        yield f"{name}/recurrent_kernel", cell.recurrent_kernel
        yield f"{name}/bias", cell.bias
    else:
        yield f"{name}/kernel", Gates(cell.kernel)
        yield f"{name}/recurrent_kernel", Gates(cell.recurrent_kernel)
        yield f"{name}/bias", Gates(cell.bias, 0)
        yield f"{name}/recurrent_bias", Gates(cell.bias, 1)


@contextmanager
def _floats(dtype: str) -> Iterator[None]:
    """Context in which Keras makes everything of this type: layers by their policy, learning rates without one."""
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


class BaselineTwin:
    """Runs a net of Keras's own layers as `Twin` runs a model: NumPy in, NumPy out, canonical names.

    It can be trained, evaluated and timed, but not observed.
    """

    side = "static"

    def __init__(self, name: str, spec: Spec, arm: Arm):
        require(name)
        if keras.backend.backend() != "tensorflow":
            raise UsageError(f"Keras runs on {keras.backend.backend()} here: set KERAS_BACKEND=tensorflow")
        on_gpu = arm.device == "cuda"
        if on_gpu and not tf.config.list_physical_devices("GPU"):
            raise UsageError("TensorFlow sees no GPU: use --device cpu")
        tf.config.experimental.enable_tensor_float_32_execution(False)  # as in the twin
        self.spec, self.arm, self._device = spec, arm, "/GPU:0" if on_gpu else "/CPU:0"
        with tf.device(self._device), _floats(arm.dtype):
            self.net: Baseline = getattr(import_module(f"static_tf.baselines.{find(name).chapter}"), name)(spec.config)
            self.model = self.net.model
            self.optimizer = self._optimizer()
            self.optimizer.build(self.model.trainable_variables)
        self.tensors = dict(_tensors(self.model))
        own = [v for v in self.optimizer.variables if v is not self.optimizer._learning_rate]
        self.slots = {f"slot {i}": v for i, v in enumerate(own)}  # Keras's names of them count the nets of the process
        self._train = tf.function(self._one_step)
        self._infer = tf.function(self._output)
        self._on_device: dict[str, tf.Tensor] = {}
        self.reset()

    def _optimizer(self) -> Any:
        optimizer = plain_optimizer(self.spec.config.optimizer)
        if isinstance(optimizer, Momentum):
            # TWIN: Keras has the learning rate inside of the velocity: the steps are the same while it is constant
            return keras.optimizers.SGD(optimizer.learning_rate, exact(optimizer.momentum))
        return Adam(optimizer.learning_rate, exact(optimizer.beta1), exact(optimizer.beta2), optimizer.epsilon)

    def _output(self, inputs: dict[str, tf.Tensor], training: bool = False) -> tf.Tensor:
        given = [inputs[name] for name in self.net.reads]
        return self.model(given if len(given) > 1 else given[0], training=training)

    def _one_step(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = self.net.loss(self._output(inputs, training=True), inputs[self.net.target])
            loss += sum(self.model.losses)  # the penalty of weights
        variables = self.model.trainable_variables
        # TWIN: the gradient of a look-up is made dense, as in the twins; Keras's Adam would square the gradient of each
        # occurrence of a word, and add the squares
        gradients = [tf.convert_to_tensor(g) for g in tape.gradient(loss, variables)]
        self.optimizer.apply(gradients, variables)
        return loss

    def _inputs(self, batch: Batch, *more: str) -> dict[str, tf.Tensor]:
        with tf.device(self._device):
            return {name: tf.convert_to_tensor(self._cast(batch[name])) for name in (*self.net.reads, *more)}

    def _cast(self, array: np.ndarray) -> np.ndarray:
        return array.astype(self.arm.dtype, copy=False) if np.issubdtype(array.dtype, np.floating) else array

    def to_device(self, batch: Batch) -> None:
        """Put a batch on the device, where a step finds it."""
        self._on_device = self._inputs(batch, self.net.target)

    def step(self, batch: Batch | None = None) -> float:
        """One update. Returns the loss before it, with the penalty of weights.

        Without a batch it trains on the one that `to_device` has put on the device.
        """
        inputs = self._on_device if batch is None else self._inputs(batch, self.net.target)
        return float(self._train(inputs))

    def predict(self, batch: Batch) -> np.ndarray:
        """The net's output, in inference mode."""
        return self._infer(self._inputs(batch)).numpy()

    def size(self) -> int:
        """How often a step was traced to a graph: once for each shape of its inputs, unless tracing is repeated."""
        return self._train.experimental_get_tracing_count()

    def state(self) -> State:
        """Everything a step changes: by canonical name where there is one, and slots in Keras's order."""
        return {name: variable.numpy() for name, variable in (self.tensors | self.slots).items()}

    def load(self, state: State) -> None:
        """Set values by name."""
        own = self.tensors | self.slots
        for name, value in state.items():
            if tuple(own[name].shape) != np.shape(value):
                raise ValueError(f"{name}: shape {np.shape(value)} does not fit {tuple(own[name].shape)}")
            own[name].assign(value)

    def reset(self) -> None:
        """Restore the twin's initial values, and set the slots to zero."""
        initial = self.spec.initial()
        if initial.keys() != self.tensors.keys():
            raise ValueError(f"initial values {sorted(initial)} do not fit {sorted(self.tensors)}")
        self.load(initial | {name: np.zeros(slot.shape) for name, slot in self.slots.items()})

    def close(self) -> None:
        """Free the net."""
        del self.model, self.net

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
