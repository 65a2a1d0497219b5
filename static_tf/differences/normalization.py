"""Normalization: the known differences, each as a small TF1 graph.

Twin: dynamic_torch/differences/normalization.py
"""

import numpy as np
import tensorflow.compat.v1 as tf

from static_tf.differences.probe import each, probe, variable


@probe
def batch_norm_momentum(x):
    average = tf.zeros_like(x[0, 0])
    for batch in each(x):
        mean, variance = tf.nn.moments(batch, [0])
        average = 0.99 * average + 0.01 * mean
    normalised = tf.nn.batch_normalization(batch, mean, variance, None, None, 1e-3)
    return {"running mean": average, "normalised": normalised}


@probe
def batch_norm_variance(x, images, aligned):
    _, variance = tf.nn.moments(x, [0])
    n = x.shape[0]
    if aligned:
        variance = variance * n / (n - 1)
    images = tf.cast(images, tf.float32)  # the fused kernel knows no float64
    ones = tf.ones(images.shape[-1])
    _, _, fused = tf.nn.fused_batch_norm(images, ones, ones)
    y, _, _ = tf.nn.fused_batch_norm(tf.ones_like(images), ones, 0 * ones, 0 * ones, 0 * ones, 1e-5, is_training=False)
    return {
        "moments": variance,
        "fused_batch_norm": fused,
        "epsilon in use": tf.round(1e8 / tf.square(y)),
    }


@probe
def batch_norm_updates(x, aligned):
    mean, variance = tf.nn.moments(x, [0])
    average = variable(tf.zeros_like(mean))
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, average.assign_add(0.1 * (mean - average)))
    training = tf.placeholder_with_default(False, ())
    mean, variance = tf.cond(training, lambda: (mean, variance), lambda: (tf.zeros_like(mean), tf.ones_like(mean)))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS) if aligned else []):
        return {
            "running mean": average.read_value(),
            "output": tf.nn.batch_normalization(x, mean, variance, None, None, 1e-5),
        }


@probe
def layer_norm_epsilon(x):
    mean, variance = tf.nn.moments(x, [1], keepdims=True)
    return {
        "contrib": tf.nn.batch_normalization(x, mean, variance, None, None, 1e-12),
        "Keras": tf.nn.batch_normalization(x, mean, variance, None, None, 1e-3),
        "variance": tf.math.reduce_variance(x, 1),
    }


@probe
def l2_normalize(x, small):
    return {"x": tf.nn.l2_normalize(x, 1), "small x": tf.nn.l2_normalize(small, 1)}


@probe
def local_response_norm(x, aligned):
    if not aligned:
        return {"y": tf.cast(tf.nn.local_response_normalization(tf.cast(x, tf.float32)), tf.float64)}
    channels = np.arange(x.shape[-1])
    near = np.abs(channels[:, None] - channels) <= 5
    return {"y": x / tf.sqrt(1 + tf.tensordot(tf.square(x), near.astype(float), 1))}
