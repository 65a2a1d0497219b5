"""A vector for each number: what a network reads where others read measurements.

    look_up(table, number) = one_hot(number) table          the row of the table that the number names

Twin: dynamic_torch/parts/embedding.py
"""

import tensorflow.compat.v1 as tf


def look_up(table, number):
    """The rows (.., E) of a table (C, E) that numbers (..) name."""
    # TWIN: the gradient of tf.gather has only the rows that were read, and TF1's optimizers leave the velocity of the
    # others unchanged; the reshape makes it dense, as in PyTorch
    return tf.gather(tf.reshape(table, table.shape), number)
