"""Losses, activations, gradients at corners: the known differences, each as a small TF1 graph.

Twin: dynamic_torch/differences/losses.py
"""

import numpy as np
import tensorflow.compat.v1 as tf

from static_tf.differences.probe import probe, slope


@probe
def loss_reduction(logits, labels, prediction, target, weights):
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    return {
        "gradient of cross-entropy": slope(loss, logits),
        "weighted": tf.losses.mean_squared_error(target, prediction, weights),
    }


@probe
def log_loss(p, y, logits, aligned):
    def cross_entropy(p):
        if not aligned:
            return tf.losses.log_loss(y, p)  # float32, whatever it is given
        return -tf.reduce_mean(y * tf.log(p + 1e-7) + (1 - y) * tf.log(1 - p + 1e-7))

    return {
        "inside": cross_entropy(tf.sigmoid(logits)),
        "at 0 and 1": cross_entropy(p),
        "from logits": tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits),
    }


@probe
def activations(x):
    tanh_form = 0.5 * x * (1 + tf.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return {
        "leaky ReLU": tf.nn.leaky_relu(x),
        "hard sigmoid": tf.clip_by_value(0.2 * x + 0.5, 0, 1),
        "softplus": tf.nn.softplus(x + 20.5),
        "GELU": 0.5 * x * (1 + tf.math.erf(x / np.sqrt(2))),
        "GELU by tanh": tanh_form,
    }


@probe
def selu_at_zero(x, zero):
    return {"selu": tf.nn.selu(x), "gradient": slope(tf.nn.selu(x), x), "gradient at 0": slope(tf.nn.selu(zero), zero)}


@probe
def max_ties(a, b):
    return {
        "reduce_max": slope(tf.reduce_max(a, 1), a),
        "maximum": slope(tf.maximum(a, b), a),
        "minimum": slope(tf.minimum(a, b), a),
    }


@probe
def norm_at_zero(x, zero, aligned):
    def norm(x):
        if not aligned:
            return tf.norm(x, axis=1)
        square = tf.reduce_sum(tf.square(x), 1)
        positive = square > 0
        return tf.where(positive, tf.sqrt(tf.where(positive, square, tf.ones_like(square))), tf.zeros_like(square))

    masked_log = tf.where(x > 0, tf.log(x), tf.zeros_like(x))
    return {
        "norm": norm(x),
        "gradient of norm": slope(norm(x), x),
        "gradient of sqrt": slope(tf.sqrt(zero), zero),
        "gradient of a power": slope(tf.pow(zero, 0.5), zero),
        "gradient of a masked log": slope(masked_log, x),
    }


@probe
def top_k_ties(x):
    values, indices = tf.nn.top_k(x, 4)
    return {"values": values, "indices": indices, "argmax": tf.argmax(x, 1)}


@probe
def corners(x, y, images):
    return {
        "sigmoid cross-entropy": slope(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x), x),
        "ReLU": slope(tf.nn.relu(x), x),
        "abs": slope(tf.abs(x), x),
        "clip": slope(tf.clip_by_value(x, -1, 1), x),
        "ReLU6": slope(tf.nn.relu6(x), x),
        "ELU": slope(tf.nn.elu(x), x),
        "max pool": slope(tf.nn.max_pool(images, 2, 2, "VALID"), images),
        "product": slope(tf.reduce_prod(x), x),
        "round": tf.round(x),
        "floor mod": tf.floormod(x, np.float64(3)),
        "to integer": tf.cast(x, tf.int32),
    }
