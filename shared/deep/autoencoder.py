"""What the twins of the autoencoder share.

Twins: static_tf/deep/autoencoder.py, dynamic_torch/deep/autoencoder.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from shared.datasets import images
from shared.datasets.images import flat
from shared.functions import sigmoid
from shared.optimizers import Momentum, OptimizerConfig
from shared.randomness import glorot_uniform, shuffled_batches
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows


@dataclass(frozen=True)
class Config:
    inputs: int = 64  # numbers per example: pixels of a digit, or the code of an autoencoder below
    hidden: int = 16  # numbers in its code
    code: str = "sigmoid"  # or "linear": the activation of the hidden units
    error: str = "cross_entropy"  # of outputs that are log-odds; or "squared", of outputs that are pixels themselves
    tied: bool = False  # the decoder's matrix is the encoder's, transposed
    noise: float = 0.0  # share of the inputs that are set to zero, to be reconstructed
    optimizer: OptimizerConfig = Momentum(0.1)
    batch: int = 64


class Autoencoder(Spec):
    Config = Config
    section = "Deep networks"
    summary = "digits through few numbers, or through noise, and back"
    symbols = {
        "x": ("(N, D)", "what should come out: pixels"),
        "noisy": ("(N, D)", "what goes in: x, or x with some of it set to zero"),
        "w1, b1": ("(D, H), (H,)", "encoder"),
        "w2, b2": ("(H, D), (D,)", "decoder; where weights are tied, w2 is the transpose of w1"),
        "h": ("(N, H)", "the code"),
        "z": ("(N, D)", "the reconstruction; of cross-entropy, its log-odds"),
    }
    sizes = {
        "proof": {"hidden": 7, "batch": 9},
        "small": {},
        "medium": {"hidden": 256, "batch": 256},
        "large": {"hidden": 1024, "batch": 1024},
    }
    variants = {
        "plain": Variant(
            data="digits of 8x8 pixels",
            picture="reconstructions",
            learning=Learning(1500, (Target("share_of_pca_error", 0.95, at_most=True),), 1e-5, ROUNDING),
        ),
        "denoising": Variant(
            data="digits of 8x8 pixels, 3 of 10 set to zero",
            picture="reconstructions",
            changes={"noise": 0.3, "hidden": 100},
            timed=False,
            learning=Learning(1500, (Target("share_of_the_noise", 0.33, at_most=True),), 1e-5, ROUNDING),
        ),
        "tied": Variant(
            data="digits of 8x8 pixels",
            picture="reconstructions",
            changes={"tied": True},
            learning=Learning(1500, (Target("share_of_pca_error", 1.35, at_most=True),), 1e-5, ROUNDING),
        ),
        "linear": Variant(
            data="digits of 8x8 pixels",
            picture="reconstructions",
            changes={"tied": True, "code": "linear", "error": "squared", "optimizer": Momentum(0.01)},
            timed=False,
            learning=Learning(1500, (Target("share_of_pca_error", 1.02, at_most=True),), 1e-5, ROUNDING),
        ),
    }
    scalable_inputs = ("x", "noisy")

    plotted = ("w1",)

    def initial(self) -> State:
        d, h = self.config.inputs, self.config.hidden
        state = {
            "w1": glorot_uniform(self.random("w1"), (d, h)),
            "b1": np.zeros(h, np.float32),
            "b2": np.zeros(d, np.float32),
        }
        return state if self.config.tied else {**state, "w2": glorot_uniform(self.random("w2"), (h, d))}

    def batches(self) -> Iterator[Batch]:
        return self.batches_of(flat(images.digits().train.x))

    def batches_of(self, x: np.ndarray) -> Iterator[Batch]:
        """Batches of any examples: the next autoencoder of a stack learns from the codes of this one."""
        for step, chosen in enumerate(shuffled_batches(len(x), self.config.batch, *self.key())):
            yield self._damaged(x[chosen], "step", step)

    def _damaged(self, x: np.ndarray, *key: str | int) -> Batch:
        """Masking noise (Vincent et al. 2008): each input is set to zero with the same probability."""
        kept = self.random("noise", *key).random(x.shape) >= self.config.noise
        return {"x": x, "noisy": np.where(kept, x, np.float32(0))}

    def next_layer_input(self, h: np.ndarray) -> np.ndarray:
        """The input of the next autoencoder of a stack: the codes themselves."""
        return h

    def undamaged(self, x: np.ndarray) -> Batch:
        """A batch without noise, for the codes of a trained autoencoder."""
        return {"x": x, "noisy": x}

    def held_out(self) -> Batch:
        return self._damaged(flat(images.digits().test.x), "held out")

    def plot_inputs(self) -> Batch:
        """A few held-out digits, one of each kind."""
        test = images.digits().test
        return rows(self.held_out(), [int(np.argmax(test.y == digit)) for digit in range(10)])

    def edge_cases(self) -> dict[str, Batch]:
        """Without "large", because a pixel is at most 1. All-ink images; and images without every other pixel."""
        few = rows(next(self.batches()), slice(3))
        full, half = np.ones_like(few["x"]), np.arange(self.config.inputs) % 2 == 0
        inherited = {name: batch for name, batch in super().edge_cases().items() if name != "large"}
        return inherited | {
            "ones": {"x": full, "noisy": full},
            "half of it": few | {"noisy": np.where(half, few["x"], np.float32(0))},
        }

    def reconstruction(self, output: np.ndarray, batch: Batch, state: State) -> np.ndarray:
        """The output as pixels."""
        return sigmoid(output) if self.config.error == "cross_entropy" else output

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """The squared error of the reconstruction, divided by that of the best linear code with as many numbers; or, if
        pixels were removed, by the error from that.
        """
        error = np.sum((self.reconstruction(output, batch, state) - batch["x"]) ** 2)
        damage = np.sum((batch["noisy"] - batch["x"]) ** 2)
        if damage:
            return {"share_of_the_noise": float(error / damage)}
        return {"share_of_pca_error": float(error / np.sum((pca(batch["x"], self.config.hidden) - batch["x"]) ** 2))}


def pca(x: np.ndarray, components: int) -> np.ndarray:
    """Project x on principal components of the training digits: no linear code represents those digits better."""
    mean, axes = principal_axes()
    return mean + (x - mean) @ axes[:components].T @ axes[:components]


@cache
def principal_axes() -> tuple[np.ndarray, np.ndarray]:
    """The mean of the training digits and their principal axes, one a row."""
    from sklearn.decomposition import PCA  # here, because the import takes a second and only a score needs it

    fitted = PCA(svd_solver="full").fit(flat(images.digits().train.x).astype(np.float64))
    return fitted.mean_, fitted.components_
