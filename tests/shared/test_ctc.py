"""Decoders of connectionist temporal classification against all alignments, one by one."""

from collections import defaultdict
from functools import cache
from itertools import product

import numpy as np
import pytest

from shared.ctc import beam_search, collapse, edit_distance, fewest_steps, greedy, log_softmax
from shared.randomness import generator

BLANK = 2
ALL = 1000  # a width at which nothing is left out


def most_probable(log_p):
    """The most probable text of (T, C): by the sum over the alignments of each."""
    found = defaultdict(float)
    for alignment in product(range(log_p.shape[1]), repeat=len(log_p)):
        found[collapse(alignment, log_p.shape[1] - 1)] += np.exp(log_p[range(len(log_p)), alignment].sum())
    return max(found, key=found.__getitem__)


def cases(count, steps, symbols, spread):
    random = generator("ctc", steps, symbols)
    return [log_softmax(random.normal(0, spread, size=(steps, symbols))) for _ in range(count)]


def test_repeated_symbols_are_merged_then_blanks_dropped():
    assert collapse([2, 1, 1, 2, 1, 2, 2, 0, 0], BLANK) == (1, 1, 0)
    assert collapse([2, 2], BLANK) == ()


@pytest.mark.parametrize(("steps", "symbols"), [(1, 3), (4, 3), (6, 3), (5, 4)])
def test_a_wide_beam_finds_the_most_probable_text(steps, symbols):
    """Where greedy decoding often does not, because the most probable alignment need not spell it."""
    some = cases(40, steps, symbols, 0.7)
    expected = [most_probable(log_p) for log_p in some]
    assert [beam_search(log_p, ALL) for log_p in some] == expected
    wrong = sum(greedy(log_p) != text for log_p, text in zip(some, expected))
    assert wrong == 0 if steps == 1 else wrong >= 5


def test_a_case_that_can_be_added_up_by_hand():
    """Two steps, each of a symbol with probability 0.4 and a blank with 0.6. No text: 0.36; the symbol: 0.64."""
    log_p = np.log([[0.4, 0.6], [0.4, 0.6]])
    assert greedy(log_p) == ()
    assert beam_search(log_p, 2) == most_probable(log_p) == (0,)


def test_a_narrow_beam_loses_what_pays_later():
    some = cases(60, 6, 3, 0.7)
    expected = [most_probable(log_p) for log_p in some]
    right = [sum(beam_search(log_p, width) == text for log_p, text in zip(some, expected)) for width in (1, 2, 4, ALL)]
    assert right == sorted(right)
    assert right[0] < right[-1] == 60


def test_greedy_takes_the_best_symbol_of_each_step():
    for log_p in cases(10, 6, 3, 0.7):
        best = max(product(range(3), repeat=6), key=lambda alignment: log_p[range(6), alignment].sum())
        assert greedy(log_p) == collapse(best, BLANK)


def test_fewest_steps_is_the_shortest_alignment():
    for text in [(0,), (0, 1), (1, 1), (0, 0, 0), (0, 1, 1, 0)]:
        lengths = (n for n in range(9) if any(collapse(a, BLANK) == text for a in product(range(3), repeat=n)))
        assert fewest_steps(text) == next(lengths)


def test_log_softmax_of_large_logits():
    logits = np.array([[1000.0, 999.0, -1000.0]], np.float32)
    np.testing.assert_allclose(np.exp(log_softmax(logits)), [[1 / (1 + np.exp(-1)), 1 / (1 + np.e), 0]], rtol=1e-12)


def test_the_edit_distance_is_that_of_its_definition():
    @cache
    def distance(a, b):
        if not a or not b:
            return len(a) + len(b)
        replaced = distance(a[1:], b[1:]) + (a[0] != b[0])
        return min(replaced, distance(a[1:], b) + 1, distance(a, b[1:]) + 1)

    random = generator("edit distance")
    for _ in range(200):
        one, other = (tuple(random.integers(0, 3, random.integers(0, 7)).tolist()) for _ in range(2))
        assert edit_distance(one, other) == distance(one, other)
