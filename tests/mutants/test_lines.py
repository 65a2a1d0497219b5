"""A fault is tried only where its line runs."""

import pytest

from benchmarks import twin
from benchmarks.environment import ROOT
from benchmarks.faults.plant import source
from benchmarks.faults.targets import planned
from benchmarks.mutants.lines import reaches, running
from tests.helpers import SIDES, SMALL
from tests.mutants.helpers import campaign

CELLS = "static_tf/parts/cells.py"


def test_the_lines_of_both_trees_are_collected_and_no_others():
    with running() as lines, twin("dynamic", "computational_graph", **SMALL) as arm:
        arm.step(next(arm.spec.batches()))
    paths = {path for path, _ in lines}
    assert {"dynamic_torch/basics/computational_graph.py", "dynamic_torch/training.py"} <= paths
    assert {path.partition("/")[0] for path in paths} == {"dynamic_torch"}
    assert all((ROOT / path).is_file() for path in paths)
    text = source("dynamic_torch/training.py").splitlines()
    run = {text[number - 1].strip() for path, number in lines if path == "dynamic_torch/training.py"}
    assert {"model.train()", "losses.append(loss)"} <= run, "the first line of a method, and the last"
    assert "with model.buffers_kept():" not in run, "of a method that did not run"


@pytest.mark.parametrize(
    ("part", "ran", "reached"),
    [
        ("tuple(tf.where(inside", "inside = tf.cast", False),  # another statement of the same method
        ("tuple(tf.where(inside", "return tuple(tf.where", True),
        ("for t, z_t in reversed(steps)", "for t, z_t in reversed(steps)", True),  # the head of a loop
        ("for t, z_t in reversed(steps)", "hs.append(state[-1])", False),  # its body is another statement
    ],
)
def test_a_fault_is_reached_by_the_lines_of_its_statement(part, ran, reached):
    text = source(CELLS).splitlines()
    (number,) = [i for i, line in enumerate(text, 1) if ran in line]
    found = [mutant for mutant in planned("cells", "static") if part in text[mutant.line - 1]]
    assert found
    assert {reaches(frozenset({(CELLS, number)}), mutant) for mutant in found} == {reached}


def test_a_statement_of_a_class_is_always_reached():
    """It runs at import, whatever runs later."""
    reached = [mutant for mutant in planned("conv_net", "dynamic") if reaches(frozenset(), mutant)]
    assert {mutant.method for mutant in reached} == {"ConvNet"}, "and none of a method"


@pytest.mark.parametrize("side", SIDES)
def test_where_no_line_of_it_runs_a_fault_is_not_tried(side):
    (found,) = [m for m in planned("computational_graph", side) if m.what == "c * d -> c / d"]
    (pair,) = campaign.pairs(found, "computational_graph", side)
    asked = []

    def ask(method, limit, **arguments):
        asked.append(method)
        return campaign.UNNOTICED

    for line, requests in ((found.line, ["prepare", "attempt"]), (1, [])):
        asked.clear()
        measured = {pair: campaign.Measured(1.0, frozenset({(found.path, line)}))}
        assert campaign.tried(found, [pair], ask, measured) == campaign.UNNOTICED
        assert asked == requests


def test_the_cheapest_model_is_tried_first_and_after_it_only_what_may_name_the_method():
    """Unrolled and as a while_loop are variants of one model; a fault that both have may be named in one of them."""
    (found, *_) = planned("computational_graph", "static")
    dear, plain, loop = (
        campaign.Pair(*names, "", "static") for names in (("b", "plain"), ("a", "plain"), ("a", "loop"))
    )
    lines = frozenset({(found.path, found.line)})
    measured = {pair: campaign.Measured(cost, lines) for pair, cost in ((dear, 9.0), (plain, 1.0), (loop, 50.0))}
    results = {
        plain: {"caught": True, "raised": False, "located": False, "how": "plain"},
        loop: {"caught": True, "raised": False, "located": True, "how": "loop"},
    }
    asked = []

    def ask(method, limit, pair, **arguments):
        asked.append((method, limit, pair))
        return results.get(pair, campaign.UNNOTICED)

    assert campaign.tried(found, [dear, plain, loop], ask, measured)["how"] == "loop"
    assert [pair for method, _, pair in asked if method == "attempt"] == [plain, loop]
    assert [limit for method, limit, _ in asked if method == "attempt"] == [5 + 3 * 1.0, 5 + 3 * 50.0]
    results[plain]["located"] = True
    asked.clear()
    assert campaign.tried(found, [dear, plain, loop], ask, measured)["how"] == "plain"
    results[plain] = campaign.UNNOTICED
    assert campaign.tried(found, [dear, plain, loop], ask, measured)["how"] == "loop"
    results[loop] = campaign.UNNOTICED
    asked.clear()
    assert campaign.tried(found, [dear, plain, loop], ask, measured) == campaign.UNNOTICED
    assert [pair for method, _, pair in asked if method == "attempt"] == [plain, loop, dear]
