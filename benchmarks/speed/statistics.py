"""Medians and ratios of timings, with 95 % bootstrap intervals over processes.

Samples are one list for each launch: a launch is a fresh pair of processes, and its samples are the blocks that they
ran. Two launches of one program differ more than two blocks of one launch (because of memory addresses and other
processes), so whole launches are resampled, each with all of its blocks (Davison & Hinkley 1997, section 3.8). The
percentile interval of a bootstrap over n launches is too narrow by a factor of sqrt((n - 1) / n), and because it uses
the normal distribution instead of Student's; wider percentiles correct both (Hesterberg 2015, section 5.3).
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, stdtrit

from shared.randomness import generator

Launches = Sequence[Sequence[float]]

CONFIDENCE = 0.95
RESAMPLES = 4000
GROUP = 2  # blocks of one side in a group A B B A
FEWEST = 6  # the range of n launches contains the true median with probability 1 - 2 / 2^n: over 95 % from n = 6 on


def median(launches: Launches) -> tuple[float, float | None, float | None]:
    """Median of the launches' medians, and its interval; None if there are too few launches for one."""
    values = [np.asarray(samples, float) for samples in launches if len(samples)]
    return _centre(values), *_interval(values)


def ratio(static: Launches, dynamic: Launches) -> tuple[float, float | None, float | None]:
    """Static time over dynamic time, with its interval, from blocks that ran in the order A B B A.

    Each group gives one ratio, of geometric means: a slow drift of the machine affects both sides equally and cancels.
    The result is the median over launches of the medians over their groups.
    """
    groups = _groups(static, dynamic)
    low, high = _interval(groups)
    if low is None or high is None:
        return float(np.exp(_centre(groups))), None, None
    return float(np.exp(_centre(groups))), float(np.exp(low)), float(np.exp(high))


def ratios(static: Launches, dynamic: Launches) -> list[float]:
    """The ratio of each launch."""
    return [float(np.exp(np.median(own))) for own in _groups(static, dynamic)]


def _groups(static: Launches, dynamic: Launches) -> list[np.ndarray]:
    """The logarithm of each group's ratio, by launch."""
    logs = [[np.log(np.asarray(s, float)).reshape(-1, GROUP).mean(axis=1) for s in side] for side in (static, dynamic)]
    return [a - b for a, b in zip(*logs)]


def change(old: Launches, new: Launches) -> tuple[float, float | None, float | None]:
    """New time over old time, with its interval, from independent launches."""
    logs = [[np.log(np.asarray(samples, float)) for samples in launches if len(samples)] for launches in (old, new)]
    centre = float(np.exp(_centre(logs[1]) - _centre(logs[0])))
    if min(map(len, logs)) < FEWEST:
        return centre, None, None
    low, high = _percentiles(_resampled(logs[1], "new") - _resampled(logs[0], "old"), min(map(len, logs)))
    return centre, float(np.exp(low)), float(np.exp(high))


def conclusion(low: float | None, high: float | None) -> str:
    """The conclusion from the interval of a ratio, static time over dynamic time."""
    if low is None or high is None:
        return "too few processes"
    if low <= 1 <= high:
        return "not significant"
    return "static faster" if high < 1 else "dynamic faster"


def instability(launches: Launches) -> str:
    """Why the samples of one arm are unreliable, judged by themselves; empty if they are not."""
    values = [np.asarray(samples, float) for samples in launches if len(samples)]
    every, centre = np.concatenate(values), _centre(values)
    found = []
    low, high = np.percentile(every, [25, 75])
    if high - low > 0.1 * centre:
        found.append(f"the middle half of the blocks spreads over {(high - low) / centre:.0%}")
    medians = [float(np.median(samples)) for samples in values]
    if max(medians) > 1.2 * min(medians):
        found.append(f"processes differ by {max(medians) / min(medians) - 1:.0%}")
    if every.max() > 2 * centre:
        found.append(f"a block took {every.max() / centre:.1f} times the median")
    return "; ".join(found)


def _centre(values: Sequence[np.ndarray]) -> float:
    return float(np.median([np.median(samples) for samples in values]))


def _interval(values: Sequence[np.ndarray]) -> tuple[float | None, float | None]:
    """The interval of the launches' median."""
    return (None, None) if len(values) < FEWEST else _percentiles(_resampled(values), len(values))


def _resampled(values: Sequence[np.ndarray], key: str = "") -> np.ndarray:
    """Bootstrap medians over launches. The random key is fixed, so the same samples give the same result."""
    medians = np.array([np.median(samples) for samples in values])
    drawn = generator("speed", "bootstrap", key, len(values)).integers(0, len(values), (RESAMPLES, len(values)))
    return np.median(medians[drawn], axis=1)


def _percentiles(resampled: np.ndarray, launches: int) -> tuple[float, float]:
    quantile = stdtrit(launches - 1, (1 - CONFIDENCE) / 2) * np.sqrt(launches / (launches - 1))
    tail = 100 * float(ndtr(quantile))
    low, high = np.percentile(resampled, [tail, 100 - tail])
    return float(low), float(high)
