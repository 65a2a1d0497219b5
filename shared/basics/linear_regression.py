"""What the twins of linear regression share.

Twins: static_tf/basics/linear_regression.py, dynamic_torch/basics/linear_regression.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.datasets import Dataset, tabular, toy
from shared.optimizers import GradientDescent, OptimizerConfig
from shared.spec import EXACT, Batch, Learning, Spec, State, Target, Variant


@dataclass(frozen=True)
class Config:
    data: str = "diabetes"  # or "line"
    features: int = 10  # columns of x: 10 measurements of a patient, 1 on the line
    optimizer: OptimizerConfig = GradientDescent(0.1)
    l2: float = 0.0  # weight decay; anything above 0 makes it ridge regression
    copies: int = 1  # of the training data in a batch: more to compute, the same mean


_LEAST_SQUARES = (Target("distance_to_least_squares", 1e-6, at_most=True),)


class LinearRegression(Spec):
    Config = Config
    section = "Linear regression"
    summary = "a line or a plane through points, by descent to the least squares"
    symbols = {
        "x": ("(N, D)", "input"),
        "y": ("(N, 1)", "what should come out"),
        "w, b": ("(D, 1), (1,)", "weights and offset"),
        "y_": ("(N, 1)", "what comes out, x w + b"),
    }
    sizes = {"proof": {"l2": 0.01}, "small": {}, "medium": {"copies": 16}, "large": {"copies": 256}}
    variants = {
        "plain": Variant(
            data="progression of diabetes",
            picture="fit",
            learning=Learning(10000, _LEAST_SQUARES, 1e-12, EXACT, dtype="float64"),
        ),
        "line": Variant(
            data="a line",
            picture="curve",
            changes={"data": "line", "features": 1},
            timed=False,
            learning=Learning(500, _LEAST_SQUARES, 1e-12, EXACT, dtype="float64"),
        ),
    }
    without_baseline = "a single product with a matrix, and no layer between it and the loss"

    def data(self) -> Dataset:
        return {"diabetes": tabular.diabetes, "line": toy.line}[self.config.data]()

    def initial(self) -> State:
        """b does not start at 0, its optimum for standardised data: a gradient of pure rounding cannot be compared."""
        random = self.random("initial")
        return {
            "w": random.normal(0, 0.1, (self.config.features, 1)).astype(np.float32),
            "b": np.ones(1, np.float32),
        }

    def batches(self) -> Iterator[Batch]:
        """All of the training examples, at every step."""
        train, copies = self.data().train, self.config.copies
        batch = {"x": np.tile(train.x, (copies, 1)), "y": np.tile(train.y, (copies, 1))}
        while True:
            yield batch

    def held_out(self) -> Batch:
        test = self.data().test
        return {"x": test.x, "y": test.y}

    def plot_inputs(self) -> Batch:
        """For the line: both of its ends. Else the held-out data, to be drawn as measured against predicted values."""
        if self.config.data != "line":
            return self.held_out()
        x = np.array([[-1.0], [1.0]], np.float32)
        return {"x": x, "y": toy.true_line(x)}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Squared error, and the largest distance of a coefficient from the closed form on the training data."""
        train = self.data().train
        design = np.hstack([train.x, np.ones_like(train.y)]).astype(np.float64)
        solution = np.linalg.lstsq(design, train.y.astype(np.float64))[0]
        found = np.vstack([state["w"], state["b"][None]])
        return {
            "test_error": float(np.mean((output - batch["y"]) ** 2)),
            "distance_to_least_squares": float(np.abs(found - solution).max()),
        }
