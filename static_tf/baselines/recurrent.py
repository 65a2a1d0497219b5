"""The models of the chapter on recurrent networks, made of TensorFlow's own layers.

Twin: dynamic_torch/baselines/recurrent.py
"""

from typing import Any

import tensorflow as tf
from tensorflow import keras

from static_tf.baselines.baseline import Baseline, cross_entropy, layers


def reader(config: Any, layer: Any) -> Baseline:
    """A recurrent layer over a sentence, and the mean of its outputs over the words."""
    words = keras.Input((config.length,), dtype="int64")
    dropout_mask = keras.Input((config.hidden,))
    x = layers.Embedding(config.words, config.embedding, name="reader.embedding")(words)
    h = layer(config.hidden, return_sequences=True, unroll=not _on_gpu(), name="cell")(x)
    pooled = layers.GlobalAveragePooling1D()(h, mask=keras.ops.not_equal(words, 0))  # words only, not padding
    logits = layers.Dense(1, name="w")(layers.Multiply()([pooled, dropout_mask]))

    def loss(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        y = tf.cast(y, logits.dtype)
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))

    return Baseline(keras.Model([words, dropout_mask], logits[:, 0]), loss, ("x", "dropout_mask"))


def rnn(config: Any) -> Baseline:
    return reader(config, layers.SimpleRNN)


def lstm(config: Any) -> Baseline:
    return reader(config, layers.LSTM)


def gru(config: Any) -> Baseline:
    return reader(config, layers.GRU)


def bidirectional_gru(config: Any) -> Baseline:
    x = keras.Input((config.length, 1))
    unroll = not _on_gpu()
    h = layers.Bidirectional(layers.GRU(config.hidden, return_sequences=True, unroll=unroll), name="gru")(x)
    return Baseline(keras.Model(x, layers.Dense(10, name="w")(layers.Flatten()(h))), cross_entropy)


def _on_gpu() -> bool:
    """Whether a net made at this point runs on a GPU, where cuDNN's kernel is Keras's fastest LSTM. It does not unroll;
    on a CPU unrolling is faster.
    """
    return "GPU" in tf.zeros(()).device
