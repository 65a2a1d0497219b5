"""Proofs made ahead of the report, in processes of their own."""

import json

import pytest

from benchmarks.processes import WorkerDied, Workers
from benchmarks.proof import passed
from benchmarks.report import ahead
from benchmarks.summary import proof

PAIRS = [("computational_graph", "plain"), ("linear_regression", "plain")]


@pytest.fixture
def _many(monkeypatch):
    """Two pairs are many, and there are two cores."""
    monkeypatch.setattr(ahead, "FEW", 1)
    monkeypatch.setattr(ahead, "available_cores", lambda: 2)


@pytest.mark.usefixtures("_many")
def test_a_proof_in_another_process_is_the_one_made_here():
    with ahead.proofs_ahead(PAIRS) as found:
        rows = {pair: future.result() for pair, future in found.items()}
    assert list(rows) == PAIRS
    for pair, its in rows.items():
        here = ahead.proven(*pair)
        assert passed(its)
        assert [row["name"] for row in its] == [row["name"] for row in here]
        assert proof(its) == proof(here)


class Dying:
    """A worker that dies at the second pair, and is started again."""

    killed = 0

    def ask(self, method, name, variant):
        if (name, variant) == PAIRS[1]:
            raise WorkerDied("killed by SIGKILL")
        return json.dumps([{"verdict": "identical", "name": name}])

    def kill(self):
        Dying.killed += 1


@pytest.mark.usefixtures("_many")
def test_a_process_that_dies_costs_its_own_pair_only(monkeypatch):
    def obtain(workers, name, target):
        return workers.running.setdefault(name, Dying())

    monkeypatch.setattr(Workers, "obtain", obtain)
    with ahead.proofs_ahead([*PAIRS, ("gan", "plain")]) as found:
        first, second, third = (future.result() for future in found.values())
    assert [row["name"] for row in (*first, *third)] == ["computational_graph", "gan"]
    (row,) = second
    assert (row["model"], row["variant"], row["verdict"]) == ("linear_regression", "plain", "different")
    assert row["note"] == "killed by SIGKILL"
    assert Dying.killed >= 1


def test_few_pairs_are_proven_by_the_report_itself():
    with ahead.proofs_ahead(PAIRS) as found:
        assert found == {}
