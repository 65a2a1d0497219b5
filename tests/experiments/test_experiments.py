"""The experiments: every net is proven equal in float64, learns alike on both sides, and its claim can fail."""

import json
from dataclasses import asdict, replace
from functools import wraps

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import cli, experiments
from benchmarks.experiments import eight_layers, optimizers, training
from benchmarks.experiments.experiment import line
from benchmarks.experiments.training import Case, train
from benchmarks.proof import passed, prove
from benchmarks.rows import ExperimentRow
from benchmarks.twins import SIDES, twin
from shared.catalog import CATALOG
from shared.errors import UsageError
from shared.optimizers import Momentum
from shared.spec import Learning, Target

CASES = [(one.name, case) for one in experiments.every() for case in one.cases]
FIRST = {(one.name, next(iter(one.cases))) for one in experiments.every()}


def others_slow(cases):
    """The first net of each experiment, and the others as slow tests."""
    return [pytest.param(*case, marks=[] if case in FIRST else [pytest.mark.slow]) for case in cases]


QUICK = {"depth": 2, "width": 5, "batch": 64, "optimizer": Momentum(0.05)}


def quick(*targets, steps=5, **case):
    """One small net, trained for a few steps."""
    found = optimizers.Optimizers()
    learning = Learning(steps, targets or (Target("test_accuracy", 0.0),), 1e-9, "a test", dtype="float64")
    found.cases = {"momentum": Case(QUICK, learning, **case)}
    return found


def made_up(experiment, losses=None, accuracies=None):
    """Rows of an experiment whose every net passed, with these last losses, or these accuracies, by case."""
    rows = []
    for case in experiment.cases:
        rows.append(ExperimentRow(experiment.name, case, "proof", "both", 20, "float64", 1e-15, verdict="rounding"))
        for side in SIDES:
            values = {"loss": (losses or {}).get(case, 1.0), "metric": (accuracies or {}).get(case, 1.0)}
            rows += [
                ExperimentRow(experiment.name, case, "loss", side, 50, "loss", 2.3),
                ExperimentRow(experiment.name, case, "loss", side, 150, "loss", values["loss"]),
                ExperimentRow(experiment.name, case, "metric", side, 150, "test_accuracy", values["metric"]),
            ]
        rows.append(ExperimentRow(experiment.name, case, "curves", "both", 150, "gap", 0.0, 1e-9, "together"))
    return rows


LOSSES = {"bfgs": 1e-3, "momentum": 0.4, "nesterov": 0.4, "gradient_descent": 0.5}
ACCURACIES = {name: 0.1 if name == "deep_sigmoid" else 0.97 for name in eight_layers.EXPERIMENT.cases}


@pytest.mark.parametrize(("title", "case"), others_slow(CASES))
def test_every_net_is_proven_in_float64(title, case):
    experiment = experiments.find(title)
    rows = prove(experiment.model, dtypes=("float64",), **experiment.cases[case].changes)
    assert passed(rows)
    assert {row["verdict"] for row in rows} <= {"identical", "rounding"}


@pytest.mark.parametrize(
    ("title", "case"), others_slow([case for case in CASES if not case[1].startswith("pretrained")])
)
def test_both_sides_learn_alike(title, case):
    """The first steps of the training, on both sides."""
    settings = experiments.find(title).cases[case]
    short = replace(settings, learning=replace(settings.learning, steps=12))
    (static, _), (dynamic, scores) = (train(side, "deep_net", short) for side in SIDES)
    np.testing.assert_allclose(static, dynamic, rtol=1e-9)
    assert {target.metric for target in settings.learning.targets} <= scores.keys()


def test_every_net_has_a_target_and_a_reason_for_its_gap():
    for name, case in CASES:
        learning = experiments.find(name).cases[case].learning
        assert learning.targets
        assert learning.reason
        metrics = CATALOG["deep_net"].spec(**experiments.find(name).cases[case].changes)
        held_out = metrics.held_out()
        found = metrics.score(np.zeros((len(held_out["y"]), 10)), held_out, metrics.initial())
        assert {target.metric for target in learning.targets} <= found.keys()


def test_a_run_has_a_proof_losses_metrics_and_the_distance_of_the_curves():
    told = []
    experiment = quick()
    rows = experiment.run(lambda what, share: told.append((what, share)))
    assert [row.kind for row in rows if row.side == "both"] == ["proof", "curves"]
    assert {(row.kind, row.side) for row in rows} >= {(kind, side) for kind in ("loss", "metric") for side in SIDES}
    assert sum(row.kind == "loss" for row in rows) == 10
    assert not any(row.error for row in rows)
    assert next(row for row in rows if row.kind == "proof").value < 1e-12
    assert next(row for row in rows if row.kind == "curves").verdict == "together"
    assert all(0 <= share <= 1 for _, share in told)
    json.dumps([asdict(row) for row in rows], allow_nan=False)


def test_a_target_that_is_missed_fails_the_experiment():
    experiment = quick(Target("test_accuracy", 1.1))
    rows = experiment.run()
    assert {row.verdict for row in rows if row.name == "test_accuracy"} == {"missed"}
    assert experiment.verdict(rows) == "failed: momentum static test accuracy missed"


