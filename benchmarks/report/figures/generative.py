"""Figures of what the generative models have learned.

`picture(arrays, spec) -> Picture`: `arrays` holds the entries of `spec.plot_inputs()` and, under "static" and
"dynamic", the output of each trained twin on them; a side that was not trained is missing.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.report.figures.common import Arrays, ink, sides, who
from benchmarks.report.figures.drawing import INK, LOOKS, MUTED, Look, Picture, blank, finished, player, styled
from shared.datasets import speech, text
from shared.datasets.toy import ring_centres
from shared.spec import Spec


def samples(arrays: Arrays, spec: Spec) -> Picture:
    """Plot the points that each side generates from noise, and the centres of the data, which lie on a ring."""
    with styled():
        figure = blank(3.7, 3.6, top=0.32)
        axes = figure.subplots()
        for side in sides(arrays):
            points = np.asarray(arrays[side])[:800]  # enough to show the distribution, few enough to draw
            look: Look = {"markersize": 6.5, "alpha": 0.25} if side == "static" else {"markersize": 1.8}
            colour = LOOKS[side]["color"]
            axes.plot(points[:, 0], points[:, 1], "o", label=side, color=colour, markeredgewidth=0, **look)
        centres = ring_centres()
        axes.plot(centres[:, 0], centres[:, 1], "+", color=INK, markersize=9, label="centres of the data")
        axes.set_aspect("equal")
        figure.legend(loc="upper center", ncols=3, handletextpad=0.2, columnspacing=1)
        return finished(figure, f"Points that {who(arrays)} makes from the same noise, and the centres of the data.")


def digits_from_noise(arrays: Arrays, spec: Any) -> Picture:
    """Draw the digits that each side generates from noise beside held-out ones, in squares."""
    groups = {"held out": np.asarray(arrays["real"])} | {side: np.asarray(arrays[side]) for side in sides(arrays)}
    across = int(len(groups["held out"]) ** 0.5)
    with styled():
        figure = Figure(figsize=(5.2, 5.1 / len(groups) + 0.25))
        figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=0.9, wspace=0.06)
        for axes, (title, images) in zip(figure.subplots(1, len(groups)), groups.items()):
            axes.imshow(_tiled(images[: across**2], across))
            axes.set_title(title, color=LOOKS[title]["color"] if title in LOOKS else INK)
            axes.axis("off")
        return finished(figure, f"Digits that {who(arrays)} makes from the same noise, beside held-out ones.")


def _tiled(images: np.ndarray, across: int) -> np.ndarray:
    """Images of 8x8 pixels as one, in a square."""
    apart = np.pad(images.reshape(across, across, 8, 8), ((0, 0), (0, 0), (0, 1), (0, 1)))  # a gap beside each
    return ink(apart.transpose(0, 2, 1, 3).reshape(across * 9, across * 9, 1))


def walks_between_digits(arrays: Arrays, spec: Any) -> Picture:
    """Draw what is decoded on straight lines from the code of one digit to that of the next."""
    x, steps = np.asarray(arrays["x"]), 8
    trained, walks = sides(arrays), [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]
    with styled():
        figure = Figure(figsize=(5.2, 0.42 * (len(walks) * len(trained) + 0.5)))
        axes = figure.add_axes((0.12, 0.0, 0.87, 0.99))
        for group, side in enumerate(trained):
            state = {name: np.asarray(arrays[f"{side}_{name}"], np.float64) for name in spec.plotted}
            codes, _ = spec.encoded(x, state)  # the means
            for walk, (start, end) in enumerate(walks):
                down = group * len(walks) + walk + 0.3 * group
                way = np.linspace(0, 1, steps)[:, None]
                decoded = spec.pixels((1 - way) * codes[start] + way * codes[end], state)
                for across, image in enumerate((x[start], *decoded, x[end])):
                    axes.imshow(ink(image.reshape(8, 8, 1)), extent=(across, across + 0.85, down + 0.85, down))
            middle = group * (len(walks) + 0.3) + len(walks) / 2
            axes.text(-0.15, middle, side, ha="right", va="center", color=LOOKS[side]["color"])
        axes.set_xlim(0, steps + 2)
        axes.set_ylim(len(walks) * len(trained) + 0.3 * (len(trained) - 1), 0)
        axes.axis("off")
        return finished(
            figure,
            f"Walks from one held-out digit to another through the codes of {who(arrays)}: the digit, what is decoded "
            "at equal steps on the line between the means of both codes, and the other digit.",
        )


def latent_plane(arrays: Arrays, spec: Any) -> Picture:
    """Draw what is decoded from a grid of codes of two numbers, evenly spread over the prior distribution."""
    from scipy.stats import norm  # here, because the import takes long and only this figure needs it

    across, trained = 11, sides(arrays)
    quantiles = norm.ppf((np.arange(across) + 0.5) / across)
    codes = np.stack(np.meshgrid(quantiles, quantiles[::-1]), axis=-1).reshape(-1, 2)
    with styled():
        figure = Figure(figsize=(2.7 * len(trained), 2.95))
        for axes, side in zip(np.atleast_1d(figure.subplots(1, len(trained))), trained):
            state = {name: np.asarray(arrays[f"{side}_{name}"], np.float64) for name in spec.plotted}
            axes.imshow(_tiled(spec.pixels(codes, state), across))
            axes.set_title(side, color=LOOKS[side]["color"])
            axes.axis("off")
        return finished(
            figure,
            f"The plane of codes of {who(arrays)}: the pixels' probabilities, decoded from the quantiles of the normal "
            "distribution in both directions.",
        )


def painted_digits(arrays: Arrays, spec: Any) -> Picture:
    """Draw painted digits beside held-out ones, and the pixels that one in the middle depends on."""
    c, trained, across = spec.config, sides(arrays), 6
    groups = {"held out": np.asarray(arrays["x"]).reshape(-1, c.height, c.width)}
    groups |= {side: np.asarray(arrays[f"{side}_image"]).reshape(-1, c.height, c.width) for side in trained}
    with styled():
        figure = Figure(figsize=(5.2, 5.8 / (len(groups) + 1)))
        *places, last = figure.subplots(1, len(groups) + 1)
        for axes, (title, images) in zip(places, groups.items()):
            tiled = np.pad(images[: across**2 // across * across], ((0, 0), (0, 1), (0, 1)))  # a gap beside each
            rows = tiled[: len(tiled) // across * across].reshape(-1, across, *tiled.shape[1:]).transpose(0, 2, 1, 3)
            axes.imshow(ink(rows.reshape(-1, across * tiled.shape[2], 1)))
            axes.set_title(title, color=LOOKS[title]["color"] if title in LOOKS else INK)
        row, column = c.height // 2, c.width // 2 - 1
        seen = spec.seen(row, column)
        last.imshow(ink(0.3 * seen[..., None]), extent=(0, c.width, c.height, 0))
        last.plot(column + 0.5, row + 0.5, "o", color=INK, markersize=4)
        last.set_title("what a pixel sees")
        for axes in (*places, last):
            axes.axis("off")
        last.axis("on")
        last.set_xticks([])
        last.set_yticks([])
        blind = int(np.sum(np.arange(c.height * c.width) < row * c.width + column) - seen.sum())
        spot = f"does not see {blind} of the pixels before it: {spec.unseen}" if blind else "sees all pixels before it"
        return finished(
            figure,
            f"Digits that {who(arrays)} painted from the same random numbers, beside held-out ones. Right: the pixels "
            f"that the one with the dot depends on; it {spot}.",
        )


def verse(arrays: Arrays, spec: Any) -> Picture:
    """Write out the verse that is drawn at each temperature, after the beginning that was read."""
    trained, length = sides(arrays), spec.config.length
    written = {side: np.asarray(arrays[f"{side}_text"]) for side in trained}
    shown = [
        (f"temperature {temperature:g}", text.verse().decoded(row[:length]), text.verse().decoded(row[length:]))
        for temperature, row in zip(np.asarray(arrays["temperature"]), written[trained[0]])
    ]
    lines = [len((read + drawn).split("\n")) + 2 for _, read, drawn in shown]
    with styled():
        figure = Figure(figsize=(5.2, 0.145 * sum(lines)))
        axes = figure.add_axes((0.01, 0.01, 0.98, 0.98))
        look: Look = {"va": "center", "fontsize": 7}
        down = 0
        for (title, read, drawn), count in zip(shown, lines):
            axes.text(0, down, title, color=LOOKS[trained[0]]["color"], **look)
            begun = read.split("\n")
            for i, line in enumerate((read + drawn).split("\n")):
                known = begun[i] if i < len(begun) else ""  # the characters of this line that were read
                axes.text(0, down + 1 + i, known, color=MUTED, family="monospace", **look)
                axes.text(0, down + 1 + i, " " * len(known) + line[len(known) :], family="monospace", **look)
            down += count
        axes.set_xlim(0, 1)
        axes.set_ylim(down - 1, -1)
        axes.axis("off")
        same = len(trained) == 2 and np.array_equal(written["static"], written["dynamic"])
        agreement = (
            "Both sides wrote the same, character by character." if same else f"Written by the {trained[0]} side."
        )
        return finished(
            figure,
            f"Verse from the same random numbers at three temperatures. Grey is what was read before. {agreement}",
        )


def sampled_speech(arrays: Arrays, spec: Any) -> Picture:
    """Draw the spectrogram of each digit that was drawn sample by sample, and let the ten be heard."""
    from scipy.signal import spectrogram  # here, because the import takes long and only this figure needs it

    trained, across = sides(arrays), 5
    codes = {side: np.asarray(arrays[f"{side}_audio"])[:, spec.config.reach :] for side in trained}
    waves = speech.decode(codes[trained[0]])  # (10, S)
    with styled():
        figure = Figure(figsize=(5.2, 3.1))
        figure.subplots_adjust(left=0.08, right=0.99, top=0.93, bottom=0.13, wspace=0.12, hspace=0.35)
        every = figure.subplots(2, across, sharex=True, sharey=True)
        for digit, (axes, wave) in enumerate(zip(every.flat, waves)):
            frequency, _, loudness = spectrogram(wave, speech.RATE, "hann", nperseg=128, noverlap=96)
            decibels = 10 * np.log10(np.maximum(loudness, 1e-12))
            shade = np.clip((decibels - decibels.max()) / 60 + 1, 0, 1)  # of the loudest, down to 60 dB below
            place = (0, len(wave) / speech.RATE, 0, frequency[-1] / 1000)
            axes.imshow(ink(shade[..., None]), aspect="auto", origin="lower", extent=place)
            axes.set_title(str(digit))
            axes.set_xticks([0, 0.2])
        every[0, 0].set_ylabel("kHz")
        every[-1, across // 2].set_xlabel("second")
    same = int(np.sum(np.all(codes[trained[0]] == codes[trained[-1]], axis=1)))
    agreement = {
        1: f"Drawn by the {trained[0]} side.",
        2: f"Both sides drew the same samples for {same} of the ten; those of the {trained[0]} side are shown.",
    }[len(trained)]
    caption = (
        "Spectrograms of the ten digits, each drawn sample by sample after silence, and their sound, one after the "
        f"other. The net hears {1000 * spec.config.reach / speech.RATE:.0f} ms back, so it babbles. {agreement}"
    )
    sound = (waves / np.abs(waves).max()).reshape(-1)
    return Picture(
        finished(figure, caption).svg + player(sound, speech.RATE, "The ten digits, one after the other"), caption
    )
