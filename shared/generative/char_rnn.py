"""What the twins of the network that writes verse share.

Twins: static_tf/generative/char_rnn.py, dynamic_torch/generative/char_rnn.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

import numpy as np

from shared.datasets import text
from shared.errors import UsageError
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import glorot_uniform
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows

TEMPERATURES = (0.4, 0.7, 1.0)  # of the verse that the report shows, and
WRITTEN = 240  # how many characters of it


@dataclass(frozen=True)
class Config:
    length: int = 64  # characters that are read
    written: int = 0  # characters that a training batch has written after them; a batch of the report has many
    characters: int = 62  # kinds of them
    embedding: int = 32  # size of a character's vector
    hidden: int = 128
    optimizer: OptimizerConfig = Adam(5e-3, clip_norm=1.0)
    batch: int = 32
    loop: str = "unrolled"  # or "while_loop": how the graph goes through time; eager code has Python's loop for both


VERSE = "300,000 characters of Shakespeare's plays"


class CharRNN(Spec):
    Config = Config
    section = "Recurrent networks"
    summary = "verse, character by character: each is drawn from what follows the last ones"
    symbols = {
        "x": ("(N, T)", "numbers of the characters that are read; then (N, T, E), their vectors"),
        "y": ("(N, T)", "numbers of the characters that follow each of them"),
        "uniforms": ("(N, S)", "numbers between 0 and 1, one for each character that is drawn"),
        "temperature": ("(N,)", "the logits are divided by it: below 1, likely characters are drawn more often"),
        "embedding": ("(C, E)", "a vector for each character"),
        "cell": ("cell", "kernel (E, 3H), recurrent_kernel (H, 3H), and two biases (3H,), for r, u, n"),
        "z": ("(N, T, 3H)", "the inputs' term of all gates"),
        "h": ("(N, T, H)", "state after each character"),
        "w, b": ("(H, C), (C,)", "last layer"),
        "logits": ("(N, T, C)", "log-odds of each following character, up to a constant"),
        "text": ("(N, T + S)", "the characters that were read, and those that were drawn after them"),
    }
    sizes = {
        "proof": {"length": 7, "written": 4, "embedding": 6, "hidden": 5, "batch": 9},
        "small": {},
        "medium": {"embedding": 64, "hidden": 256, "batch": 64},
        "large": {"embedding": 128, "hidden": 512, "batch": 128},
    }
    variants = {
        "plain": Variant(
            data=VERSE,
            picture="verse",
            learning=Learning(1500, (Target("bits_per_character", 2.20, at_most=True),), 1e-5, ROUNDING),
        ),
        "while_loop": Variant(data=VERSE, picture="verse", changes={"loop": "while_loop"}),
    }
    without_baseline = (
        "its optimizer clips the gradient, and those of the baselines do not; gru is timed beside the frameworks' layer"
    )
    scalable_inputs = ()  # none: a batch is characters, and numbers to draw with
    plotted: ClassVar[tuple[str, ...]] = ("text",)

    def initial(self) -> State:
        c = self.config
        shapes: dict[str, tuple[int, int]] = {
            "cell/kernel": (c.embedding, 3 * c.hidden),
            "cell/recurrent_kernel": (c.hidden, 3 * c.hidden),
            "w": (c.hidden, c.characters),
        }
        zeros = {"cell/bias": 3 * c.hidden, "cell/recurrent_bias": 3 * c.hidden, "b": c.characters}
        vectors = self.random("embedding").uniform(-1, 1, (c.characters, c.embedding)).astype(np.float32)
        state = {"embedding": vectors} | {name: glorot_uniform(self.random(name), s) for name, s in shapes.items()}
        return state | {name: np.zeros(size, np.float32) for name, size in zeros.items()}

    def batches(self) -> Iterator[Batch]:
        """Rows that begin anywhere in the text."""
        c, train = self.config, text.verse().train
        for step in count():
            starts = self.random("starts", step).integers(0, len(train) - c.length, c.batch)
            yield self._batch(train, starts, c.written, "step", step)

    def held_out(self) -> Batch:
        """Rows that overlap by half, because the second half of each is judged."""
        test, length = text.verse().test, self.config.length
        return self._batch(test, np.arange(0, len(test) - length, length // 2), 0, "held out")

    def plot_inputs(self) -> Batch:
        """The beginning of the held-out text, to be continued at several temperatures with the same numbers."""
        starts = np.zeros(len(TEMPERATURES), np.int64)
        first = self._batch(text.verse().test, starts, WRITTEN, "plot")
        return first | {
            "uniforms": np.repeat(first["uniforms"][:1], len(starts), axis=0),
            "temperature": np.array(TEMPERATURES, np.float32),
        }

    def larger_batch(self) -> Batch:
        return rows(self.held_out(), slice(3 * self.config.batch))

    def edge_cases(self) -> dict[str, Batch]:
        """One character repeated; the first character drawn every time, and nearly the last; cold and hot drawing."""
        first = next(self.batches())
        few, u, t = rows(first, slice(3)), first["uniforms"][:3], first["temperature"][:3]
        drawing = {"zeros": few | {"uniforms": np.zeros_like(u)}, "ones": few | {"uniforms": np.full_like(u, 0.999)}}
        return super().edge_cases() | {
            "the same character": few | {"x": np.full_like(few["x"], few["x"][0, 0])},
            **(drawing if self.config.written else {}),
            "cold": few | {"temperature": t / 10},
            "hot": few | {"temperature": t * 10},
        }

    def check(self, batch: Batch) -> None:
        """A temperature is above 0: at 0 there is nothing to draw."""
        if np.any(batch["temperature"] <= 0):
            raise UsageError(
                "a temperature must be above 0: take a small one, such as 0.01, for the likeliest characters"
            )

    def _batch(self, numbers: np.ndarray, starts: np.ndarray, written: int, *key: str | int) -> Batch:
        x, y = text.windows(numbers, starts, self.config.length)
        uniforms = self.random("uniforms", *key).random((len(x), written), np.float32)
        temperature = np.linspace(0.5, 1.5, len(x), dtype=np.float32)
        return {"x": x, "y": y, "uniforms": uniforms, "temperature": temperature}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """The bits that a character costs on average, in the second half of each row, given all before it."""
        half = self.config.length // 2
        logits, y = output[:, half:].astype(np.float64), batch["y"][:, half:, None]
        nats = np.logaddexp.reduce(logits, axis=2) - np.take_along_axis(logits, y, axis=2)[..., 0]
        return {"bits_per_character": float(np.mean(nats) / np.log(2))}
