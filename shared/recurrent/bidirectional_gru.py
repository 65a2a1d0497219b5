"""What the twins of the bidirectional GRU share.

Twins: static_tf/recurrent/bidirectional_gru.py, dynamic_torch/recurrent/bidirectional_gru.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.datasets import sequences
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import shuffled_batches
from shared.spec import EXACT, Batch, Learning, Spec, State, Target, Variant, rows


@dataclass(frozen=True)
class Config:
    length: int = 40  # of the series: all of it, or its beginning
    hidden: int = 6  # of each direction
    optimizer: OptimizerConfig = Adam(1e-2)
    batch: int = 100
    loop: str = "unrolled"  # or "while_loop": how the graph goes through time; eager code has Python's loop for both


AUTHORS = 0.891  # test accuracy of the authors' own stored run after 6,000 steps (Greydanus 2020)


class BidirectionalGRU(Spec):
    Config = Config
    section = "Recurrent networks"
    summary = "digits drawn as series, read forwards and backwards"
    symbols = {
        "x": ("(N, T, 1)", "series"),
        "y": ("(N,)", "which digit it was drawn from, 0 to 9"),
        "forwards, backwards": ("cells", "kernel (1, 3H), recurrent_kernel (H, 3H), and two biases (3H,), for r, u, n"),
        "f, b": ("(N, T, H)", "output of every step, of each direction"),
        "w, b": ("(2 T H, 10), (10,)", "last layer"),
        "logits": ("(N, 10)", "log-odds of each digit, up to a constant"),
    }
    sizes = {
        "proof": {"length": 7, "hidden": 4, "batch": 9},
        "small": {},
        "medium": {"hidden": 64},
        "large": {"hidden": 256, "batch": 500},
    }
    variants = {
        "plain": Variant(
            data="MNIST-1D: series of 40",
            picture="series",
            learning=Learning(6000, (Target("distance_to_authors", 0.03, at_most=True),), 1e-4, EXACT, dtype="float64"),
        ),
        "while_loop": Variant(data="MNIST-1D: series of 40", picture="series", changes={"loop": "while_loop"}),
    }

    def initial(self) -> State:
        """As the authors' layers draw them: U(-r, r) with r = 1 / sqrt(H) in the cells, 1 / sqrt(2 T H) after them."""
        h, inputs = self.config.hidden, self.config.length * 2 * self.config.hidden
        cell = {"kernel": (1, 3 * h), "recurrent_kernel": (h, 3 * h), "bias": (3 * h,), "recurrent_bias": (3 * h,)}
        shapes: dict[str, tuple[int, ...]] = {
            f"{direction}/{name}": shape for direction in ("forwards", "backwards") for name, shape in cell.items()
        }
        shapes |= {"w": (inputs, 10), "b": (10,)}
        reach = {name: 1 / np.sqrt(h if "/" in name else inputs) for name in shapes}
        return {
            name: self.random(name).uniform(-reach[name], reach[name], shape).astype(np.float32)
            for name, shape in shapes.items()
        }

    def batches(self) -> Iterator[Batch]:
        data = sequences.mnist1d().train
        for chosen in shuffled_batches(len(data.x), self.config.batch, *self.key()):
            yield {"x": data.x[chosen, : self.config.length], "y": data.y[chosen]}

    def held_out(self) -> Batch:
        data = sequences.mnist1d().test
        return {"x": data.x[:, : self.config.length], "y": data.y}

    def edge_cases(self) -> dict[str, Batch]:
        """Series that are zero except at one end: one direction meets the signal first, the other last."""
        few = rows(next(self.batches()), slice(4))
        ends = np.zeros_like(few["x"])
        ends[:2, 0], ends[2:, -1] = few["x"][:2, 0], few["x"][2:, -1]
        return super().edge_cases() | {"ends": few | {"x": ends}}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Share of series that are classified correctly, and its distance from the authors' result."""
        accuracy = float(np.mean(output.argmax(1) == batch["y"]))
        return {"test_accuracy": accuracy, "distance_to_authors": abs(accuracy - AUTHORS)}
