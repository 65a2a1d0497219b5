"""The proof's own power is measured rightly: faults are what they are called, and what nobody notices is said."""

import ast
import json
import sys
from collections import Counter
from dataclasses import astuple, replace
from importlib import import_module
from types import FunctionType

import pytest
from typer.testing import CliRunner

from benchmarks import cli
from benchmarks.environment import ROOT
from benchmarks.faults import planted_differences
from benchmarks.faults.mutant import rewritten
from benchmarks.faults.operators import OPERATORS, mutants
from benchmarks.faults.plant import PARTS, planted, source
from benchmarks.faults.targets import TARGETS, path_of, planned
from benchmarks.mutants import trial
from benchmarks.mutants.campaign import (
    line,
    misjudged,
    missed,
    row,
    share_caught,
    share_located,
    succeeded,
    summary,
)
from benchmarks.mutants.equivalent import EQUIVALENT
from benchmarks.twins import SIDES, load
from shared.catalog import CATALOG
from shared.differences import DIFFERENCES
from shared.errors import UsageError
from shared.optimizers import OPTIMIZERS, Descent

campaign = import_module("benchmarks.mutants.campaign")  # the module: its package has the function of that name

# What each operator makes of a line in a method called `forward`; "|" parts the mutants
OPERATOR_CASES = [
    ("opposite operator", "static", "return a + b * c", "a - b * c | b / c"),
    ("opposite operator", "dynamic", "w -= g", "w += g"),
    ("operand dropped", "static", "return x @ self.w + self.b", "x @ self.w | self.b | x | self.w"),
    ("sign changed", "static", "return self.tap('h', -z)", "-self.tap('h', -z) | z | --z"),
    ("comparison changed", "dynamic", "y = z > 0", "z >= 0 | z <= 0"),
    ("constant changed", "static", "y = z * 2", "3 | 1"),
    ("constant changed", "dynamic", "y = z * 0.5", "0.505 | 0.0"),
    ("constant changed", "static", "y = variable(trainable=False)", "True"),
    ("constant changed", "static", "y = tf.transpose(z, (1, 0, 2))", ""),
    ("option changed", "static", "y = conv(padding='SAME')", "'VALID'"),
    ("layout permuted", "dynamic", "y = rearrange(x, 'n c h -> n (h c)')", "'n c h -> h (n c)' | 'n c h -> n (c h)'"),
    ("function of its kind", "static", "y = tf.reduce_mean(z)", "tf.reduce_sum"),
    ("function of its kind", "dynamic", "y = z.sum()", "z.mean"),
    ("function dropped", "static", "y = tf.sigmoid(z)", "z"),
    ("function dropped", "static", "m = m.assign(b * m)", "b * m"),
    ("function dropped", "dynamic", "y = self.w.square()", "self.w"),
    ("order permuted", "static", "i, f, g = tf.split(z, 3)", "(f, i, g) | (i, g, f)"),
    ("values permuted", "static", "y = loss(labels=y, logits=z)", "loss(labels=z, logits=y)"),
    ("values permuted", "dynamic", "return {'x': batch['x'], 'y': batch['y']}", "{'x': batch['y'], 'y': batch['x']}"),
    ("values permuted", "static", "return {'x': tf.placeholder(t, 'x'), 'y': tf.placeholder(t, 'y')}", ""),
    ("arguments swapped", "static", "y = self.cell(z, c, h)", "self.cell(c, z, h) | self.cell(z, h, c)"),
    ("keyword dropped", "dynamic", "y = torch.sum(z, dim=1)", "torch.sum(z)"),
    ("element dropped", "static", "y = tf.group(*moves)", "*moves[1:] | *moves[:-1]"),
    ("element dropped", "static", "y = [loss, *gradients]", "[*gradients] | [loss]"),
    ("detached", "static", "return x * c", "tf.stop_gradient(c)"),  # x is the model's input
    ("detached", "dynamic", "return torch.tanh(c)", "c.detach()"),
    ("transposed", "dynamic", "y = h @ self.w", "self.w.T"),
    ("derivative scaled", "static", "g = tf.gradients(loss, w)", "2 * loss"),
    (
        "setting changed",
        "static",
        "y = config.l2 * config.decay",
        "2 * config.l2 | config.decay | 2 * config.decay | config.l2",
    ),
    ("taken for another", "dynamic", "y = self.w1", "self.w2"),
    ("mode inverted", "static", "y = norm(z, self.training)", "tf.logical_not(self.training)"),
    ("statement dropped", "dynamic", "self.optimizer.step()", "pass"),
    ("statement dropped", "dynamic", "c = c * 2", "pass"),  # c had a value before
    ("statement repeated", "dynamic", "self.optimizer.step()", "self.optimizer.step(); self.optimizer.step()"),
    ("loop changed", "dynamic", "for z in zs: c = self.cell(z, c)", "list(zs)[1:] | list(zs)[:-1] | list(zs)[::-1]"),
    ("loop changed", "dynamic", "y = [f(z) for z in zs]", "list(zs)[1:] | list(zs)[:-1]"),
]

