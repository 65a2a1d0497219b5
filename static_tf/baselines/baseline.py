"""A model made of TensorFlow's own layers, and what the chapters' files share.

Twin: dynamic_torch/baselines/baseline.py
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

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


def penalty(config: Any) -> dict[str, Any]:
    regularizer = keras.regularizers.L2()
    regularizer.l2 = exact(config.l2 / 2)  # TWIN: Keras's L2 has no half in it
    return {"kernel_regularizer": regularizer}


def convolution(channels: int, size: int, config: Any, name: str, stride: int = 1) -> Any:
    return layers.Conv2D(channels, size, stride, "same", use_bias=False, name=name, **penalty(config))


def norm(config: Any, name: str) -> Any:
    # TWIN: Keras keeps the biased variance of a batch, the twins the unbiased one: see unlike() in shared/baselines.py
    return layers.BatchNormalization(momentum=config.decay, epsilon=config.epsilon, name=name)


def exact(number: float) -> float:
    """A setting as it is: in float64, too, Keras rounds a number of Python's to float32, but not one of NumPy's."""
    return np.float64(number) if keras.config.floatx() == "float64" else number
