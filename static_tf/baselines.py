"""The models made of TensorFlow's own layers, which are Keras's: what the static twins are timed against.

A function for each model makes the net as it is usually made: layers of Keras, channels last, an optimizer of Keras,
and a training step that tf.function makes a graph of. A layer has the name that its weight has in the twin, with "."
for "/", which says where each of the twin's initial values goes.

Twin: dynamic_torch/baselines.py
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import tensorflow as tf
from tensorflow import keras

from shared.baselines import bias_name, plain_optimizer, require
from shared.errors import UsageError
from shared.optimizers import Momentum
from shared.spec import Batch, Spec, State
from shared.twin import Arm

layers = keras.layers


@dataclass
class Baseline:
    """A model of Keras's own layers, with what it costs to be wrong. Its layers say what their weights cost."""

    model: Any
    loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]  # of the output and the target
    reads: tuple[str, ...] = ("x",)  # entries of a batch, in the order of the model's inputs
    target: str = "y"


def cross_entropy(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))


def deep_net(config: Any) -> Baseline:
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten()])
    for i in range(1, config.depth):
        model.add(layers.Dense(config.width, "relu", name=f"w{i}"))
    model.add(layers.Dense(config.classes, name=f"w{config.depth}"))
    return Baseline(model, cross_entropy)


def autoencoder(config: Any) -> Baseline:
    model = keras.Sequential(
        [
            keras.Input((config.inputs,)),
            layers.Dense(config.hidden, "sigmoid", name="w1"),
            layers.Dense(config.inputs, name="w2"),
        ]
    )

    def loss(z: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=z)
        return tf.reduce_mean(tf.reduce_sum(losses, 1))

    return Baseline(model, loss, ("noisy",), "x")


def conv_net(config: Any) -> Baseline:
    penalty = _penalty(config)
    model = keras.Sequential(
        [
            keras.Input(config.image),
            layers.Conv2D(
                config.channels1, config.kernel, padding="same", activation="relu", name="kernel1", **penalty
            ),
            layers.MaxPooling2D(),
            layers.Conv2D(
                config.channels2, config.kernel, padding="same", activation="relu", name="kernel2", **penalty
            ),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(config.hidden, "relu", name="w3", **penalty),
            layers.Dense(10, name="w4", **penalty),
        ]
    )
    return Baseline(model, cross_entropy)


def batch_norm_net(config: Any) -> Baseline:
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            _convolution(config.channels1, 3, config, "kernel1"),
            _norm(config, "norm1"),
            layers.ReLU(),
            layers.MaxPooling2D(),
            _convolution(config.channels2, 3, config, "kernel2"),
            _norm(config, "norm2"),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, name="w", **_penalty(config)),
        ]
    )
    return Baseline(model, cross_entropy)


def residual_net(config: Any) -> Baseline:
    def block(x: Any, after: int, stride: int, name: str) -> Any:
        h = _convolution(after, 3, config, f"{name}.kernel1", stride)(x)
        h = layers.ReLU()(_norm(config, f"{name}.norm1")(h))
        h = _norm(config, f"{name}.norm2")(_convolution(after, 3, config, f"{name}.kernel2")(h))
        if stride > 1:
            x = _norm(config, f"{name}.norm3")(_convolution(after, 1, config, f"{name}.projection", stride)(x))
        return layers.ReLU()(layers.Add()([h, x]))

    c = config.channels
    x = keras.Input((8, 8, 1))
    h = layers.ReLU()(_norm(config, "norm")(_convolution(c, 3, config, "kernel")(x)))
    for i, stride in enumerate(config.strides):
        c = stride * c
        h = block(h, c, stride, f"blocks.{i}")
    logits = layers.Dense(10, name="w", **_penalty(config))(layers.GlobalAveragePooling2D()(h))
    return Baseline(keras.Model(x, logits), cross_entropy)


