"""Sentences from film reviews, as word numbers."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from shared.datasets import Dataset, Split, files, imdb
from shared.randomness import generator

PADDING, UNKNOWN = 0, 1


@dataclass(frozen=True)
class Reviews(Dataset):
    """x is (N, length) int64, padded with PADDING; y is 1 for praise, 0 for blame, int64."""

    vocabulary: tuple[str, ...]  # the word of each number
    sentences: tuple[str, ...]  # of the test


@cache
def reviews(words: int, length: int, clear: float = 1.0) -> Reviews:
    """Sentences with a mean rating of at least `clear` either way, cut to `length` words.

    The vocabulary is the `words` most frequent of the training sentences; all others are UNKNOWN.
    """
    data = files.load("movie_snippets.npz")
    text = data["text"].tobytes().decode().split("\n")
    chosen = np.flatnonzero(np.abs(data["rating"]) >= clear)
    chosen = chosen[generator("reviews", "order").permutation(len(chosen))]
    split = [_words(text[i])[:length] for i in chosen]
    kept = [i for i, sentence in enumerate(split) if sentence]
    chosen, split = chosen[kept], [split[i] for i in kept]
    y = (data["rating"][chosen] > 0).astype(np.int64)
    found = _numbered(split, [text[i] for i in chosen], y, round(len(split) * 0.8), words, length)
    seen = {row.tobytes() for row in found.train.x}  # a few short sentences occur twice
    new = [i for i, row in enumerate(found.test.x) if row.tobytes() not in seen]
    test = Split(found.test.x[new], found.test.y[new])
    return replace(found, test=test, sentences=tuple(found.sentences[i] for i in new))


@cache
def whole_reviews(words: int, length: int) -> Reviews:
    """The reviews of IMDB, which do not ship: the last `length` words of each, because a review ends with its verdict.

    A review without any word has one that is UNKNOWN.
    """
    train, test = imdb.texts()
    text = [*train.x, *test.x]
    split = [_words(one)[-length:] or ["?unknown"] for one in text]
    return _numbered(split, text, np.concatenate([train.y, test.y]), len(train.x), words, length)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+|[!?]", text.lower())


def _numbered(
    split: Sequence[list[str]], text: Sequence[str], y: np.ndarray, cut: int, words: int, length: int
) -> Reviews:
    """The sentences as numbers, of which the first `cut` are to learn from."""
    counts = Counter(word for sentence in split[:cut] for word in sentence)
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[: words - 2]
    vocabulary = ("", "?unknown", *frequent)
    number = {word: i for i, word in enumerate(vocabulary)}
    x = np.full((len(split), length), PADDING, np.int64)
    for row, sentence in zip(x, split):
        row[: len(sentence)] = [number.get(word, UNKNOWN) for word in sentence]
    return Reviews(Split(x[:cut], y[:cut]), Split(x[cut:], y[cut:]), vocabulary, tuple(text[cut:]))
