"""What the twins of the network that speaks sample by sample share.

Twins: static_tf/generative/wavenet.py, dynamic_torch/generative/wavenet.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from shared.datasets import speech
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import glorot_uniform, shuffled_batches
from shared.spec import EXACT, Batch, Learning, Spec, State, Target, Variant, rows

SILENCE = 128  # the code of a wave that is 0
SPOKEN = 3200  # samples of each digit that the report has drawn


@dataclass(frozen=True)
class Config:
    length: int = 640  # samples that are read
    sampled: int = 0  # samples that a training batch has drawn after them; a batch of the report has many
    codes: int = 256  # kinds of samples
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # of the layers: how far the two samples are apart
    channels: int = 32  # that go from layer to layer
    gates: int = 32  # of each layer
    skips: int = 64  # channels that go from each layer to the last ones
    hidden: int = 64  # units before the last layer
    cached: bool = True  # or False: to draw a sample, all that it depends on is computed again
    optimizer: OptimizerConfig = Adam(6e-3)
    batch: int = 4

    @property
    def reach(self) -> int:
        """The receptive field: how many samples, up to the last one, a logit depends on."""
        return 1 + sum(self.dilations)


@cache
def clips() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The clips to train and to judge on, as codes."""
    data = speech.spoken_digits()
    train, test = ([speech.encode(wave).astype(np.int64) for wave in part.waves] for part in (data.train, data.test))
    return train, test


