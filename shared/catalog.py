"""The table of models: one row a model, in the order of the lecture. Everything that runs over "all models" reads it here.

A row names a class; `shared/<chapter>/<name>.py`, `static_tf/<chapter>/<name>.py` and `dynamic_torch/<chapter>/<name>.py`
each define one of that name.
"""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from shared.errors import unknown
from shared.spec import Spec


@dataclass(frozen=True)
class Target:
    """What a trained twin must reach on held-out data."""

    metric: str  # a name that the spec's `score` returns
    bound: float
    at_most: bool = False  # else: at least

    def met(self, value: float) -> bool:
        """Whether the value is on the right side; NaN never is."""
        return value <= self.bound if self.at_most else value >= self.bound

    def __str__(self) -> str:
        return f"{self.metric.replace('_', ' ')} {'at most' if self.at_most else 'at least'} {self.bound:g}"


@dataclass(frozen=True)
class Learning:
    """How a pair is trained for its targets, and how far apart the two loss curves may come."""

    steps: int
    targets: tuple[Target, ...]
    curve_gap: float  # largest allowed distance of the smoothed curves, as a share of the loss's own range
    reason: str  # why that much
    dtype: str = "float32"


@dataclass(frozen=True)
class Variant:
    """One way to run a model: changes to its configuration, the data, and what it must learn from them."""

    data: str
    picture: str  # how the report draws what it learned: a function of that name in benchmarks/report/figures.py
    changes: dict[str, Any] = field(default_factory=dict)
    learning: Learning | None = None  # None: the same function as the plain variant, so it would learn the same


@dataclass(frozen=True)
class Entry:
    """One model of the lecture."""

    name: str
    class_name: str
    chapter: str
    section: str  # of the lecture
    summary: str
    variants: dict[str, Variant]  # "plain" first

    def spec(self, variant: str = "plain", size: str = "small", **changes: Any) -> Spec:
        """The framework-free half of the pair, in one of its variants and sizes."""
        if variant not in self.variants:
            raise unknown(f"variant of {self.name}", variant, self.variants)
        kind = getattr(import_module(f"shared.{self.chapter}.{self.name}"), self.class_name)
        if size not in kind.sizes:
            raise unknown("size", size, kind.sizes)
        return kind(**{**kind.sizes[size], **self.variants[variant].changes, **changes})

    def path(self, tree: str) -> str:
        """The model's file in one of the three trees (shared, static_tf, dynamic_torch), from the root of the project."""
        return f"{tree}/{self.chapter}/{self.name}.py"


_ROUNDING = "float32 rounding only: descent contracts it"

CATALOG: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            name="shallow_regressor",
            class_name="ShallowRegressor",
            chapter="basics",
            section="A two-layer network",
            summary="a curve from one hidden layer of sigmoids",
            variants={
                "plain": Variant(
                    data="a nonlinear curve",
                    picture="curve",
                    learning=Learning(4000, (Target("share_of_line_error", 0.1, at_most=True),), 1e-4, _ROUNDING),
                ),
            },
        ),
    )
}


def find(name: str) -> Entry:
    """The row of a model; an unknown name is refused with the nearest one."""
    if name not in CATALOG:
        raise unknown("model", name, CATALOG)
    return CATALOG[name]
