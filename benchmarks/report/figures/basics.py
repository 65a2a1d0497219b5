"""Figures of what the models of the chapter on basics have learned.

`picture(arrays, spec) -> Picture`: `arrays` holds the entries of `spec.plot_inputs()` and, under "static" and
"dynamic", the output of each trained twin on them; a side that was not trained is missing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from benchmarks.report.figures.common import Arrays, probabilities, sides, who
from benchmarks.report.figures.drawing import LOOKS, MUTED, ONE, TWO, Look, Picture, as_svg, blank, finished, styled
from shared.functions import sigmoid
from shared.spec import Spec


def curve(arrays: Arrays, spec: Spec) -> Picture:
    """One input, one output: plot held-out examples and each side's function."""
    with styled():
        figure = blank(4.7, 3.3)
        axes = figure.subplots()
        held_out = spec.held_out()
        axes.plot(held_out["x"][:, 0], held_out["y"].reshape(-1), ".", color=MUTED, alpha=0.7, markersize=4)
        x = np.asarray(arrays["x"])[:, 0]
        order = np.argsort(x)
        for side in sides(arrays):
            axes.plot(x[order], np.asarray(arrays[side]).reshape(-1)[order], label=side, **LOOKS[side])
        axes.set_xlabel("x")
        axes.set_ylabel("y")
        axes.legend()
        return finished(figure, f"Held-out examples (dots) and the function that {who(arrays)} has learned.")


def fit(arrays: Arrays, spec: Spec) -> Picture:
    """Many inputs, one output: plot predicted against true values."""
    with styled():
        figure = blank(3.6, 3.4)
        axes = figure.subplots()
        true = np.asarray(arrays["y"]).reshape(-1)
        predicted = {side: np.asarray(arrays[side]).reshape(-1) for side in sides(arrays)}
        low = min(x.min() for x in (true, *predicted.values()))
        high = max(x.max() for x in (true, *predicted.values()))
        axes.plot([low, high], [low, high], color=MUTED, linewidth=0.6)
        for side, y in predicted.items():
            look: Look = {"markersize": 7, "alpha": 0.35} if side == "static" else {"markersize": 2}
            axes.plot(true, y, "o", label=side, color=LOOKS[side]["color"], markeredgewidth=0, **look)
        axes.set_xlabel("true")
        axes.set_ylabel("predicted")
        axes.set_aspect("equal")
        axes.legend()
        return finished(figure, f"Held-out examples: the predictions of {who(arrays)} against the true values.")


def margin(arrays: Arrays, spec: Spec) -> Picture:
    """Two classes: plot the distribution of the predicted probability in each class, and the threshold at one half."""
    return probabilities(arrays, ("class 0", "class 1"))


def plane(arrays: Arrays, spec: Spec) -> Picture:
    """Two inputs, two classes: plot held-out examples and each side's decision boundary."""
    with styled():
        figure = blank(3.7, 3.9, top=0.5)
        axes = figure.subplots()
        grid = np.asarray(arrays["x"])
        across, along = np.unique(grid[:, 0]), np.unique(grid[:, 1])
        order = np.lexsort((grid[:, 0], grid[:, 1]))
        for side in sides(arrays):
            p = sigmoid(_log_odds(np.asarray(arrays[side])))[order].reshape(len(along), len(across))
            if side == sides(arrays)[0]:
                axes.contourf(across, along, p, [0, 0.5, 1], colors=[ONE, TWO], alpha=0.13)
            look = LOOKS[side]
            axes.contour(
                across,
                along,
                p,
                [0.5],
                colors=[look["color"]],
                linewidths=look["linewidth"],
                alpha=look.get("alpha"),
                linestyles=[look.get("linestyle", "solid")],
            )
            axes.plot([], [], label=side, **look)
        held_out = spec.held_out()
        label = held_out["y"].reshape(-1) > 0.5
        for name, colour, marker, chosen in (("class 0", ONE, "o", ~label), ("class 1", TWO, "x", label)):
            x = held_out["x"][chosen]
            axes.plot(x[:, 0], x[:, 1], marker, color=colour, markersize=2.6, markeredgewidth=0.8, label=name)
        axes.set_xlim(across[0], across[-1])
        axes.set_ylim(along[0], along[-1])
        axes.set_aspect("equal")
        axes.set_xlabel("first input")
        axes.set_ylabel("second input")
        figure.legend(loc="upper center", ncols=2)
        return finished(figure, f"Held-out examples of two classes, and where {who(arrays)} draws the line.")


