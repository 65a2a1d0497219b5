"""A vector for each number: what a network reads where others read measurements.

    look_up(table, number) = one_hot(number) table          the row of the table that the number names

Twin: static_tf/parts/embedding.py
"""

from torch.nn import functional as F


def look_up(table, number):
    """The rows (.., E) of a table (C, E) that numbers (..) name."""
    # TWIN: the gradient of F.embedding is dense unless a sparse one is asked for: the velocity of every row decays
    return F.embedding(number, table)
