"""What the specs of the recurrent networks that read sentences, or solve the adding problem, have in common."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from shared.datasets import reviews, toy
from shared.errors import UsageError
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import glorot_uniform, shuffled_batches
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows


@dataclass(frozen=True)
class ReadingConfig:
    task: str = "reviews"  # sentences of reviews; or "imdb": whole ones; or "adding": the adding problem
    words: int = 4000  # vocabulary
    length: int = 32  # longer sentences are cut; of the adding problem, every series'
    embedding: int = 48
    hidden: int = 48
    dropout: float = 0.5  # share of the pooled units that a step drops
    optimizer: OptimizerConfig = Adam(2e-3)
    batch: int = 64
    loop: str = "unrolled"  # or "while_loop": how the graph goes through time; eager code has Python's loop for both


# The reason for the `curve_gap` of an LSTM on the adding problem
PLATEAU = "the loss falls at once after 450 steps; there rounding grows 1e7-fold in 25 steps, even that of float64"
SENTENCES = "sentences from film reviews"
WHILE_LOOP = Variant(data=SENTENCES, picture="reviews", changes={"loop": "while_loop"})
SHOWN = (0, 1, 2)  # held-out sentences that the report shows word by word
INPUTS = {
    "x": ("(N, T), or (N, T, 2)", "numbers of words, filled up with 0; or numbers and marks"),
    "lengths": ("(N,)", "number of words in each sentence"),
    "dropout_mask": ("(N, H)", "dropout mask: 0, or 1 / (1 - dropout)"),
    "y": ("(N,)", "1 for praise, 0 for blame; or the sum of the two marked numbers"),
    "reader/embedding": ("(V, E)", "a vector for each word"),
}
OUTPUTS = {
    "pooled": ("(N, H)", "mean of h over the words of each sentence, after dropout; or the last h"),
    "w, b": ("(H, 1), (1,)", "last layer"),
    "output": ("(N,)", "log-odds of praise; or the guessed sum"),
}
SIZES: dict[str, dict[str, Any]] = {
    "proof": {"words": 200, "length": 8, "embedding": 7, "hidden": 5, "batch": 41},
    "small": {},
    "medium": {"hidden": 128, "embedding": 128},
    "large": {"hidden": 256, "embedding": 256, "batch": 256},
}


def adding(target: Target, curve_gap: float = 1e-3, reason: str = ROUNDING, dtype: str = "float32") -> Variant:
    """The adding problem, with series of 50, to be learned or not."""
    setting = {"task": "adding", "length": 50, "hidden": 64, "optimizer": Adam(5e-3, clip_norm=1.0)}
    learning = Learning(1000, (target,), curve_gap, reason, dtype)
    small = {"length": 8, "hidden": 5}
    return Variant(data="the adding problem", picture="sums", changes=setting, learning=learning, proof=small)


def imdb(steps: int, curve_gap: float, reason: str) -> Variant:
    """Whole reviews, from data that do not ship."""
    setting = {"task": "imdb", "words": 10000, "length": 300, "embedding": 64, "hidden": 64, "loop": "while_loop"}
    learning = Learning(steps, (Target("test_accuracy", 0.85),), curve_gap, reason)
    return Variant(data="film reviews of IMDB", picture="reviews", changes=setting, learning=learning)


def check_lengths(lengths: np.ndarray, most: int) -> None:
    """Raise a UsageError that names the first row whose length is not 1 to `most`."""
    wrong = np.flatnonzero((lengths < 1) | (lengths > most))
    if len(wrong):
        raise UsageError(f"row {wrong[0]} has a length of {lengths[wrong[0]]}: lengths are 1 to {most}")


class ReadingSpec(Spec):
    """Reads a series step by step and answers once. A model defines its cell's initial values."""

    sizes = SIZES
    section = "Recurrent networks"
    rows_at_once = 2000
    scalable_inputs = ()  # none: a batch is words, lengths, labels and a mask; or numbers and marks, and their sum

    @property
    def features(self) -> int:
        """The size of x_t, which the cell reads."""
        return self.config.embedding if self.config.task != "adding" else 2

    @abstractmethod
    def cell(self) -> State:
        """The cell's initial values, by the names of its variables."""

    def initial(self) -> State:
        """Glorot uniform; word vectors U(-0.05, 0.05)."""
        state = {f"cell/{name}": value for name, value in self.cell().items()}
        if self.config.task != "adding":
            shape = (self.config.words, self.config.embedding)
            state["reader/embedding"] = self.random("embedding").uniform(-0.05, 0.05, shape).astype(np.float32)
        return state | {"w": self.weights("w", self.config.hidden, 1), "b": np.zeros(1, np.float32)}

    def weights(self, name: str, inputs: int, outputs: int) -> np.ndarray:
        """Initial values of a matrix, Glorot uniform."""
        return glorot_uniform(self.random(name), (inputs, outputs))

    def sentences(self) -> reviews.Reviews:
        """The sentences, or whole reviews, as word numbers."""
        read = reviews.whole_reviews if self.config.task == "imdb" else reviews.reviews
        return read(self.config.words, self.config.length)

    def batches(self) -> Iterator[Batch]:
        size, rate = self.config.batch, self.config.dropout
        if self.config.task == "adding":
            # new series at every step
            yield from (toy.adding(self.random("adding", step), size, self.config.length) for step in count())
        data = self.sentences().train
        for step, chosen in enumerate(shuffled_batches(len(data.x), size, *self.key())):
            kept = self.random("dropout", step).random((size, self.config.hidden)) >= rate
            yield self._read(data.x[chosen], data.y[chosen], kept / (1 - rate))

    def held_out(self) -> Batch:
        if self.config.task == "adding":
            return toy.adding(self.random("held out"), 1000, self.config.length)
        data = self.sentences().test
        return self._read(data.x, data.y, np.ones((len(data.x), self.config.hidden)))

    def check(self, batch: Batch) -> None:
        """A sentence has at least one word, because the mean over no words does not exist, and fits into the graph."""
        check_lengths(batch.get("lengths", np.ones(1)), self.config.length)

    def edge_cases(self) -> dict[str, Batch]:
        """Sentences of one, of every and of full length, one word repeated, and rows in which dropout drops every unit.

        The batch of 2 has one label: before training, praise and blame would cancel in the gradient of b and leave only
        rounding. Of the adding problem: numbers of zero, and marks at both ends.
        """
        first = next(self.batches())
        found = super().edge_cases()
        if self.config.task == "adding":
            ends = np.zeros_like(first["x"][:, :, 1])
            ends[:, [0, -1]] = 1
            marked = np.stack([first["x"][:, :, 0], ends], axis=2)
            return found | {
                "zeros": {"x": first["x"] * np.array([0, 1], np.float32), "y": first["y"] * 0},
                "ends": {"x": marked, "y": (marked[:, :, 0] * ends).sum(1)},
            }
        words, y, dropout_mask = first["x"], first["y"], first["dropout_mask"]
        row, time = np.arange(len(words))[:, None], np.arange(self.config.length)
        full = np.where(words != reviews.PADDING, words, words[:, :1])
        return found | {
            "batch of 2": rows(first, np.flatnonzero(y == y[0])[:2]),
            "one word": self._read(np.where(time < 1, words, reviews.PADDING), y, dropout_mask),
            "every length": self._read(
                np.where(time <= row % self.config.length, full, reviews.PADDING), y, dropout_mask
            ),
            "full length": self._read(full, y, dropout_mask),
            "the same word": self._read(np.where(words != reviews.PADDING, words[0, 0], words), y, dropout_mask),
            "rows dropped": self._read(words, y, np.where(row % 2, dropout_mask, 0)),
        }

    def _read(self, words: np.ndarray, y: np.ndarray, dropout_mask: np.ndarray) -> Batch:
        lengths = (words != reviews.PADDING).sum(1)
        return {"x": words, "lengths": lengths, "dropout_mask": dropout_mask.astype(np.float32), "y": y}

    def plot_inputs(self) -> Batch:
        """The held-out data; after the sentences the beginnings of a few, for what is believed word by word."""
        held_out = self.held_out()
        if self.config.task == "adding":
            return held_out
        parts = [rows(held_out, [row] * held_out["lengths"][row]) for row in SHOWN]
        for part in parts:
            read = np.arange(self.config.length) <= np.arange(len(part["y"]))[:, None]
            part |= self._read(np.where(read, part["x"], reviews.PADDING), part["y"], part["dropout_mask"])
        return {name: np.concatenate([held_out[name], *(part[name] for part in parts)]) for name in held_out}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Share of sentences that are classified correctly; or the mean squared error of the sums."""
        if self.config.task == "adding":
            return {"test_squared_error": float(np.mean((output - batch["y"]) ** 2))}
        return {"test_accuracy": float(np.mean((output > 0) == batch["y"]))}