def test_a_net_that_differs_or_parts_fails_the_experiment(monkeypatch):
    from dynamic_torch.deep.deep_net import DeepNet

    loss = DeepNet.loss

    @wraps(loss)  # the twin looks at its arguments' names
    def larger(self, *args, **named):
        return 1.01 * loss(self, *args, **named)

    monkeypatch.setattr(DeepNet, "loss", larger)
    experiment = quick()
    rows = experiment.run()
    assert next(row for row in rows if row.kind == "proof").verdict == "different"
    assert next(row for row in rows if row.kind == "curves").verdict == "apart"
    assert experiment.verdict(rows).startswith("failed: momentum both float64 different")


def test_a_net_that_breaks_costs_its_own_row_only(monkeypatch):
    experiment = quick()
    experiment.cases["broken"] = Case({"activation": "none of them"}, experiment.cases["momentum"].learning)
    rows = experiment.run()
    broken = [row for row in rows if row.case == "broken"]
    assert [row.value for row in broken] == [None]
    assert broken[0].error.startswith("UsageError: unknown activation 'none of them'")
    assert any(row.kind == "curves" for row in rows)
    assert experiment.verdict(rows).startswith("failed: broken: UsageError")


@pytest.mark.parametrize("kind", ["autoencoder", "rbm"])
def test_learning_starts_from_pretrained_layers(kind, monkeypatch):
    asked = []

    def start(side, kind, spec, steps):
        asked.append((side, kind, steps))
        return {"w2": np.zeros((5, 10)), "b2": np.arange(10.0)}  # then all examples have the same logits

    monkeypatch.setattr(training, "pretrain", start)
    losses, _ = train("dynamic", "deep_net", quick(pretrained=kind, steps=1).cases["momentum"])
    assert asked == [("dynamic", kind, training.STEPS)]
    y = next(CATALOG["deep_net"].spec(**QUICK).batches())["y"]
    assert losses[0] == pytest.approx(np.logaddexp.reduce(np.arange(10)) - y.mean(), rel=1e-12)


def test_the_claim_on_optimizers_holds_and_can_fail():
    one = optimizers.EXPERIMENT
    assert one.verdict(made_up(one, LOSSES)) == "holds"
    assert one.verdict(made_up(one, LOSSES | {"bfgs": 0.3})) == "does not hold"
    assert one.verdict(made_up(one, LOSSES | {"momentum": 0.6})) == "does not hold"
    assert one.verdict(made_up(one, LOSSES)[:-8]) == "does not hold"  # a net that was not trained
    assert one.verdict([]) == "does not hold"
    assert "bfgs 0.001, momentum 0.4" in one.sentence(made_up(one, LOSSES))
    assert line(one, made_up(one, LOSSES)).startswith("optimizers: holds. In the same number of steps")


def test_the_claim_on_eight_layers_holds_and_can_fail():
    one = eight_layers.EXPERIMENT
    assert one.verdict(made_up(one, accuracies=ACCURACIES)) == "holds"
    for name in one.cases:
        other = ACCURACIES | {name: 0.5}
        assert one.verdict(made_up(one, accuracies=other)) == "does not hold"
    assert "deep sigmoid 0.100, pretrained autoencoder 0.970" in one.sentence(made_up(one, accuracies=ACCURACIES))


def test_what_an_experiment_depends_on_is_named():
    assert optimizers.EXPERIMENT.models == ("deep_net",)
    assert eight_layers.EXPERIMENT.models == ("deep_net", "autoencoder", "rbm")
    assert eight_layers.EXPERIMENT.settings == eight_layers.EXPERIMENT.cases


def test_the_figure_has_the_losses_of_every_net():
    figure = optimizers.EXPERIMENT.figure(made_up(optimizers.EXPERIMENT, LOSSES))
    assert figure.curves.keys() == optimizers.EXPERIMENT.cases.keys()
    assert figure.curves["bfgs"] == {side: ([50, 150], [2.3, 1e-3]) for side in SIDES}
    assert optimizers.EXPERIMENT.figure(made_up(quick())) is None  # one is no race


def test_the_command(monkeypatch, tmp_path):
    monkeypatch.setattr(optimizers, "EXPERIMENT", quick(Target("test_accuracy", 1.1), steps=2))
    file = tmp_path / "rows.json"
    found = CliRunner().invoke(cli.app, ["experiments", "optimizers", "--json", str(file)])
    assert found.exit_code == 1
    assert "optimizers: failed: momentum static test accuracy missed." in found.output
    rows = json.loads(file.read_text())["rows"]
    assert {row["experiment"] for row in rows} == {"optimizers"}
    monkeypatch.setattr(optimizers.Optimizers, "holds", lambda self, rows: True)
    monkeypatch.setattr(optimizers, "EXPERIMENT", quick(steps=2))
    assert CliRunner().invoke(cli.app, ["experiments", "optimizers"]).exit_code == 0
    with pytest.raises(UsageError, match="unknown experiment 'optimizer': did you mean 'optimizers'"):
        CliRunner().invoke(cli.app, ["experiments", "optimizer"], catch_exceptions=False)


def test_sigmoids_pass_no_error_to_the_first_of_eight_layers():
    """Why the deep net of sigmoids does not learn. With ReLU, from weights as wide, the error arrives."""
    for side in SIDES:
        share = {}
        for name in ("deep_sigmoid", "deep_relu"):
            with twin(side, "deep_net", threads=1, **eight_layers.EXPERIMENT.cases[name].changes) as arm:
                gradients = arm.gradients(next(arm.spec.batches()))
                norms = [np.linalg.norm(gradients[f"w{i}"]) for i in range(1, 9)]
                share[name] = norms[0] / norms[-1]
        assert share["deep_sigmoid"] < 1e-4
        assert share["deep_relu"] > 1e-2
