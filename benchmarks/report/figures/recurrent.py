"""Figures of what the recurrent networks have learned.

`picture(arrays, spec) -> Picture`: `arrays` holds the entries of `spec.plot_inputs()` and, under "static" and
"dynamic", the output of each trained twin on them; a side that was not trained is missing.
"""

from typing import Any

import numpy as np
from scipy.special import softmax

from benchmarks.report.figures.common import Arrays, ink, probabilities, sides
from benchmarks.report.figures.drawing import INK, LOOKS, MUTED, PAPER, Look, Picture, blank, finished, styled
from shared.datasets import dates
from shared.datasets.expressions import Tree, tree_at, value, written
from shared.functions import sigmoid
from shared.recurrent.reading_spec import SHOWN, ReadingSpec
from shared.spec import Spec


def reviews(arrays: Arrays, spec: Spec) -> Picture:
    """Sentences: plot the distribution of the predicted probability of praise, for negative and positive reviews; below
    it what is believed of a few of them, word by word."""
    assert isinstance(spec, ReadingSpec)
    whole = len(spec.held_out()["y"])
    distribution = probabilities(
        {name: np.asarray(value)[:whole] for name, value in arrays.items()}, ("negative", "positive")
    )
    belief = _word_by_word(arrays, spec, whole)
    return Picture(
        f'<div class="panels">{distribution.named("all")}{belief.named("words")}</div>',
        f"{distribution.caption} {belief.caption}",
    )


def _word_by_word(arrays: Arrays, spec: ReadingSpec, start: int) -> Picture:
    """Plot the probability of praise after each word of the sentences whose beginnings follow row `start`."""
    vocabulary = spec.sentences().vocabulary
    x, lengths, y = (np.asarray(arrays[name]) for name in ("x", "lengths", "y"))
    with styled():
        figure = blank(4.7, 1.9 * len(SHOWN), top=0.1)
        for axes, row in zip(figure.subplots(len(SHOWN), 1, sharey=True), SHOWN):
            length = int(lengths[row])
            for side in sides(arrays):
                p = sigmoid(np.asarray(arrays[side]).reshape(-1)[start : start + length])
                axes.plot(np.arange(length), p, **LOOKS[side])
            axes.axhline(0.5, color=MUTED, linewidth=0.6)
            axes.set_xticks(np.arange(length), [vocabulary[word] for word in x[row, :length]], rotation=90)
            axes.set_ylim(0, 1)
            axes.set_title("praise" if y[row] else "blame")
            start += length
        figure.supylabel("probability of praise", fontsize=8.5)
        figure.set_layout_engine("constrained")
        return finished(figure, "What is believed after each word of three held-out sentences.")


def sums(arrays: Arrays, spec: Spec) -> Picture:
    """The adding problem: plot the guessed sum over the true one."""
    y, errors = np.asarray(arrays["y"]), {}
    with styled():
        figure = blank(4.7, 3.3, top=0.1)
        axes = figure.subplots()
        for side in sides(arrays):
            output = np.asarray(arrays[side]).reshape(-1)
            errors[side] = float(np.mean((output - y) ** 2))
            dot: dict[str, Any] = {"color": LOOKS[side]["color"], "alpha": 0.5, "linewidths": 0}
            axes.scatter(y, output, s=14 if side == "static" else 3, label=side, **dot)
        axes.plot([0, 2], [0, 2], color=MUTED, linewidth=0.6)
        axes.set_xlabel("sum of the two marked numbers")
        axes.set_ylabel("output")
        axes.legend()
        said = " and ".join(f"{error:.2g} ({side})" for side, error in errors.items())
        return finished(
            figure,
            f"The adding problem, each dot a held-out series. Mean squared error {said}; always to say 1 has 0.167.",
        )


def alignment(arrays: Arrays, spec: Spec) -> Picture:
    """Dates: draw which of the characters that are read each written character attends to."""
    x, lengths, y = (np.asarray(arrays[name]) for name in ("x", "lengths", "y"))
    shown = sides(arrays)
    a = {side: np.asarray(arrays[f"{side}_attention"]) for side in shown}  # (N, U, T) each
    written = {side: np.asarray(arrays[side]).argmax(2) for side in shown}  # (N, U)
    with styled():
        figure = blank(3.3 * len(shown), 1.75 * len(x))
        for row, line in enumerate(figure.subplots(len(x), len(shown), squeeze=False)):
            length = int(lengths[row])
            for axes, side in zip(line, shown):
                axes.imshow(ink(a[side][row, :, :length, None]), aspect="auto", interpolation="nearest")
                axes.set_xticks(range(length), dates.text(x[row, :length], dates.CHARACTERS))
                axes.set_yticks(range(y.shape[1]), dates.text(written[side][row], dates.DIGITS))
                axes.tick_params(length=0)
                if row == 0:
                    axes.set_title(side, color=LOOKS[side]["color"])
        figure.supxlabel("read", fontsize=8.5)
        figure.supylabel("written", fontsize=8.5)
        figure.set_layout_engine("constrained")
        right = " and ".join(f"{int(np.sum((written[side] == y).all(1)))} ({side})" for side in shown)
        apart = ""
        if len(shown) == 2:
            apart = f" The weights of the two sides are at most {np.abs(a['static'] - a['dynamic']).max():.1g} apart."
        return finished(
            figure,
            f"Alignment of {len(x)} held-out dates: the darker, the more a written character, down, attends to one "
            f"that is read, across. Written without a mistake: {right}.{apart}",
        )


