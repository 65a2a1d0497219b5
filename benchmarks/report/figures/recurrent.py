"""Figures of what the recurrent networks have learned.

`picture(arrays, spec) -> Picture`: `arrays` holds the entries of `spec.plot_inputs()` and, under "static" and
"dynamic", the output of each trained twin on them; a side that was not trained is missing.
"""

from typing import Any

import numpy as np

from benchmarks.report.figures.common import Arrays, probabilities, sides
from benchmarks.report.figures.drawing import LOOKS, MUTED, Picture, blank, finished, styled
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
        figure = blank(4.7, 1.5 * len(SHOWN), top=0.1)
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
