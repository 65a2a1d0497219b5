"""Figures of what the models of the chapter on deep networks have learned.

`picture(arrays, spec) -> Picture`: `arrays` holds the entries of `spec.plot_inputs()` and, under "static" and
"dynamic", the output of each trained twin on them; a side that was not trained is missing.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.report.figures.common import Arrays, confusion_table, ink, sides, who
from benchmarks.report.figures.drawing import DYNAMIC, INK, LOOKS, Look, Picture, blank, finished, styled
from shared.spec import Spec


def digits(arrays: Arrays, spec: Spec) -> Picture:
    """Images of ten classes: draw predictions, misclassified images first, and a confusion matrix."""
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
            images.imshow(ink(x[i]), extent=(column, column + 0.8, 1.35 * row + 0.8, 1.35 * row))
            said = " / ".join(str(digit[i]) for digit in read.values()) + (f" is {y[i]}" if misread[i] else "")
            look: Look = {"ha": "center", "va": "center", "fontsize": 7.5, "color": DYNAMIC if misread[i] else INK}
            images.text(column + 0.4, 1.35 * row - 0.18, said, **look)
        images.set_xlim(0, 5.8)
        images.set_ylim(2.2, -0.35)
        images.axis("off")
        side, digit = next(iter(read.items()))
        confusion_table(table, y, digit, side)
        apart = int(np.sum(read["static"] != read["dynamic"])) if len(read) == 2 else 0
        agreement = f"The two sides classify {apart} of {len(y)} digits differently. " if len(read) == 2 else ""
        return finished(
            figure,
            f"Held-out digits with the predictions of {' / '.join(read)}, misclassified ones first; below, the "
            f"confusion matrix. {agreement}{int(misread.sum())} were misclassified.",
        )


def reconstructions(arrays: Arrays, spec: Any) -> Picture:
    """Draw digits, their reconstructions from the hidden units, and the input weights of these units."""
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
                axes.imshow(ink(image.reshape(8, 8, 1)), extent=(across, across + 0.85, down + 0.85, down))
            if not title.endswith(" "):
                colour = next((look["color"] for side, look in LOOKS.items() if side in title), INK)
                axes.text(-0.15, down + 0.42, title, ha="right", va="center", color=colour)
        axes.set_xlim(0, 10)
        axes.set_ylim(len(rows), 0)
        axes.axis("off")
        return finished(
            figure,
            f"Held-out digits and their reconstructions by {who(arrays)}; below, the input weights of {len(largest)} "
            f"hidden units, dark where ink increases the activation, light where it decreases it.",
        )
