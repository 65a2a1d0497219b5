"""The known differences between TensorFlow 1 and PyTorch: what differs, each side's formula, how to align.

One row per difference, one file per topic. Two functions with the row's name compute it, one in static_tf/differences/
and one in dynamic_torch/differences/, on the arrays given here; `benchmarks differences` measures how far apart they
are, with the defaults of the frameworks and aligned. What was found equal has a row too: it need not be suspected.
"""

from shared.differences import convolution, execution, losses, normalization, optimizers, recurrent
from shared.differences.difference import INFINITE, ROUNDING, TOPICS, Difference, Probe, call
from shared.errors import unknown

__all__ = ["DIFFERENCES", "INFINITE", "ROUNDING", "TOPICS", "Difference", "Probe", "call", "find"]

_BY_TOPIC = (optimizers, normalization, convolution, recurrent, losses, execution)  # in the order of TOPICS

DIFFERENCES: dict[str, Difference] = {row.name: row for topic in _BY_TOPIC for row in topic.ROWS}


def find(name: str) -> Difference:
    """The row of a difference; an unknown name is a UsageError with the nearest one."""
    if name not in DIFFERENCES:
        raise unknown("difference", name, DIFFERENCES)
    return DIFFERENCES[name]
