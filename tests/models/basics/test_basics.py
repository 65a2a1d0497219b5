"""Chapter basics against independent truth: hand values, closed forms, NumPy, scikit-learn."""

import subprocess
import sys
from importlib import import_module
from itertools import islice

import numpy as np
import pytest

import dynamic_torch.training
import static_tf.training
from benchmarks.twins import load
from benchmarks.twins import twin as any_twin
from shared.basics.computational_graph import Node
from shared.basics.shallow_classifier import perceptron_accuracy
from shared.catalog import find
from shared.datasets import Split, tabular, toy

SIDES = ("static", "dynamic")
LESSONS = {"static": static_tf.training, "dynamic": dynamic_torch.training}
TRAINED = ("linear_regression", "logistic_regression", "shallow_regressor", "shallow_classifier")


@pytest.fixture(params=SIDES)
def side(request):
    return request.param


def twin(side, name, dtype="float64", **options):
    """A twin on one core: two frameworks in one process get into each other's way on more."""
    return any_twin(side, name, dtype, threads=1, **options)


def module(side, name):
    """The file of one twin."""
    return import_module(load(side, name)[0].__module__)


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


# Every formula once more, in NumPy


def l2_norm(*weights):
    return sum((w**2).sum() for w in weights) / 2


def linear_regression(p, x, y):
    y_ = x @ p["w"] + p["b"]
    return {"y_": y_}, np.mean((y_ - y) ** 2), l2_norm(p["w"])


def logistic_regression(p, x, y):
    z = x @ p["w"] + p["b"]
    y_ = 1 / (1 + np.exp(-z))
    return {"z": z, "y_": y_, "decision": z.real > 0}, -np.mean(np.log(np.where(y == 1, y_, 1 - y_))), l2_norm(p["w"])


def shallow_regressor(p, x, y):
    h = 1 / (1 + np.exp(-(x @ p["w1"] + p["b1"])))
    y_ = h @ p["w2"] + p["b2"]
    return {"h": h, "y_": y_}, np.mean((y_ - y) ** 2), l2_norm(p["w1"], p["w2"])


def shallow_classifier(p, x, y):
    h = np.tanh(x @ p["w1"] + p["b1"])
    z = h @ p["w2"] + p["b2"]
    share = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    return {"h": h, "z": z}, -np.mean(np.log(share[np.arange(len(y)), y])), l2_norm(p["w1"], p["w2"])


FORMULAS = {f.__name__: f for f in (linear_regression, logistic_regression, shallow_regressor, shallow_classifier)}


def complex_step(function, parameters, size=1e-30):
    """The gradient of an analytic function, to the last digits: Im f(w + i size) / size (Squire & Trapp 1998)."""
    gradients = {}
    for name, w in parameters.items():
        gradients[name] = np.empty(w.shape)
        for i in np.ndindex(w.shape):
            moved = w.astype(complex)
            moved[i] += 1j * size
            gradients[name][i] = function({**parameters, name: moved}).imag / size
    return gradients


@pytest.mark.parametrize("model_name", TRAINED)
def test_model_is_its_formula(side, model_name):
    """Taps, loss, gradients and the update; with a weight decay that cannot be overlooked."""
    l2 = 0.3
    with twin(side, model_name, l2=l2) as model:
        batch = {key: value[:100] for key, value in next(model.spec.batches()).items()}
        inputs = {key: value.astype(float) if value.dtype == np.float32 else value for key, value in batch.items()}
        before = model.state()

        def total(parameters):
            _, loss, weight = FORMULAS[model_name](parameters, **inputs)
            return loss + l2 * weight

        taps, *_ = FORMULAS[model_name](before, **inputs)
        assert list(model.forward(batch)) == list(taps)
        for tap, value in model.forward(batch).items():
            np.testing.assert_allclose(value, taps[tap], rtol=1e-12, atol=1e-13, err_msg=tap)
        assert model.loss(batch) == pytest.approx(total(before), rel=1e-13)
        gradients = complex_step(total, before)
        for parameter, value in model.gradients(batch).items():
            np.testing.assert_allclose(value, gradients[parameter], rtol=1e-11, atol=1e-13, err_msg=parameter)
        assert model.step(batch) == pytest.approx(total(before), rel=1e-13)
        for parameter, value in model.state().items():
            moved = before[parameter] - model.spec.config.optimizer.learning_rate * gradients[parameter]
            np.testing.assert_allclose(value, moved, rtol=1e-11, atol=1e-13, err_msg=parameter)


