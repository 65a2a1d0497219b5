"""What the probes of several topics use.

Twin: dynamic_torch/differences/probe.py
"""

import tensorflow.compat.v1 as tf

from shared.differences import Probe

PROBES: dict[str, Probe] = {}


def probe(function):
    """Enter a function in the table of this side, under its own name."""
    PROBES[function.__name__] = function
    return function


def variable(initial):
    """A variable that starts as the given tensor."""
    return tf.Variable(initial, use_resource=True)


def each(values):
    """The entries along the first axis, one by one."""
    return values if isinstance(values, list) else tf.unstack(values)


def slope(y, x):
    """The gradient of the sum of y with respect to x."""
    return tf.gradients(y, x)[0]


def refused(function):
    """Whether computing it is an error, as 1 or 0."""
    try:
        tf.get_default_session().run(function())
    except tf.errors.InvalidArgumentError:
        return tf.constant(1.0)
    return tf.constant(0.0)
