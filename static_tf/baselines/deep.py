"""The models of the chapter on deep networks, made of TensorFlow's own layers.

Twin: dynamic_torch/baselines/deep.py
"""

from typing import Any

import tensorflow as tf
from tensorflow import keras

from static_tf.baselines.baseline import Baseline, cross_entropy, layers


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
