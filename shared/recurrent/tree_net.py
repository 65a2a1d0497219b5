"""What the twins of the recursive network share.

Twins: static_tf/recurrent/tree_net.py, dynamic_torch/recurrent/tree_net.py
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shared.datasets.expressions import DIGITS, OPERATORS, PADDING, Tree, arrays, expressions
from shared.errors import UsageError
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import glorot_uniform, shuffled_batches
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows


@dataclass(frozen=True)
class Config:
    operators: int = 3  # most in an expression that is trained on
    largest: int = 7  # most in any expression
    hidden: int = 32
    optimizer: OptimizerConfig = Adam(1e-2)
    batch: int = 32
    by_depth: bool = False  # whether nodes of the same height are computed at once, or each by itself

    @property
    def nodes(self) -> int:
        """The number of nodes of the largest tree, K: operators, and one digit more."""
        return 2 * self.largest + 1


DATA = "expressions with brackets"
TARGETS = (Target("test_accuracy", 0.99),)
SHOWN = (33, 1000)  # held-out expressions that the report draws


class TreeNet(Spec):
    """Computing modulo 10 makes the task one for a vector of fixed size: whatever the depth, a node has one of ten
    values to tell, and a table of 100 entries to learn for each operator. Whole numbers would grow with the depth."""

    Config = Config
    section = "Recurrent networks"
    summary = "expressions with brackets, by a net that has the shape of their trees"
    symbols = {
        "x": ("(N, K)", "nodes in post-order: a digit 0 to 9, or + 10, - 11, * 12; behind the tree's end 13"),
        "left, right": ("(N, K)", "positions of a node's children among the K; 0 for a digit"),
        "height": ("(N, K)", "0 for a digit, else 1 more than the higher child's"),
        "sizes": ("(N,)", "number of nodes in each tree; the root is the last of them"),
        "y": ("(N,)", "what each expression comes to, modulo 10"),
        "embedding": ("(10, H)", "a vector for each digit"),
        "kernel, bias": (
            "(2H, 3, 5H), (3, 5H)",
            "of each operator, for i, f_left, f_right, o, u, from h of both children",
        ),
        "i, f_left, f_right, o, u": ("(M, H)", "input gate, a forget gate for each child, output gate, candidate"),
        "c, h": ("(N, K, H)", "memory of each node, and what it shows of it; zeros behind a tree's end"),
        "w, b": ("(H, 10), (10,)", "last layer"),
        "readings": ("(N, K, 10)", "log-odds of what each node comes to, up to a constant"),
        "logits": ("(N, 10)", "the readings of the roots"),
    }
    sizes = {
        "proof": {"operators": 2, "largest": 3, "hidden": 6, "batch": 9},
        "small": {},
        "medium": {"hidden": 128, "batch": 256},
        "large": {"hidden": 512, "batch": 512},
    }
    variants = {
        "plain": Variant(data=DATA, picture="trees", learning=Learning(1200, TARGETS, 1e-5, ROUNDING)),
        "by_depth": Variant(
            data=DATA, picture="trees", changes={"by_depth": True}, learning=Learning(2400, TARGETS, 1e-5, ROUNDING)
        ),
    }
    scalable_inputs = ()  # none: a batch is symbols, positions and counts
    without_baseline = "neither framework has a layer that reads trees"
    plotted: ClassVar[tuple[str, ...]] = ("readings",)

    def initial(self) -> State:
        """Glorot uniform for a single operator; forget gates start open, at a bias of 1; embedding U(-1, 1)."""
        h = self.config.hidden
        kernel = [glorot_uniform(self.random("kernel", sign), (2 * h, 5 * h)) for sign in OPERATORS]
        bias = np.zeros((len(OPERATORS), 5 * h), np.float32)
        bias[:, h : 3 * h] = 1
        return {
            "embedding": self.random("embedding").uniform(-1, 1, (DIGITS, h)).astype(np.float32),
            "kernel": np.stack(kernel, axis=1),
            "bias": bias,
            "w": glorot_uniform(self.random("w"), (h, DIGITS)),
            "b": np.zeros(DIGITS, np.float32),
        }

    def batches(self) -> Iterator[Batch]:
        train, _ = expressions(self.config.operators, self.config.largest)
        for chosen in shuffled_batches(len(train["y"]), self.config.batch, *self.key()):
            yield rows(train, chosen)

    def held_out(self) -> Batch:
        return expressions(self.config.operators, self.config.largest)[1]

    def larger_batch(self) -> Batch:
        """Some held-out expressions of either kind: node by node, all of them would take a second."""
        return rows(self.held_out(), slice(960, 1040))

    def check(self, batch: Batch) -> None:
        """Each row holds one tree, which has room, with children before their parents, and true heights."""
        x, left, right, height, sizes = (batch[name] for name in ("x", "left", "right", "height", "sizes"))
        most, k = self.config.nodes, np.arange(x.shape[1])
        self._refuse((sizes < 1) | (sizes > most), lambda row: f"has {sizes[row]} nodes: a tree has 1 to {most}")
        if x.shape[1] != most:
            raise UsageError(f"there is room for {x.shape[1]} nodes in a row: make it {most}")
        there = k < sizes[:, None]
        self._refuse(
            np.where(there, (x < 0) | (x >= PADDING), x != PADDING),
            lambda row, k: f"has the symbol {x[row, k]} at {k}: 0 to {PADDING - 1}, then {PADDING} to the end",
        )
        row, at = np.nonzero(there & (x >= DIGITS))
        children = np.stack([left[row, at], right[row, at]])  # (2, M): positions, of each operator's
        self._refuse(
            self._among(x, (children.min(0) < 0) | (children[0] == children[1]), row, at),
            lambda row, k: f"has an operator at {k} with children at {left[row, k]} and {right[row, k]}: it needs two",
        )
        self._refuse(
            self._among(x, children.max(0) >= at, row, at),
            lambda row, k: (
                f"has a node at {k} and its child at {max(left[row, k], right[row, k])}: a child comes first"
            ),
        )
        parents = np.bincount((row * most + children).ravel(), minlength=x.size).reshape(x.shape)
        self._refuse(
            there & (parents != (k < sizes[:, None] - 1)),
            lambda row, k: f"has a node at {k} with {parents[row, k]} parents: all have one but the last, the root",
        )
        self._refuse(
            height != self._among(x, 1 + height[row, children].max(0), row, at),
            lambda row, k: f"has a height of {height[row, k]} at {k}: 0 for a digit, else 1 more than its higher child",
        )

    @staticmethod
    def _among(x: np.ndarray, values: np.ndarray, row: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Values at these places, among zeros."""
        found = np.zeros(x.shape, values.dtype)
        found[row, at] = values
        return found

    @staticmethod
    def _refuse(wrong: np.ndarray, said: Callable[..., str]) -> None:
        """Raise a UsageError about the first place that is wrong, if there is one: a row, or a row and a position."""
        if wrong.any():
            place = [int(index) for index in np.argwhere(wrong)[0]]
            raise UsageError(f"row {place[0]} {said(*place)}")

    def edge_cases(self) -> dict[str, Batch]:
        """Trees without an operator; of each operator alone; of the greatest height, to either side; and full ones."""
        most = self.config.largest
        left: Tree = 1
        right: Tree = 1
        for i in range(most):
            sign, digit = OPERATORS[i % len(OPERATORS)], (i + 2) % DIGITS
            left, right = (sign, left, digit), (sign, digit, right)
        trees: dict[str, list[Tree]] = {
            "digits alone": [0, 7],
            "one operator": [(sign, 3, 8) for sign in OPERATORS],
            "leaning left": [left],
            "leaning right": [right],
            "high and low": [left, 5, right, ("-", 2, 9)],
        }
        return super().edge_cases() | {name: arrays(some, self.config.nodes) for name, some in trees.items()}

    def plot_inputs(self) -> Batch:
        """Two held-out expressions: of the size of those that were trained on, and larger."""
        return rows(self.held_out(), list(SHOWN))

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Share of expressions whose value is found: of those of the size that was trained on, and of larger ones."""
        right = output.argmax(1) == batch["y"]
        larger = batch["sizes"] > 2 * self.config.operators + 1
        return {"test_accuracy": float(right[~larger].mean()), "larger_accuracy": float(right[larger].mean())}
