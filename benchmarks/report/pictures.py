"""Pictures of what the pairs have learned, one function each, called by its name in the catalogue (`Variant.picture`).

`picture(arrays, spec) -> Picture`: `arrays` holds the entries of `spec.plot_inputs()` and, under "static" and
"dynamic", the output of each trained twin on them; a side that was not trained is missing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from benchmarks.report.drawing import (
    DYNAMIC,
    INK,
    LOOKS,
    MUTED,
    ONE,
    STATIC,
    TWO,
    Look,
    Picture,
    as_svg,
    blank,
    finished,
    styled,
)
from shared.spec import Spec

Arrays = Mapping[str, Any]


def sides(arrays: Arrays) -> list[str]:
    """The sides that were trained."""
    return [side for side in LOOKS if side in arrays]


def curve(arrays: Arrays, spec: Spec) -> Picture:
    """One input, one output: held-out examples, and the function of each side."""
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
        return finished(figure, f"Held-out examples (dots) and what {_who(arrays)} makes of x.")


def fit(arrays: Arrays, spec: Spec) -> Picture:
    """Many inputs, one output: what is predicted against what is true."""
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
        return finished(figure, f"Held-out examples: what {_who(arrays)} predicts against what is true.")


def margin(arrays: Arrays, spec: Spec) -> Picture:
    """Two classes: how the predicted probability is spread over each, and the hard decision at one half."""
    return _probabilities(arrays, ("class 0", "class 1"))


def reviews(arrays: Arrays, spec: Spec) -> Picture:
    """Sentences: how the predicted probability of praise is spread over those that blame and those that praise."""
    return _probabilities(arrays, ("negative", "positive"))


def _probabilities(arrays: Arrays, names: tuple[str, str]) -> Picture:
    with styled():
        figure = blank(4.7, 3.3, top=0.5)
        axes = figure.subplots()
        label = np.asarray(arrays["y"]).reshape(-1) > 0.5
        bins = np.linspace(0, 1, 26)
        wrong = {}
        for side in sides(arrays):
            p = sigmoid(np.asarray(arrays[side]).reshape(-1))
            wrong[side] = int(np.sum((p > 0.5) != label))
            for name, colour, chosen in zip(names, (ONE, TWO), (~label, label)):
                count = np.histogram(p[chosen], bins)[0]
                if side == "static":
                    axes.stairs(count, bins, fill=True, color=colour, alpha=0.35, label=f"{name}, static")
                else:
                    look: Look = {"linewidth": 1.1, "linestyle": (0, (3, 1.5))}
                    axes.stairs(count, bins, color=colour, label=f"{name}, dynamic", **look)
        axes.axvline(0.5, color=INK, linewidth=0.6)
        axes.annotate("hard decision", (0.5, 1), xytext=(3, -8), xycoords=("data", "axes fraction"), **_SMALL)
        axes.set_xlabel(f"predicted probability of {names[1]}")
        axes.set_ylabel("held-out examples")
        figure.legend(loc="upper center", ncols=2)
        said = " and ".join(f"{count} ({side})" for side, count in wrong.items())
        return finished(
            figure,
            f"How the predicted probability is spread over the two classes; the hard decision at one half is wrong "
            f"for {said} of {len(label)} held-out examples.",
        )


_SMALL: Look = {"textcoords": "offset points", "fontsize": 7.5, "color": MUTED}


def plane(arrays: Arrays, spec: Spec) -> Picture:
    """Two inputs, two classes: held-out examples, and where each side draws the line."""
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
        return finished(figure, f"Held-out examples of two classes, and where {_who(arrays)} draws the line.")


def digits(arrays: Arrays, spec: Spec) -> Picture:
    """Images of ten classes: those that were misread first, and how often each digit was taken for each."""
    with styled():
        figure = blank(4.3, 5.4)
        images, table = figure.subplots(2, 1, height_ratios=[1, 1.65])
        x, y = np.asarray(arrays["x"]), np.asarray(arrays["y"]).reshape(-1)
        read = {side: np.asarray(arrays[side]).argmax(1) for side in sides(arrays)}
        misread = np.zeros(len(y), bool)
        for digit in read.values():
            misread |= digit != y
        for place, i in enumerate(np.argsort(~misread, kind="stable")[:12]):
            row, column = divmod(place, 6)
            images.imshow(_ink(x[i]), extent=(column, column + 0.8, 1.35 * row + 0.8, 1.35 * row))
            said = " / ".join(str(digit[i]) for digit in read.values()) + (f" is {y[i]}" if misread[i] else "")
            look: Look = {"ha": "center", "va": "center", "fontsize": 7.5, "color": DYNAMIC if misread[i] else INK}
            images.text(column + 0.4, 1.35 * row - 0.18, said, **look)
        images.set_xlim(0, 5.8)
        images.set_ylim(2.2, -0.35)
        images.axis("off")
        side, digit = next(iter(read.items()))
        _confused(table, y, digit, side)
        apart = int(np.sum(read["static"] != read["dynamic"])) if len(read) == 2 else 0
        agreement = f"The two sides read {apart} of {len(y)} digits differently. " if len(read) == 2 else ""
        return finished(
            figure,
            f"Held-out digits with what {' / '.join(read)} read, misread ones first; how often each digit was read "
            f"as which. {agreement}{int(misread.sum())} were misread.",
        )


def series(arrays: Arrays, spec: Spec) -> Picture:
    """Series of ten classes: of each one that was read right, and one that was not, with what it was taken for."""
    with styled():
        figure = Figure(figsize=(6.2, 3.2))
        x, y = np.asarray(arrays["x"])[..., 0], np.asarray(arrays["y"]).reshape(-1)
        read = {side: np.asarray(arrays[side]).argmax(1) for side in sides(arrays)}
        wrong = {side: digit != y for side, digit in read.items()}
        right, misread = ~np.any(list(wrong.values()), axis=0), np.all(list(wrong.values()), axis=0)
        for digit, axes in enumerate(figure.subplots(2, 5, sharex=True, sharey=True).flat):
            titles = []
            for chosen, look in (
                (right, {"color": INK, "linewidth": 1.1}),
                (misread, {"color": MUTED, "linewidth": 0.9}),
            ):
                if not (chosen & (y == digit)).any():
                    continue
                i = int(np.argmax(chosen & (y == digit)))
                axes.plot(x[i], **look, linestyle="solid" if chosen is right else (0, (2, 1.2)))
                if chosen is misread:
                    titles.append("taken for " + " / ".join(dict.fromkeys(str(one[i]) for one in read.values())))
            axes.set_title(" ".join([f"{digit},", *titles]) if titles else str(digit))
            axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
            axes.spines[:].set_visible(False)
        figure.subplots_adjust(left=0.01, right=0.99, bottom=0.02, top=0.9, wspace=0.12, hspace=0.3)
        counts = " and ".join(f"{int(one.sum())} ({side})" for side, one in wrong.items())
        apart = int(np.sum(read["static"] != read["dynamic"])) if len(read) == 2 else 0
        agreement = f" The two sides read {apart} of them differently." if len(read) == 2 else ""
        return finished(
            figure,
            f"Of each digit a held-out series that was read right, and, dashed, one that was taken for another. "
            f"Misread were {counts} of {len(y)}.{agreement}",
        )


def reconstructions(arrays: Arrays, spec: Any) -> Picture:
    """Digits, what comes out when they have gone through hidden units, and the weights that these see them with."""
    trained = sides(arrays)
    states = {side: {name: np.asarray(arrays[f"{side}_{name}"]) for name in spec.plotted} for side in trained}
    rows = {"goes in": np.asarray(arrays.get("noisy", arrays["x"]))}
    if not np.array_equal(rows["goes in"], arrays["x"]):
        rows["without noise"] = np.asarray(arrays["x"])
    for side, state in states.items():
        rows[side] = np.clip(spec.reconstruction(np.asarray(arrays[side]), arrays, state), 0, 1)
    fields = {side: state[spec.plotted[0]].T for side, state in states.items()}  # (units, pixels)
    largest = np.argsort(-np.linalg.norm(fields[trained[0]], axis=1), kind="stable")[:20]
    for side, field in fields.items():
        seen = (1 + field[largest] / np.abs(field[largest]).max(1, keepdims=True)) / 2
        rows |= {f"units, {side}" + " " * i: seen[i : i + 10] for i in range(0, len(seen), 10)}
    with styled():
        figure = Figure(figsize=(5.2, 0.45 * len(rows)))
        axes = figure.add_axes((0.18, 0.01, 0.81, 0.98))
        for down, (title, images) in enumerate(rows.items()):
            for across, image in enumerate(images):
                axes.imshow(_ink(image.reshape(8, 8, 1)), extent=(across, across + 0.85, down + 0.85, down))
            if not title.endswith(" "):
                colour = next((look["color"] for side, look in LOOKS.items() if side in title), INK)
                axes.text(-0.15, down + 0.42, title, ha="right", va="center", color=colour)
        axes.set_xlim(0, 10)
        axes.set_ylim(len(rows), 0)
        axes.axis("off")
        return finished(
            figure,
            f"Held-out digits and what {_who(arrays)} makes of them; below, what hidden units look for: the weights of "
            f"{len(largest)}, dark where ink switches a unit on, light where it switches it off.",
        )


def matrix(arrays: Arrays, spec: Spec) -> Picture:
    """A convolution as a matrix: what comes out for an image of one bright pixel is its column."""
    shown = sides(arrays)
    with styled():
        figure = blank(0.4 + 3.1 * len(shown), 2.5, left=0.4, top=0.3)
        apart = 0.0
        for axes, side in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown):
            product, convolution = np.asarray(arrays[side]).transpose(1, 2, 0)  # (P, Q) each
            apart = max(apart, float(np.abs(product - convolution).max()))
            weight = np.abs(product) / np.abs(product).max()
            for colour, sign in ((ONE, 1), (TWO, -1)):
                row, column = np.nonzero((sign * product > 0) & (weight > 0.01))
                look: Look = {"marker": "s", "s": 5, "linewidths": 0, "color": colour}
                axes.scatter(column, row, alpha=0.9 * weight[row, column], **look)
            axes.set_xlim(-1, product.shape[1])
            axes.set_ylim(product.shape[0], -1)
            axes.set_aspect("equal")
            axes.set_title(side, color=LOOKS[side]["color"])
            axes.set_xlabel("pixel")
            axes.set_ylabel("output")
        return finished(
            figure,
            f"The matrix that is the convolution with the learned kernel: weights above zero in green, below zero in "
            f"violet, the same one all along a diagonal. The framework's own convolution of the same pixels is "
            f"{f'at most {apart:.1g} from' if apart else 'equal to'} it.",
        )


def routing(arrays: Arrays, spec: Spec) -> Picture:
    """Capsules: who sends how much to whom, at each iteration; how long each digit's capsule is; and what the decoder
    makes of it."""
    shown = sides(arrays)
    coupling = [name for name in spec.plotted if f"{shown[0]}_{name}" in arrays and name[1:].isdigit()]
    c = {side: np.stack([np.asarray(arrays[f"{side}_{name}"]) for name in coupling], 1) for side in shown}
    x, y = np.asarray(arrays["x"]), np.asarray(arrays["y"]).reshape(-1)
    first = c[shown[0]]  # (N, iterations, 10, I)
    chosen = int(np.ptp(first[:, -1], axis=(1, 2)).argmax())
    with styled():
        figure = Figure(figsize=(6.4, 4.3))
        grid = figure.add_gridspec(
            2, 1, height_ratios=[1.25, 1], left=0.09, right=0.97, top=0.93, bottom=0.04, hspace=0.5
        )
        above = grid[0].subgridspec(1, len(coupling) + 1, wspace=0.15)
        for i in range(len(coupling)):
            axes = figure.add_subplot(above[i])
            share = first[chosen, i][..., None] / first[chosen].max()
            axes.imshow(_ink(share), aspect="auto", interpolation="nearest")
            axes.set_title(f"iteration {i + 1}")
            axes.set_yticks(range(10), [str(digit) if i == 0 else "" for digit in range(10)])
            axes.set_xlabel("primary capsule")
            axes.set_ylabel("digit" if i == 0 else "")
        axes = figure.add_subplot(above[-1])
        for side, height in zip(shown, (0.8, 0.3)):
            length = np.asarray(arrays[f"{side}_lengths"])[chosen]
            axes.barh(range(10), length, height, color=LOOKS[side]["color"], alpha=LOOKS[side].get("alpha"), label=side)
        axes.set_ylim(9.5, -0.5)
        axes.set_yticks(range(10), [""] * 10)
        axes.set_xlim(0, 1)
        axes.set_title("length")
        below = figure.add_subplot(grid[1])
        for row, images in enumerate([x, *(np.asarray(arrays[f"{side}_reconstruction"]) for side in shown)]):
            below.text(-0.15, row + 0.45, ["image", *shown][row], ha="right", va="center", fontsize=7.5)
            for column, image in enumerate(images):
                below.imshow(_ink(image), extent=(column, column + 0.9, row + 0.9, row))
        below.set_xlim(-1.3, len(x))
        below.set_ylim(1 + len(shown), -0.1)
        below.axis("off")
        apart = (
            f", at most {np.abs(c['static'] - c['dynamic']).max():.1g} apart on the two sides"
            if len(shown) == 2
            else ""
        )
        return finished(
            figure,
            f"Routing of a held-out {y[chosen]}: the share of each primary capsule that goes to each digit{apart}, and "
            f"the length of the digits' capsules. Below, held-out images and what the decoder makes of their capsule.",
        )


def confusion(arrays: Arrays, spec: Spec) -> Picture:
    """Images of ten classes: how often each side took each for each."""
    y = np.asarray(arrays["y"]).reshape(-1)
    read = {side: np.asarray(arrays[side]).argmax(1) for side in sides(arrays)}
    with styled():
        figure = blank(3.5 * len(read), 3.6)
        for table, (side, digit) in zip(figure.subplots(1, len(read), squeeze=False)[0], read.items()):
            _confused(table, y, digit, side)
    wrong = " and ".join(f"{int(np.sum(digit != y))} ({side})" for side, digit in read.items())
    apart = f"; {int(np.sum(read['static'] != read['dynamic']))} are read differently" if len(read) == 2 else ""
    return finished(
        figure, f"How often each kind was read as which. Of {len(y)} held-out images misread: {wrong}{apart}."
    )


def _confused(axes: Any, y: np.ndarray, read: np.ndarray, side: str) -> None:
    """A table of ten classes by ten: what is right in one colour, what is wrong in another."""
    count = np.zeros((10, 10), int)
    np.add.at(count, (y, read), 1)
    for (row, column), n in np.ndenumerate(count):
        if n:
            share = n / count[row].sum()
            colour = STATIC if row == column else DYNAMIC
            box = {"color": colour, "alpha": 0.1 + 0.5 * share, "linewidth": 0}
            axes.axvspan(column - 0.5, column + 0.5, (9 - row) / 10, (10 - row) / 10, **box)
            axes.text(column, row, str(n), ha="center", va="center", fontsize=7)
    axes.set_xlim(-0.5, 9.5)
    axes.set_ylim(9.5, -0.5)
    axes.set_xticks(range(10))
    axes.set_yticks(range(10))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_aspect("equal")
    axes.set_xlabel(f"read as ({side})")
    axes.set_ylabel("is")


def filters(arrays: Arrays, spec: Spec) -> Picture:
    """What each side looks for at every place of an image: the kernels of its first convolution."""
    (name,), across = spec.plotted, 16
    kernels = {side: np.asarray(arrays[f"{side}_{name}"])[:, :, 0] for side in sides(arrays)}  # (K, K, C) each
    down = 0.4
    with styled():
        figure = Figure(figsize=(5.2, 1.05 * len(kernels)))
        axes = figure.add_axes((0.01, 0.01, 0.98, 0.98))
        for side, kernel in kernels.items():
            axes.text(0, down - 0.2, side, va="center", color=LOOKS[side]["color"])
            for i in range(kernel.shape[-1]):
                seen = (1 + kernel[..., i] / np.abs(kernel[..., i]).max()) / 2
                left, top = i % across, down + i // across
                axes.imshow(_ink(seen[..., None]), extent=(left, left + 0.88, top + 0.88, top))
            down += 1 + (kernel.shape[-1] - 1) // across + 0.5
        axes.set_xlim(0, across)
        axes.set_ylim(down - 0.5, 0)
        axes.axis("off")
    said = ""
    if len(kernels) == 2:
        said = f" The two sides' are at most {np.abs(kernels['static'] - kernels['dynamic']).max():.2g} apart."
    many = next(iter(kernels.values())).shape[-1]
    return finished(
        figure,
        f"The {many} kernels of the first convolution, as trained: dark where ink adds to what a kernel finds, light "
        f"where it takes away.{said}",
    )


def samples(arrays: Arrays, spec: Spec) -> Picture:
    """Points made from noise by each side, and the centres of the ring they should lie on."""
    from shared.datasets.toy import ring_centres

    with styled():
        figure = blank(3.7, 3.6, top=0.32)
        axes = figure.subplots()
        for side in sides(arrays):
            points = np.asarray(arrays[side])[:800]  # enough to see, few enough to draw
            look: Look = {"markersize": 6.5, "alpha": 0.25} if side == "static" else {"markersize": 1.8}
            colour = LOOKS[side]["color"]
            axes.plot(points[:, 0], points[:, 1], "o", label=side, color=colour, markeredgewidth=0, **look)
        centres = ring_centres()
        axes.plot(centres[:, 0], centres[:, 1], "+", color=INK, markersize=9, label="centres of the data")
        axes.set_aspect("equal")
        figure.legend(loc="upper center", ncols=3, handletextpad=0.2, columnspacing=1)
        return finished(figure, f"Points that {_who(arrays)} makes from the same noise, and the centres of the data.")


def graph(arrays: Arrays, spec: Spec) -> Picture:
    """The graph of an expression as each framework keeps it: values forward, derivatives backward."""
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
    """The result on top, every node below all that read it."""
    depth: dict[str, int] = {}
    for node in reversed(nodes):  # inputs come before what they feed, so every reader has been here already
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


def _who(arrays: Arrays) -> str:
    return {2: "each side", 1: f"the {sides(arrays)[0]} side"}[len(sides(arrays))]


def sigmoid(log_odds: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)), without overflow."""
    return (1 + np.tanh(np.asarray(log_odds, float) / 2)) / 2


def _log_odds(output: np.ndarray) -> np.ndarray:
    """The log-odds of the second class, (N,), from one logit an example or from one a class."""
    return output[:, 1] - output[:, 0] if output.ndim == 2 and output.shape[1] == 2 else output.reshape(-1)


def _ink(image: np.ndarray) -> np.ndarray:
    """An image (height, width, 1) as ink on nothing; the page turns the ink light where it is dark."""
    rgba = np.zeros((*image.shape[:2], 4))
    rgba[..., 3] = image[..., 0]
    return rgba


def drawable(arrays: Arrays) -> bool:
    """Whether at least one side has something to draw."""
    return any(name in arrays for side in LOOKS for name in (side, f"{side}_nodes"))


PICTURES: dict[str, Callable[[Arrays, Spec], Picture]] = {
    "confusion": confusion,
    "curve": curve,
    "digits": digits,
    "filters": filters,
    "fit": fit,
    "graph": graph,
    "line": curve,
    "margin": margin,
    "matrix": matrix,
    "plane": plane,
    "reconstructions": reconstructions,
    "reviews": reviews,
    "routing": routing,
    "samples": samples,
    "series": series,
}