@pytest.mark.parametrize("model_name", TRAINED)
def test_training_without_a_harness_takes_the_twins_own_steps(side, model_name):
    for variant in find(model_name).variants:
        with any_twin(side, model_name, "float32", variant=variant) as model:  # on as many cores as the program
            spec, kind = model.spec, type(model.model)
            losses = [model.step(batch) for batch in islice(spec.batches(), 30)]
        assert LESSONS[side].train(kind, spec.config, spec.initial(), islice(spec.batches(), 30)) == losses
        assert losses[-1] < losses[0]


# Linear regression, by linear algebra


@pytest.mark.parametrize("variant", ["plain", "line"])
def test_descent_closes_in_on_least_squares_as_the_curvature_says(side, variant):
    """The distance to the solution is multiplied by (1 - learning_rate curvature) at every step."""
    with twin(side, "linear_regression", variant=variant) as model:
        train, rate = model.spec.data().train, model.spec.config.optimizer.learning_rate
        design = np.hstack([train.x, np.ones_like(train.y)]).astype(float)
        solution = np.linalg.solve(design.T @ design, design.T @ train.y)
        shrink = np.eye(design.shape[1]) - rate * 2 * design.T @ design / len(design)

        def coefficients():
            return np.vstack([model.state()["w"], model.state()["b"][None]])

        start = coefficients()
        for batch in islice(model.spec.batches(), 300):
            model.step(batch)
        expected = solution + np.linalg.matrix_power(shrink, 300) @ (start - solution)
        np.testing.assert_allclose(coefficients(), expected, atol=1e-12)
        held_out = model.spec.held_out()
        score = model.spec.score(model.predict(held_out), held_out, model.state())
        assert score["distance_to_least_squares"] == pytest.approx(np.abs(coefficients() - solution).max(), abs=1e-12)

    learning = find("linear_regression").variants[variant].learning
    left = np.linalg.matrix_power(shrink, learning.steps) @ (start - solution)
    assert np.abs(left).max() < learning.targets[0].bound / 100  # the catalogue asks for steps enough


def test_weight_decay_makes_it_ridge_regression(side):
    """At the closed-form ridge solution, whose offset is not penalised, nothing moves any more."""
    l2 = 0.5
    with twin(side, "linear_regression", l2=l2) as model:
        batch = next(model.spec.batches())
        x, y = batch["x"].astype(float), batch["y"].astype(float)
        centred = x - x.mean(0)
        w = np.linalg.solve(centred.T @ centred + l2 / 2 * len(x) * np.eye(x.shape[1]), centred.T @ y)
        model.load({"w": w, "b": (y - x @ w).mean(0)})
        for gradient in model.gradients(batch).values():
            np.testing.assert_allclose(gradient, 0, atol=1e-14)


# Logistic regression, by scikit-learn


def test_long_training_ends_where_scikit_learn_does(side):
    from sklearn.linear_model import LogisticRegression

    with twin(side, "logistic_regression") as model:
        train, config = tabular.breast_cancer().train, model.spec.config
        reference = LogisticRegression(C=1 / (len(train.x) * config.l2), solver="newton-cholesky", tol=1e-12)
        reference.fit(train.x.astype(float), train.y[:, 0])
        for batch in islice(model.spec.batches(), 2500):
            model.step(batch)
        np.testing.assert_allclose(model.state()["w"][:, 0], reference.coef_[0], atol=1e-6)
        np.testing.assert_allclose(model.state()["b"], reference.intercept_, atol=1e-6)

        held_out = model.spec.held_out()
        taps = model.forward(held_out)
        x = held_out["x"].astype(float)
        np.testing.assert_array_equal(taps["decision"][:, 0], reference.predict(x))
        np.testing.assert_allclose(taps["y_"][:, 0], reference.predict_proba(x)[:, 1], atol=1e-6)
        score = model.spec.score(model.predict(held_out), held_out, model.state())
        assert score["test_accuracy"] == reference.score(x, held_out["y"][:, 0]) >= 0.97


