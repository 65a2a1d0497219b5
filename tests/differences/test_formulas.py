"""The known differences against formulas in NumPy, SciPy and the kernels that TF1 itself called."""

import itertools
from importlib import import_module

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import torch
from scipy.optimize import minimize
from scipy.signal import correlate
from scipy.special import expit, log_softmax
from scipy.stats import truncnorm

from benchmarks.differences import TREES
from shared.differences import find


def run(side, name, aligned=False, **changes):
    return import_module(f"{TREES[side]}.differences").run(name, {**find(name).inputs(), **changes}, aligned)


# Neither side: the papers' formulas in NumPy, and others' programs


def optimizer(name, side, g, t, slots):
    """One step of an optimizer, divided by its rate, as its formula in the table says it. `slots` remember."""
    if name == "rmsprop":
        decay, start = (0.9, 1.0) if side == "static" else (0.99, 0.0)
        slots["v"] = decay * slots.get("v", start) + (1 - decay) * g**2
        return g / np.sqrt(slots["v"] + 1e-10) if side == "static" else g / (np.sqrt(slots["v"]) + 1e-8)
    if name == "adagrad_accumulator":
        slots["v"] = slots.get("v", 0.1 if side == "static" else 0.0) + g**2
        return g / (np.sqrt(slots["v"]) + (0 if side == "static" else 1e-10))
    if name == "adadelta_defaults":
        rate, rho, eps = (0.001, 0.95, 1e-8) if side == "static" else (1.0, 0.9, 1e-6)
        slots["v"] = rho * slots.get("v", 0.0) + (1 - rho) * g**2
        step = np.sqrt(slots.get("u", 0.0) + eps) / np.sqrt(slots["v"] + eps) * g
        slots["u"] = rho * slots.get("u", 0.0) + (1 - rho) * step**2
        return rate * step
    if name == "adam_epsilon":
        slots["m"] = 0.9 * slots.get("m", 0.0) + 0.1 * g
        slots["v"] = 0.999 * slots.get("v", 0.0) + 0.001 * g**2
        m, v = slots["m"] / (1 - 0.9**t), slots["v"] / (1 - 0.999**t)
        eps = 1e-8 / np.sqrt(1 - 0.999**t) if side == "static" else 1e-8
        return m / (np.sqrt(v) + eps)
    slots["v"] = 0.9 * slots.get("v", 0.0) + g
    return g + 0.9 * slots["v"] if name == "nesterov" else slots["v"]


@pytest.mark.parametrize("side", TREES)
@pytest.mark.parametrize(
    ("difference", "output"),
    [
        ("rmsprop", "w"),
        ("adagrad_accumulator", "w"),
        ("adadelta_defaults", "w"),
        ("adam_epsilon", "w"),
        ("momentum_rate", "TF1"),
        ("nesterov", "w"),
    ],
)
def test_optimizers_are_their_formulas(difference, output, side):
    inputs, slots = find(difference).inputs(), {}
    w = inputs["w"]
    for t, (g, rate) in enumerate(zip(inputs["gradients"], inputs["rates"]), 1):
        w = w - rate * optimizer(difference, side, g, t, slots)
    np.testing.assert_allclose(run(side, difference)[output], w, rtol=1e-12)


@pytest.mark.parametrize("side", TREES)
def test_centred_rmsprop_is_hintons_with_graves_variance(side):
    inputs = find("rmsprop_momentum").inputs()
    w, ms, mg = inputs["w"], 1.0, 0.0
    for g, rate in zip(inputs["gradients"], inputs["rates"]):
        ms, mg = 0.9 * ms + 0.1 * g**2, 0.9 * mg + 0.1 * g
        root = np.sqrt(ms - mg**2 + 1e-3) if side == "static" else np.sqrt(ms - mg**2) + 1e-3
        w = w - rate * g / root
    np.testing.assert_allclose(run(side, "rmsprop_momentum")["centred"], w, rtol=1e-12)


