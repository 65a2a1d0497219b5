"""Figures of what the generative models have learned.

`picture(arrays, spec) -> Picture`: `arrays` holds the entries of `spec.plot_inputs()` and, under "static" and
"dynamic", the output of each trained twin on them; a side that was not trained is missing.
"""

import numpy as np

from benchmarks.report.figures.common import Arrays, sides, who
from benchmarks.report.figures.drawing import INK, LOOKS, Look, Picture, blank, finished, styled
from shared.datasets.toy import ring_centres
from shared.spec import Spec


def samples(arrays: Arrays, spec: Spec) -> Picture:
    """Plot the points that each side generates from noise, and the centres of the data, which lie on a ring."""
    with styled():
        figure = blank(3.7, 3.6, top=0.32)
        axes = figure.subplots()
        for side in sides(arrays):
            points = np.asarray(arrays[side])[:800]  # enough to show the distribution, few enough to draw
            look: Look = {"markersize": 6.5, "alpha": 0.25} if side == "static" else {"markersize": 1.8}
            colour = LOOKS[side]["color"]
            axes.plot(points[:, 0], points[:, 1], "o", label=side, color=colour, markeredgewidth=0, **look)
        centres = ring_centres()
        axes.plot(centres[:, 0], centres[:, 1], "+", color=INK, markersize=9, label="centres of the data")
        axes.set_aspect("equal")
        figure.legend(loc="upper center", ncols=3, handletextpad=0.2, columnspacing=1)
        return finished(figure, f"Points that {who(arrays)} makes from the same noise, and the centres of the data.")