MODEL = """
class Model:
    def __init__(self, n):
        self.w1 = {make}
        self.w2 = {make}
        self.b = 1

    def inputs(self, batch):
        return {{"x": batch["x"]}}

    def forward(self, x, c, training):
        {text}
"""


def model_with(text, side):
    make = {"static": 'tf.get_variable("w", (n, n), dtype)', "dynamic": "nn.Parameter(torch.empty(n, n))"}[side]
    return MODEL.format(make=make, text=text)


@pytest.mark.parametrize(("operator", "side", "before", "after"), OPERATOR_CASES)
def test_an_operator_makes_what_it_says(operator, side, before, after):
    text = model_with(before, side)
    made = [m for m in mutants("model.py", text, side) if m.operator == operator and m.method == "Model.forward"]
    for m in made:
        (tree,) = rewritten(ast.parse(text), m.edits)
        compile(tree, "model.py", "exec")
        assert ast.dump(tree) != ast.dump(ast.parse(text))
    assert " | ".join(m.edits[0][1] for m in made) == after


def test_every_operator_is_tested_and_used_on_both_sides():
    used = {side: {m.operator for name in TARGETS for m in planned(name, side)} for side in SIDES}
    assert set(OPERATORS) == {operator for operator, *_ in OPERATOR_CASES}
    eager_only = {"layout permuted", "statement repeated"}  # a graph has no such lines
    graph_only = {"element dropped"}
    assert set(OPERATORS) - used["static"] <= eager_only
    assert set(OPERATORS) - used["dynamic"] <= graph_only


def test_labels_texts_and_spelled_out_programs_are_left_alone():
    text = model_with("return self.tap('h', x)", "dynamic") + "\n\ndef train(config):\n    return config.steps + 1\n"
    text = text.replace("class Model:", 'class Model:\n    """Twice 2 is 4."""\n')
    assert [m.what for m in mutants("model.py", text, "dynamic") if m.method == "Model.forward"] == [
        "self.tap('h', x) -> -self.tap('h', x)",
        "self.tap('h', x) -> self.tap('h', -x)",
    ]
    assert not any("4" in m.what or "steps" in m.what for m in mutants("model.py", text, "dynamic"))


def test_every_mutant_has_a_name_of_its_own_and_stands_in_a_method():
    for target in TARGETS:
        for side in SIDES:
            found = planned(target, side)
            assert [key for key, count in Counter(m.key for m in found).items() if count > 1] == []
            assert len({m.edits for m in found}) == len(found)
            lines = source(path_of(target, side)).splitlines()
            assert all(lines[m.line - 1].strip() for m in found)
            functions = {node.name for node in ast.parse(source(path_of(target, side))).body if hasattr(node, "args")}
            in_class = [m for m in found if m.method not in functions]
            assert all("." in m.method or m.operator == "layout permuted" or "layouts" in m.what for m in in_class)


# Planting


@pytest.mark.parametrize(
    ("target", "side", "after", "changed"),
    [
        ("lstm", "static", "tf.tanh(f)", "LSTM.cell.__code__"),
        ("gan", "dynamic", "F.softplus", "GAN.discriminator_loss.__code__"),
        ("optimizers", "dynamic", "self.step -= 1", "Descent.apply.__code__"),
        ("optimizers", "dynamic", "2 * self.settings.momentum", "Momentum.made.__code__"),
        ("batch_norm_net", "dynamic", "'n h w c -> n c w h'", "BatchNormNet.images"),
        ("batch_norm_net", "dynamic", "'h w i o -> o i w h'", "BatchNormNet.layouts"),
    ],
)
def test_what_is_planted_is_taken_out_again(target, side, after, changed):
    """Classes and functions are the same ones all the time; what they are made of is another, and then what it was."""
    load(side, "gan" if target == "optimizers" else target)
    mutant = next(m for m in planned(target, side) if after == m.edits[0][1] or after in m.what.partition(" -> ")[2])
    before = made_of(mutant.path)
    during = {}

    def interrupted():
        with planted(mutant):
            during.update(made_of(mutant.path))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert made_of(mutant.path) == before
    assert during.keys() == before.keys()
    assert [name for name in before if during[name] != before[name]] == [changed]
    assert changed.startswith(mutant.method)


