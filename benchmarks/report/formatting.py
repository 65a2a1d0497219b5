"""Format statements and numbers for the page."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Statement:
    """A statement and its status: "good", "bad", "elsewhere" if another machine measured it, or "none" if none did."""

    text: str | Markup
    status: str = "good"


def number(value: Any) -> float | None:
    """Return `value` as a float if it is a finite number, else None."""
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def scientific(value: Any) -> Markup:
    """3.1 × 10⁻¹⁶, or 0."""
    value = number(value)
    if value is None:
        return Markup("not finite")
    if value == 0:
        return Markup("0")
    digits, exponent = f"{value:.1e}".split("e")
    return Markup("{}&nbsp;×&nbsp;10<sup>{}</sup>").format(digits, str(int(exponent)).replace("-", "−"))


def figure(value: Any) -> Markup:
    """A number to four significant digits; below 0.001, two digits and a power of ten."""
    value = number(value)
    if value is None:
        return Markup("not finite")
    return scientific(value) if 0 < abs(value) < 1e-3 else Markup(f"{value:.4g}")


def duration(seconds: Any) -> str:
    """A time to three significant digits, in s, ms or µs."""
    seconds = number(seconds)
    if seconds is None:
        return "not measured"
    for unit, scale in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale or unit == "µs":
            value = seconds / scale
            return f"{value:.{max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0}f} {unit}"
    raise AssertionError("the last unit takes all")


def ratio(row: Row) -> Markup:
    """1.83 (1.79 to 1.88), dynamic faster."""
    low, high = number(row.get("ratio_low")), number(row.get("ratio_high"))
    interval = f"{low:.2f} to {high:.2f}" if low is not None and high is not None else "no interval"
    return Markup("<b>{:.2f}</b> <span class=interval>({})</span> <span class=conclusion>{}</span>").format(
        row["ratio"], interval, row.get("conclusion") or ""
    )


def share(part: int, whole: int) -> str:
    """99.9 %, rounded down, so that 100 % means all."""
    return f"{1000 * part // whole / 10:g}\u00a0%" if whole else "–"


def percent(share: float) -> str:
    """12 %; below 10 %, to two significant digits."""
    value = 100 * share
    return f"{value:.0f}\u00a0%" if value >= 9.5 else f"{value:.2g}\u00a0%"


def times(factor: float) -> str:
    """3.1 times, 1.02 times, 140 times."""
    return f"{factor:.3g} times" if factor < 9.95 else f"{factor:,.0f} times"


def listed(names: Sequence[str]) -> str:
    """One, two and three."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def size(bytes_held: Any) -> str:
    """23 MB, 1.2 GB; a dash if unknown."""
    value = number(bytes_held)
    if value is None:
        return "–"
    return f"{value / 1e6:,.0f}\u00a0MB" if value < 9.995e8 else f"{value / 1e9:,.1f}\u00a0GB"


def distance(value: Any) -> Markup:
    """The distance of two values, given as a number or its string; ∞ if infinite, – if None."""
    if value is None:
        return Markup("–")
    value = float(value)
    if not math.isfinite(value):
        return Markup("∞" if math.isinf(value) else "not a number")
    return Markup(f"{value:.2g}") if 0.01 <= value < 100 else scientific(value)


def short(value: Any) -> str:
    """A number to two significant digits: 0.4, 3.1, 120, 56,000."""
    value = number(value)
    if value is None:
        return "–"
    return f"{value:.2g}" if abs(value) < 10 else f"{float(f'{value:.2g}'):,.0f}"
