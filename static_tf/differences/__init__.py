"""The known differences between the frameworks, each as a small TF1 graph: what TF1 computes by default, and, where
this side is the one to change, how it is written to compute what PyTorch does.

A probe takes arrays by name, as tensors, and returns named outputs. `aligned` is a parameter of the side that is
written differently to make both equal. The table is shared/differences/.

Twin: dynamic_torch/differences/
"""

from contextlib import contextmanager

import numpy as np
import tensorflow.compat.v1 as tf

from shared.differences import call
from static_tf.differences import convolution, execution, losses, normalization, optimizers, recurrent
from static_tf.differences.probe import PROBES

__all__ = ["PROBES", "convolution", "execution", "losses", "normalization", "optimizers", "recurrent", "run"]


def run(name: str, inputs: dict[str, np.ndarray], aligned: bool = False) -> dict[str, np.ndarray]:
    """The outputs of one probe, by name: its graph is built, and run once in a Session of its own."""
    cpu = tf.ConfigProto(device_count={"GPU": 0}, intra_op_parallelism_threads=1, use_per_session_threads=True)
    with _without_notices(), tf.Graph().as_default(), tf.Session(config=cpu) as session:
        tensors = {key: tf.placeholder_with_default(value, value.shape, key) for key, value in inputs.items()}
        outputs = call(PROBES[name], tensors, aligned)
        outputs = {key: tf.convert_to_tensor(value) for key, value in outputs.items()}
        session.run(tf.global_variables_initializer())
        return {key: np.asarray(value) for key, value in session.run(outputs).items()}


@contextmanager
def _without_notices():
    """Most of what is probed here is marked as deprecated, which is why people port it: no need to say so again."""
    verbosity = tf.logging.get_verbosity()
    tf.logging.set_verbosity(tf.logging.ERROR)
    try:
        yield
    finally:
        tf.logging.set_verbosity(verbosity)
