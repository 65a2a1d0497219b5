"""What the twins of the LSTM share.

Twins: static_tf/recurrent/lstm.py, dynamic_torch/recurrent/lstm.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.datasets import reviews
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import glorot_uniform, shuffled_batches
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows


@dataclass(frozen=True)
class Config:
    words: int = 4000  # vocabulary
    length: int = 32  # longer sentences are cut
    embedding: int = 48
    hidden: int = 48
    dropout: float = 0.5  # share of the pooled units that a step drops
    optimizer: OptimizerConfig = Adam(2e-3)
    batch: int = 64
    loop: str = "unrolled"  # or "while_loop": how the graph goes through time; eager code has Python's loop for both


class LSTM(Spec):
    Config = Config
    section = "Recurrent networks"
    summary = "praise or blame, a sentence read word by word"
    symbols = {
        "words": ("(N, T)", "numbers of words, filled up with 0"),
        "lengths": ("(N,)", "number of words in each sentence"),
        "dropout_mask": ("(N, H)", "dropout mask: 0, or 1 / (1 - dropout)"),
        "y": ("(N,)", "1 for praise, 0 for blame"),
        "embedding": ("(V, E)", "a vector for each word"),
        "kernel, recurrent_kernel, bias": ("(E, 4H), (H, 4H), (4H,)", "gates i, f, g, o"),
        "x": ("(N, T, E)", "word vectors"),
        "i, f, g, o": ("(N, H)", "input gate, forget gate, candidate, output gate"),
        "c, h": ("(N, H)", "cell, and what it shows; h of all steps is (N, T, H)"),
        "pooled": ("(N, H)", "mean of h over the words of each sentence"),
        "w, b": ("(H, 1), (1,)", "last layer"),
        "logits": ("(N,)", "log-odds of praise"),
    }
    sizes = {
        "proof": {"words": 200, "length": 8, "embedding": 7, "hidden": 5, "batch": 41},
        "small": {},
        "medium": {"hidden": 128, "embedding": 128},
        "large": {"hidden": 256, "embedding": 256, "batch": 256},
    }
    variants = {
        "plain": Variant(
            data="sentences from film reviews",
            picture="reviews",
            learning=Learning(450, (Target("test_accuracy", 0.76),), 1e-4, ROUNDING),
        ),
        "while_loop": Variant(data="sentences from film reviews", picture="reviews", changes={"loop": "while_loop"}),
    }

    scalable_inputs = ()  # none: a batch is words, lengths, labels and a mask

    def data(self) -> reviews.Reviews:
        """The sentences, as word numbers."""
        return reviews.reviews(self.config.words, self.config.length)

    def initial(self) -> State:
        """Glorot uniform; word vectors U(-0.05, 0.05); forget bias 1: the gate starts open (Gers et al. 2000)."""
        e, h = self.config.embedding, self.config.hidden
        bias = np.zeros(4 * h, np.float32)
        bias[h : 2 * h] = 1
        return {
            "embedding": self.random("embedding").uniform(-0.05, 0.05, (self.config.words, e)).astype(np.float32),
            "kernel": glorot_uniform(self.random("kernel"), (e, 4 * h)),
            "recurrent_kernel": glorot_uniform(self.random("recurrent_kernel"), (h, 4 * h)),
            "bias": bias,
            "w": glorot_uniform(self.random("w"), (h, 1)),
            "b": np.zeros(1, np.float32),
        }

    def batches(self) -> Iterator[Batch]:
        data, rate = self.data().train, self.config.dropout
        for step, chosen in enumerate(shuffled_batches(len(data.x), self.config.batch, *self.key())):
            kept = self.random("dropout", step).random((self.config.batch, self.config.hidden)) >= rate
            yield self._batch(data.x[chosen], data.y[chosen], kept / (1 - rate))

    def held_out(self) -> Batch:
        data = self.data().test
        return self._batch(data.x, data.y, np.ones((len(data.x), self.config.hidden)))

    def edge_cases(self) -> dict[str, Batch]:
        """Sentences of one, of every and of full length, one word repeated, and rows in which dropout drops every unit.

        A sentence has at least one word: the mean over no words does not exist. The batch of 2 has one label: before
        training, praise and blame would cancel in the gradient of b and leave only rounding.
        """
        first = next(self.batches())
        words, y, dropout_mask = first["words"], first["y"], first["dropout_mask"]
        row, time = np.arange(len(words))[:, None], np.arange(self.config.length)
        full = np.where(words != reviews.PADDING, words, words[:, :1])
        return super().edge_cases() | {
            "batch of 2": rows(first, np.flatnonzero(y == y[0])[:2]),
            "one word": self._batch(np.where(time < 1, words, reviews.PADDING), y, dropout_mask),
            "every length": self._batch(
                np.where(time <= row % self.config.length, full, reviews.PADDING), y, dropout_mask
            ),
            "full length": self._batch(full, y, dropout_mask),
            "the same word": self._batch(np.where(words != reviews.PADDING, words[0, 0], words), y, dropout_mask),
            "rows dropped": self._batch(words, y, np.where(row % 2, dropout_mask, 0)),
        }

    def _batch(self, words: np.ndarray, y: np.ndarray, dropout_mask: np.ndarray) -> Batch:
        lengths = (words != reviews.PADDING).sum(1)
        return {"words": words, "lengths": lengths, "dropout_mask": dropout_mask.astype(np.float32), "y": y}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Share of sentences that are classified correctly."""
        return {"test_accuracy": float(np.mean((output > 0) == batch["y"]))}
