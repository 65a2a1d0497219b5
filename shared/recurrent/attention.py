"""What the twins of the encoder and decoder with attention share.

Twins: static_tf/recurrent/attention.py, dynamic_torch/recurrent/attention.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shared.datasets import dates
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import generator, glorot_uniform, shuffled_batches
from shared.recurrent.reading_spec import check_lengths
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows


@dataclass(frozen=True)
class Config:
    length: int = 27  # most characters that are read; forms of dates that do not fit are left out
    characters: int = len(dates.CHARACTERS)  # that can be read, with the padding
    embedding: int = 8  # size of a read character's vector
    hidden: int = 16  # of each direction of the encoder
    alignment: int = 16  # size of the layer between keys and query
    digits: int = len(dates.DIGITS)  # characters that can be written
    written: int = 8  # size of a written character's vector
    state: int = 32  # of the decoder
    optimizer: OptimizerConfig = Adam(5e-3)
    batch: int = 64
    loop: str = "unrolled"  # or "while_loop": how the graph goes through time; eager code has Python's loop for both


DATES = "dates from 1900 to 2099, in eight forms"
SHOWN = (2, 1, 4)  # the forms of the held-out dates that the report draws


class Attention(Spec):
    Config = Config
    section = "Attention"
    summary = "dates rewritten character by character, and where each step looks"
    symbols = {
        "x": ("(N, T)", "numbers of the characters that are read, filled up with 0; then (N, T, E), their vectors"),
        "lengths": ("(N,)", "number of characters in each row"),
        "y": ("(N, U)", "numbers of the characters to be written: U = 10 of 0123456789-"),
        "read": ("(C, E)", "a vector for each character that can be read"),
        "forwards, backwards": ("cells", "kernel (E, 3H), recurrent_kernel (H, 3H), and two biases (3H,), for r, u, n"),
        "z_f, z_b": ("(N, T, 3H)", "the inputs' term of all gates, of each direction"),
        "f, b": ("(N, T, H)", "of the encoder: what each direction knows after each character"),
        "h": ("(N, T, 2H)", "annotations: f and b of each character"),
        "attention/w_s, w_h, v": ("(D, A), (2H, A), (A, 1)", "weights of state, annotations, and of their fit"),
        "keys": ("(N, T, A)", "h w_h, the same for all steps"),
        "start, s0": ("(H, D), (N, D)", "the decoder's state before it writes, from the last b"),
        "attention": ("(N, U, T)", "a: how much each step attends to each character; a row sums to 1"),
        "context": ("(N, 2H)", "mean of the annotations by these weights"),
        "written": ("(12, W)", "a vector for each character that can be written, and one for the beginning"),
        "decoder": ("cell", "kernel (W + 2H, 3D), recurrent_kernel (D, 3D), and two biases (3D,)"),
        "s": ("(N, U, D)", "state of the decoder after each step"),
        "w, b": ("(D, 11), (11,)", "last layer"),
        "logits": ("(N, U, 11)", "log-odds of each character, up to a constant"),
    }
    sizes = {
        "proof": {
            "length": 13,
            "embedding": 7,
            "hidden": 3,
            "alignment": 4,
            "written": 8,
            "state": 5,
            "batch": 19,
        },
        "small": {},
        "medium": {"embedding": 32, "hidden": 64, "alignment": 64, "written": 16, "state": 128, "batch": 128},
        "large": {"embedding": 64, "hidden": 256, "alignment": 256, "written": 32, "state": 512, "batch": 256},
    }
    variants = {
        "plain": Variant(
            data=DATES, picture="alignment", learning=Learning(500, (Target("exact", 0.99),), 1e-5, ROUNDING)
        ),
        "while_loop": Variant(data=DATES, picture="alignment", changes={"loop": "while_loop"}),
    }
    without_baseline = (
        "Keras has the additive scores as a layer, but neither framework has one for a decoder whose every step reads "
        "what the step before has written"
    )
    scalable_inputs = ()  # none: a batch is characters and lengths
    plotted: ClassVar[tuple[str, ...]] = ("attention",)

    def initial(self) -> State:
        """Glorot uniform; vectors of characters U(-1, 1), because those of few characters may be far apart."""
        c = self.config
        both = 2 * c.hidden
        cells = {
            "forwards": (c.embedding, c.hidden),
            "backwards": (c.embedding, c.hidden),
            "decoder": (c.written + both, c.state),
        }
        shapes: dict[str, tuple[int, ...]] = {
            "start": (c.hidden, c.state),
            "attention/w_s": (c.state, c.alignment),
            "attention/w_h": (both, c.alignment),
            "attention/v": (c.alignment, 1),
            "w": (c.state, c.digits),
        }
        zeros = {"b": c.digits}
        for cell, (inputs, hidden) in cells.items():
            shapes |= {f"{cell}/kernel": (inputs, 3 * hidden), f"{cell}/recurrent_kernel": (hidden, 3 * hidden)}
            zeros |= {f"{cell}/bias": 3 * hidden, f"{cell}/recurrent_bias": 3 * hidden}
        vectors = {"read": (c.characters, c.embedding), "written": (c.digits + 1, c.written)}
        state = {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}
        state |= {name: self.random(name).uniform(-1, 1, shape).astype(np.float32) for name, shape in vectors.items()}
        return state | {name: np.zeros(size, np.float32) for name, size in zeros.items()}

    def batches(self) -> Iterator[Batch]:
        """Each date in a form that is drawn anew every time."""
        forms, (days, _) = dates.fitting(self.config.length), dates.days()
        for step, chosen in enumerate(shuffled_batches(len(days), self.config.batch, *self.key())):
            form = self.random("forms", step).integers(0, len(forms), len(chosen))
            yield dates.pairs(days[chosen], [forms[i] for i in form], self.config.length)

    def held_out(self) -> Batch:
        forms, (_, days) = dates.fitting(self.config.length), dates.days()
        form = generator("dates", "held-out forms").integers(0, len(forms), len(days))
        return dates.pairs(days, [forms[i] for i in form], self.config.length)

    def check(self, batch: Batch) -> None:
        """A row has at least one character, because there is no mean of no annotations, and fits into the graph."""
        check_lengths(batch["lengths"], self.config.length)

    def larger_batch(self) -> Batch:
        """A part of the held-out data: the more characters are written, the more likely two logits nearly tie."""
        return rows(self.held_out(), slice(2 * self.config.batch))

    def edge_cases(self) -> dict[str, Batch]:
        """Rows of every length, of full length, and of one character repeated.

        Not all rows have one character: the only weight is then 1, and what makes it has no gradient. In float32 some
        processors have the weight off by a rounding, and Adam's first step is as long, however small a gradient is.
        None has two equal logits at a place, where rounding would decide which character comes next, and that one
        changes all that follow: two logits are equal only if the weights are.
        """
        first = next(self.batches())
        x, y = first["x"], first["y"]
        row, place = np.arange(len(x))[:, None], np.arange(self.config.length)
        full = np.where(x != dates.PADDING, x, x[:, :1])

        def cut(x: np.ndarray, lengths: np.ndarray) -> Batch:
            return {"x": np.where(place < lengths[:, None], x, dates.PADDING), "lengths": lengths, "y": y}

        return super().edge_cases() | {
            "every length": cut(full, 1 + row[:, 0] % self.config.length),
            "full length": cut(full, np.full_like(first["lengths"], self.config.length)),
            "the same character": cut(np.full_like(x, x[0, 0]), first["lengths"]),
        }

    def plot_inputs(self) -> Batch:
        """A few held-out dates, each in another form."""
        forms, (_, days) = dates.FORMS, dates.days()
        return dates.pairs(days[: len(SHOWN)], [forms[i] for i in SHOWN], self.config.length)

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Share of dates of which every character is right, and share of characters that are right."""
        right = output.argmax(2) == batch["y"]
        return {"exact": float(np.mean(right.all(1))), "characters": float(np.mean(right))}
