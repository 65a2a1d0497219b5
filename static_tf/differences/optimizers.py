"""Optimizers: the known differences, each as a small TF1 graph. Hyper-parameters are np.float64, for the reason that
`float32_hyperparameters` shows.

Twin: dynamic_torch/differences/optimizers.py
"""

import numpy as np
import tensorflow.compat.v1 as tf
from scipy.optimize import minimize

from static_tf.differences.probe import each, probe, slope, variable


def descend(make, w, gradients, rates, penalty=None):
    """`w` after one step of the optimizer down each of the gradients, at its rate. Each step waits for the last.

    A penalty is a function of `w` whose gradient is added.
    """
    w, rate = variable(w), variable(rates[0])
    optimizer, step = make(rate), tf.no_op()
    for g, r in zip(each(gradients), each(rates)):
        with tf.control_dependencies([step]), tf.control_dependencies([rate.assign(r)]):
            total = g + slope(penalty(w.read_value()), w) if penalty else g
            step = optimizer.apply_gradients([(total, w)])
    with tf.control_dependencies([step]):
        return w.read_value()


@probe
def rmsprop(w, gradients, rates):
    def make(rate):
        return tf.train.RMSPropOptimizer(rate, np.float64(0.9), epsilon=np.float64(1e-10))

    return {"w": descend(make, w, gradients, rates)}


@probe
def rmsprop_momentum(w, gradients, rates):
    def momentum(rate):
        return tf.train.RMSPropOptimizer(rate, np.float64(0.9), np.float64(0.9), np.float64(0))

    def centred(rate):
        return tf.train.RMSPropOptimizer(rate, np.float64(0.9), epsilon=np.float64(1e-3), centered=True)

    return {
        "momentum": descend(momentum, w, gradients, rates),
        "centred": descend(centred, w, gradients, rates),
    }


@probe
def rmsprop_slot(w, gradients, rates):
    def make(rate):
        return tf.train.RMSPropOptimizer(rate, np.float64(0.9), epsilon=np.float64(0))

    return {"w": descend(make, w, gradients, rates)}


@probe
def adagrad_accumulator(w, gradients, rates):
    return {"w": descend(tf.train.AdagradOptimizer, w, gradients, rates)}


@probe
def adadelta_defaults(w, gradients, rates):
    def make(rate):
        return tf.train.AdadeltaOptimizer(rate, np.float64(0.95), np.float64(1e-8))

    return {"w": descend(make, w, gradients, 0.001 * rates)}


@probe
def adam_epsilon(w, gradients, rates):
    def make(rate):
        return tf.train.AdamOptimizer(rate, np.float64(0.9), np.float64(0.999), np.float64(1e-8))

    return {
        "w": descend(make, w, gradients, rates),
        "w, small gradients": descend(make, w, 1e-6 * gradients, rates),
    }


@probe
def momentum_rate(w, gradients, rates):
    def make(rate):
        return tf.train.MomentumOptimizer(rate, np.float64(0.9))

    keras, velocity = w, tf.zeros_like(w)
    for g, rate in zip(each(gradients), each(rates)):
        velocity = 0.9 * velocity - rate * g
        keras = keras + velocity
    damped, velocity = w, tf.zeros_like(w)
    for g, rate in zip(each(gradients), each(rates)):
        velocity = 0.9 * velocity + 0.5 * g
        damped = damped - rate * velocity
    return {"TF1": descend(make, w, gradients, rates), "Keras, Caffe": keras, "dampening": damped}


@probe
def nesterov(w, gradients, rates):
    def make(rate):
        return tf.train.MomentumOptimizer(rate, np.float64(0.9), use_nesterov=True)

    return {"w": descend(make, w, gradients, rates)}


@probe
def float32_hyperparameters(w, gradients, aligned):
    number = np.float64 if aligned else float

    def make(_):
        return tf.train.MomentumOptimizer(number(0.1), number(0.9))

    return {"w": descend(make, w, gradients, gradients[:, 0])}


@probe
def sparse_gradients(w, words, errors, rates, aligned):
    gradients = [slope(tf.gather(w, row) * error, w) for row, error in zip(each(words), each(errors))]
    if aligned:
        gradients = [tf.convert_to_tensor(g) for g in gradients]

    def momentum(rate):
        return tf.train.MomentumOptimizer(rate, np.float64(0.9))

    def rmsprop(rate):
        return tf.train.RMSPropOptimizer(rate, np.float64(0.9), epsilon=np.float64(0))

    def adam(rate):
        return tf.train.AdamOptimizer(rate, np.float64(0.9), np.float64(0.999), np.float64(0))

    return {
        "momentum": descend(momentum, w, gradients, rates),
        "RMSProp": descend(rmsprop, w, gradients, rates),
        "Adam": descend(adam, w, gradients, rates),
    }


@probe
def weight_decay(w, gradients, rates):
    def l2_loss(w):
        return 0.1 * tf.nn.l2_loss(w)

    def keras_l2(w):
        return 0.1 * tf.reduce_sum(tf.square(w))

    def adam(rate):
        return tf.train.AdamOptimizer(rate, np.float64(0.9), np.float64(0.999), np.float64(0))

    return {
        "l2_loss": descend(tf.train.GradientDescentOptimizer, w, gradients, rates, l2_loss),
        "Keras l2": descend(tf.train.GradientDescentOptimizer, w, gradients, rates, keras_l2),
        "a bias": descend(tf.train.GradientDescentOptimizer, w, gradients, rates),
        "Adam": descend(adam, w, gradients, rates, l2_loss),
    }


@probe
def quasi_newton(w):
    loss = tf.reduce_sum(tf.log(tf.cosh(w - 1))) + 0.1 * tf.reduce_sum(tf.square(w[1:] - w[:-1]))
    gradient, session = slope(loss, w), tf.get_default_session()

    def evaluate(value):
        return session.run([loss, gradient], {w: value})

    found = minimize(evaluate, session.run(w), jac=True, method="BFGS", options={"maxiter": 4})
    return {"w": tf.constant(found.x)}


@probe
def gradient_clip(w, gradients, rates):
    clipped, _ = tf.clip_by_global_norm(each(gradients), 0.5)
    decayed = [tf.train.exponential_decay(rates[0], step, 3, np.float64(0.9)) for step in range(6)]
    return {"clipped": tf.stack(clipped), "rates": tf.stack(decayed)}
