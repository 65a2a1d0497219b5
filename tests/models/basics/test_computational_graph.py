"""The computational graph, by hand."""

import numpy as np
import pytest

from shared.basics.computational_graph import Node
from shared.catalog import find
from tests.models.basics.formula import module, twin
from tests.models.pins import edge_cases, sums

# The computational graph, by hand


def test_graph_has_the_lectures_values(side):
    with twin(side, "computational_graph") as graph:
        assert graph.forward({}) == {"c": 3, "d": 2, "e": 6}
        assert graph.loss({}) == 6
        assert graph.gradients({}) == {"a": 2, "b": 5}
        assert graph.tap_gradients({}) == {"c": 2, "d": 3, "e": 1}


def test_graph_descends_from_the_saddle_as_a_linear_map_says(side):
    """e is quadratic around its saddle, a = 1 and b = -1: n steps are the n-th power of a matrix."""
    with twin(side, "computational_graph") as graph:
        for _ in range(20):
            graph.step({})
        state = graph.state()
    curvature = np.array([[0, 1], [1, 2]])
    shrink = np.linalg.matrix_power(np.eye(2) - graph.spec.config.optimizer.learning_rate * curvature, 20)
    np.testing.assert_allclose([state["a"], state["b"]], shrink @ [1, 2] + [1, -1], rtol=1e-14)


def test_the_static_graph_holds_constants_and_every_look_at_a_variable():
    spec = find("computational_graph").spec()
    assert module("static", "computational_graph").nodes(spec.config, spec.initial()) == [
        Node("a", "VarHandleOp", (), 2, 2),
        Node("ReadVariableOp", "ReadVariableOp", ("a",), 2, 2),
        Node("b", "VarHandleOp", (), 1, 5),
        Node("add/ReadVariableOp", "ReadVariableOp", ("b",), 1, 2),
        Node("c", "AddV2", ("ReadVariableOp", "add/ReadVariableOp"), 3, 2),
        Node("ReadVariableOp_1", "ReadVariableOp", ("b",), 1, 3),
        Node("add_1/y", "Const", (), 1, 3),
        Node("d", "AddV2", ("ReadVariableOp_1", "add_1/y"), 2, 3),
        Node("e", "Mul", ("c", "d"), 6, 1),
    ]


def test_the_dynamic_graph_holds_what_has_a_derivative():
    spec = find("computational_graph").spec()
    assert module("dynamic", "computational_graph").nodes(spec.config, spec.initial()) == [
        Node("a", "AccumulateGrad", (), 2, 2),
        Node("b", "AccumulateGrad", (), 1, 5),
        Node("c", "AddBackward0", ("a", "b"), 3, 2),
        Node("d", "AddBackward0", ("b",), 2, 3),
        Node("e", "MulBackward0", ("c", "d"), 6, 1),
    ]


def test_nodes_are_read_from_the_graph_that_forward_builds(side, monkeypatch):
    file = module(side, "computational_graph")
    monkeypatch.setattr(file.ComputationalGraph, "forward", lambda self: self.tap("f", self.a / self.b))
    spec = find("computational_graph").spec(a=3.0, b=4.0)
    nodes = {node.name: node for node in file.nodes(spec.config, spec.initial())}
    assert "e" not in nodes
    assert nodes["f"].operation == {"static": "RealDiv", "dynamic": "DivBackward0"}[side]
    assert (nodes["f"].value, nodes["f"].derivative) == (0.75, 1)
    assert (nodes["a"].derivative, nodes["b"].derivative) == (0.25, -0.1875)


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("computational_graph") == pytest.approx((3, 0), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("computational_graph") == []  # nothing goes in