def dense_net(config: Any) -> Baseline:
    def block(h: Any, name: str) -> Any:
        for i in range(config.depth):
            added = layers.ReLU()(_norm(config, f"{name}.{i}.norm")(h))
            added = _convolution(config.growth, 3, config, f"{name}.{i}.kernel")(added)
            h = layers.Concatenate()([h, added])
        return h

    x = keras.Input((8, 8, 1))
    h = block(_convolution(config.channels, 3, config, "kernel")(x), "block1")
    h = layers.ReLU()(_norm(config, "transition.norm")(h))
    h = layers.AveragePooling2D(2)(_convolution(config.narrowed, 1, config, "transition.kernel")(h))
    h = layers.ReLU()(_norm(config, "norm")(block(h, "block2")))
    logits = layers.Dense(10, name="w", **_penalty(config))(layers.GlobalAveragePooling2D()(h))
    return Baseline(keras.Model(x, logits), cross_entropy)


def sequence_conv_net(config: Any) -> Baseline:
    model = keras.Sequential([keras.Input((40, 1))])
    for i, (channels, size) in enumerate(zip(config.channels, (5, 3, 3)), 1):
        model.add(layers.ZeroPadding1D(1))
        model.add(layers.Conv1D(channels, size, strides=2, activation="relu", name=f"kernel{i}"))
    model.add(layers.Flatten())
    model.add(layers.Dense(10, name="w"))
    return Baseline(model, cross_entropy)


def lstm(config: Any) -> Baseline:
    words = keras.Input((config.length,), dtype="int64")
    dropout_mask = keras.Input((config.hidden,))
    x = layers.Embedding(config.words, config.embedding, name="embedding")(words)
    h = layers.LSTM(config.hidden, return_sequences=True, unroll=not _on_gpu(), name="lstm")(x)
    pooled = layers.GlobalAveragePooling1D()(h, mask=keras.ops.not_equal(words, 0))  # words alone, not what fills up
    logits = layers.Dense(1, name="w")(layers.Multiply()([pooled, dropout_mask]))

    def loss(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        y = tf.cast(y, logits.dtype)
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))

    return Baseline(keras.Model([words, dropout_mask], logits[:, 0]), loss, ("words", "dropout_mask"))


def _on_gpu() -> bool:
    """Whether a net made here and now runs on a GPU, where cuDNN's own kernel is Keras's best LSTM. It does not unroll;
    on a CPU unrolling is faster.
    """
    return "GPU" in tf.zeros(()).device


def _penalty(config: Any) -> dict[str, Any]:
    regularizer = keras.regularizers.L2()
    regularizer.l2 = _exact(config.l2 / 2)  # TWIN: Keras's L2 has no half in it
    return {"kernel_regularizer": regularizer}


def _convolution(channels: int, size: int, config: Any, name: str, stride: int = 1) -> Any:
    return layers.Conv2D(channels, size, stride, "same", use_bias=False, name=name, **_penalty(config))


def _norm(config: Any, name: str) -> Any:
    # TWIN: Keras keeps the biased variance of a batch, the twins the unbiased one: see unlike() in shared/baselines.py
    return layers.BatchNormalization(momentum=config.decay, epsilon=config.epsilon, name=name)


def _exact(number: float) -> float:
    """A setting as it is: in float64, too, Keras rounds a number of Python's to float32, but not one of NumPy's."""
    return np.float64(number) if keras.config.floatx() == "float64" else number


class Adam(keras.optimizers.Adam):
    """Keras's own, with another epsilon."""

    @property
    def epsilon(self):
        # TWIN: Keras adds epsilon to sqrt(v), the twins to sqrt(v^), where v is corrected for its start at zero. Made
        # smaller by as much as that root, step by step, it is the same formula; the graph gets a few scalars more
        dtype = self._learning_rate.dtype
        power = keras.ops.power(keras.ops.cast(self.beta_2, dtype), keras.ops.cast(self.iterations + 1, dtype))
        return self._epsilon * keras.ops.sqrt(1 - power)

    @epsilon.setter
    def epsilon(self, value):
        self._epsilon = value


