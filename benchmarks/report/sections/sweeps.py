"""Sweeps: the time of both sides as a function of one setting of a model, and where they cross."""

from collections.abc import Mapping, Sequence

from benchmarks.report.figures import speed as figures
from benchmarks.report.figures.drawing import Picture
from benchmarks.report.figures.picture_cache import cached_picture
from benchmarks.report.figures.speed import Point
from benchmarks.report.formatting import listed, number
from benchmarks.report.sections.machines import Machine
from benchmarks.report.sections.speed_sentences import capital
from benchmarks.report.sections.timings import Configuration, Key, Row, title
from benchmarks.speed.sweep import crossings
from benchmarks.twins import SIDES


def point(row: Row) -> Point | None:
    """Return setting, time, and its interval; None if there is nothing to draw."""
    value, median = number(row.get("value")), number(row.get("median_s"))
    if row.get("error") or value is None or not median or median < 0:
        return None
    return value, median, number(row.get("low_s")) or None, number(row.get("high_s")) or None


def _points(rows: Sequence[Row], side: str) -> list[Point]:
    marked = [found for row in rows if row.get("side") == side and (found := point(row))]
    return sorted(marked, key=lambda one: one[0])


def panel(
    key: Key, configuration: Configuration, setting: str, timed: Sequence[tuple[Machine, list[Row]]]
) -> tuple[str, Picture]:
    lines, sentences, at, device = [], [], None, configuration.device
    for machine, rows in timed:
        curves = {side: _points(rows, side) for side in SIDES}
        for side, points in curves.items():
            if points:
                name = side if machine.own else f"{side} on {machine.name(device)}"
                lines.append(figures.Line(side, points, machine.mark, name, machine.own))
        where, sentence = _crossing(rows, curves, setting)
        sentences.append(sentence if machine.own else f"{machine.mark} {machine.name(device)}: {sentence}")
        if machine is timed[0][0]:
            at = where
    words = setting.replace("_", " ")
    picture = cached_picture(figures.sweep, lines, words, at, " ".join(sentences))
    return f"{title(key)}, {words}: {configuration.title}", picture


def _crossing(rows: Sequence[Row], curves: Mapping[str, Sequence[Point]], setting: str) -> tuple[float | None, str]:
    """Return the setting at which both sides take equally long, or None, and a sentence about it."""
    sound = [dict(row) for row in rows if point(row) and number(row.get("ratio")) and row.get("conclusion")]
    for found in crossings(sound):
        return found.at, f"{capital(found.sentence.rstrip('.'))}."
    static, dynamic = ({value: median for value, median, *_ in curves[side]} for side in SIDES)
    both = [value for value in static if value in dynamic]
    if not both:
        return None, "Only one side could be timed."
    said = [f"{static[value] / dynamic[value]:.2g} at {value:g}" for value in dict.fromkeys((both[0], both[-1]))]
    return None, f"Static time over dynamic time is {listed(said)} of {setting.replace('_', ' ')}."
