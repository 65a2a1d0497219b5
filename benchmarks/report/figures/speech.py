"""Figures of what the models of the chapter on speech have learned.

`picture(arrays, spec) -> Picture`: `arrays` holds the labels of `spec.plot_inputs()` and, under "static" and "dynamic",
the output of each trained twin on them; a side that was not trained is missing. The clips themselves are the spec's.
"""

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from benchmarks.report.figures.common import Arrays, confusion_table, ink, sides
from benchmarks.report.figures.drawing import LOOKS, MUTED, Picture, finished, styled
from shared.ctc import beam_search, log_softmax
from shared.datasets.speech import NOISES
from shared.mel import EPSILON, mel_matrix
from shared.spec import Batch, Spec
from shared.speech.ctc import BLANK, CONDITIONS, HELD_OUT, WIDTH, ConnectedDigits
from shared.speech.spoken_spec import DECIBELS, SpokenSpec

_SHOWN = 7  # the digit whose spectrograms are drawn: it hisses, hums and pauses


def spoken(arrays: Arrays, spec: Spec) -> Picture:
    """Spoken digits: draw a word's spectrogram in several conditions, the accuracy in noise over its loudness, and the
    confusion matrix of the harder views."""
    assert isinstance(spec, SpokenSpec)
    with styled():
        figure = Figure(figsize=(6.4, 7.4))
        grid = figure.add_gridspec(
            3, 1, height_ratios=[1.2, 1.5, 2.6], left=0.09, right=0.98, top=0.96, bottom=0.06, hspace=0.42
        )
        captions = [
            _spectrograms(grid[0], spec),
            _in_noise(grid[1], arrays, spec),
            _confusion(grid[2], arrays, spec),
        ]
        return finished(figure, " ".join(captions))