def trees(arrays: Arrays, spec: Spec) -> Picture:
    """Expressions as trees: write at each node what each side reads from its state, with the probability."""
    batch = {name: np.asarray(arrays[name]) for name in ("x", "left", "right", "sizes")}
    p = {side: softmax(np.asarray(arrays[f"{side}_readings"]), axis=-1) for side in sides(arrays)}  # (N, K, 10) each
    count, nodes = len(batch["sizes"]), int(batch["sizes"].sum())
    wrong = dict.fromkeys(p, 0)
    with styled():
        figure = blank(5.6, 2.7 * count, left=0.08, top=0.1)
        for row, axes in enumerate(figure.subplots(count, 1, squeeze=False)[:, 0]):
            for side in _tree(axes, batch, row, p):
                wrong[side] += 1
        figure.subplots_adjust(bottom=0.01, top=1 - 0.3 / figure.get_figheight(), hspace=0.15)
        apart = ""
        if len(p) == 2:
            apart = f" Probabilities are at most {np.abs(p['static'] - p['dynamic']).max():.1g} apart."
        said = " and ".join(f"{many} ({side})" for side, many in wrong.items())
        return finished(
            figure,
            f"Two held-out expressions, the second larger than any that was trained on. At each node: what each side "
            f"reads there, modulo 10, and its probability; only roots were trained. Wrong: {said} of {nodes}.{apart}",
        )


def _tree(axes: Any, batch: Arrays, row: int, p: dict[str, np.ndarray]) -> list[str]:
    """Draw the tree of a row with both sides' readings; return a side's name for each node that it reads wrongly."""
    wrong, root = [], tree_at(batch, row, batch["sizes"][row] - 1)
    places = _places(root)
    for k, place in enumerate(places):
        below = tree_at(batch, row, k)
        if not isinstance(below, int):
            for child in (batch["left"][row, k], batch["right"][row, k]):
                axes.plot(*zip(place, places[child]), color=MUTED, linewidth=0.8, zorder=1)
        box: Look = {"boxstyle": "circle", "facecolor": PAPER, "edgecolor": MUTED, "linewidth": 0.8}
        sign = str(below) if isinstance(below, int) else below[0]
        axes.text(*place, sign, ha="center", va="center", fontsize=9, color=INK, bbox=box)
        # Below a digit; beside an operator, away from the lines to its parent and, at the root, to its children
        across, down = (0, -18) if isinstance(below, int) else (-10 if k in batch["left"][row] else 10, 3)
        down += 8 if place is places[-1] else 0
        for line, (side, readings) in enumerate(p.items()):
            found, true = int(readings[row, k].argmax()), value(below)
            wrong += [side] if found != true else []
            said = f"{found}{f'≠{true}' if found != true else ''} {readings[row, k, found]:.2f}"
            look: Look = {"ha": ("right", "center", "left")[np.sign(across) + 1], "color": LOOKS[side]["color"]}
            axes.annotate(said, place, (across, down - 9 * line), textcoords="offset points", fontsize=7, **look)
    axes.set_xlim(-0.6, len(places) // 2 + 0.6)
    axes.set_ylim(min(down for _, down in places) - 0.9, 0.4)
    axes.set_title(f"{written(root)} = {value(root)}, modulo 10")
    axes.axis("off")
    return wrong


def _places(tree: Tree) -> list[tuple[float, float]]:
    """Where the nodes of a tree are drawn, in post-order: digits side by side, parents halfway above their children."""
    found: list[tuple[float, float]] = []
    digits = 0

    def place(below: Tree, down: float) -> float:
        nonlocal digits
        if isinstance(below, int):
            across, digits = float(digits), digits + 1
        else:
            across = (place(below[1], down - 1) + place(below[2], down - 1)) / 2
        found.append((across, down))
        return across

    place(tree, 0.0)
    return found
