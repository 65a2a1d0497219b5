"""The sequence conv net against PyTorch's layers, SciPy, NumPy and scikit-learn."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression
from torch import nn

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.convolutional.sequence_conv_net import AUTHORS
from shared.datasets.sequences import mnist1d
from tests.helpers import SMALL
from tests.models.pins import SIZED, edge_cases, sums

SOME = 1000  # series for scikit-learn to learn from


@pytest.mark.parametrize(("variant", "count"), [("plain", 5210), ("perceptron", 15210), ("linear", 410)])
def test_parameters_are_as_many_as_the_authors(variant, count):
    assert sum(x.size for x in CATALOG["sequence_conv_net"].spec(variant).initial().values()) == count


def test_weights_are_drawn_as_pytorchs_layers_draw_them():
    """U(-r, r) with the same r: so the authors' runs began. Biases begin at zero here."""
    initial = CATALOG["sequence_conv_net"].spec().initial() | CATALOG["sequence_conv_net"].spec("perceptron").initial()
    layers = {
        "kernel1": nn.Conv1d(1, 25, 5),
        "kernel2": nn.Conv1d(25, 25, 3),
        "kernel3": nn.Conv1d(25, 25, 3),
        "w1": nn.Linear(40, 100),
        "w2": nn.Linear(100, 100),
        "w": nn.Linear(100, 10),
    }
    for name, layer in layers.items():
        assert np.abs(initial[name]).max() == pytest.approx(layer.weight.abs().max().item(), rel=0.05), name
        assert initial[name].std() == pytest.approx(layer.weight.std().item(), rel=0.15), name
    assert not any(value.any() for name, value in initial.items() if name.startswith("b"))


@pytest.mark.parametrize("side", SIDES)
def test_the_net_is_made_of_pytorchs_layers(side):
    """Conv1d, ReLU and Linear: logits, loss, and the gradient of every parameter."""
    with twin(side, "sequence_conv_net", **SMALL) as arm:
        batch = next(arm.spec.batches())
        arm.step(batch)  # away from biases of zero
        state, (c1, c2, c3) = arm.state(), arm.spec.config.channels
        convolutions = nn.Conv1d(1, c1, 5, 2, 1), nn.Conv1d(c1, c2, 3, 2, 1), nn.Conv1d(c2, c3, 3, 2, 1)
        last = nn.Linear(c3 * 5, 10)
        steps = [step for layer in convolutions for step in (layer, nn.ReLU())]
        net = nn.Sequential(*steps, nn.Flatten(), last).double()
        of_last = state["w"].reshape(5, c3, 10).transpose(2, 1, 0).reshape(10, -1)  # Flatten has channels first
        with torch.no_grad():
            for i, layer in enumerate(convolutions, 1):
                layer.weight.copy_(torch.from_numpy(state[f"kernel{i}"]).permute(2, 1, 0))
                layer.bias.copy_(torch.from_numpy(state[f"bias{i}"]))
            last.weight.copy_(torch.from_numpy(of_last))
            last.bias.copy_(torch.from_numpy(state["b"]))
        logits = net(torch.from_numpy(batch["x"]).double().permute(0, 2, 1))
        np.testing.assert_allclose(arm.predict(batch), logits.detach(), rtol=1e-11, atol=1e-14)
        loss = nn.CrossEntropyLoss()(logits, torch.from_numpy(batch["y"]))
        assert arm.loss(batch) == pytest.approx(loss.item(), rel=1e-12)

        loss.backward()
        found = arm.gradients(batch)
        for i, layer in enumerate(convolutions, 1):
            expected = layer.weight.grad.permute(2, 1, 0)
            np.testing.assert_allclose(found[f"kernel{i}"], expected, rtol=1e-9, atol=1e-14)
            np.testing.assert_allclose(found[f"bias{i}"], layer.bias.grad, rtol=1e-9, atol=1e-14)
        expected = last.weight.grad.reshape(10, c3, 5).permute(2, 1, 0).reshape(-1, 10)
        np.testing.assert_allclose(found["w"], expected, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("side", SIDES)
def test_each_layer_is_scipys_correlation(side):
    """One zero on both ends, each position, and of those every second: on both sides, whatever SAME may mean."""
    with twin(side, "sequence_conv_net", **SMALL) as arm:
        batch = next(arm.spec.batches())
        arm.step(batch)
        state, taps = arm.state(), arm.forward(batch)
        before = batch["x"].astype(np.float64)
        for i in (1, 2, 3):
            kernel, ends = state[f"kernel{i}"], np.pad(before, [(0, 0), (1, 1), (0, 0)])
            every = [[correlate(row, kernel[:, :, o], "valid")[:, 0] for o in range(kernel.shape[2])] for row in ends]
            z = np.array(every).swapaxes(1, 2)[:, ::2] + state[f"bias{i}"]
            np.testing.assert_allclose(taps[f"z{i}"], z, rtol=1e-10, atol=1e-13)
            before = np.maximum(z, 0)
            np.testing.assert_allclose(taps[f"h{i}"], before, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("side", SIDES)
def test_the_perceptron_is_the_authors(side):
    """What the first layer found goes around the second."""
    with twin(side, "sequence_conv_net", variant="perceptron", **SMALL) as arm:
        batch = next(arm.spec.batches())
        arm.step(batch)
        state, x = arm.state(), batch["x"][:, :, 0].astype(np.float64)
        h1 = np.maximum(x @ state["w1"] + state["b1"], 0)
        h2 = h1 + np.maximum(h1 @ state["w2"] + state["b2"], 0)
        logits = h2 @ state["w"] + state["b"]
        np.testing.assert_allclose(arm.predict(batch), logits, rtol=1e-11, atol=1e-14)
        picked = log_softmax(logits, axis=1)[np.arange(len(x)), batch["y"]]
        assert arm.loss(batch) == pytest.approx(-picked.mean(), rel=1e-12)


@pytest.fixture(scope="module")
def best():
    """Logistic regression of ten classes on some of the series, by Newton's method."""
    model = LogisticRegression(C=np.inf, solver="newton-cg", tol=1e-8)
    return model.fit(mnist1d().train.x[:SOME, :, 0].astype(np.float64), mnist1d().train.y[:SOME])


@pytest.mark.parametrize("side", SIDES)
def test_the_linear_limit_is_scikit_learns(side, best):
    """Where its logistic regression ends the gradient vanishes, and as many series are read right."""
    data = mnist1d()
    with twin(side, "sequence_conv_net", variant="linear", threads=1) as arm:
        batch, held_out = {"x": data.train.x[:SOME], "y": data.train.y[:SOME]}, arm.spec.held_out()
        start = arm.gradients(batch)
        arm.load({**arm.state(), "w": best.coef_.T, "b": best.intercept_})
        for name, gradient in arm.gradients(batch).items():
            assert np.linalg.norm(gradient) < 1e-8 * np.linalg.norm(start[name]), name
        score = arm.spec.score(arm.predict(held_out), held_out, arm.state())
    assert score["test_accuracy"] == pytest.approx(best.score(data.test.x[:, :, 0], data.test.y))
    assert score["distance_to_authors"] == pytest.approx(abs(score["test_accuracy"] - AUTHORS["linear"]))


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("sequence_conv_net") == pytest.approx((301.4471761, 3261.696126), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("sequence_conv_net") == [*SIZED, "ends"]
