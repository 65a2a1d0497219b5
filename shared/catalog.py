"""The table of models: one row a model, in the order of the lecture. What runs over "all models" reads it here.

A row names a class, and three files define one of that name: `shared/<chapter>/<name>.py`,
`static_tf/<chapter>/<name>.py` and `dynamic_torch/<chapter>/<name>.py`.
"""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from shared.errors import unknown
from shared.optimizers import OPTIMIZERS, Exponential, Momentum
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
    picture: str  # how the report draws what it learned: a function of that name in benchmarks/report/pictures.py
    changes: dict[str, Any] = field(default_factory=dict)
    learning: Learning | None = None  # None: the same function as the plain variant, so it would learn the same
    timed: bool = True  # False: the same work as the plain variant, on other data
    pretrained: str = ""  # the model whose training, layer by layer, learning starts from, if not from random values


@dataclass(frozen=True)
class Entry:
    """One model of the lecture."""

    name: str
    class_name: str
    chapter: str
    section: str  # of the lecture
    summary: str
    variants: dict[str, Variant]  # "plain" first
    on_request: dict[str, Variant] = field(default_factory=dict)  # on data that do not ship: run only if asked for

    def variant(self, name: str) -> Variant:
        """One way to run the model, among those on request too; an unknown name is refused with the nearest one."""
        every = self.variants | self.on_request
        if name not in every:
            raise unknown(f"variant of {self.name}", name, every)
        return every[name]

    def spec(self, variant: str = "plain", size: str = "small", **changes: Any) -> Spec:
        """The framework-free half of the pair, in one of its variants and sizes."""
        way = self.variant(variant)
        kind = getattr(import_module(f"shared.{self.chapter}.{self.name}"), self.class_name)
        if size == "proof" and size not in kind.sizes:
            size = "small"
        if size not in kind.sizes:
            raise unknown("size", size, kind.sizes)
        return kind(**{**kind.sizes[size], **way.changes, **changes})

    def path(self, tree: str) -> str:
        """The model's file in one of the three trees (shared, static_tf, dynamic_torch)."""
        return f"{tree}/{self.chapter}/{self.name}.py"


_ROUNDING = "float32 rounding only: descent contracts it"
_EXACT = "float64 rounding only"
_LEAST_SQUARES = (Target("distance_to_least_squares", 1e-6, at_most=True),)
_AUTHORS = (Target("distance_to_authors", 0.02, at_most=True),)
_KERNEL = (
    Target("distance_to_true_kernel", 1e-6, at_most=True),
    Target("product_from_convolution", 1e-12, at_most=True),
)
_BILLIONFOLD = "float64 rounding, which grows a billionfold at this learning rate; in float32 the curves part at once"
_NORMALISED = (
    "many batch norms hand rounding on while steps are long: a twin's float64 curve is 0.02 from its own float32"
)
_LONG = "thousands of steps over the kinks of ReLU: a twin's float64 curve is 0.003 from its own float32 one"
_GAME = "a game is no descent: nothing contracts rounding, and a twin's float64 curve is 0.10 from its own float32 one"
_SAMPLED: dict[str, Any] = {
    "curve_gap": 1e-9,
    "reason": "float64: in float32 a rounding at the border between 0 and 1 would move a whole unit",
    "dtype": "float64",
    "falls": False,  # nor rises: it is how far the data are from the model's own, not how likely they are
}
# In nats an example; the second shows what the first is worth
_LIKELIER = (Target("log_likelihood", -20), Target("independent_log_likelihood", -25, at_most=True))

_READ, _MOSTLY = Target("test_accuracy", 0.97), Target("test_accuracy", 0.96)
_UNREAD = Target("test_accuracy", 0.2, at_most=True)
_SMOOTH: dict[str, Any] = {"curve_gap": 1e-5, "reason": _ROUNDING}
_KINKED: dict[str, Any] = {
    "curve_gap": 1e-2,
    "reason": "float32 rounding; at a kink it may switch a unit, or the sign of a penalty, over",
}
_PLATEAU: dict[str, Any] = {
    "curve_gap": 1e-5,
    "reason": "float64: when a net leaves a plateau rests on roundings",
    "dtype": "float64",
}
_PRETRAINED: dict[str, Any] = {"curve_gap": 1e-5, "reason": _ROUNDING}
_STUCK: dict[str, Any] = {**_PLATEAU, "falls": False}


def _deep(
    *targets: Target, how: dict[str, Any] = _KINKED, timed: bool = False, pretrained: str = "", **changes: Any
) -> Variant:
    """A deep net on the digits, with settings of its own."""
    return Variant("digits of 8x8 pixels", "digits", changes, Learning(800, targets, **how), timed, pretrained)


