"""The figures of the speed section. Colour denotes the side, as everywhere; the shape of a dot the machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import AutoLocator, LogLocator, NullLocator

from benchmarks.report.figures.drawing import (
    DYNAMIC,
    INK,
    LOOKS,
    MUTED,
    PAPER,
    STATIC,
    Look,
    Picture,
    blank,
    finished,
    styled,
)
from benchmarks.report.formatting import duration, percent

COLOURS = {"static": STATIC, "dynamic": DYNAMIC}
SHAPES = {"●": "o", "◆": "D", "■": "s", "▲": "^", "▼": "v", "✚": "P", "★": "*"}  # sign in the text: marker in figures
MARKS = tuple(SHAPES)[1:]  # of machines other than the user's
PARTS = {"inside operations": 1.0, "between operations": 0.5, "feeding": 0.18}  # part of a step: opacity of its colour

Point = tuple[float, float, float | None, float | None]  # setting, seconds, interval of the seconds


@dataclass(frozen=True)
class Dot:
    """The ratio of one pair, or of one twin to its baseline, on one machine."""

    ratio: float
    low: float | None
    high: float | None
    mark: str
    where: str
    side: str | None = None  # None: a ratio of both sides

    def __str__(self) -> str:
        interval = f" ({self.low:.2f} to {self.high:.2f})" if self.low and self.high else ""
        return f"{self.ratio:.2f}{interval} {self.where}"

    @property
    def shown(self) -> bool:
        """Whether the interval excludes 1, so that one of the two is faster."""
        return bool(self.low and self.high and not self.low <= 1 <= self.high)

    @property
    def colour(self) -> str:
        """The colour of the side; for a pair, of the faster side, or muted if neither is shown to be faster."""
        if self.side:
            return COLOURS[self.side]
        return COLOURS["static" if self.ratio < 1 else "dynamic"] if self.shown else MUTED


@dataclass(frozen=True)
class Line:
    """The time of one side on one machine as a function of a setting."""

    side: str
    points: Sequence[Point]
    mark: str
    name: str
    own: bool


def ratios(rows: Sequence[tuple[str, Sequence[Dot]]], meaning: str) -> Picture:
    """Plot static over dynamic time, one pair per row and one dot per machine."""
    plotted = "Time of a static training step over that of a dynamic one, with 95 % intervals."
    return _dotted(rows, "← static faster  ·  dynamic faster →", meaning, plotted)


def beside(rows: Sequence[tuple[str, Sequence[Dot]]], limit: float, meaning: str) -> Picture:
    """Plot a twin's time over its baseline's, one model per row and one dot per side and machine, with a line at
    `limit`, beyond which a twin takes too long."""
    plotted = "Time of a twin's training step over that of its framework's own layers, with 95 % intervals."
    return _dotted(rows, "← twin faster  ·  layers faster →", meaning, plotted, limit)


def _dotted(
    rows: Sequence[tuple[str, Sequence[Dot]]], faster: str, meaning: str, drawn: str, limit: float | None = None
) -> Picture:
    """Plot ratios with their intervals. A dot is hollow if its interval contains 1 or is missing."""
    with styled():
        most = max(len(dots) for _, dots in rows)
        room = 0.15 + 0.065 * max(len(label) for label, _ in rows)
        figure = blank(5.2, 0.55 + (0.14 + 0.1 * most) * len(rows), left=room)
        axes = figure.subplots()
        for i, (_, dots) in enumerate(rows):
            for j, dot in enumerate(dots):
                y = i + (j - (len(dots) - 1) / 2) / (most + 1)
                axes.plot([dot.low or dot.ratio, dot.high or dot.ratio], [y, y], color=dot.colour, linewidth=1.3)
                look: Look = {"markersize": 4.5, "markeredgewidth": 1}
                filled = dot.colour if dot.shown else PAPER
                axes.plot([dot.ratio], [y], SHAPES[dot.mark], color=dot.colour, markerfacecolor=filled, **look)
        axes.axvline(1, color=MUTED, linewidth=0.6, zorder=0)
        if limit:
            axes.axvline(limit, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
        for i in range(1, len(rows) if most > 1 else 0):
            axes.axhline(i - 0.5, color=MUTED, linewidth=0.3, alpha=0.5, zorder=0)
        ends = [end for _, dots in rows for dot in dots for end in (dot.low or dot.ratio, dot.high or dot.ratio)]
        _ratio_axis(axes, 1.15 * max(max(end, 1 / end) for end in ends))
        _labels(axes, [label for label, _ in rows])
        axes.set_xlabel(faster)
        said = "; ".join(f"{label} {', '.join(map(str, dots))}" for label, dots in rows)
        return finished(figure, meaning, f"{meaning} {drawn} {said}.")


def _ratio_axis(axes: Any, reach: float) -> None:
    reach = max(2.0, reach)
    axes.set_xscale("log", base=2 if reach < 32 else 10)
    axes.set_xlim(1 / reach, reach)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}" if value >= 1 else f"1/{1 / value:g}")
    axes.xaxis.set_minor_formatter(lambda *_: "")


def _labels(axes: Any, labels: Sequence[str]) -> None:
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def splits(rows: Sequence[tuple[str, Mapping[str, Sequence[float]]]], meaning: str) -> Picture:
    """Plot the parts of a step's time, one pair per row: a bar for each side, relative to the slower side's step, with
    its time at its end."""
    with styled():
        room = 0.15 + 0.065 * max(len(label) for label, _ in rows)
        figure = blank(5.2, 0.85 + 0.4 * len(rows), left=room, top=0.32)
        figure.subplots_adjust(right=1 - 0.62 / 5.2)
        axes = figure.subplots()
        for i, (_, by_side) in enumerate(rows):
            slower = max(map(sum, by_side.values()))
            for side, seconds in by_side.items():
                y, end = i + (-0.18 if side == "static" else 0.18), 0.0
                for part, strength in zip(seconds, PARTS.values()):
                    axes.barh(y, part / slower, 0.3, left=end, color=COLOURS[side], alpha=strength, linewidth=0)
                    end += part / slower
                look: Look = {"va": "center", "fontsize": 7, "color": COLOURS[side]}
                axes.annotate(duration(sum(seconds)), (end, y), xytext=(3, 0), textcoords="offset points", **look)
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        _labels(axes, [label for label, _ in rows])
        axes.set_xlabel("share of the slower side's step")
        _legend(figure, [Patch(color=INK, alpha=strength, linewidth=0, label=part) for part, strength in PARTS.items()])
        said = "; ".join(
            f"{label}, {side}: {duration(sum(seconds))}, of it "
            + ", ".join(f"{percent(part / sum(seconds))} {name}" for part, name in zip(seconds, PARTS))
            for label, by_side in rows
            for side, seconds in by_side.items()
        )
        return finished(figure, meaning, f"{meaning} {said}.")


def sweep(lines: Sequence[Line], setting: str, crossing: float | None, meaning: str) -> Picture:
    """Plot the time of a step over a setting, for both sides, and mark the setting at which they cross."""
    with styled():
        figure = blank(4.7, 3.3, left=0.75, top=0.36)
        axes = figure.subplots()
        for line in lines:
            value, median, low, high = (np.array(column, float) for column in zip(*line.points))
            look: Look = {"color": COLOURS[line.side], "markersize": 4, "linewidth": 1.4}
            if line.side == "dynamic":
                look |= {"linestyle": LOOKS["dynamic"]["linestyle"]}
            if not line.own:
                look |= {"linewidth": 0.8, "alpha": 0.7, "markerfacecolor": PAPER}
            axes.plot(value, median, marker=SHAPES[line.mark], **look)
            axes.vlines(value, low, high, color=COLOURS[line.side], linewidth=1.2)  # draws nothing without an interval
        values = sorted({value for line in lines for value, *_ in line.points})
        axes.set_xscale("log" if values[0] > 0 else "linear")
        axes.set_yscale("log")
        axes.set_xticks(values, [f"{value:g}" for value in values])
        axes.set_xticks([], minor=True)
        bottom, top = axes.get_ylim()
        few = LogLocator(subs=(1,) if top > 300 * bottom else (1, 2, 5))
        axes.yaxis.set_major_locator(AutoLocator() if top < 5 * bottom else few)
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylim(bottom, top)
        axes.yaxis.set_major_formatter(lambda value, _: short_duration(value))
        if crossing is not None and values[0] <= crossing <= values[-1]:
            axes.axvline(crossing, color=INK, linewidth=0.6)
            place: Look = {"textcoords": "offset points", "xycoords": ("data", "axes fraction"), "fontsize": 7.5}
            axes.annotate(f"equal at {crossing:.3g}", (crossing, 1), xytext=(3, -8), **place)
        axes.set_xlabel(setting)
        axes.set_ylabel("a training step")
        _legend(figure, [_key(side) for side in COLOURS if any(line.side == side for line in lines)])
        said = "; ".join(
            f"{line.name}: " + ", ".join(f"{duration(median)} at {value:g}" for value, median, *_ in line.points)
            for line in lines
        )
        return finished(figure, meaning, f"{meaning} {said}.")


def _key(side: str) -> Line2D:
    look: Look = {"linestyle": LOOKS["dynamic"]["linestyle"]} if side == "dynamic" else {}
    return Line2D([], [], color=COLOURS[side], linewidth=1.4, label=side, **look)


def _legend(figure: Figure, handles: Sequence[Any]) -> None:
    figure.legend(handles=handles, loc="upper left", ncols=len(handles), borderaxespad=0.2)


def short_duration(seconds: float) -> str:
    """Format a tick of a logarithmic time axis: 10 ms."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.999 * scale or unit == "µs":
            return f"{seconds / scale:.3g} {unit}"
    raise AssertionError("the last unit takes all")
