"""Medians and ratios of timings, with 95 % bootstrap intervals (Efron 1979, percentile method)."""

from collections.abc import Sequence

import numpy as np

from shared.randomness import generator

CONFIDENCE = 0.95
RESAMPLES = 4000
GROUP = 2  # blocks of one side in a group A B B A


def median(samples: Sequence[float]) -> tuple[float, float | None, float | None]:
    """Median and its interval. A single sample, as of an import, has no interval: None."""
    if len(samples) == 1:
        return samples[0], None, None
    values = np.asarray(samples)
    return float(np.median(values)), *_interval(values)


def ratio(static: Sequence[float], dynamic: Sequence[float]) -> tuple[float, float, float]:
    """Static time over dynamic time, with its interval, from blocks that ran in the order A B B A.

    Each group gives one ratio, of geometric means, and the result is the median over groups. A group is the unit that
    is drawn again: within one, a slow drift of the machine hits both sides alike and cancels; between groups it may
    not.
    """
    logs = [np.log(np.asarray(samples)).reshape(-1, GROUP).mean(axis=1) for samples in (static, dynamic)]
    groups = logs[0] - logs[1]
    centre, (low, high) = np.median(groups), _interval(groups)
    return float(np.exp(centre)), float(np.exp(low)), float(np.exp(high))


def conclusion(low: float, high: float) -> str:
    """What the interval of a ratio, static time over dynamic time, lets one say."""
    if low <= 1 <= high:
        return "not significant"
    return "static faster" if high < 1 else "dynamic faster"


def _interval(values: np.ndarray) -> tuple[float, float]:
    """The bootstrap interval of the median. The random key is fixed: the same samples give the same interval."""
    draws = generator("speed", "bootstrap", len(values)).integers(0, len(values), (RESAMPLES, len(values)))
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(np.median(values[draws], axis=1), [tail, 100 - tail])
    return float(low), float(high)