def _log_odds(output: np.ndarray) -> np.ndarray:
    """Return the log-odds of the second class, (N,), from one logit per example or one per class."""
    return output[:, 1] - output[:, 0] if output.ndim == 2 and output.shape[1] == 2 else output.reshape(-1)


def graph(arrays: Arrays, spec: Spec) -> Picture:
    """Draw the graph of an expression as each framework stores it: values forward, derivatives backward."""
    plotted = []
    for side, look in LOOKS.items():
        if f"{side}_nodes" not in arrays:
            continue
        nodes = arrays[f"{side}_nodes"]
        said = "; ".join(f"{n['name']} is {_number(n['value'])}, derivative {_number(n['derivative'])}" for n in nodes)
        with styled():
            figure = _draw_graph(nodes, look["color"], side)
            plotted.append(Picture(as_svg(figure, f"The graph of the {side} side: {said}"), side).named(side))
    return Picture(
        f'<div class="panels">{"".join(plotted)}</div>',
        "The graph that the framework itself keeps, each node with its value, which flows upwards, and in brackets "
        "the derivative of the result by it, which is computed on the way down.",
    )


def _draw_graph(nodes: Sequence[Mapping[str, Any]], colour: str, title: str) -> Figure:
    """Draw the result on top and every node below all its readers."""
    depth: dict[str, int] = {}
    for node in reversed(nodes):  # inputs precede their readers, so the depth of every reader is known
        readers = (reader["name"] for reader in nodes if node["name"] in reader["inputs"])
        depth[node["name"]] = 1 + max((depth[reader] for reader in readers), default=-1)
    layers: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name in reversed(depth):
        layers[depth[name]].append(name)
    place = {
        name: ((i + 0.5) / len(names), len(layers) - 1.0 - level)
        for level, names in enumerate(layers)
        for i, name in enumerate(names)
    }
    figure = Figure(figsize=(1.2 * max(map(len, layers)), 0.25 + 0.85 * len(layers)))
    axes = figure.add_axes((0, 0, 1, 0.85 * len(layers) / (0.25 + 0.85 * len(layers))))
    width, height = 0.9 / max(map(len, layers)), 0.52
    for node in nodes:
        x, y = place[node["name"]]
        for below_x, below_y in (place[name] for name in node["inputs"]):
            ends = (below_x, below_y + height / 2), (x, y - height / 2)
            look: Look = {"arrowstyle": "-|>", "mutation_scale": 7, "shrinkA": 0, "shrinkB": 0, "linewidth": 0.8}
            axes.add_patch(FancyArrowPatch(*ends, color=MUTED, **look))
        corner = x - width / 2, y - height / 2
        axes.add_patch(Rectangle(corner, width, height, facecolor="none", edgecolor=colour, linewidth=1))
        called = node["operation"] if node["operation"] not in node["name"] else ""
        lines = node["name"], called, f"{_number(node['value'])}  [{_number(node['derivative'])}]"
        for line, up in zip(lines, (0.15, 0, -0.15)):
            axes.text(x, y + up, line, ha="center", va="center", fontsize=7)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.35, len(layers) - 0.65)
    axes.axis("off")
    axes.set_title(title, color=colour)
    return figure


def _number(value: Any) -> str:
    return "?" if value is None else f"{float(np.asarray(value).reshape(-1)[0]):g}"
