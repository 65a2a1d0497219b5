"""What the twins of logistic regression share.

Twins: static_tf/basics/logistic_regression.py, dynamic_torch/basics/logistic_regression.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.datasets import tabular
from shared.optimizers import GradientDescent, OptimizerConfig
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows


@dataclass(frozen=True)
class Config:
    features: int = 30  # columns of x
    optimizer: OptimizerConfig = GradientDescent(0.5)
    l2: float = 0.01  # weight decay
    copies: int = 1  # of the training data in a batch: more to compute, the same mean


class LogisticRegression(Spec):
    Config = Config
    section = "The perceptron"
    summary = "two classes from one smooth decision"
    symbols = {
        "x": ("(N, D)", "input"),
        "y": ("(N, 1)", "class, 0 or 1"),
        "w, b": ("(D, 1), (1,)", "weights and offset"),
        "z": ("(N, 1)", "score, x w + b: what comes out"),
        "y_": ("(N, 1)", "probability of class 1, sigmoid(z)"),
        "decision": ("(N, 1)", "the perceptron's answer, 1 where z > 0, else 0"),
    }
    sizes = {"small": {}, "medium": {"copies": 16}, "large": {"copies": 256}}
    variants = {
        "plain": Variant(
            data="benign or malignant tumours",
            picture="margin",
            learning=Learning(1000, (Target("test_accuracy", 0.97),), 1e-5, ROUNDING),
        ),
    }
    without_baseline = "a single product with a matrix, and no layer between it and the loss"

    def initial(self) -> State:
        random = self.random("initial")
        return {
            "w": random.normal(0, 0.1, (self.config.features, 1)).astype(np.float32),
            "b": np.zeros(1, np.float32),
        }

    def batches(self) -> Iterator[Batch]:
        """All of the training examples, at every step."""
        train, copies = tabular.breast_cancer().train, self.config.copies
        batch = {"x": np.tile(train.x, (copies, 1)), "y": np.tile(train.y, (copies, 1))}
        while True:
            yield batch

    def held_out(self) -> Batch:
        test = tabular.breast_cancer().test
        return {"x": test.x, "y": test.y}

    def edge_cases(self) -> dict[str, Batch]:
        """Zeros put every score on the decision boundary. And a batch of one class, whose errors have one sign."""
        few = rows(next(self.batches()), slice(3))
        return super().edge_cases() | {"one class": few | {"y": np.ones_like(few["y"])}}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """The share of examples whose score is on their class's side of 0, and so their probability of one half."""
        return {"test_accuracy": float(np.mean((output > 0) == (batch["y"] == 1)))}
