"""What the twins of the computational graph share.

Twins: static_tf/basics/computational_graph.py, dynamic_torch/basics/computational_graph.py
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.optimizers import GradientDescent, OptimizerConfig
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant


@dataclass(frozen=True)
class Node:
    """One node of a graph that a framework has built, with its value and its derivative."""

    name: str  # the symbol, where the model gives one; else the framework's own name
    operation: str  # the framework's own name of the operation
    inputs: tuple[str, ...]  # names of its input nodes
    value: float  # forward
    derivative: float  # backward: of e by this node's value


def topological_order(root: Any, sources: Callable[[Any], list]) -> list:
    """Return every node that `root` depends on, depth first and each after its `sources`, so that `root` comes last."""
    order: list = []

    def visit(node: Any) -> None:
        if node not in order:
            for source in sources(node):
                visit(source)
            order.append(node)

    visit(root)
    return order


@dataclass(frozen=True)
class Config:
    a: float = 2.0  # initial values of the parameters
    b: float = 1.0
    optimizer: OptimizerConfig = GradientDescent(0.01)


class ComputationalGraph(Spec):
    Config = Config
    section = "Computational graphs"
    summary = "e = (a + b)(b + 1) as a data structure"
    symbols = {
        "a, b": ("()", "parameters: the leaves"),
        "c": ("()", "a + b"),
        "d": ("()", "b + 1"),
        "e": ("()", "c d: the root"),
    }
    sizes = {"small": {}, "medium": {}, "large": {}}  # five numbers, whatever the size
    variants = {
        "plain": Variant(
            data="none: two numbers",
            picture="graph",
            learning=Learning(20, (Target("e", 3, at_most=True),), 1e-5, ROUNDING),
        ),
    }
    without_baseline = "a sum and a product of two numbers: no layer does that"

    def initial(self) -> State:
        """The lecture's numbers; with another seed, numbers around them."""
        a, b = (self.config.a, self.config.b) + (self.random("initial").normal(size=2) if self.seed else np.zeros(2))
        return {"a": np.array(a, np.float32), "b": np.array(b, np.float32)}

    def batches(self) -> Iterator[Batch]:
        """Empty batches: the graph has parameters only."""
        while True:
            yield {}

    def held_out(self) -> Batch:
        return {}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """The value of e. It has no minimum: a = 1, b = -1 is a saddle point, and descent goes on for ever."""
        return {"e": float(output)}
