"""What the twins of the LSTM share.

Twins: static_tf/recurrent/lstm.py, dynamic_torch/recurrent/lstm.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.datasets import reviews
from shared.randomness import generator, glorot_uniform, shuffled_batches
from shared.spec import Batch, Spec, State


@dataclass(frozen=True)
class Config:
    words: int = 4000  # vocabulary
    length: int = 32  # longer sentences are cut
    embedding: int = 48
    hidden: int = 48
    dropout: float = 0.5  # share of the pooled units that a step does not see
    learning_rate: float = 2e-3
    batch: int = 64
    loop: str = "unrolled"  # or "while_loop": how the graph goes through time; eager code has Python's loop for both


class LSTM(Spec):
    Config = Config
    symbols = {
        "words": ("(N, T)", "numbers of words, filled up with 0"),
        "lengths": ("(N,)", "number of words in each sentence"),
        "keep": ("(N, H)", "dropout mask: 0, or 1 / (1 - dropout)"),
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
        "proof": {"words": 200, "length": 16, "embedding": 7, "hidden": 6, "batch": 16},
        "small": {},
        "medium": {"hidden": 128, "embedding": 128},
        "large": {"hidden": 256, "embedding": 256, "batch": 256},
    }

    def data(self) -> reviews.Reviews:
        """The sentences, as numbers of words."""
        return reviews.reviews(self.config.words, self.config.length)

    def initial(self) -> State:
        """Glorot's uniform values; word vectors U(-0.05, 0.05); a forget gate that starts open (Gers et al. 2000)."""
        e, h = self.config.embedding, self.config.hidden
        bias = np.zeros(4 * h, np.float32)
        bias[h : 2 * h] = 1
        return {
            "embedding": generator("lstm", "embedding").uniform(-0.05, 0.05, (self.config.words, e)).astype(np.float32),
            "kernel": glorot_uniform(generator("lstm", "kernel"), (e, 4 * h)),
            "recurrent_kernel": glorot_uniform(generator("lstm", "recurrent_kernel"), (h, 4 * h)),
            "bias": bias,
            "w": glorot_uniform(generator("lstm", "w"), (h, 1)),
            "b": np.zeros(1, np.float32),
        }

    def batches(self) -> Iterator[Batch]:
        data, rate = self.data().train, self.config.dropout
        for step, chosen in enumerate(shuffled_batches(len(data.x), self.config.batch, "lstm")):
            kept = generator("lstm", "dropout", step).random((self.config.batch, self.config.hidden)) >= rate
            yield self._batch(data.x[chosen], data.y[chosen], kept / (1 - rate))

    def held_out(self) -> Batch:
        data = self.data().test
        return self._batch(data.x, data.y, np.ones((len(data.x), self.config.hidden)))

    def _batch(self, words: np.ndarray, y: np.ndarray, keep: np.ndarray) -> Batch:
        lengths = (words != reviews.PADDING).sum(1)
        return {"words": words, "lengths": lengths, "keep": keep.astype(np.float32), "y": y}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Share of sentences that are read as what they are."""
        return {"test_accuracy": float(np.mean((output > 0) == batch["y"]))}
