"""Expressions: their values by Python's own arithmetic, their arrays, and the split."""

from itertools import islice

import numpy as np
import pytest

from shared.datasets.expressions import DIGITS, OPERATORS, PADDING, arrays, draws, expressions, tree_at, value, written
from shared.errors import UsageError

TREES = list(islice(draws("tests", 0, 7), 300))


def size(tree):
    return 1 if isinstance(tree, int) else 1 + sum(map(size, tree[1:]))


def height(tree):
    return 0 if isinstance(tree, int) else 1 + max(map(height, tree[1:]))


def test_a_value_is_pythons_modulo_10():
    assert written(("-", ("+", 3, ("*", 4, 2)), 1)) == "(3+(4*2))-1"
    assert value(("-", ("+", 3, ("*", 4, 2)), 1)) == 0
    assert value(("-", 2, 5)) == 7
    for tree in TREES:
        assert value(tree) == eval(written(tree)) % 10


def test_all_digits_operators_and_numbers_of_operators_are_drawn():
    text = "".join(map(written, TREES))
    assert set(text) == {*"0123456789()", *OPERATORS}
    assert {size(tree) for tree in TREES} == {2 * operators + 1 for operators in range(8)}
    assert written(TREES[0]) == written(next(draws("tests", 0, 7)))
    assert TREES[:20] != list(islice(draws("other tests", 0, 7), 20))


def test_arrays_hold_the_trees_in_post_order():
    found = arrays(TREES, 15)
    assert {array.dtype.name for array in found.values()} == {"int64"}
    assert found["sizes"].tolist() == [size(tree) for tree in TREES]
    assert found["y"].tolist() == [value(tree) for tree in TREES]
    for row, tree in enumerate(TREES):
        last = size(tree) - 1
        assert tree_at(found, row, last) == tree
        assert np.all(found["x"][row, last + 1 :] == PADDING)
        for k in range(last + 1):
            below = tree_at(found, row, k)
            assert found["height"][row, k] == height(below)
            if found["x"][row, k] >= DIGITS:
                assert found["right"][row, k] == k - 1
                assert found["left"][row, k] == k - 1 - size(below[2])


def test_no_held_out_expression_is_trained_on():
    train, held_out = expressions(3, 7)
    trained = {tree_at(train, row, last - 1) for row, last in enumerate(train["sizes"])}
    kept = [tree_at(held_out, row, last - 1) for row, last in enumerate(held_out["sizes"])]
    assert len(train["y"]) == 20_000
    assert len(set(kept)) == len(kept) == 1500
    assert not trained & set(kept)
    assert np.unique(train["sizes"]).tolist() == [3, 5, 7]
    assert np.unique(held_out["sizes"][:1000]).tolist() == [5, 7]
    assert np.unique(held_out["sizes"][1000:]).tolist() == [9, 11, 13, 15]


@pytest.mark.parametrize(("operators", "most"), [(1, 3), (3, 3)])
def test_sizes_that_cannot_be_are_refused(operators, most):
    with pytest.raises(UsageError, match=f"up to {operators} and {most} operators cannot be"):
        expressions(operators, most)


def test_there_is_no_value_that_guessing_finds():
    """0 is the most frequent, because a product with a 0, or of 2 and 5, ends in it."""
    _, held_out = expressions(3, 7)
    assert np.bincount(held_out["y"], minlength=10).argmax() == 0
    assert np.bincount(held_out["y"]).max() < 0.25 * len(held_out["y"])
