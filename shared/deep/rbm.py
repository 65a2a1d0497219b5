"""What the twins of the restricted Boltzmann machine share.

Twins: static_tf/deep/rbm.py, dynamic_torch/deep/rbm.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.datasets import images
from shared.datasets.images import flat
from shared.functions import sigmoid
from shared.optimizers import Momentum, OptimizerConfig
from shared.randomness import shuffled_batches
from shared.spec import Batch, Learning, Spec, State, Target, Variant, rows


@dataclass(frozen=True)
class Config:
    visible: int = 64  # units that show the data: pixels of a digit, or the hidden units of a machine below
    hidden: int = 16  # few enough to enumerate all of their states: the likelihood is then exact
    steps: int = 1  # of the chain, from its start to the sample of the model
    persistent: bool = False  # whether a chain goes on from the last step, or starts from the data
    means: bool = False  # whether the last visible units of a chain are their probabilities (Hinton 2010, section 3.2)
    spread: float = 0.01  # deviation of the initial weights (Hinton 2010, section 8)
    optimizer: OptimizerConfig = Momentum(0.05, 0.5)
    batch: int = 64


_LEARNING = Learning(
    1500,
    # In nats per example; the second is for comparison
    (Target("log_likelihood", -20), Target("independent_log_likelihood", -25, at_most=True)),
    curve_gap=1e-9,
    reason="float64: in float32 a rounding at the border between 0 and 1 would move a whole unit",
    dtype="float64",
    falls=False,  # nor rises: it compares the data with the model's samples, and is no likelihood
)


class RBM(Spec):
    Config = Config
    section = "Deep networks"
    summary = "which pixels go together, learned from samples"
    symbols = {
        "x": ("(N, V)", "what the visible units are shown: black or white pixels"),
        "u_h, u_v": ("(N, T, H), (N, T, V)", "uniform numbers: what makes the units of a chain of T steps random"),
        "w, a, b": ("(V, H), (V,), (H,)", "weights, and biases of visible and hidden units"),
        "h": ("(N, H)", "probabilities of hidden units given x"),
        "chains": ("(C, V)", "where persistent chains have come to"),
        "p_h1, h1, p_v1, v1, ..": ("(N, H), (N, V)", "the chain: probabilities, then units that are 0 or 1"),
        "f_x, f_v": ("(N,)", "free energy of the data, and of where the chain has come to"),
    }
    sizes = {
        "proof": {"hidden": 7, "batch": 5, "steps": 2, "spread": 2.0},  # some units are saturated, and some are not
        "small": {},
        "medium": {"hidden": 128, "batch": 256},
        "large": {"hidden": 512, "batch": 256},
    }
    variants = {
        "plain": Variant(
            data="digits of 8x8 pixels, black or white",
            picture="reconstructions",
            learning=_LEARNING,
        ),
        "persistent": Variant(
            data="digits of 8x8 pixels, black or white",
            picture="reconstructions",
            changes={"persistent": True},
            learning=_LEARNING,
        ),
        "means": Variant(
            data="digits of 8x8 pixels, black or white",
            picture="reconstructions",
            changes={"means": True},
            timed=False,
            learning=_LEARNING,
        ),
    }
    without_baseline = "it learns from samples and not from a loss: neither framework has a layer that does"

    plotted = ("w", "a", "b")

    def initial(self) -> State:
        """Small weights; chains in random states."""
        v, h = self.config.visible, self.config.hidden
        state = {
            "w": self.random("w").normal(0, self.config.spread, (v, h)).astype(np.float32),
            "a": np.zeros(v, np.float32),
            "b": np.zeros(h, np.float32),
        }
        if self.config.persistent:
            state["chains"] = self.random("chains").integers(0, 2, (self.config.batch, v)).astype(np.float32)
        return state

    def batches(self) -> Iterator[Batch]:
        return self.batches_of(flat(images.binary_digits().train.x))

    def batches_of(self, x: np.ndarray) -> Iterator[Batch]:
        """Batches of any examples, of 0, 1 or a probability: the next machine of a stack learns from the hidden units
        of this one.
        """
        for step, chosen in enumerate(shuffled_batches(len(x), self.config.batch, *self.key())):
            yield self._with_uniforms(x[chosen], "step", step)

    def _with_uniforms(self, x: np.ndarray, *key: str | int) -> Batch:
        t, v, h = self.config.steps, self.config.visible, self.config.hidden
        return {
            "x": x,
            "u_h": self.random("u_h", *key).random((len(x), t, h), np.float32),
            "u_v": self.random("u_v", *key).random((len(x), t, v), np.float32),
        }

    def next_layer_input(self, h: np.ndarray) -> np.ndarray:
        """The input of the next machine of a stack: samples of the hidden units, because their probabilities differ too
        little from one example to the next.
        """
        return (self.random("handed on").random(h.shape) < h).astype(np.float32)

    def undamaged(self, x: np.ndarray) -> Batch:
        """A batch for the hidden units of a trained machine, whose probabilities use no random numbers."""
        return self._with_uniforms(x, "undamaged")

    def held_out(self) -> Batch:
        return self._with_uniforms(flat(images.binary_digits().test.x), "held out")

    def larger_batch(self) -> Batch:
        """None with persistent chains: there is one for each row of a training batch."""
        return {} if self.config.persistent else super().larger_batch()

    def plot_inputs(self) -> Batch:
        """A few held-out digits, one of each kind."""
        test = images.digits().test
        return rows(self.held_out(), [int(np.argmax(test.y == digit)) for digit in range(10)])

    def edge_cases(self) -> dict[str, Batch]:
        """Without "large", because a pixel is at most 1. All-ink images; and hidden probabilities of exactly one half,
        as without ink while biases are zero, compared with uniform numbers of one half.
        """
        few = rows(next(self.batches()), slice(3))
        ties = few["u_h"].copy()
        ties[:, 0] = 0.5
        inherited = {name: batch for name, batch in super().edge_cases().items() if name != "large"}
        return inherited | {
            "ones": few | {"x": np.ones_like(few["x"])},
            "ties": few | {"x": np.zeros_like(few["x"]), "u_h": ties},
        }

    def reconstruction(self, output: np.ndarray, batch: Batch, state: State) -> np.ndarray:
        """The probabilities of visible units, given those of hidden units given the data."""
        h = sigmoid(batch["x"] @ state["w"] + state["b"])
        return sigmoid(h @ state["w"].T + state["a"])

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """The mean log-likelihood of an example, in nats: under the machine, from the free energy, and under
        independent pixels that are black as often as in the training digits.
        """
        x, w, a, b = (np.asarray(value, np.float64) for value in (batch["x"], state["w"], state["a"], state["b"]))
        train = flat(images.binary_digits().train.x)
        black = (train.sum(0, dtype=np.float64) + 1) / (len(train) + 2)  # no probability is 0 or 1
        alone = x @ np.log(black) + (1 - x) @ np.log(1 - black)
        return {
            "log_likelihood": float(-np.mean(output) - log_partition(w, a, b)),
            "independent_log_likelihood": float(np.mean(alone)),
        }


def free_energy(v: np.ndarray, w: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """- log of the sum over all hidden states of exp(v a + h b + v w h), (N,)."""
    return -v @ a - np.logaddexp(0, v @ w + b).sum(1)


def log_partition(w: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """The log of the sum of exp(v a + h b + v w h) over all states: visible states are summed by a formula, hidden
    ones, which must be few, one by one.
    """
    units = len(b)
    if units > 20:
        raise ValueError(f"{units} hidden units have too many states to go through")
    found = []
    for chosen in np.array_split(np.arange(2**units), max(1, 2**units // 4096)):
        h = (chosen[:, None] >> np.arange(units) & 1).astype(np.float64)
        found.append(np.logaddexp.reduce(-free_energy(h, w.T, b, a)))
    return float(np.logaddexp.reduce(found))