def test_the_velocity_of_keras_is_keras_own():
    inputs = find("momentum_rate").inputs()
    w, sgd = tf.Variable(inputs["w"]), tf.keras.optimizers.SGD(momentum=0.9)
    for g, rate in zip(inputs["gradients"], inputs["rates"]):
        sgd.learning_rate = rate
        sgd.apply([tf.constant(g)], [w])
    for side in TREES:
        np.testing.assert_allclose(run(side, "momentum_rate", True)["Keras, Caffe"], w.numpy(), rtol=1e-6)


def test_keras_l2_is_keras_own():
    inputs = find("weight_decay").inputs()
    w = tf.Variable(inputs["w"])
    for g, rate in zip(inputs["gradients"], inputs["rates"]):
        with tf.GradientTape() as tape:
            penalty = tf.keras.regularizers.l2(0.1)(w)
        w.assign_sub(rate * (g + tape.gradient(penalty, w)))
    for side in TREES:
        np.testing.assert_allclose(run(side, "weight_decay", True)["Keras l2"], w.numpy(), rtol=1e-6)


def test_the_shared_loop_of_bfgs_is_scipys_on_the_formula():
    def loss(w):
        return np.sum(np.log(np.cosh(w - 1))) + 0.1 * np.sum(np.diff(w) ** 2)

    start = find("quasi_newton").inputs()["w"]
    expected = minimize(loss, start, method="BFGS", options={"maxiter": 4}).x
    for side in TREES:
        np.testing.assert_allclose(run(side, "quasi_newton", True)["w"], expected, atol=1e-5)


def padded(size, kernel, stride):
    """SAME's padding, before and behind."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


@pytest.mark.parametrize("side", TREES)
def test_same_convolutions_are_scipys_correlations(side):
    inputs = find("same_padding").inputs()
    x, kernel = inputs["x"], inputs["kernel"]
    for name, stride in (("stride 1", 1), ("stride 2", 2)):
        ends = padded(x.shape[1], 3, stride)
        wide = np.pad(x, ((0, 0), ends, ends, (0, 0)))
        full = [[correlate(image, kernel[..., o], "valid")[..., 0] for o in range(3)] for image in wide]
        expected = np.transpose(full, (0, 2, 3, 1))[:, ::stride, ::stride]
        np.testing.assert_allclose(run(side, "same_padding", True)[name], expected, rtol=1e-10, atol=1e-12)


def test_pytorchs_same_refuses_strides():
    with pytest.raises(RuntimeError, match="strided"):
        torch.nn.functional.conv2d(torch.ones(1, 1, 8, 8), torch.ones(1, 1, 3, 3), stride=2, padding="same")


@pytest.mark.parametrize("side", TREES)
def test_transposed_convolution_is_the_gradient_of_the_convolution(side):
    """<conv(y), x> = <y, transposed(x)>: each is the other's adjoint."""
    inputs = find("transposed_convolution").inputs()
    x, kernel, y = inputs["x"], inputs["kernel"], np.random.default_rng(0).normal(size=(2, 8, 8, 3))
    forward = torch.nn.functional.conv2d(
        torch.nn.functional.pad(torch.tensor(y).permute(0, 3, 1, 2), (0, 1, 0, 1)),
        torch.tensor(kernel).permute(3, 2, 0, 1),
        stride=2,
    )
    back = run(side, "transposed_convolution", True)["y"]
    assert np.sum(forward.permute(0, 2, 3, 1).numpy() * x) == pytest.approx(np.sum(y * back), rel=1e-10)


def test_local_response_norm_written_out_is_the_kernels_formula():
    x = find("local_response_norm").inputs()["x"]
    window = [np.sum(x[..., max(c - 5, 0) : c + 6] ** 2, axis=-1) for c in range(16)]
    expected = x / np.sqrt(1 + np.stack(window, axis=-1))
    np.testing.assert_allclose(run("static", "local_response_norm")["y"], expected, rtol=1e-5)  # float32
    for side in TREES:
        np.testing.assert_allclose(run(side, "local_response_norm", True)["y"], expected, rtol=1e-12)


