"""From the probabilities of symbols at each step to a text: decoders for connectionist temporal classification.

An alignment is a symbol for each step; repeated symbols are merged, then blanks dropped, and the text is left. The
probability of a text is the sum over its alignments (Graves et al. 2006), so the most probable alignment need not spell
the most probable text. The blank is the last symbol.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from math import exp, inf, log1p

import numpy as np

NEVER = -inf  # the logarithm of 0
Text = tuple[int, ...]


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithms of the probabilities of the last axis, in float64."""
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def collapse(alignment: Iterable[int], blank: int) -> Text:
    """The text that an alignment spells."""
    return tuple(int(symbol) for symbol, _ in groupby(alignment) if symbol != blank)


def fewest_steps(text: Sequence[int]) -> int:
    """The length of the shortest alignment: one step a symbol, and a blank between two that are equal."""
    return len(text) + sum(one == other for one, other in pairwise(text))


def greedy(log_p: np.ndarray) -> Text:
    """What the most probable symbols of all steps (T, C) spell: the most probable alignment, not text."""
    return collapse(log_p.argmax(1), log_p.shape[1] - 1)


def beam_search(log_p: np.ndarray, width: int) -> Text:
    """The most probable text of (T, C) that prefix beam search finds (Graves & Jaitly 2014; Hannun et al. 2014).

    After each step it keeps the `width` most probable beginnings of a text. The probability of a beginning is the sum
    over all alignments that spell it so far, in two parts: of those that end with a blank, and of those that end with
    the beginning's last symbol, because only after a blank the same symbol counts again.
    """
    blank = log_p.shape[1] - 1
    beams: dict[Text, tuple[float, float]] = {(): (0.0, NEVER)}  # log p: ending with a blank, and with a symbol
    for step in log_p.tolist():
        found: dict[Text, list[float]] = defaultdict(lambda: [NEVER, NEVER])
        for text, (silent, voiced) in beams.items():
            either = _add(silent, voiced)
            same = found[text]
            same[0] = _add(same[0], either + step[blank])
            for symbol in range(blank):
                repeated = bool(text) and text[-1] == symbol
                if repeated:
                    same[1] = _add(same[1], voiced + step[symbol])
                longer = found[*text, symbol]
                longer[1] = _add(longer[1], (silent if repeated else either) + step[symbol])
        best = sorted(found, key=lambda text: _add(*found[text]), reverse=True)[:width]
        beams = {text: (found[text][0], found[text][1]) for text in best}
    return next(iter(beams))


def _add(a: float, b: float) -> float:
    """The logarithm of the sum of two numbers, given by their logarithms."""
    low, high = (a, b) if a < b else (b, a)
    return high if low == NEVER else high + log1p(exp(low - high))


def edit_distance(one: Sequence[int], other: Sequence[int]) -> int:
    """The fewest symbols to insert, delete or replace that make two texts equal (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, symbol in enumerate(one, 1):
        corner, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (symbol != wanted))
    return row[-1]
