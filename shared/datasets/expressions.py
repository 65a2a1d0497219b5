"""Arithmetic expressions with brackets over the digits, such as (3+(4*2))-1, drawn from a seed, as trees in arrays.

All is computed modulo 10, so every part of an expression comes to one of the digits: (3+(4*2))-1 to 0, and 2-5 to 7.
A tree lists its nodes in post-order, the left child's tree, the right child's tree, then the node itself: children come
before their parent, and the root comes last.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice

import numpy as np

from shared.errors import UsageError
from shared.randomness import generator

OPERATORS = "+-*"
DIGITS = 10  # symbols 0 to 9 are the digits, from here on the operators,
PADDING = DIGITS + len(OPERATORS)  # and this stands behind a tree's end
Tree = int | tuple[str, "Tree", "Tree"]  # a digit; or an operator and its two children


def draw(random: np.random.Generator, operators: int) -> Tree:
    """An expression with a number of operators: any split between left and right, any operators, any digits."""
    if not operators:
        return int(random.integers(DIGITS))
    left = int(random.integers(operators))
    sign = OPERATORS[random.integers(len(OPERATORS))]
    return sign, draw(random, left), draw(random, operators - 1 - left)


def value(tree: Tree) -> int:
    """What the expression comes to, modulo 10."""
    if isinstance(tree, int):
        return tree
    sign, left, right = tree[0], value(tree[1]), value(tree[2])
    return {"+": left + right, "-": left - right, "*": left * right}[sign] % DIGITS


def written(tree: Tree, outermost: bool = True) -> str:
    """The expression as text: brackets around all but digits and the whole."""
    if isinstance(tree, int):
        return str(tree)
    inner = f"{written(tree[1], False)}{tree[0]}{written(tree[2], False)}"
    return inner if outermost else f"({inner})"


def arrays(trees: Sequence[Tree], nodes: int) -> dict[str, np.ndarray]:
    """Trees as arrays: x, left, right and height (N, nodes), of each node; sizes and y (N,), of each tree; all int64.

    x is the symbol of a node: its digit, DIGITS + the number of its operator, or PADDING. left and right are the
    positions of its children, and height is 1 more than the larger of theirs; all three are 0 for a digit.
    """
    found = {name: np.zeros((len(trees), nodes), np.int64) for name in ("x", "left", "right", "height")}
    found["x"] += PADDING
    sizes = np.zeros(len(trees), np.int64)

    def append(row: int, tree: Tree) -> int:
        """Write the nodes of a tree behind those that a row has; return the position of its root."""
        children = [] if isinstance(tree, int) else [append(row, child) for child in tree[1:]]
        k = int(sizes[row])
        found["x"][row, k] = tree if isinstance(tree, int) else DIGITS + OPERATORS.index(tree[0])
        if children:
            found["left"][row, k], found["right"][row, k] = children
            found["height"][row, k] = 1 + found["height"][row, children].max()
        sizes[row] += 1
        return k

    for row, tree in enumerate(trees):
        append(row, tree)
    return found | {"sizes": sizes, "y": np.array([value(tree) for tree in trees], np.int64)}


def tree_at(batch: Mapping[str, np.ndarray], row: int, k: int) -> Tree:
    """The tree below position k of a row of `arrays`."""
    symbol = int(batch["x"][row, k])
    if symbol < DIGITS:
        return symbol
    left, right = (tree_at(batch, row, int(batch[child][row, k])) for child in ("left", "right"))
    return OPERATORS[symbol - DIGITS], left, right


def draws(name: str, least: int, most: int) -> Iterator[Tree]:
    """Expressions with `least` to `most` operators, for ever; another name gives others."""
    random = generator("expressions", name, least, most)
    while True:
        yield draw(random, int(random.integers(least, most + 1)))


@cache
def expressions(operators: int, most: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Expressions to be trained on, with 1 to `operators` operators, and held-out ones, which are not among them.

    Of the 1,500 held-out expressions the first 1,000 have 2 to `operators` operators. The others show how far training
    reaches: they have more, up to `most`. With one operator there are only 300 expressions, all for training.
    """
    if not 1 < operators < most:
        raise UsageError(f"up to {operators} and {most} operators cannot be: train with 2 or more, and reach for more")
    known = _distinct(draws("held out", 2, operators), 1000)
    larger = _distinct(draws("larger", operators + 1, most), 500)
    train = list(islice((tree for tree in draws("training", 1, operators) if tree not in known), 20_000))
    nodes = 2 * most + 1
    return arrays(train, nodes), arrays([*known, *larger], nodes)


def _distinct(trees: Iterator[Tree], count: int) -> dict[Tree, None]:
    """The first `count` trees that are not the same as one before."""
    found: dict[Tree, None] = {}
    while len(found) < count:
        found[next(trees)] = None
    return found
