"""Text as numbers of characters."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from shared.datasets import files

HELD_OUT = 0.1  # of the text: its end


@dataclass(frozen=True)
class Text:
    """Characters as their places in the alphabet, int64."""

    alphabet: str
    train: np.ndarray
    test: np.ndarray

    def decoded(self, numbers: np.ndarray) -> str:
        """The text of some numbers."""
        return "".join(self.alphabet[number] for number in numbers)


@cache
def verse() -> Text:
    """300,000 characters of Shakespeare's plays, of 62 kinds."""
    text = files.content("verse.txt").decode()
    alphabet = "".join(sorted(set(text)))
    place = {character: number for number, character in enumerate(alphabet)}
    numbers = np.array([place[character] for character in text], np.int64)
    cut = round(len(numbers) * (1 - HELD_OUT))
    return Text(alphabet, numbers[:cut], numbers[cut:])


def windows(numbers: np.ndarray, starts: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of `length` characters (N, T) that begin at `starts` (N,), and of those that follow each character."""
    x = numbers[starts[:, None] + np.arange(length + 1)]
    return x[:, :-1], x[:, 1:]
