"""The table of models: one row a model, in the order of the lecture. What runs over "all models" reads it here.

A row names a class, and three files define one of that name: `shared/<chapter>/<name>.py`,
`static_tf/<chapter>/<name>.py` and `dynamic_torch/<chapter>/<name>.py`.
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
    falls: bool = True  # whether the loss does; in a game one player's gain is the other's loss


@dataclass(frozen=True)
class Variant:
    """One way to run a model: changes to its configuration, the data, and what it must learn from them."""

    data: str
    picture: str  # how the report draws what it learned: a function of that name in benchmarks/report/figures.py
    changes: dict[str, Any] = field(default_factory=dict)
    learning: Learning | None = None  # None: the same function as the plain variant, so it would learn the same
    timed: bool = True  # False: the same work as the plain variant, on other data


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
        if size == "proof" and size not in kind.sizes:
            size = "small"
        if size not in kind.sizes:
            raise unknown("size", size, kind.sizes)
        return kind(**{**kind.sizes[size], **self.variants[variant].changes, **changes})

    def path(self, tree: str) -> str:
        """The model's file in one of the three trees (shared, static_tf, dynamic_torch)."""
        return f"{tree}/{self.chapter}/{self.name}.py"


_ROUNDING = "float32 rounding only: descent contracts it"
_EXACT = "float64 rounding only"
_LEAST_SQUARES = (Target("distance_to_least_squares", 1e-6, at_most=True),)
_AUTHORS = (Target("distance_to_authors", 0.02, at_most=True),)
_BILLIONFOLD = "float64 rounding, which grows a billionfold at this learning rate; in float32 the curves part at once"
_GAME = "a game is no descent: nothing contracts rounding, and a twin's float64 curve is 0.10 from its own float32 one"

CATALOG: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            name="computational_graph",
            class_name="ComputationalGraph",
            chapter="basics",
            section="Computational graphs",
            summary="e = (a + b)(b + 1) as a data structure",
            variants={
                "plain": Variant(
                    data="none: two numbers",
                    picture="graph",
                    learning=Learning(20, (Target("e", 3, at_most=True),), 1e-5, _ROUNDING),
                ),
            },
        ),
        Entry(
            name="linear_regression",
            class_name="LinearRegression",
            chapter="basics",
            section="Linear regression",
            summary="a line or a plane through points, by descent to the least squares",
            variants={
                "plain": Variant(
                    data="progression of diabetes",
                    picture="fit",
                    learning=Learning(10000, _LEAST_SQUARES, 1e-12, _EXACT, dtype="float64"),
                ),
                "line": Variant(
                    data="a line",
                    picture="line",
                    changes={"data": "line", "features": 1},
                    timed=False,
                    learning=Learning(500, _LEAST_SQUARES, 1e-12, _EXACT, dtype="float64"),
                ),
            },
        ),
        Entry(
            name="logistic_regression",
            class_name="LogisticRegression",
            chapter="basics",
            section="The perceptron",
            summary="two classes from one smooth decision",
            variants={
                "plain": Variant(
                    data="benign or malignant tumours",
                    picture="margin",
                    learning=Learning(1000, (Target("test_accuracy", 0.97),), 1e-5, _ROUNDING),
                ),
            },
        ),
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
                    learning=Learning(4000, (Target("share_of_line_error", 0.1, at_most=True),), 1e-5, _ROUNDING),
                ),
            },
        ),
        Entry(
            name="shallow_classifier",
            class_name="ShallowClassifier",
            chapter="basics",
            section="A two-layer network",
            summary="classes that no straight line separates",
            variants={
                "plain": Variant(
                    data="two spirals",
                    picture="plane",
                    learning=Learning(
                        2000,
                        (Target("test_accuracy", 0.99), Target("perceptron_accuracy", 0.7, at_most=True)),
                        1e-5,
                        _ROUNDING,
                    ),
                ),
                "xor": Variant(
                    data="four blobs, XOR",
                    picture="plane",
                    changes={"data": "xor"},
                    timed=False,
                    learning=Learning(
                        500,
                        (Target("test_accuracy", 0.99), Target("perceptron_accuracy", 0.8, at_most=True)),
                        1e-5,
                        _ROUNDING,
                    ),
                ),
            },
        ),
        Entry(
            name="batch_norm_net",
            class_name="BatchNormNet",
            chapter="convolutional",
            section="Convolutional networks",
            summary="digits, with normalised layers and two modes",
            variants={
                "plain": Variant(
                    data="digits of 8x8 pixels",
                    picture="digits",
                    learning=Learning(300, (Target("test_accuracy", 0.98),), 1e-3, _ROUNDING),
                ),
            },
        ),
        Entry(
            name="sequence_conv_net",
            class_name="SequenceConvNet",
            chapter="convolutional",
            section="Convolutional networks",
            summary="digits drawn as series, by convolution along them",
            variants={
                "plain": Variant(
                    data="MNIST-1D: series of 40",
                    picture="series",
                    learning=Learning(6000, _AUTHORS, 1e-4, _BILLIONFOLD, dtype="float64"),
                ),
                "perceptron": Variant(
                    data="MNIST-1D: series of 40",
                    picture="series",
                    changes={"net": "perceptron"},
                    learning=Learning(6000, _AUTHORS, 1e-4, _BILLIONFOLD, dtype="float64"),
                ),
                "linear": Variant(
                    data="MNIST-1D: series of 40",
                    picture="series",
                    changes={"net": "linear"},
                    learning=Learning(6000, _AUTHORS, 1e-5, _ROUNDING),
                ),
                "shuffled": Variant(
                    data="MNIST-1D with its positions shuffled",
                    picture="series",
                    changes={"data": "shuffled"},
                    timed=False,
                    learning=Learning(
                        2000, (Target("test_accuracy", 0.65, at_most=True),), 1e-4, _BILLIONFOLD, dtype="float64"
                    ),
                ),
            },
        ),
        Entry(
            name="lstm",
            class_name="LSTM",
            chapter="recurrent",
            section="Recurrent networks",
            summary="praise or blame, a sentence read word by word",
            variants={
                "plain": Variant(
                    data="sentences from film reviews",
                    picture="reviews",
                    learning=Learning(450, (Target("test_accuracy", 0.76),), 1e-4, _ROUNDING),
                ),
                "while_loop": Variant(
                    data="sentences from film reviews", picture="reviews", changes={"loop": "while_loop"}
                ),
            },
        ),
        Entry(
            name="gan",
            class_name="GAN",
            chapter="generative",
            section="Generative adversarial networks",
            summary="points on a ring, from noise, by two players",
            variants={
                "plain": Variant(
                    data="a ring of eight Gaussians",
                    picture="samples",
                    learning=Learning(2000, (Target("modes_covered", 7),), 0.2, _GAME, falls=False),
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
