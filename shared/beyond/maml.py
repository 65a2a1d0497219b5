"""What the twins of model-agnostic meta-learning share.

Twins: static_tf/beyond/maml.py, dynamic_torch/beyond/maml.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from shared.datasets import toy
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import generator, glorot_uniform
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows

WEIGHTS = "w1", "b1", "w2", "b2", "w3", "b3"
JUDGED_AFTER = (0, 1, 5, 10)  # inner steps


@dataclass(frozen=True)
class Config:
    hidden: int = 40  # units of each of the two hidden layers
    support: int = 10  # points of a task that are adapted to
    query: int = 10  # points of a task that the adapted network is judged on
    inner_steps: int = 1  # of gradient descent, for each task; with 0 all tasks share one network
    rate: float = 0.01  # learning rate of the inner step
    first_order: bool = False  # whether the inner step's gradient is taken for a constant
    optimizer: OptimizerConfig = Adam(2e-3)  # of the outer step
    batch: int = 25  # tasks


class MAML(Spec):
    Config = Config
    section = "Learning to learn"
    summary = "weights from which one step of gradient descent fits any sinusoid"
    symbols = {
        "x_support, y_support": ("(M, K, 1)", "points of each task that are adapted to"),
        "x_query, y_query": ("(M, Q, 1)", "points of each task that the adapted network is judged on"),
        "w1, b1": ("(1, H), (1, H)", "first layer, before any task is seen"),
        "w2, b2": ("(H, H), (1, H)", "second layer"),
        "w3, b3": ("(H, 1), (1, 1)", "last layer"),
        "error1 .. errorI": ("(M,)", "mean squared error on the support points, before each inner step"),
        "gradient1_w1 .. gradientI_b3": ("(M, 1 or H, H or 1)", "of the error, for each task, by its own weights"),
        "y_": ("(M, Q, 1)", "what the adapted network says of the query points"),
    }
    sizes = {
        "proof": {"hidden": 6, "support": 5, "query": 7, "inner_steps": 2, "batch": 3, "rate": 0.1},
        "small": {},
        "medium": {"hidden": 160, "batch": 100},
        "large": {"hidden": 512, "batch": 256},
    }
    variants = {
        "plain": Variant(
            data="sinusoids of any amplitude and phase, 10 points each",
            picture="adaptation",
            learning=Learning(6000, (Target("error_after_1", 0.5, at_most=True),), 1e-4, ROUNDING),
        ),
        "first_order": Variant(
            data="sinusoids of any amplitude and phase, 10 points each",
            picture="adaptation",
            changes={"first_order": True},
            learning=Learning(6000, (Target("error_after_1", 1.0, at_most=True),), 1e-4, ROUNDING),
        ),
        "joint": Variant(
            data="sinusoids of any amplitude and phase, 10 points each",
            picture="adaptation",
            changes={"inner_steps": 0},
            learning=Learning(6000, (Target("error_after_1", 2.5),), 1e-4, ROUNDING),  # 5 times that of "plain"
        ),
    }
    without_baseline = "neither framework has a layer that takes a step of descent; its products are the shallow nets'"
    scalable_inputs = ("x_support", "y_support", "x_query", "y_query")
    plotted = WEIGHTS

    def initial(self) -> State:
        h = self.config.hidden
        weights, biases = {"w1": (1, h), "w2": (h, h), "w3": (h, 1)}, {"b1": (1, h), "b2": (1, h), "b3": (1, 1)}
        state = {name: glorot_uniform(self.random(name), shape) for name, shape in weights.items()}
        # Biases that are not 0 spread the units over the axis
        return state | {
            name: self.random(name).uniform(-1, 1, shape).astype(np.float32) for name, shape in biases.items()
        }

    def batches(self) -> Iterator[Batch]:
        for step in count():
            yield self._tasks(self.random("tasks", "step", step), self.config.batch, self.config.query)

    def held_out(self) -> Batch:
        return self._tasks(generator("maml", "held out"), 300, 30)  # the same for every seed

    def plot_inputs(self) -> Batch:
        """The first held-out tasks."""
        return rows(self.held_out(), slice(3))

    def edge_cases(self) -> dict[str, Batch]:
        """Without "large": such values would move the adapted weights so far that every unit is saturated."""
        return {name: batch for name, batch in super().edge_cases().items() if name != "large"}

    def _tasks(self, random: np.random.Generator, tasks: int, query: int) -> Batch:
        support = self.config.support
        x, y = toy.sinusoids(random, tasks, support + query)
        sides = {"support": slice(support), "query": slice(support, None)}
        return {f"{name}_{side}": value[:, of] for name, value in (("x", x), ("y", y)) for side, of in sides.items()}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """The mean squared error on the query points after some inner steps, however many the network learned with."""
        weights = self.copies(state, len(batch["x_support"]))
        errors = {}
        for step in range(max(JUDGED_AFTER) + 1):
            if step in JUDGED_AFTER:
                y_ = self.net(batch["x_query"], weights)
                errors[f"error_after_{step}"] = float(np.mean(np.square(y_ - batch["y_query"])))
            weights = self.moved(weights, batch["x_support"], batch["y_support"])
        return errors

    def copies(self, state: State, tasks: int) -> State:
        """The weights in float64, once for each task."""
        return {name: np.repeat(state[name][None].astype(np.float64), tasks, axis=0) for name in self.plotted}

    def net(self, x: np.ndarray, w: State) -> np.ndarray:
        """What the network of each task says of its points (M, K, 1)."""
        h = np.tanh(np.tanh(x @ w["w1"] + w["b1"]) @ w["w2"] + w["b2"])
        return h @ w["w3"] + w["b3"]

    def moved(self, w: State, x: np.ndarray, y: np.ndarray) -> State:
        """The weights of each task after one inner step, its gradients written out."""
        h1 = np.tanh(x @ w["w1"] + w["b1"])
        h2 = np.tanh(h1 @ w["w2"] + w["b2"])
        d3 = 2 * (h2 @ w["w3"] + w["b3"] - y) / x.shape[1]
        d2 = d3 @ _transposed(w["w3"]) * (1 - h2**2)
        d1 = d2 @ _transposed(w["w2"]) * (1 - h1**2)
        layers = ((x, d1), (h1, d2), (h2, d3))
        steps = {f"w{i}": _transposed(h) @ d for i, (h, d) in enumerate(layers, 1)}
        steps |= {f"b{i}": d.sum(1, keepdims=True) for i, (_, d) in enumerate(layers, 1)}
        return {name: value - self.config.rate * steps[name] for name, value in w.items()}


def _transposed(matrices: np.ndarray) -> np.ndarray:
    return matrices.swapaxes(1, 2)
