"""What the twins of the deep net share.

Twins: static_tf/deep/deep_net.py, dynamic_torch/deep/deep_net.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.datasets import Dataset, images
from shared.errors import UsageError, unknown
from shared.functions import sigmoid
from shared.optimizers import Momentum, OptimizerConfig
from shared.randomness import shuffled_batches
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "parametric_relu", "randomised_relu", "maxout")
INITS = ("he", "glorot", "normal")


@dataclass(frozen=True)
class Config:
    data: str = "digits"  # a function of shared/datasets/images.py
    inputs: int = 64  # pixels of an image
    classes: int = 10
    depth: int = 4  # layers: all but the last are hidden, so 1 is logistic regression
    width: int = 100  # units of a hidden layer
    activation: str = "relu"  # one of ACTIVATIONS
    negative_slope: float = 0.1  # leaky ReLU: the slope below zero
    slopes: str = "unit"  # parametric ReLU: a learned slope for each "unit", or one for each "layer"
    lower: float = 1 / 8  # randomised ReLU: slopes are drawn between these two
    upper: float = 1 / 3
    pieces: int = 3  # maxout: linear pieces of a unit, of which it returns the largest
    init: str = "he"  # initial weights are normal, with the deviation of one of INITS:
    spread: float = 1.0  # of "normal": this / sqrt(width), 0.1 of 100 units
    l1: float = 0.0  # penalty of the weights' absolute values
    l2: float = 0.0  # penalty of half their squares
    sparseness: float = 0.0  # penalty of hidden units whose mean activity is not `rate`
    rate: float = 0.05  # the desired mean activity
    dropout: float = 0.0  # share of hidden units that a step leaves out
    batch_norm: bool = False  # of the hidden units' inputs
    decay: float = 0.95  # of its running averages
    epsilon: float = 1e-5  # added to its variance
    optimizer: OptimizerConfig = Momentum(0.02)
    batch: int = 64

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The parameters' shapes by name, layer by layer: w1, b1, and a1 if slopes are learned; then w2, b2, ...

        There is no bias before batch norm: subtracting the mean would remove it, and its gradient would be rounding.
        """
        found: dict[str, tuple[int, ...]] = {}
        inputs, columns = self.inputs, self.width * (self.pieces if self.activation == "maxout" else 1)
        for i in range(1, self.depth):
            found[f"w{i}"] = (inputs, columns)
            if not self.batch_norm:
                found[f"b{i}"] = (columns,)
            if self.activation == "parametric_relu":
                found[f"a{i}"] = (self.width if self.slopes == "unit" else 1,)
            inputs = self.width
        return found | {f"w{self.depth}": (inputs, self.classes), f"b{self.depth}": (self.classes,)}


_READ, _MOSTLY = Target("test_accuracy", 0.97), Target("test_accuracy", 0.96)

# How far apart two loss curves may be, and why: arguments of `Learning`
_SMOOTH: dict[str, Any] = {"curve_gap": 1e-5, "reason": ROUNDING}
_KINKED: dict[str, Any] = {
    "curve_gap": 1e-2,
    "reason": "float32 rounding, which at a kink may switch a unit or the sign of a penalty",
}


def _digits(*targets: Target, how: dict[str, Any] = _KINKED, timed: bool = False, **changes: Any) -> Variant:
    """A deep net on the digits, trained for 800 steps; `how` is one of the dictionaries above."""
    return Variant("digits of 8x8 pixels", "digits", changes, Learning(800, targets, **how), timed)