def _spectrograms(place: SubplotSpec, spec: SpokenSpec) -> str:
    """Draw the spectrogram of a held-out word in silence, in a harder view, and in each noise. Return the caption."""
    c, middle = spec.config, DECIBELS[len(DECIBELS) // 2]
    names = {"clean": "clean", "test": "harder view", **{f"{kind}_{middle}_db": kind for kind in NOISES}}
    every = place.subgridspec(1, len(names), wspace=0.12).subplots(squeeze=False, sharey=True)[0]
    for axes, (name, title) in zip(every, names.items()):
        condition = spec.condition(name)
        x = condition["x"][np.flatnonzero(condition["y"] == _SHOWN)[0]]
        loudness = _log_mel(x, c.frame, c.hop, c.bands, c.rate).T  # (M, T)
        shade = (loudness - loudness.min()) / np.ptp(loudness)
        axes.imshow(ink(shade[..., None]), aspect="auto", origin="lower", extent=(0, c.samples / c.rate, 0, c.bands))
        axes.set_title(title)
        axes.set_xticks([0, c.samples / c.rate / 2])
        axes.set_xlabel("second")
    every[0].set_ylabel("band")
    return (
        f"The word for {_SHOWN}, held out: how loud each band of the mel scale is at each time, as the net computes "
        f"it; the noise of the last three is {middle} dB weaker than the word."
    )


def _log_mel(x: np.ndarray, frame: int, hop: int, bands: int, rate: int) -> np.ndarray:
    """Compute the spectrogram of a clip (S,) as the models do, (T, M)."""
    frames = np.lib.stride_tricks.sliding_window_view(x, frame)[::hop]
    window = (1 - np.cos(2 * np.pi * np.arange(frame) / frame)) / 2
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    return np.log1p(power @ mel_matrix(frame, bands, rate) / EPSILON)


def _in_noise(place: SubplotSpec, arrays: Arrays, spec: SpokenSpec) -> str:
    """Plot the share of clips that are heard right over how much louder than each noise they are."""
    shares = {side: spec.score(np.asarray(arrays[side]), {"y": np.asarray(arrays["y"])}, {}) for side in sides(arrays)}
    every = place.subgridspec(1, len(NOISES), wspace=0.12).subplots(squeeze=False, sharey=True)[0]
    for axes, kind in zip(every, NOISES):
        for side, share in shares.items():
            axes.plot(DECIBELS, [share[f"{kind}_{d}_db"] for d in DECIBELS], label=side, **LOOKS[side])
        axes.axhline(0.1, color=MUTED, linewidth=0.6)
        axes.set_xticks(DECIBELS)
        axes.set_ylim(0, 1.02)
        axes.set_title(kind)
    every[0].set_ylabel("share heard right")
    every[1].set_xlabel("signal-to-noise ratio in dB")
    every[2].legend(loc="lower right")
    clean = " and ".join(f"{100 * share['clean_accuracy']:.0f} % ({side})" for side, share in shares.items())
    loudest = min(DECIBELS)
    worst = {k: " and ".join(f"{100 * s[f'{k}_{loudest}_db']:.0f} %" for s in shares.values()) for k in NOISES}
    said = ", ".join(f"{value} ({kind})" for kind, value in worst.items())
    taught = "clips in coloured noise" if spec.config.noise else "clips without noise"
    return (
        f"Accuracy of a net that has learned from {taught}: without noise {clean}; in noise as loud as the word "
        f"{said}. The line at 0.1 is guessing."
    )


def _confusion(place: SubplotSpec, arrays: Arrays, spec: SpokenSpec) -> str:
    """Draw each side's confusion matrix of the harder views."""
    y = spec.split(np.asarray(arrays["y"]))["test"]
    read = {side: spec.split(np.asarray(arrays[side]).argmax(1))["test"] for side in sides(arrays)}
    every = place.subgridspec(1, len(read), wspace=0.2).subplots(squeeze=False)[0]
    for axes, (side, digit) in zip(every, read.items()):
        confusion_table(axes, y, digit, side)
    wrong = " and ".join(f"{int(np.sum(digit != y))} ({side})" for side, digit in read.items())
    return f"Confusion matrix. Misheard, of {len(y)} harder views of held-out clips: {wrong}."


def connected(arrays: Arrays, spec: Spec) -> Picture:
    """Connected digits: draw the spectrogram of two held-out strings, one clean and one in a harder view, and below it
    how probable each digit and the blank are at each step."""
    assert isinstance(spec, ConnectedDigits)
    held_out, shown = spec.held_out(), sides(arrays)
    columns = dict(zip(CONDITIONS, (_says_twice(held_out, i * HELD_OUT) for i in range(len(CONDITIONS)))))
    with styled():
        figure = Figure(figsize=(6.4, 1.7 + 1.75 * len(shown)))
        figure.set_layout_engine("constrained")
        every = figure.subplots(1 + len(shown), len(columns), sharex="col", squeeze=False)
        for column, (condition, row) in zip(every.T, columns.items()):
            _string(column, {key: np.asarray(value[row]) for key, value in held_out.items()}, condition, spec)
            for axes, side in zip(column[1:], shown):
                _probabilities(axes, np.asarray(arrays[side])[row], int(held_out["lengths"][row]), side, spec)
        for axes in every[1:, 0]:
            axes.set_yticks(range(BLANK + 1), [*map(str, range(BLANK)), "blank"])
        every[0, 0].set_ylabel("band")
        scores = {side: spec.score(np.asarray(arrays[side]), held_out, {}) for side in shown}
    wrong = {
        prefix: " and ".join(f"{100 * score[f'{prefix}beam_error']:.1f} % ({side})" for side, score in scores.items())
        for prefix in ("", "harder_")
    }
    return finished(
        figure,
        f"Two held-out strings, clean and in a harder view: how loud each band is at each time, and below it how "
        f"probable each digit and the blank are, with the text that beam search reads. A digit is named at a few "
        f"steps, the blank at all others, also between two equal digits. Wrong digits of all held-out strings: "
        f"{wrong['']} clean, {wrong['harder_']} in harder views.",
    )


def _says_twice(held_out: Batch, start: int) -> int:
    """Return the first row from `start` on that says a digit twice in a row; that row if none does."""
    pairs = zip(held_out["y"][start : start + HELD_OUT], held_out["digits"][start : start + HELD_OUT])
    return start + next((i for i, (y, count) in enumerate(pairs) if np.any(y[: count - 1] == y[1:count])), 0)


def _string(column: np.ndarray, row: Batch, condition: str, spec: ConnectedDigits) -> None:
    """Draw the spectrogram of one string, up to its end."""
    c = spec.config
    loudness = _log_mel(row["x"][: int(row["lengths"])], c.frame, c.hop, c.bands, c.rate).T  # (M, T)
    shade = (loudness - loudness.min()) / np.ptp(loudness)
    seconds = loudness.shape[1] * c.hop / c.rate
    column[0].imshow(ink(shade[..., None]), aspect="auto", origin="lower", extent=(0, seconds, 0, c.bands))
    column[0].set_title(f"{condition}: {_written(row['y'][: int(row['digits'])])}")
    column[-1].set_xlabel("second")


def _probabilities(axes: Axes, logits: np.ndarray, length: int, side: str, spec: ConnectedDigits) -> None:
    """Draw the probability of each symbol at each step of one string."""
    c, steps = spec.config, spec.config.steps(length)
    log_p = log_softmax(logits)[:steps]
    seconds = steps * c.pool * c.hop / c.rate
    axes.imshow(
        ink(np.exp(log_p).T[..., None]),
        aspect="auto",
        interpolation="nearest",
        origin="lower",
        extent=(0, seconds, -0.5, BLANK + 0.5),
    )
    axes.set_title(f"{side}: {_written(beam_search(log_p, WIDTH))}", color=LOOKS[side]["color"])
    axes.set_yticks([])


def _written(text: Iterable[int]) -> str:
    return " ".join(map(str, text))
