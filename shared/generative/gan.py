"""What the twins of the GAN share.

Twins: static_tf/generative/gan.py, dynamic_torch/generative/gan.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from shared.datasets import Dataset, Split, images, toy
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import glorot_uniform, shuffled_batches
from shared.spec import Batch, Learning, Spec, State, Target, Variant, rows

SAMPLES = 1000  # images that are made to be judged


@dataclass(frozen=True)
class Config:
    data: str = "ring"  # or "digits"
    outputs: int = 2  # numbers of a point, or pixels of an image
    loss: str = "non_saturating"  # of the generator; or "minimax"
    noise: int = 8  # size of the generator's input
    hidden: int = 64  # units of each of the two hidden layers, of both players
    negative_slope: float = 0.2  # slope of the discriminator's units below zero
    optimizer: OptimizerConfig = Adam(
        1e-3, beta1=0.5
    )  # of both players: a short memory, because the opponent changes (Radford et al. 2016)
    batch: int = 128


_GAME = "a game is not a descent, so rounding is not damped: a twin's float64 and float32 curves are {} apart"


class GAN(Spec):
    Config = Config
    section = "Generative adversarial networks"
    summary = "points on a ring, or digits, from noise, by two players"
    symbols = {
        "noise": ("(N, Z)", "normal numbers, the generator's input"),
        "real": ("(N, D)", "points or images of the data"),
        "generator/w1 .. b3": ("(Z, H), (H,), (H, H), (H,), (H, D), (D,)", "three layers, ReLU"),
        "discriminator/w1 .. b3": ("(D, H), (H,), (H, H), (H,), (H, 1), (1,)", "three layers, leaky ReLU"),
        "fake": ("(N, D)", "points or images that the generator made"),
        "real_logits, fake_logits": ("(N, 1)", "log-odds of being real, to the discriminator"),
    }
    sizes = {
        "proof": {"noise": 5, "hidden": 9, "batch": 11},
        "small": {},
        "medium": {"hidden": 256, "batch": 512},
        "large": {"hidden": 1024, "batch": 1024},
    }
    variants = {
        "plain": Variant(
            data="a ring of eight Gaussians",
            picture="samples",
            learning=Learning(2000, (Target("modes_covered", 8),), 0.2, _GAME.format("0.10"), falls=False),
        ),
        # One step each keeps the discriminator unsure: it gives fakes 0.45 to 0.5 on average, so nothing saturates
        "minimax": Variant(
            data="a ring of eight Gaussians",
            picture="samples",
            changes={"loss": "minimax"},
            learning=Learning(2000, (Target("modes_covered", 8),), 0.2, _GAME.format("0.04"), falls=False),
        ),
        "digits": Variant(
            data="digits of 8x8 pixels",
            picture="digits_from_noise",
            changes={
                "data": "digits",
                "outputs": 64,
                "noise": 16,
                "hidden": 128,
                "optimizer": Adam(5e-4, beta1=0.5, epsilon=1e-4),  # the gradient of a saturated pixel is rounding
                "batch": 256,
            },
            proof={"noise": 5, "hidden": 9, "batch": 11},
            learning=Learning(
                4000,
                (Target("classes", 9), Target("class_entropy", 2.1)),
                0.5,
                _GAME.format("0.26"),
                falls=False,
            ),
        ),
    }
    without_baseline = "two players in turn: neither framework has a layer for it; its products are deep_net's"
    scalable_inputs = ("noise",)  # not "real" too: the terms of real and fake points would cancel in the loss

    def initial(self) -> State:
        z, h, d = self.config.noise, self.config.hidden, self.config.outputs
        state: State = {}
        for player, sizes in (("generator", (z, h, h, d)), ("discriminator", (d, h, h, 1))):
            for i, shape in enumerate(pairwise(sizes), 1):
                state[f"{player}/w{i}"] = glorot_uniform(self.random(player, i), shape)
                state[f"{player}/b{i}"] = np.zeros(shape[1], np.float32)
        return state

    def data(self) -> Dataset:
        """The points of the ring, or digits as rows of pixels, from 0 to 1."""
        if self.config.data == "ring":
            return toy.ring()
        found = images.digits()
        return Dataset(*(Split(images.flat(part.x), part.y) for part in (found.train, found.test)))

    def batches(self) -> Iterator[Batch]:
        x = self.data().train.x
        for step, chosen in enumerate(shuffled_batches(len(x), self.config.batch, *self.key())):
            yield {"noise": self._noise(self.config.batch, "step", step), "real": x[chosen]}

    def held_out(self) -> Batch:
        """As much noise as there are held-out points; of the few held-out digits the samples' number, repeated."""
        x = self.data().test.x
        if self.config.data == "digits":
            x = np.resize(x, (SAMPLES, self.config.outputs))
        return {"noise": self._noise(len(x), "held out"), "real": x}

    def plot_inputs(self) -> Batch:
        """All points, or as many digits as fit into the picture."""
        return rows(self.held_out(), slice(36)) if self.config.data == "digits" else self.held_out()

    def edge_cases(self) -> dict[str, Batch]:
        """Real points at the origin, where all units are on the kink of ReLU because biases are zero, as without noise;
        and real points ever farther out, so that log-odds of all sizes occur.
        """
        first, times = next(self.batches()), 9
        few, many = rows(first, slice(3)), rows(first, np.tile(np.arange(self.config.batch), times))
        distance = np.repeat(np.geomspace(10, 100, times, dtype=np.float32), self.config.batch)
        return super().edge_cases() | {
            "real zeros": few | {"real": np.zeros_like(few["real"])},
            "real large": many | {"real": many["real"] * distance[:, None]},
        }

    def _noise(self, size: int, *key: str | int) -> np.ndarray:
        return self.random("noise", *key).standard_normal((size, self.config.noise)).astype(np.float32)

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        return _points(output) if self.config.data == "ring" else _digits(output)


def _points(made: np.ndarray) -> dict[str, float]:
    """The number of the eight Gaussians that are covered, and the share of the samples that lie in one.

    A sample lies in the nearest Gaussian if it is within four deviations.
    """
    distance = np.linalg.norm(made[:, None] - toy.ring_centres(), axis=2)  # (N, 8)
    inside = distance.min(1) < 4 * toy.RING_DEVIATION
    held = np.bincount(distance.argmin(1)[inside], minlength=toy.RING_MODES)
    return {"modes_covered": _covered(held, len(made)), "samples_in_a_mode": float(inside.mean())}


def _digits(made: np.ndarray) -> dict[str, float]:
    """The number of the ten digits that are covered, by a classifier of real ones, the entropy of its answers over the
    samples in nats, and the mean probability that it gives to its answer.

    Real held-out digits score 10, 2.30 (no more than log 10) and 0.90; trained generators 10, 2.2 and 0.75.
    """
    probability = digit_classifier().predict_proba(made)  # (N, 10)
    held = np.bincount(probability.argmax(1), minlength=10)
    share = held[held > 0] / len(made)
    entropy = float(np.sum(share * np.log(1 / share)))
    sure = float(probability.max(1).mean())
    return {"classes": _covered(held, len(made)), "class_entropy": entropy, "classifier_confidence": sure}


def _covered(held: np.ndarray, samples: int) -> float:
    """How many kinds hold at least a quarter of their fair share of the samples."""
    return float(np.sum(held >= samples / len(held) / 4))


@cache
def digit_classifier() -> Any:
    """A classifier that has seen real digits alone, those of the training data."""
    from sklearn.linear_model import LogisticRegression  # here, because the import takes a second

    real = images.digits().train
    return LogisticRegression(max_iter=1000).fit(images.flat(real.x), real.y)