def _race(optimizer: str) -> Variant:
    """A small deep net on all of the digits at once, by an optimizer: so the optimizers' curves can be held
    together."""
    learning = Learning(150, (Target("test_accuracy", 0.88),), 1e-9, _EXACT, dtype="float64")
    changes = {"depth": 2, "width": 8, "batch": 1437, "optimizer": OPTIMIZERS[optimizer]}
    return Variant("digits of 8x8 pixels, all at once", "digits", changes, learning, timed=False)


RACE = ("gradient_descent", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "bfgs")
EIGHT = ("deep_sigmoid", "pretrained_autoencoder", "pretrained_rbm", "deep_batch_norm", "deep_relu")
# Variants whose losses the report draws into one figure: its title, what they differ in, and their names
RACES = {
    "Optimizers": ("under each optimizer", RACE),
    "Eight layers": ("of eight layers, by what helps them to learn", EIGHT),
}

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
            name="deep_net",
            class_name="DeepNet",
            chapter="deep",
            section="Deep networks",
            summary="digits, by layers whose activation and regularisation are a choice",
            variants={
                "plain": _deep(_READ, timed=True),
                "sigmoid": _deep(
                    _MOSTLY, how=_SMOOTH, activation="sigmoid", depth=3, init="glorot", optimizer=Momentum(0.2)
                ),
                "tanh": _deep(_MOSTLY, how=_SMOOTH, activation="tanh", init="glorot", optimizer=Momentum(0.1)),
                "leaky_relu": _deep(_READ, activation="leaky_relu"),
                "parametric_relu": _deep(_MOSTLY, activation="parametric_relu"),
                "randomised_relu": _deep(_MOSTLY, activation="randomised_relu"),
                "maxout": _deep(_READ, activation="maxout", init="glorot", timed=True),
                # plain: 0.05 of the weights are small, and their norm is 27; sigmoid: units are on 0.4 of the time
                "l1": _deep(_READ, Target("small_weights", 0.5), l1=5e-4, optimizer=Momentum(0.03)),
                "l2": _deep(_READ, Target("weight_norm", 20, at_most=True), l2=2e-3, optimizer=Momentum(0.03)),
                "sparse": _deep(
                    Target("test_accuracy", 0.95),
                    Target("mean_activity", 0.15, at_most=True),
                    how=_SMOOTH,
                    activation="sigmoid",
                    sparseness=0.01,
                    depth=3,
                    init="glorot",
                    optimizer=Momentum(0.2),
                ),
                "dropout": _deep(_READ, dropout=0.2, optimizer=Momentum(0.03)),
                # Eight layers from N(0, 0.1): what keeps sigmoids from learning, and ReLUs not
                "deep_sigmoid": _deep(
                    _UNREAD, how=_STUCK, activation="sigmoid", depth=8, init="normal", optimizer=Momentum(0.03)
                ),
                "deep_batch_norm": _deep(
                    _MOSTLY, how=_PLATEAU, activation="sigmoid", depth=8, init="normal", batch_norm=True
                ),
                # What made them learn in 2006: layers that have learned from images alone
                **{
                    f"pretrained_{kind}": _deep(
                        _MOSTLY,
                        how=_PRETRAINED,
                        pretrained=kind,
                        activation="sigmoid",
                        depth=8,
                        init="normal",
                        optimizer=Momentum(0.1),
                    )
                    for kind in ("autoencoder", "rbm")
                },
                "deep_relu": _deep(_MOSTLY, how=_PLATEAU, depth=8, init="normal", optimizer=Momentum(0.03)),
                **{optimizer: _race(optimizer) for optimizer in RACE},
            },
        ),
        Entry(
            name="autoencoder",
            class_name="Autoencoder",
            chapter="deep",
            section="Deep networks",
            summary="digits through few numbers, or through noise, and back",
            variants={
                "plain": Variant(
                    data="digits of 8x8 pixels",
                    picture="reconstructions",
                    learning=Learning(1500, (Target("share_of_pca_error", 0.95, at_most=True),), 1e-5, _ROUNDING),
                ),
                "denoising": Variant(
                    data="digits of 8x8 pixels, 3 of 10 set to zero",
                    picture="reconstructions",
                    changes={"noise": 0.3, "hidden": 100},
                    timed=False,
                    learning=Learning(1500, (Target("share_of_the_noise", 0.33, at_most=True),), 1e-5, _ROUNDING),
                ),
                "tied": Variant(
                    data="digits of 8x8 pixels",
                    picture="reconstructions",
                    changes={"tied": True},
                    learning=Learning(1500, (Target("share_of_pca_error", 1.35, at_most=True),), 1e-5, _ROUNDING),
                ),
                "linear": Variant(
                    data="digits of 8x8 pixels",
                    picture="reconstructions",
                    changes={"tied": True, "code": "linear", "error": "squared", "optimizer": Momentum(0.01)},
                    timed=False,
                    learning=Learning(1500, (Target("share_of_pca_error", 1.02, at_most=True),), 1e-5, _ROUNDING),
                ),
            },
        ),
        Entry(
            name="rbm",
            class_name="RBM",
            chapter="deep",
            section="Deep networks",
            summary="which pixels go together, learned from samples",
            variants={
                "plain": Variant(
                    data="digits of 8x8 pixels, black or white",
                    picture="reconstructions",
                    learning=Learning(1500, _LIKELIER, **_SAMPLED),
                ),
                "persistent": Variant(
                    data="digits of 8x8 pixels, black or white",
                    picture="reconstructions",
                    changes={"persistent": True},
                    learning=Learning(1500, _LIKELIER, **_SAMPLED),
                ),
                "means": Variant(
                    data="digits of 8x8 pixels, black or white",
                    picture="reconstructions",
                    changes={"means": True},
                    timed=False,
                    learning=Learning(1500, _LIKELIER, **_SAMPLED),
                ),
            },
        ),
        Entry(
            name="convolution_matrix",
            class_name="ConvolutionMatrix",
            chapter="convolutional",
            section="Convolutional networks",
            summary="a convolution as a product with a banded matrix",
            variants={
                "plain": Variant(
                    data="digits of 8x8 pixels, and their edges",
                    picture="matrix",
                    learning=Learning(500, _KERNEL, 1e-12, _EXACT, dtype="float64"),
                ),
                "signal": Variant(
                    data="the same, line by line, as signals",
                    picture="matrix",
                    changes={"height": 1, "width": 64, "kernel_height": 1, "kernel_width": 5},
                    timed=False,
                    learning=Learning(500, _KERNEL, 1e-12, _EXACT, dtype="float64"),
                ),
            },
        ),
        Entry(
            name="conv_net",
            class_name="ConvNet",
            chapter="convolutional",
            section="Convolutional networks",
            summary="digits, by kernels that look at every place",
            variants={
                "plain": Variant(
                    data="digits of 8x8 pixels",
                    picture="filters",
                    learning=Learning(400, (Target("test_accuracy", 0.98),), 1e-3, _ROUNDING),
                ),
            },
            on_request={
                name: Variant(
                    data=title,
                    picture="filters",
                    # Steps shorter than on the digits, and for longer: there are forty times as many images
                    changes={"data": name, "optimizer": Momentum(0.02, schedule=Exponential(0.9993))},
                    learning=Learning(6000, (Target("test_accuracy", accuracy),), 1e-2, _LONG),
                )
                for name, title, accuracy in (("mnist", "MNIST", 0.99), ("fashion", "Fashion-MNIST", 0.89))
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
            name="residual_net",
            class_name="ResidualNet",
            chapter="convolutional",
            section="Convolutional networks",
            summary="digits, by layers that add to what they are given",
            variants={
                "plain": Variant(
                    data="digits of 8x8 pixels",
                    picture="confusion",
                    learning=Learning(300, (Target("test_accuracy", 0.98),), 0.05, _NORMALISED),
                ),
            },
        ),
        Entry(
            name="highway_net",
            class_name="HighwayNet",
            chapter="convolutional",
            section="Convolutional networks",
            summary="digits, by layers with gates that carry on what they are given",
            variants={
                "plain": Variant(
                    data="digits of 8x8 pixels",
                    picture="confusion",
                    learning=Learning(400, (Target("test_accuracy", 0.97),), 1e-3, _ROUNDING),
                ),
            },
        ),
        Entry(
            name="dense_net",
            class_name="DenseNet",
            chapter="convolutional",
            section="Convolutional networks",
            summary="digits, by layers that see all layers before them",
            variants={
                "plain": Variant(
                    data="digits of 8x8 pixels",
                    picture="confusion",
                    learning=Learning(300, (Target("test_accuracy", 0.98),), 0.05, _NORMALISED),
                ),
            },
        ),
        Entry(
            name="capsule_net",
            class_name="CapsuleNet",
            chapter="convolutional",
            section="Capsules",
            summary="digits as vectors, and parts routed to the wholes that they agree on",
            variants={
                "plain": Variant(
                    data="digits of 8x8 pixels",
                    picture="routing",
                    learning=Learning(600, (Target("test_accuracy", 0.97),), 1e-3, _ROUNDING),
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
