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
    """A model of Keras's own layers, with its loss. The penalty of the weights is in the layers."""

    model: Any
    loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]  # of the output and the target
    reads: tuple[str, ...] = ("x",)  # entries of a batch, in the order of the model's inputs
    target: str = "y"


def cross_entropy(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))


def penalty(config: Any) -> dict[str, Any]:
    regularizer = keras.regularizers.L2()
    regularizer.l2 = exact(config.l2 / 2)  # TWIN: Keras's L2 has no factor 1/2
    return {"kernel_regularizer": regularizer}


def convolution(channels: int, size: int, config: Any, name: str, stride: int = 1) -> Any:
    return layers.Conv2D(channels, size, stride, "same", use_bias=False, name=name, **penalty(config))


def norm(config: Any, name: str) -> Any:
    # TWIN: Keras keeps the biased variance of a batch, the twins the unbiased one: see unlike() in shared/baselines.py
    return layers.BatchNormalization(momentum=config.decay, epsilon=config.epsilon, name=name)


def exact(number: float) -> float:
    """A setting that Keras does not round: even in float64 it rounds Python's numbers to float32, but not NumPy's."""
    return np.float64(number) if keras.config.floatx() == "float64" else number