class DeepNet(Spec):
    Config = Config
    section = "Deep networks"
    summary = "digits, by layers whose activation and regularisation are a choice"
    symbols = {
        "x": ("(N, 8, 8, 1)", "images"),
        "y": ("(N,)", "which digit, 0 to 9"),
        "dropout_mask": ("(N, K - 1, H)", "dropout masks of the hidden layers: 0, or 1 / (1 - dropout)"),
        "slope": ("(N, K - 1, H)", "of a randomised ReLU below zero"),
        "w1, b1 .. wK, bK": ("(64, H), (H,), (H, H) .. (H, 10), (10,)", "layers; of maxout, k H columns for H"),
        "a1 .. aK-1": ("(H,) or (1,)", "learned slopes of a parametric ReLU below zero"),
        "norm1 .. normK-1": ("(H,) each", "batch norm in the place of b: gamma, beta and the running averages"),
        "z1 .. zK-1": ("(N, H) or (N, k H)", "what the hidden units are told, h w + b"),
        "h1 .. hK-1": ("(N, H)", "their activations, after dropout"),
        "logits": ("(N, 10)", "log-odds of each digit, up to a constant"),
    }
    sizes = {
        "proof": {"width": 7, "batch": 9},
        "small": {},
        "medium": {"width": 512, "batch": 256},
        "large": {"width": 2048, "batch": 1024},
    }
    variants = {
        "plain": _digits(_READ, timed=True),
        "sigmoid": _digits(_MOSTLY, how=_SMOOTH, activation="sigmoid", depth=3, init="glorot", optimizer=Momentum(0.2)),
        "tanh": _digits(_MOSTLY, how=_SMOOTH, activation="tanh", init="glorot", optimizer=Momentum(0.1)),
        "leaky_relu": _digits(_READ, activation="leaky_relu"),
        "parametric_relu": _digits(_MOSTLY, activation="parametric_relu"),
        "randomised_relu": _digits(_MOSTLY, activation="randomised_relu"),
        "maxout": _digits(_READ, activation="maxout", init="glorot", timed=True),
        # in plain, 0.05 of the weights are small, and their norm is 27; in sigmoid, the mean activity is 0.4
        "l1": _digits(_READ, Target("small_weights", 0.5), l1=5e-4, optimizer=Momentum(0.03)),
        "l2": _digits(_READ, Target("weight_norm", 20, at_most=True), l2=2e-3, optimizer=Momentum(0.03)),
        "sparse": _digits(
            Target("test_accuracy", 0.95),
            Target("mean_activity", 0.15, at_most=True),
            how=_SMOOTH,
            activation="sigmoid",
            sparseness=0.01,
            depth=3,
            init="glorot",
            optimizer=Momentum(0.2),
        ),
        "batch_norm": _digits(_MOSTLY, how=_SMOOTH, activation="sigmoid", init="glorot", batch_norm=True),
        "dropout": _digits(_READ, dropout=0.2, optimizer=Momentum(0.03)),
    }

    def __init__(self, seed: int = 0, **changes: Any):
        super().__init__(seed, **changes)
        config = self.config
        if config.activation not in ACTIVATIONS:
            raise unknown("activation", config.activation, ACTIVATIONS)
        if config.init not in INITS:
            raise unknown("init", config.init, INITS)
        if config.sparseness and config.activation != "sigmoid":
            raise UsageError("sparseness needs activities between 0 and 1: activation='sigmoid'")

    def data(self) -> Dataset:
        return getattr(images, self.config.data)()

    def initial(self) -> State:
        """Normal weights and zero biases; learned slopes start at 1/4 (He et al. 2015)."""
        state = {name: self._initial(name, shape).astype(np.float32) for name, shape in self.config.shapes().items()}
        for i in range(1, self.config.depth) if self.config.batch_norm else ():
            columns = state[f"w{i}"].shape[1]
            for name, value in (("gamma", 1), ("beta", 0), ("moving_mean", 0), ("moving_variance", 1)):
                state[f"norm{i}/{name}"] = np.full(columns, value, np.float32)
        return state

    def _initial(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        if not name.startswith("w"):
            return np.full(shape, 0.25 if name.startswith("a") else 0.0)
        inputs, outputs = shape[0], min(shape[1], max(self.config.width, self.config.classes))
        deviations = {
            "he": np.sqrt(2 / inputs),
            "glorot": np.sqrt(2 / (inputs + outputs)),
            "normal": self.config.spread / np.sqrt(self.config.width),
        }
        return self.random(name).normal(0, deviations[self.config.init], shape)

    def batches(self) -> Iterator[Batch]:
        data, size = self.data().train, self.config.batch
        for step, chosen in enumerate(shuffled_batches(len(data.x), size, *self.key())):
            yield {"x": data.x[chosen], "y": data.y[chosen], **self._noise(size, "step", step)}

    def _noise(self, size: int, *key: str | int) -> Batch:
        """Dropout masks and slopes of randomised ReLUs, drawn for every step, example and hidden unit."""
        config, noise = self.config, {}
        shape = (size, config.depth - 1, config.width)
        if config.dropout:
            noise["dropout_mask"] = (self.random("keep", *key).random(shape) >= config.dropout) / (1 - config.dropout)
        if config.activation == "randomised_relu":
            noise["slope"] = self.random("slope", *key).uniform(config.lower, config.upper, shape)
        return {name: value.astype(np.float32) for name, value in noise.items()}

    def held_out(self) -> Batch:
        """Without dropout, and with every slope at the mean of the training slopes."""
        test, (lower, upper) = self.data().test, (self.config.lower, self.config.upper)
        noise = {name: np.ones_like(value) for name, value in self._noise(len(test.x)).items()}
        if "slope" in noise:
            noise["slope"] *= np.float32((lower + upper) / 2)
        return {"x": test.x, "y": test.y, **noise}

    def edge_cases(self) -> dict[str, Batch]:
        """The zeros of the generic cases put every unit on its kink, as biases are zero: all pieces of a maxout tie.

        With a penalty on activity: images so large that units are at or near 0 or 1 in every row, with log-odds of
        tens, whose logarithms a careless softplus gets wrong. With dropout: rows of which a layer drops every unit,
        and a batch of which everything is dropped, so that the logits are the last bias.

        Excluded with batch norm: one row, which has no variance; rows that are equal or nearly so, whose difference
        is rounding, amplified in every layer; two rows, because they are always normalised to 1 and -1, and their
        gradients cancel.
        """
        found, first = super().edge_cases(), next(self.batches())
        few = rows(first, slice(3))
        if self.config.batch_norm:
            found = {"equal rows": rows(first, [0, 0, *range(1, 8)]), "large": found["large"]}
        if self.config.sparseness:
            found["saturated"] = few | {"x": 1000 * few["x"]}
            found["nearly saturated"] = few | {
                "x": few["x"][:1] * np.array([30, 40, 50], np.float32).reshape(3, 1, 1, 1)
            }
        if self.config.dropout:
            gone = np.arange(len(first["y"]))[:, None, None] % 2 * (np.arange(self.config.depth - 1)[:, None] == 1)
            found["rows dropped"] = first | {"dropout_mask": first["dropout_mask"] * (1 - gone).astype(np.float32)}
            found["mask of zeros"] = few | {"dropout_mask": np.zeros_like(few["dropout_mask"])}
        return found

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Share of digits that are classified correctly; and the effects of regularisation: the norm of the weights,
        the share of small ones, the mean activity of sigmoid units.
        """
        layers = range(1, self.config.depth + 1)
        weights = np.concatenate([state[f"w{i}"].ravel() for i in layers])
        found = {
            "test_accuracy": float(np.mean(output.argmax(1) == batch["y"])),
            "weight_norm": float(np.linalg.norm(weights)),
            "small_weights": float(np.mean(np.abs(weights) < 0.01)),
        }
        if self.config.activation == "sigmoid" and not self.config.batch_norm:
            h, activities = batch["x"].reshape(len(batch["x"]), -1), []
            for i in layers[:-1]:
                h = sigmoid(h @ state[f"w{i}"] + state[f"b{i}"])
                activities.append(h.mean())
            found["mean_activity"] = float(np.mean(activities))
        return found
