"""What the twins of the GAN share.

Twins: static_tf/generative/gan.py, dynamic_torch/generative/gan.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from shared.datasets import toy
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import glorot_uniform, shuffled_batches
from shared.spec import Batch, Learning, Spec, State, Target, Variant, rows


@dataclass(frozen=True)
class Config:
    noise: int = 8  # size of the generator's input
    hidden: int = 64  # units of each of the two hidden layers, of both players
    negative_slope: float = 0.2  # slope of the discriminator's units below zero
    optimizer: OptimizerConfig = Adam(
        1e-3, beta1=0.5
    )  # of both players: a short memory, because the opponent changes (Radford et al. 2016)
    batch: int = 128


_GAME = "a game is not a descent, so rounding is not damped: a twin's float64 and float32 curves are 0.10 apart"


class GAN(Spec):
    Config = Config
    section = "Generative adversarial networks"
    summary = "points on a ring, from noise, by two players"
    symbols = {
        "noise": ("(N, Z)", "normal numbers, the generator's input"),
        "real": ("(N, 2)", "points of the data"),
        "generator/w1 .. b3": ("(Z, H), (H,), (H, H), (H,), (H, 2), (2,)", "three layers, ReLU"),
        "discriminator/w1 .. b3": ("(2, H), (H,), (H, H), (H,), (H, 1), (1,)", "three layers, leaky ReLU"),
        "fake": ("(N, 2)", "points that the generator made"),
        "real_logits, fake_logits": ("(N, 1)", "log-odds of a point being real, to the discriminator"),
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
            learning=Learning(2000, (Target("modes_covered", 7),), 0.2, _GAME, falls=False),
        ),
    }
    without_baseline = "two players in turn: neither framework has a layer for it; its products are deep_net's"
    scalable_inputs = ("noise",)  # not "real" too: the terms of real and fake points would cancel in the loss

    def initial(self) -> State:
        z, h = self.config.noise, self.config.hidden
        state: State = {}
        for player, sizes in (("generator", (z, h, h, 2)), ("discriminator", (2, h, h, 1))):
            for i, shape in enumerate(pairwise(sizes), 1):
                state[f"{player}/w{i}"] = glorot_uniform(self.random(player, i), shape)
                state[f"{player}/b{i}"] = np.zeros(shape[1], np.float32)
        return state

    def batches(self) -> Iterator[Batch]:
        data = toy.ring().train
        for step, chosen in enumerate(shuffled_batches(len(data.x), self.config.batch, *self.key())):
            yield {"noise": self._noise(self.config.batch, "step", step), "real": data.x[chosen]}

    def held_out(self) -> Batch:
        data = toy.ring().test
        return {"noise": self._noise(len(data.x), "held out"), "real": data.x}

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
        """The number of the eight Gaussians that are covered, and the share of the samples that lie in one.

        A sample lies in the nearest Gaussian if it is within four deviations; a Gaussian is covered if it holds at
        least a quarter of its fair share.
        """
        distance = np.linalg.norm(output[:, None] - toy.ring_centres(), axis=2)  # (N, 8)
        inside = distance.min(1) < 4 * toy.RING_DEVIATION
        held = np.bincount(distance.argmin(1)[inside], minlength=toy.RING_MODES)
        covered = held >= len(output) / toy.RING_MODES / 4
        return {"modes_covered": float(covered.sum()), "samples_in_a_mode": float(inside.mean())}
