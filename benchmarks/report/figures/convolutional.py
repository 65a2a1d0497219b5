"""Figures of what the models of the chapter on convolutional networks have learned.

`picture(arrays, spec) -> Picture`: `arrays` holds the entries of `spec.plot_inputs()` and, under "static" and
"dynamic", the output of each trained twin on them; a side that was not trained is missing.
"""

import numpy as np
from matplotlib.figure import Figure

from benchmarks.report.figures.common import Arrays, confusion_table, ink, sides
from benchmarks.report.figures.drawing import INK, LOOKS, MUTED, ONE, TWO, Look, Picture, blank, finished, styled
from shared.spec import Spec


def matrix(arrays: Arrays, spec: Spec) -> Picture:
    """Draw a convolution as a matrix: its columns are the outputs for images of one bright pixel."""
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


def confusion(arrays: Arrays, spec: Spec) -> Picture:
    """Images of ten classes: draw each side's confusion matrix."""
    y = np.asarray(arrays["y"]).reshape(-1)
    read = {side: np.asarray(arrays[side]).argmax(1) for side in sides(arrays)}
    with styled():
        figure = blank(3.5 * len(read), 3.6)
        for table, (side, digit) in zip(figure.subplots(1, len(read), squeeze=False)[0], read.items()):
            confusion_table(table, y, digit, side)
    wrong = " and ".join(f"{int(np.sum(digit != y))} ({side})" for side, digit in read.items())
    apart = f"; {int(np.sum(read['static'] != read['dynamic']))} are classified differently" if len(read) == 2 else ""
    return finished(figure, f"Confusion matrix. Misclassified, of {len(y)} held-out images: {wrong}{apart}.")


def filters(arrays: Arrays, spec: Spec) -> Picture:
    """Draw the kernels of each side's first convolution, the patterns that it detects at every position."""
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
                axes.imshow(ink(seen[..., None]), extent=(left, left + 0.88, top + 0.88, top))
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


def routing(arrays: Arrays, spec: Spec) -> Picture:
    """Draw the coupling of primary and digit capsules at each iteration, the length of each digit's capsule, and the
    decoder's reconstructions."""
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
            axes.imshow(ink(share), aspect="auto", interpolation="nearest")
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
                below.imshow(ink(image), extent=(column, column + 0.9, row + 0.9, row))
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


def series(arrays: Arrays, spec: Spec) -> Picture:
    """Series of ten classes: plot one correctly classified and one misclassified series per class, with predictions."""
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
        agreement = f" The two sides classify {apart} of them differently." if len(read) == 2 else ""
        return finished(
            figure,
            f"For each digit, a correctly classified held-out series and (dashed) a misclassified one. "
            f"Misclassified: {counts} of {len(y)}.{agreement}",
        )
