"""The campaign counts rightly: equivalents, errors, processes that end."""

import json
from dataclasses import replace
from importlib import import_module

import pytest
from typer.testing import CliRunner

from benchmarks import cli
from benchmarks.faults.targets import TARGETS, planned
from benchmarks.mutants import trial
from benchmarks.mutants.campaign import (
    line,
    row,
    share_caught,
    share_located,
    succeeded,
    summary,
)
from benchmarks.mutants.equivalent import EQUIVALENT
from benchmarks.processes import Workers
from benchmarks.twins import SIDES
from shared.catalog import CHAPTERS
from tests.mutants.helpers import campaign


def test_a_mutant_that_is_wrongly_called_equivalent_fails_the_campaign():
    record = {"path": "m.py", "line": 1, "method": "M.f", "what": "a -> b", "caught": True, "raised": False}
    record |= {"located": True}
    rows = [row("m", "static", [{**record, "equivalent": "no reason"}, *[{**record, "equivalent": None}] * 999])]
    assert share_caught(rows) == 1
    assert not succeeded(rows)
    assert "NOT EQUIVALENT: m.py:1 M.f: a -> b" in line(rows[0])


def test_the_summary_counts_what_raised_apart():
    seen = {"path": "m.py", "line": 1, "method": "M.f", "what": "a -> b", "equivalent": None, "caught": True}
    records = [{**seen, "raised": False, "located": True}] * 3 + [{**seen, "raised": True, "located": False}]
    rows = [row("m", "static", [*records, {**seen, "caught": False, "raised": False, "located": None}])]
    assert (share_caught(rows), share_located(rows), share_located(rows, ran=True)) == (0.8, 0.75, 1.0)
    assert summary(rows) == (
        "5 planted, 0 equivalent, 4 caught: 80.0% of those not equivalent (99% must be); "
        "located 75.0%, 100.0% without the 1 that ended in an error"
    )


def test_nothing_tried_is_no_success():
    assert not succeeded([])
    assert not succeeded([row("m", "static", [])])


def test_every_entry_of_the_table_is_a_mutant():
    keys = {m.key for target in TARGETS for side in SIDES for m in planned(target, side)}
    assert [key for key in EQUIVALENT if key not in keys] == []
    assert all(len(reason.split()) > 4 for reason in EQUIVALENT.values())


def test_a_pair_that_differs_by_itself_shows_nothing(monkeypatch):
    monkeypatch.setattr(trial, "first_failure", lambda rows: {**rows[0], "verdict": "different", "note": "for a test"})
    with pytest.raises(RuntimeError, match=r"computational_graph plain differs without a mutant: .* for a test"):
        trial.Trials().measure(campaign.Pair("computational_graph", "plain", "", "dynamic"))


@pytest.mark.parametrize("side", SIDES)
def test_a_fault_of_an_optimizer_is_tried_with_those_that_run_it(side):
    (adam, *_) = [m for m in planned("optimizers", side) if campaign.runs_in(m) == {"Adam"}]
    (base, *_) = [m for m in planned("optimizers", side) if m.method == "Extended.clip"]
    assert campaign.users(adam, "optimizers") == [
        *[(campaign.NET, name) for name in ("adam", "adam_weight_decay", "scheduled_adam")],
        *[
            (name, "")
            for name in (
                "sequence_conv_net",
                *CHAPTERS["recurrent"],
                *CHAPTERS["speech"],
                *CHAPTERS["generative"],
                *CHAPTERS["beyond"],
            )
        ],
    ]
    every = [(campaign.NET, name) for name in campaign.OPTIMIZERS]  # what runs whatever the optimizer is
    assert campaign.users(base, "optimizers") == [*every, (campaign.GAME, "")]
    assert campaign.users(adam, "gan") == [("gan", "")]


# Ends the process, with the GiB that it may allocate as the status
END = "(lambda os, own: os._exit(own.getrlimit(own.RLIMIT_DATA)[0] >> 30))(*map(__import__, ('os', 'resource')))"


