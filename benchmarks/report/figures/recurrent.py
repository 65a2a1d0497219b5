"""Figures of what the recurrent networks have learned.

`picture(arrays, spec) -> Picture`: `arrays` holds the entries of `spec.plot_inputs()` and, under "static" and
"dynamic", the output of each trained twin on them; a side that was not trained is missing.
"""

from benchmarks.report.figures.common import Arrays, probabilities
from benchmarks.report.figures.drawing import Picture
from shared.spec import Spec


def reviews(arrays: Arrays, spec: Spec) -> Picture:
    """Sentences: plot the distribution of the predicted probability of praise, for negative and positive reviews."""
    return probabilities(arrays, ("negative", "positive"))