def made_of(path):
    """What the methods and tables of a module's classes are made of, by name."""
    module = sys.modules[path.removesuffix(".py").replace("/", ".")]
    found = {}
    for kind in [k for k in vars(module).values() if isinstance(k, type) and k.__module__ == module.__name__]:
        for name, value in vars(kind).items():
            if isinstance(value, FunctionType):
                found |= {f"{kind.__name__}.{name}.{part}": getattr(value, part) for part in PARTS}
            elif isinstance(value, dict | str):
                found[f"{kind.__name__}.{name}"] = value
    return found


# Known differences, by name


def test_known_differences_are_planted_wherever_they_can_be():
    assert planted_differences.PLANTS.keys() <= DIFFERENCES.keys()
    for name, sides in planted_differences.PLANTS.items():
        for side, ways in sides.items():
            files = [path_of(target, side) for target in TARGETS]
            found = [
                m.edits[0][1] for path in files for m in planted_differences.plants(name, path, source(path), side)
            ]
            assert len(set(found)) >= len(ways), (name, side)


def test_a_known_difference_is_planted_at_all_places_at_once():
    (found,) = planted_differences.plants(
        "weight_decay", "m.py", model_with("return a * tf.nn.l2_loss(b) + tf.nn.l2_loss(c)", "static"), "static"
    )
    assert [after for _, after in found.edits] == ["2 * tf.nn.l2_loss(b)", "2 * tf.nn.l2_loss(c)"]
    assert found.what == "weight_decay: tf.nn.l2_loss(b) -> 2 * tf.nn.l2_loss(b)"


def test_an_unknown_difference_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError, match="did you mean 'nesterov'"):
        planted_differences.plants("nestorov", "m.py", "", "static")


# Trying


@pytest.fixture(scope="module")
def trials():
    """In this process: a campaign has its own."""
    made = trial.Trials()
    for side in SIDES:
        made.prepare([("computational_graph", "")], side)
    yield made
    for references in made.references.values():
        for reference in references:
            reference.other.close()


def tried(trials, side, mutant):
    return campaign.record(mutant, trials.attempt([("computational_graph", "")], side, list(astuple(mutant))))


@pytest.mark.parametrize("side", SIDES)
def test_every_mutant_that_is_not_equivalent_is_caught_and_no_other(trials, side):
    rows = [row("computational_graph", side, [tried(trials, side, m) for m in planned("computational_graph", side)])]
    assert missed(rows) == []
    assert misjudged(rows) == []
    assert succeeded(rows)
    assert "MISSED" not in line(rows[0])
    assert rows[0]["planted"] == rows[0]["caught"] + rows[0]["equivalent"]
    assert all(
        record["how"].startswith("computational_graph plain: ") for record in rows[0]["mutants"] if record["caught"]
    )


@pytest.mark.parametrize("side", SIDES)
def test_what_was_changed_is_what_is_named_or_it_does_not_count(trials, side):
    (found,) = [m for m in planned("computational_graph", side) if m.what == "c * d -> c / d"]
    result = tried(trials, side, found)
    assert (result["raised"], result["located"]) == (False, True)
    assert result["named"] == f"{found.path}::ComputationalGraph.forward"
    assert not trial.is_in(result["named"], replace(found, method="ComputationalGraph.loss"))
    assert not trial.is_in(result["named"], replace(found, path="another.py"))
    assert trial.is_in(result["named"], replace(found, method="ComputationalGraph"))  # changed in the class's body


@pytest.mark.parametrize(
    ("side", "method"),
    [
        ("static", "ComputationalGraph.forward"),
        ("dynamic", "ComputationalGraph.forward"),
        ("static", "ComputationalGraph.update"),
        ("dynamic", "ComputationalGraph.update"),
    ],
)
def test_an_error_is_blamed_on_the_method_that_it_comes_from(trials, side, method):
    found = next(
        m for m in planned("computational_graph", side) if m.method == method and m.operator == "operand dropped"
    )
    result = tried(trials, side, replace(found, edits=((found.edits[0][0], "missing"),)))
    assert result["how"] == "computational_graph plain: NameError: name 'missing' is not defined"
    assert (result["caught"], result["raised"], result["located"]) == (True, True, True)
    assert result["named"] == f"{found.path}::{method}"