def test_a_mutant_that_ends_its_process_is_caught_one_that_cannot_be_planted_is_not_and_the_next_is_tried(monkeypatch):
    found = planned("computational_graph", "dynamic")
    (deadly,) = [replace(m, edits=((m.edits[0][0], END),)) for m in found if m.what == "c * d -> c / d"]
    monkeypatch.setattr(campaign, "SIDES", {"dynamic": SIDES["dynamic"]})
    lost = replace(found[0], edits=((found[0].edits[0][0], "("),))
    monkeypatch.setattr(campaign, "planned", lambda target, side: [deadly, lost, found[0]])
    told = []
    (only,) = campaign.campaign(["computational_graph"], jobs=1, report=lambda what, share: told.append((what, share)))
    assert [record["caught"] for record in only["mutants"]] == [True, False, True]
    assert only["mutants"][0]["how"] == "its process failed: ended with status 8"
    assert only["mutants"][1]["how"].startswith("it could not be tried: SyntaxError")
    assert campaign.missed([only]) == only["mutants"][1:2]
    assert only["mutants"][2]["how"].startswith("computational_graph plain: ")
    assert [share for _, share in told] == pytest.approx([1 / 3, 2 / 3, 1])
    assert json.loads(json.dumps(only)) == only


@pytest.mark.slow  # the test above, whose worker ends while it tries a mutant, takes the same way
def test_a_worker_that_is_killed_before_it_tries_a_mutant_costs_no_other(monkeypatch):
    found = planned("computational_graph", "dynamic")[:2]
    monkeypatch.setattr(campaign, "SIDES", {"dynamic": SIDES["dynamic"]})
    monkeypatch.setattr(campaign, "planned", lambda target, side: found)
    start, killed = Workers.obtain, []

    def started(workers, name, target):
        worker = start(workers, name, target)
        if not killed:
            worker.kill()
            killed.append(name)
        return worker

    monkeypatch.setattr(Workers, "obtain", started)
    (only,) = campaign.campaign(["computational_graph"], jobs=1)
    assert [record["caught"] for record in only["mutants"]] == [False, True]
    assert only["mutants"][0]["how"].startswith("it could not be tried: ")


def test_what_is_missed_is_printed_to_the_letter(monkeypatch, tmp_path):
    """What stands in square brackets, too: it is no style of the terminal's."""
    record = {"path": "m.py", "line": 1, "method": "M.f", "what": "[loss, *gradients] -> [loss]", "equivalent": None}
    record |= {"caught": False, "raised": False, "located": None}
    found = [row("gan", "static", [record])]
    monkeypatch.setattr(import_module("benchmarks.mutants"), "campaign", lambda *_: iter(found))
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli.app, ["mutants", "gan"])
    assert result.exit_code == 1
    assert "MISSED: m.py:1 M.f: [loss, *gradients] -> [loss]" in result.output


def test_faults_are_looked_for_in_every_variant_with_code_of_its_own():
    assert campaign.variants("lstm") == ["plain", "while_loop", "adding"]
    assert {"plain", "maxout", "sigmoid"} <= {*campaign.variants("deep_net")}


def test_a_fault_of_a_part_is_tried_with_the_models_that_name_its_class():
    by_class = {m.method.partition(".")[0]: campaign.users(m, "cells") for m in planned("cells", "dynamic")}
    assert by_class["RNNCell"] == [("rnn", "")]
    assert by_class["LSTMCell"] == [("lstm", "")]
    assert {("gru", ""), ("bidirectional_gru", "")} <= {*by_class["GRUCell"]}
    assert len(by_class["Cell"]) > len(by_class["GRUCell"]), "every cell runs it"
    in_activations = {m.method.partition(".")[0]: m for m in planned("activations", "dynamic")}
    assert ("deep_net", "") in campaign.users(in_activations["Maxout"], "activations"), "which names none of them"