def _tensors(model: Any) -> Iterator[tuple[str, Any]]:
    """What a net learns, and its running averages, by canonical name. Keras's layouts are the canonical ones."""
    for layer in model.layers:
        name = layer.name.replace(".", "/")
        match layer:
            case layers.BatchNormalization():
                yield f"{name}/gamma", layer.gamma
                yield f"{name}/beta", layer.beta
                yield f"{name}/moving_mean", layer.moving_mean
                yield f"{name}/moving_variance", layer.moving_variance
            case layers.LSTM():
                yield "kernel", layer.cell.kernel
                yield "recurrent_kernel", layer.cell.recurrent_kernel
                yield "bias", layer.cell.bias
            case layers.Embedding():
                yield name, layer.embeddings
            case layers.Dense() | layers.Conv1D() | layers.Conv2D():
                yield name, layer.kernel
                if layer.use_bias:
                    yield bias_name(name), layer.bias


@contextmanager
def _floats(dtype: str) -> Iterator[None]:
    """Within it, Keras makes all of this type: layers, which have a policy, and learning rates, which have not."""
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


class BaselineTwin:
    """Drives a net of Keras's own layers as `Twin` drives a model: NumPy in, NumPy out, canonical names.

    It can be trained, asked for its output, and timed; it is not observed.
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
            self.net: Baseline = globals()[name](spec.config)
            self.model = self.net.model
            self.optimizer = self._optimizer()
            self.optimizer.build(self.model.trainable_variables)
        self.tensors = dict(_tensors(self.model))
        own = [v for v in self.optimizer.variables if v is not self.optimizer._learning_rate]
        self.slots = {f"slot {i}": v for i, v in enumerate(own)}  # whose names in Keras count the nets of the process
        self._train = tf.function(self._one_step)
        self._infer = tf.function(self._output)
        self._on_device: dict[str, tf.Tensor] = {}
        self.reset()

    def _optimizer(self) -> Any:
        optimizer = plain_optimizer(self.spec.config.optimizer)
        if isinstance(optimizer, Momentum):
            # TWIN: Keras has the learning rate inside of the velocity: the same steps, while it is constant
            return keras.optimizers.SGD(optimizer.learning_rate, _exact(optimizer.momentum))
        return Adam(optimizer.learning_rate, _exact(optimizer.beta1), _exact(optimizer.beta2), optimizer.epsilon)

    def _output(self, inputs: dict[str, tf.Tensor], training: bool = False) -> tf.Tensor:
        given = [inputs[name] for name in self.net.reads]
        return self.model(given if len(given) > 1 else given[0], training=training)

    def _one_step(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = self.net.loss(self._output(inputs, training=True), inputs[self.net.target])
            loss += sum(self.model.losses)  # the penalty of weights
        variables = self.model.trainable_variables
        # TWIN: the gradient of a look-up is made dense, as in the twins; Keras's Adam would square what each place of a
        # repeated word gives, and add the squares up
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

        Without a batch it trains on the one that `to_device` has put there.
        """
        inputs = self._on_device if batch is None else self._inputs(batch, self.net.target)
        return float(self._train(inputs))

    def predict(self, batch: Batch) -> np.ndarray:
        """The net's output, in inference mode."""
        return self._infer(self._inputs(batch)).numpy()

    def size(self) -> int:
        """How often a step was made a graph: once for each shape of its inputs, or it is made anew every time."""
        return self._train.experimental_get_tracing_count()

    def state(self) -> State:
        """Everything a step changes: what has a canonical name under it, and slots in Keras's order."""
        return {name: variable.numpy() for name, variable in (self.tensors | self.slots).items()}

    def load(self, state: State) -> None:
        """Set values by name."""
        own = self.tensors | self.slots
        for name, value in state.items():
            if tuple(own[name].shape) != np.shape(value):
                raise ValueError(f"{name}: shape {np.shape(value)} does not fit {tuple(own[name].shape)}")
            own[name].assign(value)

    def reset(self) -> None:
        """Back to the twin's initial values, and slots of zero."""
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
