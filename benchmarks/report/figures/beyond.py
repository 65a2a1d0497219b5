"""Figures of what the models beyond the lecture have learned.

`picture(arrays, spec) -> Picture`: `arrays` holds the entries of `spec.plot_inputs()` and, under "static" and
"dynamic", the output of each trained twin on them; a side that was not trained is missing.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.report.figures.common import Arrays, sides, who
from benchmarks.report.figures.drawing import DYNAMIC, INK, LOOKS, MUTED, STATIC, Picture, blank, finished, styled
from shared.beyond.bayesian_net import GAP
from shared.calibration import BINS, entropy, probabilities, reliability
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


def predictive_band(arrays: Arrays, spec: Any) -> Picture:
    """One input, one output: plot the training examples, and where each side expects y, with its uncertainty."""
    data, x = spec.training_data(), spec.plot_inputs()["x"][0, :, 0]
    with styled():
        figure = blank(5.2, 3.6, top=0.34)
        axes = figure.subplots()
        axes.axvspan(*GAP, color=MUTED, alpha=0.12, linewidth=0, label="no data")
        for side in sides(arrays):
            draws = np.asarray(arrays[side], np.float64)[..., 0]  # (S, 201)
            mean, reach = draws.mean(axis=0), 2 * np.sqrt(draws.var(axis=0) + spec.config.error**2)
            if side == "static":
                axes.fill_between(x, mean - reach, mean + reach, color=STATIC, alpha=0.25, linewidth=0)
            else:
                for end in (mean - reach, mean + reach):
                    axes.plot(x, end, color=DYNAMIC, linewidth=0.8, linestyle=(0, (4, 2)))
            axes.plot(x, mean, label=side, **LOOKS[side])
        axes.plot(data.x[:, 0], data.y[:, 0], ".", color=INK, markersize=2.5, markeredgewidth=0, label="data")
        axes.plot(x, np.asarray(arrays["y"])[0, :, 0], color=MUTED, linewidth=0.8, label="true curve")
        axes.set_xlim(x[0], x[-1])
        axes.set_xlabel("x")
        axes.set_ylabel("y")
        figure.legend(loc="upper center", ncols=5, handlelength=1.4, columnspacing=1)
        return finished(
            figure,
            f"The training examples, which have a gap, and what {who(arrays)} predicts: the mean over "
            f"{len(arrays['y'])} draws of the weights, and two deviations to either side of it.",
        )


def calibration(arrays: Arrays, spec: Any) -> Picture:
    """Plot accuracy against confidence, and the entropy of predictions for digits and for images that are none."""
    names = ("digits", "inverted", "noise")
    y = np.asarray(arrays["y"])[0]
    with styled():
        figure = Figure(figsize=(5.2, 2.9))
        figure.subplots_adjust(left=0.1, right=0.985, bottom=0.16, top=0.86, wspace=0.32)
        left, right = figure.subplots(1, 2)
        left.plot([0, 1], [0, 1], color=MUTED, linewidth=0.6)
        for side in sides(arrays):
            parts = np.split(probabilities(np.asarray(arrays[side], np.float64)), 3)
            counts, confidence, accuracy = reliability(parts[0], y[: len(parts[0])])
            filled, look = counts > 0, LOOKS[side]
            left.plot(confidence[filled], accuracy[filled], marker="o", markersize=3, label=side, **look)
            for name, p, shade in zip(names, parts, (INK, MUTED, STATIC)):
                count, edges = np.histogram(entropy(p), np.linspace(0, np.log(10), 24))
                if side == sides(arrays)[0]:
                    right.stairs(count, edges, fill=True, color=shade, alpha=0.35, label=name)
                else:
                    right.stairs(count, edges, color=shade, linewidth=0.9, linestyle=(0, (3, 1.5)))
        left.set_xlabel(f"confidence, in {BINS} bins")
        left.set_ylabel("share that is read correctly")
        left.legend(loc="upper left")
        right.set_xlabel("entropy of a prediction, in nats")
        right.set_ylabel("images")
        figure.legend(*right.get_legend_handles_labels(), loc="upper right", ncols=3, columnspacing=1)
        return finished(
            figure,
            f"Left: of held-out digits that {who(arrays)} reads with some confidence, the share that is read "
            "correctly; on the line both are equal. Right: how unsure it is of digits, of the same digits inverted, "
            "and of noise.",
        )
