"""What the twins of the shallow regressor share.

Twins: static_tf/basics/shallow_regressor.py, dynamic_torch/basics/shallow_regressor.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.datasets import toy
from shared.optimizers import GradientDescent, OptimizerConfig
from shared.randomness import shuffled_batches
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant


@dataclass(frozen=True)
class Config:
    hidden: int = 16  # units of the hidden layer
    optimizer: OptimizerConfig = GradientDescent(0.1)
    l2: float = 1e-6  # weight decay
    batch: int = 400  # all of the training examples


class ShallowRegressor(Spec):
    Config = Config
    section = "A two-layer network"
    summary = "a curve from one hidden layer of sigmoids"
    symbols = {
        "x": ("(N, 1)", "input"),
        "y": ("(N, 1)", "what should come out"),
        "w1, b1": ("(1, H), (H,)", "hidden layer"),
        "w2, b2": ("(H, 1), (1,)", "output layer"),
        "h": ("(N, H)", "hidden units, sigmoid(x w1 + b1)"),
        "y_": ("(N, 1)", "what comes out, h w2 + b2"),
    }
    sizes = {  # more units increase the loss's curvature, so steps are shorter
        "small": {},
        "medium": {"hidden": 256, "optimizer": GradientDescent(0.1 / 16)},
        "large": {"hidden": 2048, "optimizer": GradientDescent(0.1 / 128)},
    }
    variants = {
        "plain": Variant(
            data="a nonlinear curve",
            picture="curve",
            learning=Learning(4000, (Target("share_of_line_error", 0.1, at_most=True),), 1e-5, ROUNDING),
        ),
    }
    without_baseline = "two products with matrices: deep_net is made of the same layers, and more of them"

    def initial(self) -> State:
        """Hidden units whose transitions are spread over the whole input."""
        random, hidden = self.random("initial"), self.config.hidden
        w1 = random.normal(0, 4, (1, hidden))
        bend = np.linspace(-2, 2, hidden)
        return {
            "w1": w1.astype(np.float32),
            "b1": (-w1[0] * bend).astype(np.float32),
            "w2": random.normal(0, 1 / np.sqrt(hidden), (hidden, 1)).astype(np.float32),
            "b2": np.zeros(1, np.float32),
        }

    def batches(self) -> Iterator[Batch]:
        data = toy.curve().train
        for chosen in shuffled_batches(len(data.x), self.config.batch, *self.key()):
            yield {"x": data.x[chosen], "y": data.y[chosen]}

    def held_out(self) -> Batch:
        data = toy.curve().test
        return {"x": data.x, "y": data.y}

    def plot_inputs(self) -> Batch:
        """The input's whole range, and the curve without noise."""
        x = np.linspace(-2, 2, 201, dtype=np.float32)[:, None]
        return {"x": x, "y": toy.true_curve(x)}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Squared error, and its share of the error of the best straight line."""
        data = toy.curve().train
        slope, offset = np.polyfit(data.x[:, 0], data.y[:, 0], 1)
        straight = np.mean((slope * batch["x"] + offset - batch["y"]) ** 2)
        error = np.mean((output - batch["y"]) ** 2)
        return {"test_error": float(error), "share_of_line_error": float(error / straight)}
