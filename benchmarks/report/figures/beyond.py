"""Figures of what the models beyond the lecture have learned.

`picture(arrays, spec) -> Picture`: `arrays` holds the entries of `spec.plot_inputs()` and, under "static" and
"dynamic", the output of each trained twin on them; a side that was not trained is missing.
"""

from typing import Any

import numpy as np

from benchmarks.report.figures.common import Arrays, sides, who
from benchmarks.report.figures.drawing import INK, LOOKS, MUTED, Picture, blank, finished, styled
from shared.datasets.toy import SINUSOID_ENDS

SHOWN_AFTER = (0, 1, 10)  # inner steps


def adaptation(arrays: Arrays, spec: Any) -> Picture:
    """Plot what the network says of each task before and after some inner steps."""
    x, y = np.asarray(arrays["x_support"]), np.asarray(arrays["y_support"])
    tasks = len(x)
    line = np.linspace(-SINUSOID_ENDS, SINUSOID_ENDS, 101)
    with styled():
        figure = blank(5.2, 4.6, top=0.3)
        grid = figure.subplots(len(SHOWN_AFTER), tasks, sharex=True, sharey="col")
        for axes_of_step, after in zip(grid, SHOWN_AFTER):
            axes_of_step[0].set_ylabel(f"{after} steps" if after != 1 else "1 step")
            for task, axes in enumerate(axes_of_step):
                query = (np.asarray(arrays[f"{name}_query"])[task, :, 0] for name in "xy")
                axes.plot(*query, ".", color=MUTED, markersize=3)
                axes.plot(x[task, :, 0], y[task, :, 0], "x", color=INK, markersize=4)
        for side in sides(arrays):
            state = {name: np.asarray(arrays[f"{side}_{name}"]) for name in spec.plotted}
            weights = spec.copies(state, tasks)
            for step in range(max(SHOWN_AFTER) + 1):
                if step in SHOWN_AFTER:
                    said = spec.net(np.tile(line[None, :, None], (tasks, 1, 1)), weights)
                    for task, axes in enumerate(grid[SHOWN_AFTER.index(step)]):
                        axes.plot(line, said[task, :, 0], label=side, **LOOKS[side])
                weights = spec.moved(weights, x, y)
        figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="upper center", ncols=2)
        return finished(
            figure,
            f"Three tasks that were never trained on: what {who(arrays)} says before and after steps of gradient "
            "descent on the ten points marked with a cross. Dots are other points of the same sinusoid.",
        )
