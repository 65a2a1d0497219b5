"""The figures of learning: the loss of both sides by step, and the losses of several variants."""

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.report.figures.drawing import INK, LOOKS, MUTED, Picture, blank, finished, logarithmic, styled


def loss_curves(curves: Mapping[str, tuple[Sequence[int], Sequence[float]]]) -> Picture:
    """Plot the loss of each trained side by step, and below it their distance at the steps recorded on both."""
    with styled():
        figure = blank(4.7, 3.3)
        both = len(curves) == 2
        rows = figure.subplots(2 if both else 1, 1, sharex=True, squeeze=False, height_ratios=[3, 1] if both else [1])
        top = rows[0][0]
        for side, (steps, values) in curves.items():
            top.plot(steps, values, label=side, **LOOKS[side])
        every = np.concatenate([np.asarray(values, float) for _, values in curves.values()])
        if every.min() > 0 and every.max() / every.min() > 30:
            top.set_yscale("log")
            logarithmic(top.yaxis)
        top.set_ylabel("loss")
        top.legend(loc="best")
        caption = f"Loss by training step: {' and '.join(curves)}."
        if both:
            bottom = rows[1][0]
            step, gap = difference(*curves.values())
            if len(gap) and gap.max() > 0:
                bottom.plot(step[gap > 0], gap[gap > 0], color=INK, linewidth=0.7)
                bottom.set_yscale("log")
                bottom.locator_params(axis="y", numticks=4)
                logarithmic(bottom.yaxis)
                caption = (
                    f"Loss by training step, the dynamic side inside the static one; below, their distance, "
                    f"at most {gap.max():.2g}."
                )
            else:
                said = "equal at every step" if len(gap) else "no step was recorded on both sides"
                bottom.text(0.5, 0.4, said, transform=bottom.transAxes, ha="center", color=MUTED)
                bottom.set_yticks([])
                caption = f"Loss by training step, static and dynamic: {said}."
            bottom.set_ylabel("apart")
        rows[-1][0].set_xlabel("step")
        return finished(figure, caption)


# Colours of the variants in a race, for light and dark pages
RACERS = ("#4477aa", "#66aadd", "#228833", "#aa7722", "#ee6677", "#aa3377", "#888888", "#cc9911")


def race(curves: Mapping[str, Mapping[str, tuple[Sequence[int], Sequence[float]]]], differing: str) -> Picture:
    """Plot the loss by training step of several variants, {variant: {side: (steps, losses)}}, with names at line ends.

    `differing` describes in words what the variants differ in.
    """
    with styled():
        figure = blank(6.4, 3.9)
        figure.subplots_adjust(right=0.76)
        axes = figure.subplots()
        apart, ends = 0.0, {}
        for colour, (variant, by_side) in zip(RACERS, curves.items()):
            for side, (steps, losses) in by_side.items():
                axes.plot(steps, losses, **{**LOOKS[side], "color": colour})
                ends[variant] = (steps[-1], losses[-1], colour)
            if len(by_side) == 2:
                _, gap = difference(*by_side.values())
                apart = max(apart, float(gap.max(initial=0.0)))
        axes.set_yscale("log")
        logarithmic(axes.yaxis)
        low, high = axes.get_ylim()
        ordered = sorted(ends, key=lambda variant: ends[variant][1])
        places = np.log(np.maximum([ends[variant][1] for variant in ordered], low))
        room = np.log(high / low) / 20  # minimum distance between names
        for i in range(1, len(places)):
            places[i] = max(places[i], places[i - 1] + room)
        places[-1] = min(places[-1], np.log(high))  # names must stay inside the axes
        for i in reversed(range(len(places) - 1)):
            places[i] = min(places[i], places[i + 1] - room)
        for variant, place in zip(ordered, places):
            step, _, colour = ends[variant]
            axes.annotate(
                variant.replace("_", " "),
                (step, np.exp(place)),
                (6, 0),
                textcoords="offset points",
                va="center",
                color=colour,
            )
        axes.set_xlabel("step")
        axes.set_ylabel("loss")
        order = ", ".join(variant.replace("_", " ") for variant in ordered)
        return finished(
            figure,
            f"Loss by training step {differing}, the dynamic side inside the static one, at most "
            f"{apart:.2g} apart. At the end, from the lowest: {order}.",
        )


def difference(a: tuple[Sequence, Sequence], b: tuple[Sequence, Sequence]) -> tuple[np.ndarray, np.ndarray]:
    """Return the steps at which both curves have finite values, and their distance at each."""
    first, second = dict(zip(*a)), dict(zip(*b))
    steps = [step for step in first if step in second and np.isfinite(first[step]) and np.isfinite(second[step])]
    return np.array(steps), np.array([abs(first[step] - second[step]) for step in steps], float)
