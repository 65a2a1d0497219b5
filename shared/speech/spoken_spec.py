"""What the specs of all models that tell spoken digits apart have in common."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from shared.datasets import fsdd, speech
from shared.datasets.speech import SpokenDigits
from shared.errors import unknown
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import generator, shuffled_batches
from shared.spec import EXACT, Batch, Learning, Spec, State, Target, Variant, rows

# Why the models that hear have no baseline
NO_MEL_LAYER = "PyTorch has no layer that makes a mel spectrogram; torchaudio, which has one, is a package of its own"
DATA: dict[str, Callable[[], SpokenDigits]] = {"synthetic": speech.spoken_digits, "fsdd": fsdd.fsdd}
DECIBELS = (20, 10, 5, 0)  # of the noise that learning is judged in: how much weaker than speech it is
NOISY = tuple(f"{kind}_{decibels}_db" for kind in speech.NOISES for decibels in DECIBELS)
VIEWS = 3  # harder views of each held-out clip
MOST = 120  # clips in each kind and loudness of noise


@dataclass(frozen=True)
class SpokenConfig:
    data: str = "synthetic"  # or "fsdd", which does not ship
    noise: float = 0.8  # share of the clips to learn from that have noise
    samples: int = 8000  # a second
    rate: int = speech.RATE  # samples a second
    frame: int = 256  # samples of which a spectrum is computed: 32 ms
    hop: int = 128  # from one frame to the next
    bands: int = 32  # of the mel scale
    optimizer: OptimizerConfig = Adam(2e-3)
    batch: int = 60

    @property
    def frames(self) -> int:
        """Whole frames in a clip."""
        return 1 + (self.samples - self.frame) // self.hop


INPUTS = {
    "x": ("(N, S)", "clips, 8,000 samples each"),
    "y": ("(N,)", "which digit is spoken, 0 to 9"),
    "s": ("(N, T, M)", "log-mel spectrograms: T frames, M bands"),
    "image": ("(N, T, M, 1)", "the same, with mean 0: as loud as every other clip"),
}
PROOF: dict[str, Any] = {"samples": 1150, "frame": 96, "hop": 40, "bands": 17, "batch": 9}  # 27 frames
CLEAN = "spoken digits, clean"
SYNTHETIC = "spoken digits in noise"


WITHOUT_NOISE = (Target("clean_accuracy", 0.95),)
IN_NOISE = (Target("test_accuracy", 0.93), *WITHOUT_NOISE)


def learned(targets: tuple[Target, ...], steps: int) -> Learning:
    """Training in float64.

    In float32 the curves part where rounding brings a unit over the kink of ReLU, or decides a tie of pooling.
    """
    return Learning(steps, targets, 1e-6, EXACT, "float64")


def fsdd_variant(steps: int) -> Variant:
    """Recordings of people; the six speakers of the test have also spoken what is learned from."""
    learning = learned(WITHOUT_NOISE, steps)
    return Variant(data="the Free Spoken Digit Dataset", picture="spoken", changes={"data": "fsdd"}, learning=learning)


@cache
def condition(data: str, samples: int, name: str) -> Batch:
    """The held-out clips in one condition. The same for every seed.

    test: harder views, with coloured noise; clean: as they are; babble_10_db: mixed with babble that is 10 dB weaker.
    """
    loaded = DATA[data]()
    clips, random = loaded.test, generator("speech", data, samples, name)
    if name == "test":
        chosen = np.repeat(np.arange(len(clips)), VIEWS)
        x = [speech.harder_view(clips.waves[i], random, samples) for i in chosen]
    elif name == "clean":
        chosen = np.arange(len(clips))
        x = [speech.placed(wave, random, samples) for wave in clips.waves]
    else:
        kind, decibels, _ = name.split("_")
        chosen = random.permutation(len(clips))[:MOST]
        x = [_in_noise(clips.waves[i], random, samples, kind, float(decibels), loaded.train) for i in chosen]
    return {"x": np.stack(x).astype(np.float32), "y": clips.digit[chosen]}


def _in_noise(
    wave: np.ndarray, random: np.random.Generator, samples: int, kind: str, decibels: float, talkers: speech.Clips
) -> np.ndarray:
    window = speech.placed(wave, random, samples)
    return speech.mixed(window, speech.noise(kind, random, samples, talkers), speech.power(wave), decibels)


class SpokenSpec(Spec):
    """Tells which of ten digits is spoken. Training draws a new harder view of a clip each time."""

    section = "Speech recognition"
    without_baseline = NO_MEL_LAYER
    conditions: ClassVar[tuple[str, ...]] = ("test", "clean", *NOISY)  # that learning is judged in
    not_kept = ("x",)

    def digits(self) -> SpokenDigits:
        """The clips to train and to judge on."""
        if self.config.data not in DATA:
            raise unknown("data", self.config.data, DATA)
        return DATA[self.config.data]()

    def batches(self) -> Iterator[Batch]:
        clips, c = self.digits().train, self.config
        for step, chosen in enumerate(shuffled_batches(len(clips), c.batch, *self.key())):
            random = self.random("views", step)
            noisy = random.random(len(chosen)) < c.noise
            x = [speech.harder_view(clips.waves[i], random, c.samples, n) for i, n in zip(chosen, noisy)]
            yield {"x": np.stack(x), "y": clips.digit[chosen]}

    def condition(self, name: str) -> Batch:
        """The held-out clips in one of the conditions."""
        self.digits()  # refuses unknown data
        return condition(self.config.data, self.config.samples, name)

    def held_out(self) -> Batch:
        """The held-out clips in one condition after the other."""
        found = [self.condition(name) for name in self.conditions]
        return {key: np.concatenate([batch[key] for batch in found]) for key in ("x", "y")}

    def larger_batch(self) -> Batch:
        """Harder views only: in all conditions the taps would take gigabytes."""
        return rows(self.condition("test"), slice(2 * self.config.batch))

    def edge_cases(self) -> dict[str, Batch]:
        """Clips that are 30 times as loud in their middle as at their ends.

        There are none with silence at their ends, and no tiny ones, in which hiss is as good as silence: it makes the
        spectrogram uniform there, and some processors add up the products of a convolution in another order at the end
        of a block, so that rounding decides the ties of pooling.
        """
        found = super().edge_cases()
        del found["tiny"]
        few = rows(next(self.batches()), slice(3))
        middle = np.abs(np.linspace(-1, 1, self.config.samples)) < 0.4
        loudness = np.where(middle, 30, 1).astype(np.float32)
        return found | {"burst": few | {"x": few["x"] * loudness}}

    def split(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """Values of all held-out clips, by condition."""
        ends = np.cumsum([len(self.condition(name)["y"]) for name in self.conditions])
        return dict(zip(self.conditions, np.split(values, ends[:-1])))

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Share of clips that are heard right: of the harder views, of clean clips, and in each kind of noise."""
        right = self.split(output.argmax(1) == batch["y"])
        return {name if name in NOISY else f"{name}_accuracy": float(np.mean(x)) for name, x in right.items()}