def test_a_fault_that_only_float32_shows_is_caught(trials):
    (found,) = [m for m in planned("computational_graph", "dynamic") if m.what == "c * d -> c / d"]
    rounded = "c * d * (1 if c.dtype == torch.float64 else 1.001)"
    result = tried(trials, "dynamic", replace(found, edits=((found.edits[0][0], rounded),)))
    assert result["how"].startswith("computational_graph plain: float32 tap 'e' at step 0")


def test_a_state_that_does_not_fit_was_made_by_the_constructor():
    error = ValueError("w: shape (3, 1) does not fit (4, 1)")
    assert trial.blamed(error, "static_tf/m.py", "M") == "static_tf/m.py::M.__init__"
    assert (
        trial.blamed(ValueError("Cannot feed value of shape (3,)"), "static_tf/m.py", "M") == "static_tf/m.py::M.inputs"
    )
    assert trial.blamed(ValueError("something else"), "static_tf/m.py", "M") == ""


def test_a_graph_that_fails_when_it_is_run_says_where_it_was_made():
    path = "static_tf/recurrent/lstm.py"
    number = next(i for i, text in enumerate(source(path).splitlines(), 1) if "tf.split" in text)
    error = RuntimeError(f'Detected at node split defined at\n  File "{ROOT}/{path}", line {number}, in cell\n')
    assert trial.blamed(error, path, "LSTM") == f"{path}::LSTM.cell"


def test_a_blind_proof_is_found_out(trials, monkeypatch):
    """A comparison that notices nothing leaves every mutant that runs, and each of them is reported in full."""
    monkeypatch.setattr(trial, "first_failure", lambda rows: None)
    found = planned("computational_graph", "dynamic")
    rows = [row("computational_graph", "dynamic", [tried(trials, "dynamic", m) for m in found])]
    assert not succeeded(rows)
    assert len(missed(rows)) > len(found) / 2
    for record in missed(rows):
        assert f"MISSED: {record['path']}:{record['line']} {record['method']}: {record['what']}" in line(rows[0])


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
        trial.Trials().prepare([("computational_graph", "")], "dynamic")


@pytest.mark.parametrize("side", SIDES)
def test_an_update_rule_is_tried_with_all_models_that_use_it(side):
    (adam, *_) = [m for m in planned("optimizers", side) if m.method.startswith("Adam.")]
    (base, *_) = [m for m in planned("optimizers", side) if m.method.startswith("Descent.")]
    variations = [name for name, optimizer in OPTIMIZERS.items() if isinstance(optimizer, Descent)]
    assert campaign.users(adam, "optimizers") == [
        *[(campaign.NET, name) for name in ("adam", "adam_weight_decay")],
        *[(name, "") for name in ("deep_net", "sequence_conv_net", "lstm", "gan")],  # in some variant
    ]
    assert campaign.users(base, "optimizers") == [
        *[(campaign.NET, name) for name in variations],
        *[(name, "") for name, entry in CATALOG.items() if entry.chapter != "basics"],
    ]
    assert campaign.users(adam, "gan") == [("gan", "")]


def test_a_mutant_that_ends_its_process_is_noticed_and_the_next_one_is_tried(monkeypatch):
    found = planned("computational_graph", "dynamic")
    (deadly,) = [
        replace(m, edits=((m.edits[0][0], '__import__("os")._exit(3)'),)) for m in found if m.what == "c * d -> c / d"
    ]
    monkeypatch.setattr(campaign, "SIDES", {"dynamic": SIDES["dynamic"]})
    monkeypatch.setattr(campaign, "planned", lambda target, side: [deadly, found[0]])
    told = []
    (only,) = campaign.campaign(["computational_graph"], jobs=1, report=lambda what, share: told.append((what, share)))
    assert [record["caught"] for record in only["mutants"]] == [True, True]
    assert only["mutants"][0]["how"] == "its process failed: ended with status 3"
    assert only["mutants"][1]["how"].startswith("computational_graph plain: ")
    assert [share for _, share in told] == [0.5, 1.0]
    assert json.loads(json.dumps(only)) == only


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


def test_the_race_of_the_rules_and_other_starts_are_no_work_of_the_nets_own():
    assert campaign.variants("lstm") == ["plain", "while_loop"]
    assert {"plain", "maxout", "deep_sigmoid"} <= {*campaign.variants("deep_net")}
    assert not {"bfgs", "pretrained_rbm"} & {*campaign.variants("deep_net")}
