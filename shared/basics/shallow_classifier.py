"""What the twins of the shallow classifier share.

Twins: static_tf/basics/shallow_classifier.py, dynamic_torch/basics/shallow_classifier.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.datasets import Dataset, Split, toy
from shared.optimizers import GradientDescent, OptimizerConfig
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows


@dataclass(frozen=True)
class Config:
    data: str = "spirals"  # or "xor"
    hidden: int = 32  # units of the hidden layer
    optimizer: OptimizerConfig = GradientDescent(0.3)
    l2: float = 1e-5  # weight decay


class ShallowClassifier(Spec):
    Config = Config
    section = "A two-layer network"
    summary = "classes that no straight line separates"
    symbols = {
        "x": ("(N, 2)", "input: a point of the plane"),
        "y": ("(N,)", "class, 0 or 1"),
        "w1, b1": ("(2, H), (H,)", "hidden layer"),
        "w2, b2": ("(H, 2), (2,)", "output layer"),
        "h": ("(N, H)", "hidden units, tanh(x w1 + b1)"),
        "z": ("(N, 2)", "a score for each class, h w2 + b2: what comes out"),
    }
    sizes = {  # more units increase the loss's curvature, so steps are shorter
        "small": {},
        "medium": {"hidden": 256, "optimizer": GradientDescent(0.3 / 8)},
        "large": {"hidden": 2048, "optimizer": GradientDescent(0.3 / 64)},
    }
    variants = {
        "plain": Variant(
            data="two spirals",
            picture="plane",
            learning=Learning(
                2000,
                (Target("test_accuracy", 0.99), Target("perceptron_accuracy", 0.7, at_most=True)),
                1e-5,
                ROUNDING,
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
                ROUNDING,
            ),
        ),
    }
    without_baseline = "two products with matrices: deep_net is made of the same layers, and more of them"

    def data(self) -> Dataset:
        return {"spirals": toy.spirals, "xor": toy.xor}[self.config.data]()

    def initial(self) -> State:
        """Hidden units with transitions in all directions, through points all over the data."""
        random, hidden = self.random("initial"), self.config.hidden
        w1 = random.normal(0, 3, (2, hidden))
        point = random.uniform(-2, 2, (2, hidden))
        return {
            "w1": w1.astype(np.float32),
            "b1": -(w1 * point).sum(0).astype(np.float32),
            "w2": random.normal(0, 1 / np.sqrt(hidden), (hidden, 2)).astype(np.float32),
            "b2": np.zeros(2, np.float32),
        }

    def batches(self) -> Iterator[Batch]:
        """All of the training examples, at every step."""
        train = self.data().train
        while True:
            yield {"x": train.x, "y": train.y}

    def held_out(self) -> Batch:
        test = self.data().test
        return {"x": test.x, "y": test.y}

    def edge_cases(self) -> dict[str, Batch]:
        """Classes that cannot be separated, as every point is in both; and a batch of one class."""
        pairs, few = (rows(next(self.batches()), chosen) for chosen in ([0, 0, 2, 2], slice(3)))
        return super().edge_cases() | {
            "both classes": pairs | {"y": np.array([0, 1, 0, 1])},
            "one class": few | {"y": np.zeros_like(few["y"])},
        }

    def plot_inputs(self) -> Batch:
        """A square grid over the data, row by row from the bottom. It has no classes of its own: y is 0."""
        side = np.linspace(-2.4, 2.4, 81, dtype=np.float32)
        x = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
        return {"x": x, "y": np.zeros(len(x), np.int64)}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """The share of examples whose class has the highest score; and the accuracy of the best perceptron."""
        return {
            "test_accuracy": float(np.mean(output.argmax(1) == batch["y"])),
            "perceptron_accuracy": perceptron_accuracy(self.data().train, Split(batch["x"], batch["y"])),
        }


def perceptron_accuracy(train: Split, test: Split, directions: int = 360) -> float:
    """Accuracy of the straight line that is best on the training data: no training of a perceptron finds a better one.

    It is found by trying every offset that separates the examples differently, in `directions` directions.
    """
    angle = 2 * np.pi * np.arange(directions) / directions
    normal = np.stack([np.cos(angle), np.sin(angle)])  # (2, directions)
    distance = train.x.astype(np.float64) @ normal  # (N, directions)
    order = distance.argsort(0)
    # Predict 0 up to the k-th example and 1 beyond it: correct are the 0s up to it and the 1s beyond it
    right = (train.y == 1).sum() - np.cumsum(np.where(train.y[order] == 1, 1, -1), 0)
    k, best = np.unravel_index(right.argmax(), right.shape)
    decision = test.x @ normal[:, best] > distance[order[k, best], best]
    return float(np.mean(decision == test.y))
