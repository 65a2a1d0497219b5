"""Drawing tools for the report's figures: SVG that takes its colours and type from the page, light or dark.

The static side is drawn wide and pale, the dynamic side thin and dark on top of it: where they agree, the dynamic
line runs inside the static one.
"""

import base64
import io
import re
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

Look = dict[str, Any]  # matplotlib's style arguments of a line or marker

# Matplotlib needs literal colours; each is a placeholder, replaced in the SVG by a variable of the page's style.
INK, MUTED, STATIC, DYNAMIC, ONE, TWO, PAPER = (f"#00000{i}" for i in range(1, 8))
_VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    STATIC: "var(--static)",
    DYNAMIC: "var(--dynamic)",
    ONE: "var(--class-one)",
    TWO: "var(--class-two)",
    PAPER: "var(--paper)",
}
_STYLE: Any = {
    "svg.fonttype": "none",  # text stays text, so it can be read aloud, searched, and set in the page's type
    "svg.hashsalt": "twins",
    "font.size": 8.5,
    "axes.labelsize": 8.5,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "path.simplify_threshold": 0.2,
}
LOOKS: dict[str, Look] = {
    "static": {"color": STATIC, "linewidth": 4.5, "alpha": 0.4, "solid_capstyle": "round"},
    "dynamic": {"color": DYNAMIC, "linewidth": 1.2, "linestyle": (0, (4, 2))},
}


@dataclass(frozen=True)
class Picture:
    """A figure and its caption."""

    svg: str
    caption: str

    def named(self, prefix: str) -> str:
        """Return the SVG with prefixed ids, because ids must be unique on a page and two figures may be equal."""
        return re.sub(r'(id="|"#|url\(#)', rf"\g<1>{prefix}-", self.svg)


@contextmanager
def styled() -> Iterator[None]:
    with matplotlib.rc_context(_STYLE):
        yield


def finished(figure: Figure, caption: str, spoken: str = "") -> Picture:
    """Return the figure with its caption. A screen reader reads `spoken`, or the caption if `spoken` is empty."""
    return Picture(as_svg(figure, spoken or caption), caption)


def as_svg(figure: Figure, spoken: str) -> str:
    buffer = io.StringIO()
    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    used = set(re.findall(r'"#([^"]+)"|url\(#([^)]+)\)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: m[0] if used & {(m[1], ""), ("", m[1])} else "", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    svg = re.sub(r"font: ([\d.]+)px[^;\"]*", r"font-size: \1px", svg)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg).replace("xlink:href", "href")
    label = spoken.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    width = 7 * figure.get_figwidth()  # equal type size in every figure, if there is room
    head = f'<svg role="img" aria-label="{label}" style="max-width:{width:.0f}rem"'
    return re.sub(r'<svg width="[^"]*" height="[^"]*"', lambda _: head, svg, count=1)


def player(sound: np.ndarray, rate: int, spoken: str) -> str:
    """Return a player of a sound (S,) in -1..1, to be put below a figure: a WAV file of 8 bits a sample."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 1, rate, len(sound), "NONE", ""))  # one channel of one byte a sample
        file.writeframes(np.round(127.5 * (sound + 1)).astype(np.uint8).tobytes())  # unsigned: 0 is silence at 127.5
    content = base64.b64encode(buffer.getvalue()).decode()
    return f'<audio controls aria-label="{spoken}" src="data:audio/wav;base64,{content}"></audio>'


def power(value: float, _position: int = 0) -> str:
    """Format a tick of a logarithmic axis as plain text: 0.001, 1, 100, or a power of ten."""
    if value <= 0:
        return ""
    exponent = round(np.log10(value))
    if -3 <= exponent <= 3:
        return f"{value:g}"
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def logarithmic(axis: Any) -> None:
    axis.set_major_formatter(power)
    axis.set_minor_formatter(lambda *_: "")


def blank(width: float, height: float, left: float = 0.55, top: float = 0.08) -> Figure:
    """Return an empty figure; its size and its left and top margins are in inches."""
    figure = Figure(figsize=(width, height))
    margins = {"left": left / width, "right": 1 - 0.08 / width, "bottom": 0.42 / height, "top": 1 - top / height}
    figure.subplots_adjust(**margins)
    return figure
