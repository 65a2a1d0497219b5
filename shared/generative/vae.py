"""What the twins of the variational autoencoder share.

Twins: static_tf/generative/vae.py, dynamic_torch/generative/vae.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.datasets import images
from shared.datasets.images import flat
from shared.functions import sigmoid
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import glorot_uniform, shuffled_batches
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows

DRAWS = 200  # codes of an image that are drawn to estimate its likelihood


@dataclass(frozen=True)
class Config:
    inputs: int = 64  # pixels of an image
    hidden: int = 128  # units of the encoder's hidden layer, and of the decoder's
    latent: int = 8  # numbers in a code
    optimizer: OptimizerConfig = Adam(2e-3)
    batch: int = 100


class VAE(Spec):
    Config = Config
    section = "Variational autoencoders"
    summary = "digits from random codes, by a bound on their likelihood"
    symbols = {
        "x": ("(N, D)", "images in black or white: pixels are 0 or 1"),
        "noise": ("(N, L)", "normal numbers"),
        "w1, b1": ("(D, H), (H,)", "the encoder's hidden layer"),
        "w2, b2": ("(H, L), (L,)", "to the mean of the code"),
        "w3, b3": ("(H, L), (L,)", "to the logarithm of its variance"),
        "w4, b4": ("(L, H), (H,)", "the decoder's hidden layer"),
        "w5, b5": ("(H, D), (D,)", "to the log-odds of the pixels"),
        "mean, log_variance": ("(N, L)", "of the code's distribution, given the image"),
        "z": ("(N, L)", "a code drawn from it"),
        "logits": ("(N, D)", "log-odds of each pixel being 1, given the code"),
        "log_likelihood": ("(N,)", "of the image, given the code, in nats"),
        "divergence": ("(N,)", "of the code's distribution from the prior one, in nats"),
        "bound": ("(N,)", "their difference: on average no more than the logarithm of the image's probability"),
    }
    sizes = {
        "proof": {"hidden": 7, "latent": 3, "batch": 9},
        "small": {},
        "medium": {"hidden": 512, "latent": 16, "batch": 256},
        "large": {"hidden": 2048, "latent": 32, "batch": 1024},
    }
    variants = {
        "plain": Variant(
            data="digits of 8x8 pixels, black or white",
            picture="walks_between_digits",
            learning=Learning(3000, (Target("bits_per_pixel", 0.40, at_most=True),), 1e-5, ROUNDING),
        ),
        "plane": Variant(
            data="digits of 8x8 pixels, black or white",
            picture="latent_plane",
            changes={"latent": 2},
            timed=False,
            learning=Learning(3000, (Target("bits_per_pixel", 0.46, at_most=True),), 1e-5, ROUNDING),
        ),
    }
    without_baseline = "neither framework has a layer for the bound; the other products are the autoencoder's"
    scalable_inputs = ("noise",)  # pixels are 0 or 1
    plotted = ("w1", "b1", "w2", "b2", "w3", "b3", "w4", "b4", "w5", "b5")

    def initial(self) -> State:
        d, h, latent = self.config.inputs, self.config.hidden, self.config.latent
        shapes = {1: (d, h), 2: (h, latent), 3: (h, latent), 4: (latent, h), 5: (h, d)}
        state: State = {}
        for i, shape in shapes.items():
            state |= {f"w{i}": glorot_uniform(self.random(f"w{i}"), shape), f"b{i}": np.zeros(shape[1], np.float32)}
        return state

    def batches(self) -> Iterator[Batch]:
        x = flat(images.binary_digits().train.x)
        for step, chosen in enumerate(shuffled_batches(len(x), self.config.batch, *self.key())):
            yield {"x": x[chosen], "noise": self._noise(self.config.batch, "step", step)}

    def held_out(self) -> Batch:
        x = flat(images.binary_digits().test.x)
        return {"x": x, "noise": self._noise(len(x), "held out")}

    def plot_inputs(self) -> Batch:
        """A few held-out digits, one of each kind."""
        test = images.binary_digits().test
        return rows(self.held_out(), [int(np.argmax(test.y == digit)) for digit in range(10)])

    def edge_cases(self) -> dict[str, Batch]:
        """Without "large": normal numbers are never that large, and would saturate the decoder's units. Images without
        ink, and images of nothing but ink.
        """
        few = rows(next(self.batches()), slice(3))
        blank, full = np.zeros_like(few["x"]), np.ones_like(few["x"])
        inherited = {name: batch for name, batch in super().edge_cases().items() if name != "large"}
        return inherited | {"x zeros": few | {"x": blank}, "ones": few | {"x": full}}

    def _noise(self, size: int, *key: str | int) -> np.ndarray:
        return self.random("noise", *key).standard_normal((size, self.config.latent)).astype(np.float32)

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """The bits that a pixel costs on average, by importance sampling and by the bound, which gives more."""
        nats = {"bits_per_pixel": self.log_likelihood(batch["x"], state), "bits_by_the_bound": output}
        return {name: float(-np.mean(value) / np.log(2) / self.config.inputs) for name, value in nats.items()}

    def log_likelihood(self, x: np.ndarray, state: State, draws: int = DRAWS) -> np.ndarray:
        """The logarithm of each image's probability (N,), estimated by importance sampling in float64.

        p(x) is the mean of p(x | z) p(z) / q(z | x) over codes z from q(z | x) (Rezende et al. 2014, appendix E).
        """
        state = {name: value.astype(np.float64) for name, value in state.items()}
        mean, log_variance = self.encoded(x.astype(np.float64), state)
        total = np.full(len(x), -np.inf)
        for draw in range(draws):
            noise = self.random("importance", draw).standard_normal(mean.shape)
            z = mean + np.exp(log_variance / 2) * noise
            logits = self.decoded(z, state)
            given_z = np.sum(x * logits - np.logaddexp(0, logits), axis=1)
            prior_to_q = np.sum(noise**2 - z**2 + log_variance, axis=1) / 2  # log p(z) - log q(z | x)
            total = np.logaddexp(total, given_z + prior_to_q)
        return total - np.log(draws)

    def encoded(self, x: np.ndarray, state: State) -> tuple[np.ndarray, np.ndarray]:
        """The mean and the logarithm of the variance of the codes of images."""
        h = np.tanh(x @ state["w1"] + state["b1"])
        return h @ state["w2"] + state["b2"], h @ state["w3"] + state["b3"]

    def decoded(self, z: np.ndarray, state: State) -> np.ndarray:
        """The log-odds of the pixels of codes."""
        return np.tanh(z @ state["w4"] + state["b4"]) @ state["w5"] + state["b5"]

    def pixels(self, z: np.ndarray, state: State) -> np.ndarray:
        """The probability of ink in each pixel of codes."""
        return sigmoid(self.decoded(z, state))
