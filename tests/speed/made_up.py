"""What several test files here use."""

import numpy as np

from benchmarks.speed import Job, statistics
from shared.randomness import generator
from tests.speed.planted import MODEL

JOB = Job(MODEL, "plain", "plain", "cpu", "small", "float32", 1)


def rows_of(job, static=1e-3, dynamic=2e-3, noise=0.01, launches=7, key=""):
    """Rows as `measure` makes them, of steps that take so long."""
    found = []
    draw = generator("test", "rows", str(job), key)
    samples = {
        side: (seconds * np.exp(draw.normal(0, noise, (launches, 4)))).tolist()
        for side, seconds in (("static", static), ("dynamic", dynamic))
    }
    ratio, low, high = statistics.ratio(samples["static"], samples["dynamic"])
    for side, blocks in samples.items():
        middle, own_low, own_high = statistics.median(blocks)
        found.append(
            {
                **vars(job),
                "side": side,
                "phase": "step",
                "launches": launches,
                "median_s": middle,
                "low_s": own_low,
                "high_s": own_high,
                "ratio": ratio,
                "ratio_low": low,
                "ratio_high": high,
                "conclusion": statistics.conclusion(low, high),
                "warning": None,
                "samples": blocks,
                "error": None,
            }
        )
    return found