class WaveNet(Spec):
    Config = Config
    section = "Autoregressive networks"
    summary = "spoken digits, sample by sample: each is drawn from what dilated convolutions make of those before it"
    symbols = {
        "x": ("(N, T)", "8-bit mu-law codes of the samples that are read"),
        "y": ("(N, T)", "codes of the samples that follow each of them"),
        "digit": ("(N,)", "which digit is spoken, 0 to 9"),
        "uniforms": ("(N, S)", "numbers between 0 and 1, one for each sample that is drawn"),
        "embedding": ("(Q, C)", "a vector for each of Q codes"),
        "d": ("", "dilation of a layer: how far its two samples are apart"),
        "queue": ("(N, d, C)", "the last d inputs of a layer"),
        "layers/i/kernel": ("(2, C, 2G)", "of a layer: for its input d samples ago, and for the present one"),
        "layers/i/digit": ("(10, 2G)", "of a layer: for each digit, what is added in its gates"),
        "g1 .. gL": ("(N, T, G)", "the gates' outputs of L layers"),
        "skips/i": ("(G, K)", "from the gates of each layer to the sum s, which begins with b1"),
        "residuals/i": ("(G, C)", "from the gates of each layer but the last to the next layer's input"),
        "b1": ("(K,)", "bias of the sum"),
        "w2, b2": ("(K, H), (H,)", "last layer but one"),
        "w3, b3": ("(H, Q), (Q,)", "last layer"),
        "logits": ("(N, T, Q)", "log-odds of each following code, up to a constant"),
        "log_likelihood": ("(N, T)", "of the sample that followed, in nats"),
        "audio": ("(N, T + S)", "codes of the samples that were read, and of those that were drawn after them"),
        "following": ("(N, Q)", "log-odds of each code to follow the audio, up to a constant"),
    }
    sizes = {
        "proof": {
            "length": 10,
            "sampled": 5,
            "dilations": (1, 2, 4),
            "channels": 6,
            "gates": 14,
            "skips": 7,
            "hidden": 11,
            "batch": 9,
        },
        "small": {},
        "medium": {"channels": 64, "gates": 64, "skips": 128, "hidden": 128},
        "large": {"channels": 128, "gates": 128, "skips": 256, "hidden": 256, "batch": 8},
    }
    # Trained in float64: drawing hands each rounding on, so twins trained in float32 part after a few hundred samples
    variants = {
        "plain": Variant(
            data="spoken digits, 8-bit mu-law",
            picture="sampled_speech",
            learning=Learning(500, (Target("bits_per_sample", 5.9, at_most=True),), 1e-6, EXACT, "float64"),
        ),
        "naive": Variant(
            data="spoken digits, 8-bit mu-law", picture="sampled_speech", changes={"cached": False}, timed=False
        ),
    }
    without_baseline = "TensorFlow's dilated convolution has no gradient on a CPU, so Keras cannot train one there"
    scalable_inputs = ()  # none: a batch is codes, and numbers to draw with
    rows_at_once = 8
    plotted: ClassVar[tuple[str, ...]] = ("audio",)
    not_kept = ("x", "y", "uniforms")

    def initial(self) -> State:
        c = self.config
        shapes: dict[str, tuple[int, ...]] = {"w2": (c.skips, c.hidden), "w3": (c.hidden, c.codes)}
        zeros = {"b1": c.skips, "b2": c.hidden, "b3": c.codes}
        for i in range(len(c.dilations)):
            shapes |= {f"layers/{i}/kernel": (2, c.channels, 2 * c.gates), f"layers/{i}/digit": (10, 2 * c.gates)}
            shapes[f"skips/{i}"] = (c.gates, c.skips)
            shapes |= {f"residuals/{i - 1}": (c.gates, c.channels)} if i else {}
        vectors = self.random("embedding").uniform(-1, 1, (c.codes, c.channels)).astype(np.float32)
        state = {"embedding": vectors} | {name: glorot_uniform(self.random(name), s) for name, s in shapes.items()}
        return state | {name: np.zeros(size, np.float32) for name, size in zeros.items()}

    def batches(self) -> Iterator[Batch]:
        """Windows that begin anywhere in a clip, or in the silence before it."""
        c, (train, _) = self.config, clips()
        digits = speech.spoken_digits().train.digit
        for step, chosen in enumerate(shuffled_batches(len(train), c.batch, *self.key())):
            random, windows = self.random("windows", step), []
            for wave in map(self._after_silence, (train[i] for i in chosen)):
                start = int(random.integers(len(wave) - c.length))
                windows.append(wave[start : start + c.length + 1])
            yield self._batch(np.stack(windows), digits[chosen], c.sampled, "step", step)

    def held_out(self) -> Batch:
        """Whole clips, with silence behind the shorter ones."""
        _, test = clips()
        waves, longest = [self._after_silence(wave) for wave in test], max(map(len, test)) + self.config.reach
        padded = [np.pad(wave, (0, longest - len(wave)), constant_values=SILENCE) for wave in waves]
        return self._batch(np.stack(padded), speech.spoken_digits().test.digit, 0, "held out")

    def plot_inputs(self) -> Batch:
        """Silence, to be continued as each digit."""
        silence = np.full((10, self.config.reach + 1), SILENCE, np.int64)
        return self._batch(silence, np.arange(10), SPOKEN, "plot")

    def larger_batch(self) -> Batch:
        """Of the held-out clips only the beginning: the logits of all samples would take a gigabyte."""
        c = self.config
        few = rows(self.held_out(), slice(3 * c.batch))
        return few | {name: few[name][:, c.reach : c.reach + 2 * c.length] for name in ("x", "y")}

    def edge_cases(self) -> dict[str, Batch]:
        """The loudest wave; the first code drawn every time, or a last one."""
        few = rows(next(self.batches()), slice(3))
        loudest = np.broadcast_to(np.arange(few["x"].shape[1]) % 2 * (self.config.codes - 1), few["x"].shape)
        drawing = {
            "zeros": few | {"uniforms": np.zeros_like(few["uniforms"])},
            "ones": few | {"uniforms": np.full_like(few["uniforms"], 0.999)},
        }
        return super().edge_cases() | {
            "loudest": few | {"x": loudest.copy()},
            **(drawing if self.config.sampled else {}),
        }

    def _after_silence(self, wave: np.ndarray) -> np.ndarray:
        """A clip behind as much silence as a logit depends on."""
        return np.pad(wave, (self.config.reach, 0), constant_values=SILENCE)

    def _batch(self, windows: np.ndarray, digit: np.ndarray, sampled: int, *key: str | int) -> Batch:
        uniforms = self.random("uniforms", *key).random((len(windows), sampled), np.float32)
        return {"x": windows[:, :-1], "y": windows[:, 1:], "digit": digit, "uniforms": uniforms}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """The bits that a sample of a clip costs on average, given all before it; the silence around costs nothing."""
        place = np.arange(output.shape[1]) - self.config.reach + 1  # in the clip, of the sample that followed
        lengths = np.array([len(wave) for wave in clips()[1]])[:, None]
        judged = output[(place >= 0) & (place < lengths)]
        return {"bits_per_sample": float(-np.mean(judged, dtype=np.float64) / np.log(2))}
