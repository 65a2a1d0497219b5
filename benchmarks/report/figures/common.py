"""Functions that the figures of several chapters share."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.report.figures.drawing import (
    DYNAMIC,
    INK,
    LOOKS,
    MUTED,
    ONE,
    STATIC,
    TWO,
    Look,
    Picture,
    blank,
    finished,
    styled,
)
from shared.functions import sigmoid

Arrays = Mapping[str, Any]


def sides(arrays: Arrays) -> list[str]:
    """Return the sides that were trained."""
    return [side for side in LOOKS if side in arrays]


def drawable(arrays: Arrays) -> bool:
    """Whether at least one side has data to draw."""
    return any(name in arrays for side in LOOKS for name in (side, f"{side}_nodes"))


def who(arrays: Arrays) -> str:
    return {2: "each side", 1: f"the {sides(arrays)[0]} side"}[len(sides(arrays))]


def ink(image: np.ndarray) -> np.ndarray:
    """Convert an image (height, width, 1) to black with alpha; the page inverts the ink in its dark theme."""
    rgba = np.zeros((*image.shape[:2], 4))
    rgba[..., 3] = image[..., 0]
    return rgba


_SMALL: Look = {"textcoords": "offset points", "fontsize": 7.5, "color": MUTED}


def probabilities(arrays: Arrays, names: tuple[str, str]) -> Picture:
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


def confusion_table(axes: Any, y: np.ndarray, read: np.ndarray, side: str) -> None:
    """Draw a confusion matrix of ten classes: right and wrong predictions in different colours."""
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
