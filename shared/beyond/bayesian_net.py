"""What the twins of the Bayesian net share.

Twins: static_tf/beyond/bayesian_net.py, dynamic_torch/beyond/bayesian_net.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.calibration import calibration_error, entropy, probabilities
from shared.datasets import Split, images, toy
from shared.datasets.images import flat
from shared.optimizers import Adam, Exponential, InverseTime, OptimizerConfig
from shared.randomness import generator, glorot_uniform, shuffled_batches
from shared.spec import EXACT, ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows

GAP = (-0.5, 0.5)  # inputs of the curve between which there are no training examples
PREDICTED = 32  # draws of the weights that a prediction is averaged over


@dataclass(frozen=True)
class Config:
    likelihood: str = "normal"  # of y, given the output; or "categorical"
    inputs: int = 1
    hidden: int = 32
    outputs: int = 1
    local: bool = False  # whether noise is added to the sums of a layer, and not to its weights
    prior: float = 4.0  # deviation of a weight, before any data are seen
    rho: float = -5.0  # what the weights' rho start from, on average
    examples: int = 310  # of the training data
    error: float = 0.05  # deviation of y from the curve
    optimizer: OptimizerConfig = Adam(0.05, schedule=Exponential(0.9995))
    draws: int = 10  # of the weights in a training batch
    batch: int = 20  # examples of each draw


_READ = (
    Target("test_accuracy", 0.95),
    Target("calibration_error", 0.03, at_most=True),
    Target("entropy_ratio_of_inverted", 2),
    Target("entropy_ratio_of_noise", 2),
)
# The learning rate is small, and it falls: at 0.05 Adam's steps are unstable, and two runs that differ by one rounding
# have parted after 1,000 steps
_DIGITS = {
    "likelihood": "categorical",
    "inputs": 64,
    "outputs": 10,
    "examples": 1438,
    "prior": 8.0,
    "rho": -3.0,
    "optimizer": Adam(0.02, schedule=InverseTime(5e-4)),
}


class BayesianNet(Spec):
    Config = Config
    section = "Bayesian neural networks"
    summary = "weights with a mean and a deviation each: predictions that say how sure they are"
    symbols = {
        "x": ("(S, N, D)", "inputs, of each draw of the weights"),
        "y": ("(S, N, 1)", "their targets; of digits (S, N), which digit"),
        "noise1": ("(S, D + 1, H)", "normal numbers, one for each weight of the hidden layer; local: (S, N, H)"),
        "noise2": ("(S, H + 1, C)", "and of the output layer; local: (S, N, C)"),
        "mean1, mean2": ("(D + 1, H), (H + 1, C)", "of the weights; the last row is the bias"),
        "rho1, rho2": ("(D + 1, H), (H + 1, C)", "their deviations are log(1 + exp(rho))"),
        "z": ("(S, N, H)", "what the hidden units are told"),
        "h": ("(S, N, H)", "hidden units"),
        "output": ("(S, N, C)", "the mean of y; of digits, log-odds of each, up to a constant"),
    }
    sizes = {
        "proof": {"hidden": 7, "draws": 3, "batch": 9},
        "small": {},
        "medium": {"hidden": 256},
        "large": {"hidden": 2048},
    }
    variants = {
        "plain": Variant(
            data="a nonlinear curve with a gap in the data",
            picture="predictive_band",
            learning=Learning(
                4000,
                (Target("spread_ratio", 3), Target("error_on_data", 0.07, at_most=True)),
                1e-5,
                ROUNDING,
            ),
        ),
        "digits": Variant(
            data="digits of 8x8 pixels",
            picture="calibration",
            changes=_DIGITS,
            learning=Learning(14000, _READ, 1e-6, EXACT, dtype="float64"),
        ),
        "digits_local": Variant(
            data="digits of 8x8 pixels",
            picture="calibration",
            changes={**_DIGITS, "local": True},
            learning=Learning(14000, _READ, 1e-6, EXACT, dtype="float64"),
        ),
    }
    without_baseline = "neither framework has a layer of random weights"
    not_kept = ("x", "noise1", "noise2")

    def initial(self) -> State:
        """Small deviations; of a curve, hidden units whose transitions are spread over the whole input."""
        c, random = self.config, self.random("initial")
        first = glorot_uniform(self.random("mean1"), (c.inputs, c.hidden))
        bias = np.zeros((1, c.hidden))
        if c.likelihood == "normal":
            first = random.normal(0, 4, (1, c.hidden))
            bias = -first * np.linspace(-2, 2, c.hidden)
        second = glorot_uniform(self.random("mean2"), (c.hidden, c.outputs))
        state = {"mean1": np.concatenate([first, bias]), "mean2": np.pad(second, ((0, 1), (0, 0)))}
        state |= {
            f"rho{i}": self.random(f"rho{i}").normal(self.config.rho, 0.1, state[f"mean{i}"].shape) for i in (1, 2)
        }
        return {name: value.astype(np.float32) for name, value in state.items()}

    def training_data(self) -> Split:
        """The digits, as rows of pixels; or of the curve the examples outside the gap."""
        if self.config.likelihood == "categorical":
            digits = images.digits().train
            return Split(flat(digits.x), digits.y)
        curve = toy.curve().train
        seen = ~in_gap(curve.x)
        return Split(curve.x[seen], curve.y[seen])

    def batches(self) -> Iterator[Batch]:
        c, data = self.config, self.training_data()
        for step, chosen in enumerate(shuffled_batches(len(data.x), c.draws * c.batch, *self.key())):
            each = chosen.reshape(c.draws, c.batch)
            yield self._batch(data.x[each], data.y[each], "step", step)

    def held_out(self) -> Batch:
        """The same examples for each draw; after the digits images that are none: the digits inverted, and noise."""
        if self.config.likelihood == "normal":
            curve = toy.curve().test
            return self._predicted(curve.x, curve.y, "held out")
        test = images.digits().test
        digits = flat(test.x)
        noise = generator("bayesian_net", "images").random(digits.shape, np.float32)  # the same for every seed
        return self._predicted(np.concatenate([digits, 1 - digits, noise]), np.tile(test.y, 3), "held out")

    def plot_inputs(self) -> Batch:
        """Of the curve the input's whole range, and the curve without noise."""
        if self.config.likelihood == "categorical":
            return self.held_out()
        x = np.linspace(-2, 2, 201, dtype=np.float32)[:, None]
        return self._predicted(x, toy.true_curve(x), "plot")

    def edge_cases(self) -> dict[str, Batch]:
        """Weights without noise, too: all draws are the mean."""
        few = rows(next(self.batches()), slice(3))
        quiet = {name: np.zeros_like(few[name]) for name in ("noise1", "noise2")}
        return super().edge_cases() | {"noise zeros": few | quiet}

    def _predicted(self, x: np.ndarray, y: np.ndarray, *key: str | int) -> Batch:
        """Some examples, for as many draws as a prediction is averaged over."""
        x, y = (np.repeat(value[None], PREDICTED, axis=0) for value in (x, y))
        return self._batch(x, y, *key)

    def _batch(self, x: np.ndarray, y: np.ndarray, *key: str | int) -> Batch:
        c, (draws, size, _) = self.config, x.shape
        units = {"noise1": (c.inputs + 1, c.hidden), "noise2": (c.hidden + 1, c.outputs)}
        noise = {
            name: self.random(name, *key).standard_normal((draws, size if c.local else inputs, outputs), np.float32)
            for name, (inputs, outputs) in units.items()
        }
        return {"x": x, "y": y, **noise}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Of a curve: how much farther the draws are spread in the gap than on the data, and the error there.

        Of digits: the share that is read correctly, how far confidence is from accuracy, and how much more entropy the
        predictions for images have that are no digits.
        """
        output = output.astype(np.float64)
        if self.config.likelihood == "normal":
            gap, spread = in_gap(batch["x"][0]), output.std(axis=0)[:, 0]
            error = (output.mean(axis=0) - batch["y"][0])[~gap]
            return {
                "spread_ratio": float(spread[gap].mean() / spread[~gap].mean()),
                "error_on_data": float(np.sqrt(np.mean(error**2))),
            }
        digits, inverted, noise = np.split(probabilities(output), 3)
        y = batch["y"][0][: len(digits)]
        return {
            "test_accuracy": float(np.mean(digits.argmax(axis=1) == y)),
            "calibration_error": calibration_error(digits, y),
            "entropy_ratio_of_inverted": float(entropy(inverted).mean() / entropy(digits).mean()),
            "entropy_ratio_of_noise": float(entropy(noise).mean() / entropy(digits).mean()),
        }


def in_gap(x: np.ndarray) -> np.ndarray:
    """Which inputs (N, 1) lie in the gap of the data (N,)."""
    return (x[:, 0] > GAP[0]) & (x[:, 0] < GAP[1])
