"""Whether a machine was quiet enough for a conclusion.

A process that shares its core with another one has less than the core's time: in a block its processor time is shorter
than the wall time. Such a block is timed again, a few times at most; if too many remain, the machine is busy.

A neighbour can also be invisible. On a virtual machine another guest takes caches and memory, but no processor time
that the counters show. Then the ratios of the launches differ more than on a quiet machine: it is unsteady, and the
interval cannot be trusted. That the times themselves differ says nothing: on an idle virtual machine processes were up
to 83 % apart while their ratios agreed to a few per cent.

The sides do not suffer alike, so taking turns does not help (measured on 2 cores of an EPYC, training steps):

- From a loop on the same core, the dynamic side suffers more: lstm takes 2.2 times as long, 1.9 on the static side. A
  graph's step is handed to another thread and back (4,500 times a second in logistic_regression), and a thread that
  wakes is given the core sooner than one that has used up its turn: 54 % of the core for the static side, 50 % for the
  dynamic one. The allocator of the dynamic side also returns memory at every step (100 page faults in a step of lstm,
  none on the static side), which takes longer when the core is shared.
- From a loop that copies memory on another core, the static side suffers more: lstm takes 1.7 times as long, 1.4 on the
  dynamic side, with 99 % of its core. This is the neighbour that no counter shows.
"""

from collections.abc import Sequence

import numpy as np

from benchmarks.speed import statistics

# The fewest cores that a process of one thread must have had; of more threads, as a share of the most in any block
WHOLE, OF_THE_MOST = 0.95, 0.9
TRIES = 6  # of one block
DISTURBED = 0.2  # share of the blocks that may remain disturbed
SPREAD = 1.3  # the largest over the smallest of the launches' ratios: up to 1.25 in 95 of 100 on an idle machine

BUSY, UNSTEADY = "busy: no conclusion", "unsteady: no conclusion"


def is_whole(cores: float, most: float, threads: int, device: str) -> bool:
    """Whether a process had its cores to itself during a block; on a GPU that does not matter.

    `cores` is how many it had on average, `most` the largest number that it had in any block.
    """
    return device != "cpu" or cores >= (WHOLE if threads == 1 else OF_THE_MOST * most)


def conclusion(low: float | None, high: float | None, ratios: Sequence[float], disturbed: float) -> str:
    """BUSY, UNSTEADY, or if the machine was quiet enough what `statistics.conclusion` says of a ratio's interval.

    `ratios` are the launches', `disturbed` is a share of blocks.
    """
    found = statistics.conclusion(low, high)
    if low is None:
        return found
    if disturbed > DISTURBED:
        return BUSY
    return UNSTEADY if spread(ratios) > SPREAD else found


def spread(values: Sequence[float]) -> float:
    """The largest over the smallest of seven values or fewer; 1 if there are none.

    Of more values there are larger ones and smaller ones. What is expected of seven is taken, which the limit is for.
    """
    if not len(values):
        return 1.0
    low, high = np.quantile(values, [1 / 8, 7 / 8], method="weibull")
    return float(high / low)