def test_cross_entropy_survives_scores_whose_sigmoid_is_0_or_1(side):
    with twin(side, "logistic_regression", l2=0.0) as model:
        batch = next(model.spec.batches())
        model.load({"w": model.state()["w"] * 1e4, "b": np.zeros(1)})
        z = batch["x"].astype(float) @ model.state()["w"]
        assert np.abs(z).max() > 1000  # exp(1000) is beyond float64
        assert model.loss(batch) == pytest.approx(np.mean(np.maximum(z, 0) - z * batch["y"]), rel=1e-3)
        assert np.isfinite(model.gradients(batch)["w"]).all()


# What the classifier is measured against


@pytest.mark.parametrize("data", [toy.spirals, toy.xor])
def test_no_trained_line_beats_the_best_line(data):
    from sklearn.linear_model import LogisticRegression, Perceptron

    train = data().train
    best = perceptron_accuracy(train, train)
    for trained in (LogisticRegression(), Perceptron()):
        assert trained.fit(train.x, train.y).score(train.x, train.y) <= best < 0.8


def test_the_best_line_is_found_where_there_is_one():
    x = np.random.default_rng(0).normal(size=(500, 2))
    x = x[np.abs(x @ [3, -4] / 5 + 0.3) > 0.05]
    below = Split(x, (x @ [3, -4] / 5 + 0.3 < 0).astype(int))
    assert perceptron_accuracy(below, below) == 1


def test_accuracy_counts():
    for model_name in ("shallow_classifier", "logistic_regression"):
        spec = find(model_name).spec()
        batch = spec.held_out()
        y = batch["y"]
        right = np.eye(2)[y] if model_name == "shallow_classifier" else y - 0.5
        assert spec.score(right, batch, {})["test_accuracy"] == 1
        right[: len(y) // 4] *= -1
        assert spec.score(right, batch, {})["test_accuracy"] == 1 - len(y) // 4 / len(y)


# The data


def test_tables_are_standardised_by_their_training_part():
    from sklearn.datasets import load_breast_cancer, load_diabetes

    for data, table, sizes in (
        (tabular.diabetes(), load_diabetes(), (354, 88)),
        (tabular.breast_cancer(), load_breast_cancer(), (427, 142)),
    ):
        assert (len(data.train.x), len(data.test.x)) == sizes
        np.testing.assert_allclose(data.train.x.mean(0), 0, atol=1e-6)
        np.testing.assert_allclose(data.train.x.std(0), 1, atol=1e-6)
        ours = np.hstack([np.vstack([data.train.x, data.test.x]), np.vstack([data.train.y, data.test.y])])
        theirs = np.hstack([table.data, table.target[:, None]])
        for column, original in zip(ours.T, theirs.T):  # no row is lost, doubled or parted from its label
            assert np.corrcoef(np.sort(column), np.sort(original))[0, 1] == pytest.approx(1, abs=1e-6)
        correlation = np.corrcoef(ours.T), np.corrcoef(theirs.T)
        np.testing.assert_allclose(*correlation, atol=1e-6)
    assert set(np.unique(tabular.breast_cancer().train.y)) == {0, 1}
    diabetes = tabular.diabetes().train.y
    np.testing.assert_allclose([diabetes.mean(), diabetes.std()], [0, 1], atol=1e-6)


def test_shapes_no_line_separates_are_balanced():
    for data in (toy.spirals(), toy.xor()):
        assert data.train.y.mean() == data.test.y.mean() == 0.5
    x, y = toy.xor().train.x, toy.xor().train.y
    np.testing.assert_array_equal(y, (x[:, 0] * x[:, 1] < 0).astype(int))


def test_importing_the_chapter_does_not_import_scikit_learn():
    names = ", ".join(f"shared.basics.{name}" for name in TRAINED)
    code = f"import sys, {names}; sys.exit('sklearn' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
