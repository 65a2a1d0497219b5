"""Randomness, precision, execution: the known differences, each as a small TF1 graph.

Twin: dynamic_torch/differences/execution.py
"""

import numpy as np
import tensorflow.compat.v1 as tf

from static_tf.differences.probe import probe, refused, variable


@probe
def dropout(x, uniform, aligned):
    tf.set_random_seed(1)
    ones, rate = tf.ones_like(x), 0.2
    masked = x * tf.cast(uniform >= rate, x.dtype) / (1 - rate) if aligned else tf.nn.dropout(x, rate=rate)
    return {
        "dropped": masked,
        "scale": tf.reduce_max(tf.nn.dropout(ones, rate=rate)),
        "scale, keep_prob": tf.reduce_max(tf.nn.dropout(ones, keep_prob=np.float64(rate))),
    }


@probe
def initialisers(uniform, aligned):
    tf.set_random_seed(1)
    w = tf.get_variable("w", uniform.shape, tf.float64)  # glorot_uniform, unless told otherwise
    cut = tf.get_variable("cut", uniform.shape, tf.float64, tf.truncated_normal_initializer(stddev=np.float64(0.5)))
    if aligned:
        low, high = tf.unstack(tf.math.erf(np.array([-2, 2]) / np.sqrt(2)) / 2 + 0.5)
        w = (2 * uniform - 1) * np.sqrt(6 / sum(uniform.shape.as_list()))
        cut = 0.5 * tf.math.ndtri(low + uniform * (high - low))
    bias = tf.get_variable("bias", uniform.shape[1], tf.float64, tf.zeros_initializer())
    return {
        "dense weights": tf.math.reduce_std(w),
        "dense bias": tf.math.reduce_std(bias),
        "truncated normal": tf.math.reduce_std(cut),
    }


@probe
def reduced_precision(a, b, aligned):
    allowed = tf.config.experimental.tensor_float_32_execution_enabled()
    if aligned:
        tf.config.experimental.enable_tensor_float_32_execution(False)
    both = tf.config.experimental.tensor_float_32_execution_enabled()  # one switch for both
    tf.config.experimental.enable_tensor_float_32_execution(allowed)
    return {
        "TF32 in matrix products": int(both),
        "TF32 in convolutions": int(both),
        "float64 matrix product": a @ b,
    }


@probe
def subnormal(x, shrink, grow):
    return {"x, shrunk and grown": tf.abs(x * shrink) * grow}  # without abs the graph multiplies by the product


@probe
def gather_out_of_range(x):
    w, session = variable(x), tf.get_default_session()
    session.run(w.initializer)
    fetched = session.run(w)
    fetched += 1
    return {
        "an index past the end is refused": refused(lambda: tf.gather(x, [x.shape[0]])),
        "a negative index is refused": refused(lambda: tf.gather(x, [-1])),
        "after writing into what was fetched": tf.constant(session.run(w)),
    }


@probe
def control_flow(x, w, unused, aligned):
    traced = []

    def branch(name, value):
        traced.append(name)
        return value

    y = tf.cond(tf.reduce_sum(x) > 0, lambda: branch("positive", x @ w), lambda: branch("negative", -x @ w))
    missing = tf.gradients(y, unused, unconnected_gradients="zero" if aligned else "none")[0]

    def layer(x):
        return x @ tf.get_variable("w", w.shape, w.dtype)

    for _ in range(2):
        with tf.variable_scope("layer", reuse=tf.AUTO_REUSE) if aligned else tf.variable_scope(None, "layer"):
            layer(x)
    return {
        "y": y,
        "branches traced": len(traced),
        "gradient of what is not used": tf.constant(np.nan) if missing is None else missing,
        "variables after two calls": len(tf.global_variables()),
    }
