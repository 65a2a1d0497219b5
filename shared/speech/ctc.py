"""What the twins of the net for connected digits share.

Twins: static_tf/speech/ctc.py, dynamic_torch/speech/ctc.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from shared.ctc import beam_search, edit_distance, fewest_steps, greedy, log_softmax
from shared.datasets import speech
from shared.errors import UsageError
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import generator, glorot_uniform, shuffled_batches
from shared.spec import Batch, Learning, Spec, State, Target, Variant, rows
from shared.speech.spoken_spec import NO_MEL_LAYER


@dataclass(frozen=True)
class Config:
    fewest: int = 3  # digits of a string
    longest: int = 6
    word: int = 7000  # samples; of a longer word the middle
    pause: int = 1200  # samples before, between and after words: at most so many, at least a quarter
    samples: int = 27500  # of a row, which strings fit into
    rate: int = speech.RATE  # samples a second
    frame: int = 256  # samples of which a spectrum is computed: 32 ms
    hop: int = 160  # from one frame to the next: 20 ms
    bands: int = 32  # of the mel scale
    channels: int = 12  # of the convolution
    pool: int = 4  # frames that become one step
    hidden: int = 48  # of each direction
    loop: str = "unrolled"  # or "while_loop": how the graph goes through time; eager code has Python's loop for both
    strings: int = 480  # to learn from
    optimizer: OptimizerConfig = Adam(5e-3, clip_norm=5.0)
    batch: int = 24

    @property
    def features(self) -> int:
        """What the cells read at each step: half as many bands as the spectrogram has, of all channels."""
        return self.bands // 2 * self.channels

    @property
    def room(self) -> int:
        """Samples of the longest string, which fits into a row also if it is spoken 10 % slower."""
        return int(self.samples / np.exp(0.1)) - 2

    def frames(self, samples: Any) -> Any:
        """Whole frames in so many samples: a number, an array, or a tensor."""
        return 1 + (samples - self.frame) // self.hop

    def steps(self, samples: Any) -> Any:
        """Whole windows of `pool` frames in so many samples."""
        return self.frames(samples) // self.pool


BLANK = 10
WIDTH = 8  # of the beam
HELD_OUT = 120  # strings in each condition
CONDITIONS = ("clean", "harder")


@cache
def strings(config: Config, split: str, kind: str, count: int, *key: str | int) -> Batch:
    """So many strings of digits, each spoken by one voice.

    `kind`: "clean", as they are; "harder", in harder views; "mixed", in views of which half have no noise.
    """
    clips = getattr(speech.spoken_digits(), split)
    made = [_string(config, clips, kind, generator(*key, i)) for i in range(count)]
    batch: Batch = {
        "x": np.zeros((count, config.samples), np.float32),
        "lengths": np.array([len(wave) for wave, _ in made]),
        "y": np.zeros((count, config.longest), np.int64),
        "digits": np.array([len(text) for _, text in made]),
    }
    for x, y, (wave, text) in zip(batch["x"], batch["y"], made):
        x[: len(wave)], y[: len(text)] = wave, text
    return batch


def _string(c: Config, clips: speech.Clips, kind: str, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A wave, and the digits in it: of a random number, but no more than there is room for."""
    own = np.flatnonzero(clips.voice == random.choice(clips.voice))
    chosen = random.choice(own, random.integers(c.fewest, c.longest, endpoint=True))
    pauses = random.integers(c.pause // 4, c.pause, len(chosen) + 1, endpoint=True)
    cut = [max(len(clips.waves[i]) - c.word, 0) // 2 for i in chosen]
    words = [clips.waves[i][start : start + c.word] for i, start in zip(chosen, cut)]
    ends = np.cumsum([len(word) for word in words]) + np.cumsum(pauses)[1:]
    count = max(int(np.sum(ends <= c.room)), c.fewest)
    wave = speech.connected(words[:count], pauses[: count + 1])
    if kind != "clean":
        noisy = kind == "harder" or random.random() < 0.5
        wave = speech.harder_view(wave, random, min(int(len(wave) * np.exp(0.1)) + 2, c.samples), noisy)
    return wave, clips.digit[chosen[:count]]


class ConnectedDigits(Spec):
    Config = Config
    section = "Connectionist temporal classification"
    summary = "connected digits: from a wave to a text, without knowing where each digit lies"
    without_baseline = NO_MEL_LAYER
    symbols = {
        "x, lengths": ("(N, S), (N,)", "waves, filled up with 0, and the number of samples in each"),
        "y, digits": ("(N, L), (N,)", "the digits that are spoken, filled up with 0, and how many of each row"),
        "s": ("(N, T, M)", "log-mel spectrograms: T frames, M bands"),
        "image": ("(N, T, M, 1)", "the same, with mean 0 in each row, and 0 after its end"),
        "kernel, bias": ("(5, 5, 1, C), (C,)", "convolution, HWIO"),
        "z": ("(N, T, M, C)", "after convolution"),
        "features": ("(N, T/pool, M/2 C)", "after ReLU and pooling: what is heard at each step"),
        "forwards, backwards": (
            "cells",
            "kernel (M/2 C, 3H), recurrent_kernel (H, 3H), and two biases (3H,), for r, u, n",
        ),
        "f, b": ("(N, T/pool, H)", "output of every step, of each direction; with weights, b: (11,), bias"),
        "w": ("(2H, 11)", "last layer"),
        "logits": ("(N, T/pool, 11)", "log-odds of each digit and the blank, up to a constant, at each step"),
    }
    sizes = {
        "proof": {
            "fewest": 2,
            "longest": 3,
            "word": 260,
            "pause": 120,
            "samples": 1400,
            "frame": 96,
            "hop": 48,
            "bands": 17,
            "pool": 3,
            "channels": 4,
            "hidden": 6,
            "strings": 60,
            "batch": 13,
        },
        "small": {},
        "medium": {"channels": 24, "hidden": 96},
        "large": {"channels": 32, "hidden": 256, "batch": 96},
    }
    variants = {
        "plain": Variant(
            data="connected digits",
            picture="connected",
            learning=Learning(
                250,
                (Target("greedy_error", 0.05, at_most=True), Target("beam_error", 0.05, at_most=True)),
                1e-2,
                "float32 rounding, which grows at the kinks of ReLU and maximum; in float64 the curves are 1e-12 apart",
            ),
        ),
        "while_loop": Variant(data="connected digits", picture="connected", changes={"loop": "while_loop"}),
    }
    not_kept = ("x",)

    def initial(self) -> State:
        """Glorot's uniform values, and biases of zero."""
        c, h = self.config, self.config.hidden
        shapes: dict[str, tuple[int, ...]] = {"kernel": (5, 5, 1, c.channels), "w": (2 * h, BLANK + 1)}
        biases = {"bias": c.channels, "b": BLANK + 1}
        for cell in ("forwards", "backwards"):
            shapes |= {f"{cell}/kernel": (c.features, 3 * h), f"{cell}/recurrent_kernel": (h, 3 * h)}
            biases |= {f"{cell}/bias": 3 * h, f"{cell}/recurrent_bias": 3 * h}
        state = {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}
        return state | {name: np.zeros(units, np.float32) for name, units in biases.items()}

    def batches(self) -> Iterator[Batch]:
        """Views of strings that the voices of the training say, half of them without noise."""
        data = strings(self.config, "train", "mixed", self.config.strings, *self.key("string"))
        for chosen in shuffled_batches(self.config.strings, self.config.batch, *self.key()):
            yield rows(data, chosen)

    def held_out(self) -> Batch:
        """Strings of timbres never heard, clean; then others, in harder views. The same for every seed."""
        found = [strings(self.config, "test", kind, HELD_OUT, "ctc", kind) for kind in CONDITIONS]
        return {name: np.concatenate([batch[name] for batch in found]) for name in found[0]}

    def larger_batch(self) -> Batch:
        """Fewer than all, whose taps would take gigabytes."""
        return rows(self.held_out(), slice(HELD_OUT - self.config.batch, HELD_OUT + self.config.batch))

    def check(self, batch: Batch) -> None:
        """A row has at least one step and fits into the graph, and each text has an alignment."""
        c, lengths, y, digits = self.config, batch["lengths"], batch["y"], batch["digits"]
        least = c.frame + (c.pool - 1) * c.hop
        for row, length in enumerate(lengths):
            if not least <= length <= c.samples:
                raise UsageError(f"row {row} has a length of {length}: lengths are {least} to {c.samples} samples")
            if not 1 <= digits[row] <= c.longest:
                raise UsageError(f"row {row} has {digits[row]} digits: texts have 1 to {c.longest}")
            text = y[row, : digits[row]].tolist()
            if not all(0 <= digit < BLANK for digit in text):
                raise UsageError(f"row {row} has the text {text}: digits are 0 to 9")
            if fewest_steps(text) > c.steps(length):
                raise UsageError(
                    f"row {row} is too short for its text: {len(text)} digits, with a blank between equal ones, take "
                    f"{fewest_steps(text)} steps, and it has {c.steps(length)}"
                )

    def edge_cases(self) -> dict[str, Batch]:
        """One digit; one digit again and again; as many as the steps can spell; what follows a row's end is loud.

        Waves of zeros, or a million times softer, have a spectrogram that is constant but for its rounding, and less
        its mean only that is left: so none are zeros, and tiny ones are a hundred times softer than the data.
        """
        found = super().edge_cases()
        del found["zeros"]
        few = rows(next(self.batches()), slice(3))
        time = np.arange(self.config.samples)
        again = few | {"y": np.repeat(few["y"][:, :1], self.config.longest, axis=1)}
        shortest = [
            self._samples(fewest_steps(again["y"][row, :count].tolist())) for row, count in enumerate(few["digits"])
        ]
        loud = self.random("loud").normal(size=few["x"].shape).astype(np.float32)
        loud = np.where(time < few["lengths"][:, None], few["x"], loud)
        return found | {
            "tiny": few | {"x": few["x"] / 100},
            "silence": few | {"x": np.where(time < self.config.samples // 3, few["x"], 0)},
            "one digit": few | {"digits": np.ones_like(few["digits"])},
            "the same digit": again,
            "no step to spare": again | {"lengths": np.array(shortest)},
            "loud afterwards": few | {"x": loud},
            "full length": few | {"x": loud, "lengths": np.full_like(few["lengths"], self.config.samples)},
        }

    def _samples(self, steps: int) -> int:
        """The fewest samples that have so many steps."""
        return self.config.frame + (steps * self.config.pool - 1) * self.config.hop

    def texts(self, output: np.ndarray, batch: Batch) -> dict[str, list[tuple[int, ...]]]:
        """What is read of each row: by the most probable symbol of each step, and by beam search."""
        log_p, steps = log_softmax(output), self.config.steps(batch["lengths"])
        own = [row[:count] for row, count in zip(log_p, steps)]
        return {"greedy": [greedy(row) for row in own], "beam": [beam_search(row, WIDTH) for row in own]}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Digits to insert, delete or replace, over digits; of clean strings, and of those in harder views."""
        found: dict[str, float] = {}
        for condition, prefix in enumerate(("", "harder_")):
            part = slice(condition * HELD_OUT, (condition + 1) * HELD_OUT)
            chosen = rows(batch, part)
            said = [y[:count].tolist() for y, count in zip(chosen["y"], chosen["digits"])]
            for decoder, read in self.texts(output[part], chosen).items():
                wrong = sum(edit_distance(*pair) for pair in zip(read, said))
                found[f"{prefix}{decoder}_error"] = wrong / int(chosen["digits"].sum())
        return found
