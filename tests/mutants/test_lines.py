"""A fault is tried only where its line runs."""

from dataclasses import astuple, replace

import pytest

from benchmarks import twin
from benchmarks.environment import ROOT
from benchmarks.faults.plant import source
from benchmarks.faults.targets import planned
from benchmarks.mutants import trial
from benchmarks.mutants.lines import reaches, running
from tests.helpers import SIDES, SMALL

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
def test_where_no_line_of_it_runs_a_fault_is_not_tried(side, monkeypatch):
    trials = trial.Trials()
    trials.prepare([("computational_graph", "")], side)
    (reference,) = trials.references["computational_graph", "", side]
    (found,) = [m for m in planned("computational_graph", side) if m.what == "c * d -> c / d"]
    tried = []
    monkeypatch.setattr(trial, "attempt", lambda mutant, reference: tried.append(mutant) or {"caught": False})
    trials.attempt([("computational_graph", "")], side, list(astuple(found)))
    elsewhere = frozenset(line for line in reference.lines if line != (found.path, found.line))
    trials.references["computational_graph", "", side] = [replace(reference, lines=elsewhere)]
    assert trials.attempt([("computational_graph", "")], side, list(astuple(found))) == trial.UNNOTICED
    assert tried == [found]
    reference.other.close()
