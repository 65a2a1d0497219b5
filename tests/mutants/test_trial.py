"""One mutant tried: caught or not, and what is named is what was changed."""

from dataclasses import replace

import pytest

from benchmarks.environment import ROOT
from benchmarks.faults.mutant import Mutant
from benchmarks.faults.plant import source
from benchmarks.faults.targets import planned
from benchmarks.mutants import trial
from benchmarks.mutants.campaign import (
    line,
    misjudged,
    missed,
    row,
    succeeded,
)
from benchmarks.twins import SIDES
from tests.mutants.helpers import campaign

# Trying


@pytest.fixture(scope="module")
def tried():
    """In this process: a campaign has its own."""
    made, measured = trial.Trials(), {}

    def ask(method, limit, pair, **arguments):
        return getattr(made, method)(campaign.Pair(*pair), **arguments)

    def attempt(side, mutant):
        candidates = campaign.pairs(mutant, "computational_graph", side)
        return campaign.record(mutant, campaign.tried(mutant, candidates, ask, measured))

    yield attempt
    for reference in made.references.values():
        reference.other.close()


@pytest.mark.parametrize("side", SIDES)
def test_every_mutant_that_is_not_equivalent_is_caught_and_no_other(tried, side):
    rows = [row("computational_graph", side, [tried(side, m) for m in planned("computational_graph", side)])]
    assert missed(rows) == []
    assert misjudged(rows) == []
    assert succeeded(rows)
    assert "MISSED" not in line(rows[0])
    assert rows[0]["planted"] == rows[0]["caught"] + rows[0]["equivalent"]
    assert all(
        record["how"].startswith("computational_graph plain: ") for record in rows[0]["mutants"] if record["caught"]
    )


@pytest.mark.parametrize("side", SIDES)
def test_what_was_changed_is_what_is_named_or_it_does_not_count(tried, side):
    (found,) = [m for m in planned("computational_graph", side) if m.what == "c * d -> c / d"]
    result = tried(side, found)
    assert (result["raised"], result["located"]) == (False, True)
    assert result["named"] == f"{found.path}::ComputationalGraph.forward"
    assert not trial.is_in(result["named"], replace(found, method="ComputationalGraph.loss"))
    assert not trial.is_in(result["named"], replace(found, path="another.py"))
    assert trial.is_in(result["named"], replace(found, method="ComputationalGraph"))  # changed in the class's body


def test_a_method_of_one_side_only_is_a_part_of_those_that_call_it():
    """PyTorch has a kernel where the graph's loss is written out, and eager code does not need the graph's loop."""
    loss, cells = "static_tf/parts/ctc_loss.py", "static_tf/parts/cells.py"
    assert trial.callers_on_both_sides(loss, "CTC.advance") == {"CTC.__call__"}  # by way of CTC.through_frames
    assert trial.callers_on_both_sides(cells, "Cell.through_while_loop") == {"Cell.through_time"}
    assert trial.callers_on_both_sides(cells, "Cell.through_time") == {"Cell.through_time"}
    assert trial.callers_on_both_sides(loss, "CTC") == trial.callers_on_both_sides(loss, "CTC.absent") == set()
    assert trial.callers_on_both_sides("shared/optimizers.py", "Adam.slots") == set()
    found = Mutant(loss, 1, "CTC.advance", "operand dropped", "a + b -> a", ())
    assert trial.is_in(f"{loss}::CTC.__call__", found)
    assert not trial.is_in(f"{loss}::CTC.__init__", found)


@pytest.mark.parametrize(
    ("method", "operator"),
    [("ComputationalGraph.forward", "operand dropped"), ("ComputationalGraph.update", "derivative scaled")],
)
@pytest.mark.parametrize("side", SIDES)
def test_an_error_is_located_in_the_method_that_raised_it(tried, side, method, operator):
    found = next(m for m in planned("computational_graph", side) if (m.method, m.operator) == (method, operator))
    result = tried(side, replace(found, edits=((found.edits[0][0], "missing"),)))
    assert result["how"] == "computational_graph plain: NameError: name 'missing' is not defined"
    assert (result["caught"], result["raised"], result["located"]) == (True, True, True)
    assert result["named"] == f"{found.path}::{method}"


def test_a_fault_that_only_float32_shows_is_caught(tried):
    (found,) = [m for m in planned("computational_graph", "dynamic") if m.what == "c * d -> c / d"]
    rounded = "c * d * (1 if c.dtype == torch.float64 else 1.001)"
    result = tried("dynamic", replace(found, edits=((found.edits[0][0], rounded),)))
    assert result["how"].startswith("computational_graph plain: float32 tap 'e' at step 0")


def test_a_state_that_does_not_fit_was_made_by_the_constructor():
    error = ValueError("w: shape (3, 1) does not fit (4, 1)")
    assert trial.failing_method(error, "static_tf/m.py", "M") == "static_tf/m.py::M.__init__"
    assert (
        trial.failing_method(ValueError("Cannot feed value of shape (3,)"), "static_tf/m.py", "M")
        == "static_tf/m.py::M.inputs"
    )
    assert trial.failing_method(ValueError("something else"), "static_tf/m.py", "M") == ""


def test_a_graph_that_fails_when_it_is_run_says_where_it_was_made():
    path = "static_tf/parts/cells.py"
    number = next(i for i, text in enumerate(source(path).splitlines(), 1) if "o = tf.split" in text)
    error = RuntimeError(f'Detected at node split defined at\n  File "{ROOT}/{path}", line {number}, in cell\n')
    assert trial.failing_method(error, path, "LSTM") == f"{path}::LSTMCell.__call__"


def test_a_blind_proof_is_found_out(tried, monkeypatch):
    """A comparison that notices nothing leaves every mutant that runs, and each of them is reported in full."""
    monkeypatch.setattr(trial, "first_failure", lambda rows: None)
    found = planned("computational_graph", "dynamic")
    rows = [row("computational_graph", "dynamic", [tried("dynamic", m) for m in found])]
    assert not succeeded(rows)
    assert len(missed(rows)) > len(found) / 2
    for record in missed(rows):
        assert f"MISSED: {record['path']}:{record['line']} {record['method']}: {record['what']}" in line(rows[0])