def test_lstm_and_gru_are_tf1s_own_kernels():
    """TF1's cells are gone, their kernels are not: LSTMBlockCell and GRUBlockCell, in float32 only."""
    inputs = {key: value.astype(np.float32) for key, value in find("lstm_gates").inputs().items()}
    zeros = np.zeros((2, 4), np.float32)
    c = h = zeros
    for x in inputs["x"].transpose(1, 0, 2):
        _, c, _, _, _, _, h = tf.raw_ops.LSTMBlockCell(
            x=x, cs_prev=c, h_prev=h, w=inputs["kernel"], wci=zeros[0], wcf=zeros[0], wco=zeros[0], b=inputs["bias"],
            forget_bias=1.0, use_peephole=False, cell_clip=-1.0,
        )  # fmt: skip
    np.testing.assert_allclose(run("static", "lstm_gates")["c"], c, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(run("static", "lstm_gates")["h"][:, -1], h, rtol=1e-4, atol=1e-5)

    inputs = {key: value.astype(np.float32) for key, value in find("gru_reset").inputs().items()}
    both = np.concatenate([inputs["kernel"], inputs["recurrent_kernel"]])
    h = zeros
    for x in inputs["x"].transpose(1, 0, 2):
        _, _, _, h = tf.raw_ops.GRUBlockCell(
            x=x, h_prev=h, w_ru=both[:, :8], w_c=both[:, 8:], b_ru=inputs["bias"][:8], b_c=inputs["bias"][8:]
        )
    for side in TREES:
        np.testing.assert_allclose(run(side, "gru_reset", True)["written out"][:, -1], h, rtol=1e-4, atol=1e-5)


def test_ctc_sums_over_all_paths():
    """Every path of 5 symbols over 3 steps that collapses to the labels, one by one."""
    logits = np.random.default_rng(1).normal(size=(4, 2, 4))
    labels, lengths = np.array([[1, 1], [2, -1]], np.int32), np.array([4, 3], np.int32)
    log_probs, expected = log_softmax(logits, axis=2), []
    for n in range(2):
        total = 0.0
        for path in itertools.product(range(4), repeat=lengths[n]):
            collapsed = [symbol for symbol, _ in itertools.groupby(path) if symbol != 3]
            if collapsed == [label for label in labels[n] if label >= 0]:
                total += np.exp(sum(log_probs[t, n, symbol] for t, symbol in enumerate(path)))
        expected.append(-np.log(total))
    changes = {"logits": logits, "labels": labels, "lengths": lengths}
    for side in TREES:
        np.testing.assert_allclose(run(side, "ctc", True, **changes)["losses"], expected, rtol=1e-12)
    np.testing.assert_allclose(run("static", "ctc", **changes)["losses"], expected, rtol=1e-6)


@pytest.mark.parametrize("side", TREES)
def test_spectra_are_fourier_transforms_of_windowed_frames(side):
    x = find("stft").inputs()["x"]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(16) / 16)
    found = run(side, "stft", True)
    np.testing.assert_allclose(found["first frame"], np.fft.rfft(x[:16] * window), rtol=1e-10, atol=1e-12)
    assert found["number of frames"] == (64 - 16) // 8 + 1


@pytest.mark.parametrize("side", TREES)
def test_log_loss_is_its_formula(side):
    inputs = find("log_loss").inputs()
    for name, p in (("inside", expit(inputs["logits"])), ("at 0 and 1", inputs["p"])):
        y = inputs["y"]
        expected = -np.mean(y * np.log(p + 1e-7) + (1 - y) * np.log(1 - p + 1e-7))
        assert run(side, "log_loss", True)[name] == pytest.approx(expected, rel=1e-12)


def test_a_truncated_normal_has_the_spread_that_scipy_says():
    redrawn, cut = 0.5 * truncnorm(-2, 2).std(), 0.5 * truncnorm(-4, 4).std()
    assert run("static", "initialisers")["truncated normal"] == pytest.approx(redrawn, rel=0.05)
    assert run("dynamic", "initialisers")["truncated normal"] == pytest.approx(cut, rel=0.05)
    for side in TREES:
        assert run(side, "initialisers", True)["truncated normal"] == pytest.approx(redrawn, rel=0.05)


def test_a_changed_rate_shows_where_it_was_kept():
    """While it is constant, RMSProp's two velocities are one."""
    steady = {"rates": np.full(6, 0.1)}
    static, dynamic = (run(side, "rmsprop_momentum", **steady)["momentum"] for side in TREES)
    np.testing.assert_allclose(static, dynamic, rtol=1e-12)
