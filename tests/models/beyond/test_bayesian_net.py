"""The Bayesian net against its formulas in SciPy, torch's distributions, an integral, and a Gaussian process."""

import numpy as np
import pytest
import torch
from scipy.special import expit, log_softmax
from scipy.stats import norm, spearmanr
from torch.distributions import Normal, kl_divergence

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.beyond.bayesian_net import in_gap
from shared.catalog import CATALOG, find
from tests.helpers import SMALL
from tests.models.pins import SIZED, edge_cases, sums

VARIANTS = [*CATALOG["bayesian_net"].variants]


def affine(x, w):
    """[x 1] w, with a column of ones."""
    return np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1) @ w


def layer(x, mean, rho, noise, local):
    deviation = np.log1p(np.exp(rho))
    if local:
        return affine(x, mean) + np.sqrt(affine(x**2, deviation**2)) * noise
    return affine(x, mean + deviation * noise)


def log_likelihoods(config, output, y):
    if config.likelihood == "normal":
        return norm.logpdf(y, output, config.error)
    return np.take_along_axis(log_softmax(output, axis=2), y[..., None], axis=2)


def divergence(config, state):
    """Of all weights from the prior, by torch's distributions."""
    found = 0.0
    for i in (1, 2):
        q = Normal(torch.tensor(state[f"mean{i}"]), torch.tensor(np.log1p(np.exp(state[f"rho{i}"]))))
        found += kl_divergence(q, Normal(0.0, config.prior)).sum().item()
    return found


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("side", SIDES)
def test_it_is_bayes_by_backprop(side, variant):
    """Likelihoods by SciPy, the divergence by torch's distributions."""
    with twin(side, "bayesian_net", variant=variant, **SMALL) as arm:
        for _, step in zip(range(3), arm.spec.batches()):
            arm.step(step)
        batch, w, c = next(arm.spec.batches()), arm.state(), arm.spec.config
        taps, x = arm.forward(batch), batch["x"].astype(np.float64)
        z = layer(x, w["mean1"], w["rho1"], batch["noise1"], c.local)
        output = layer(np.tanh(z), w["mean2"], w["rho2"], batch["noise2"], c.local)
        np.testing.assert_allclose(taps["z"], z, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(taps["output"], output, rtol=1e-11, atol=1e-13)
        nats = -log_likelihoods(c, output, batch["y"]).mean()
        assert arm.loss(batch) == pytest.approx(nats + divergence(c, w) / c.examples, rel=1e-12)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_divergence_counts_once_in_an_epoch(variant):
    """A batch's loss is a mean over examples, so over all examples of the data they sum to one divergence."""
    for size in CATALOG["bayesian_net"].spec_class.sizes:
        spec = find("bayesian_net").spec(variant, size)
        assert spec.config.examples == len(spec.training_data().x)


@pytest.mark.parametrize("side", SIDES)
def test_the_divergence_is_its_integral(side):
    """The sum over all weights of the integral of q (log q - log p), on a grid."""
    with twin(side, "bayesian_net", **SMALL) as arm:
        batch, w, c = next(arm.spec.batches()), arm.state(), arm.spec.config
        integral = 0.0
        for i in (1, 2):
            mean, deviation = w[f"mean{i}"][..., None], np.log1p(np.exp(w[f"rho{i}"]))[..., None]
            grid = mean + deviation * np.linspace(-12, 12, 2001)  # (inputs + 1, outputs, 2001)
            log_q = norm.logpdf(grid, mean, deviation)
            difference = log_q - norm.logpdf(grid, 0, c.prior)
            integral += np.sum(np.exp(log_q) * difference * (grid[..., 1:2] - grid[..., :1]))
        nats = -log_likelihoods(c, arm.forward(batch)["output"], batch["y"]).mean()
        assert (arm.loss(batch) - nats) * c.examples == pytest.approx(integral, rel=1e-7)


@pytest.mark.parametrize("side", SIDES)
def test_the_gradients_are_blundells(side):
    """Of one draw: dw/dmean is 1, dw/drho is noise / (1 + exp(-rho)), also where PyTorch's softplus is linear."""
    with twin(side, "bayesian_net", variant="digits", **SMALL) as arm:
        batch = {name: value[:1] for name, value in next(arm.spec.batches()).items()}
        state, c = arm.state(), arm.spec.config
        state["rho2"][:3, :3] = [[-30, -15, 0], [5, 19, 21], [25, 30, 40]]
        arm.load(state)
        taps, gradients = arm.forward(batch), arm.gradients(batch)
        output = layer(taps["h"], state["mean2"], state["rho2"], batch["noise2"], local=False)
        np.testing.assert_allclose(taps["output"], output, rtol=1e-13)
        for i in (1, 2):
            mean, rho, noise = state[f"mean{i}"], state[f"rho{i}"], batch[f"noise{i}"][0]
            deviation = np.logaddexp(0, rho)
            by_w = gradients[f"mean{i}"] - mean / c.prior**2 / c.examples  # of the likelihood alone
            by_deviation = by_w * noise + (deviation / c.prior**2 - 1 / deviation) / c.examples
            np.testing.assert_allclose(gradients[f"rho{i}"], by_deviation * expit(rho), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("side", SIDES)
def test_a_gradient_flows_through_the_drawing(side, variant):
    """By differences of the loss in the biases, which are the last rows."""
    with twin(side, "bayesian_net", variant=variant, **SMALL) as arm:
        batch, state, step = next(arm.spec.batches()), arm.state(), 1e-6
        gradients = arm.gradients(batch)
        for name in ("mean1", "rho1", "mean2", "rho2"):
            around = []
            for sign in (1, -1):
                moved = state[name].copy()
                moved[-1, 0] += sign * step
                arm.load({**state, name: moved})
                around.append(arm.loss(batch))
            slope = (around[0] - around[1]) / (2 * step)
            assert gradients[name][-1, 0] == pytest.approx(slope, rel=1e-5, abs=1e-7), name


@pytest.mark.parametrize("side", SIDES)
def test_the_local_form_has_the_moments_of_drawn_weights(side):
    """The exact ones of the local form, against those of many draws of weights: within five standard errors."""
    draws, random = 20_000, np.random.default_rng(2)
    with (
        twin(side, "bayesian_net", variant="digits", **SMALL) as drawn,
        twin(side, "bayesian_net", variant="digits_local", **SMALL) as local,
    ):
        state, first = drawn.state(), next(local.spec.batches())
        state["rho1"] += random.uniform(0, 5, state["rho1"].shape)  # deviations of many sizes
        drawn.load(state)
        local.load(state)
        x = {"x": first["x"][:1, :2], "y": first["y"][:1, :2]}
        units = [first["noise1"].shape[2], first["noise2"].shape[2]]
        ends = [
            local.forward({**x, **{f"noise{i}": np.full((1, 2, n), number) for i, n in enumerate(units, 1)}})["z"]
            for number in (0.0, 1.0)
        ]
        mean, variance = ends[0][0], np.square(ends[1] - ends[0])[0]  # (2, H)
        batch = {name: np.repeat(value, draws, axis=0) for name, value in x.items()}
        batch |= {f"noise{i}": random.standard_normal((draws, *state[f"rho{i}"].shape)) for i in (1, 2)}
        z = drawn.forward(batch)["z"]  # (20,000, 2, H)
        assert np.abs(z.mean(axis=0) - mean).max() < 5 * np.sqrt(variance / draws).max()
        np.testing.assert_allclose(z.var(axis=0), variance, rtol=5 * np.sqrt(2 / draws))
        assert variance.max() > 2 * variance.min()


@pytest.mark.parametrize("side", SIDES)
def test_it_is_unsure_where_a_gaussian_process_is(side):
    """Both spreads are several times larger in the gap than on the data, and they rank the points alike."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel

    with twin(side, "bayesian_net", threads=1, observed=False) as arm:
        spec = arm.spec
        for _, batch in zip(range(1000), spec.batches()):
            arm.step(batch)
        view, data = spec.plot_inputs(), spec.training_data()
        net = arm.predict(view).std(axis=0)[:, 0]
    kernel = ConstantKernel(1.0) * RBF(0.5)
    process = GaussianProcessRegressor(kernel, alpha=spec.config.error**2).fit(data.x, data.y[:, 0])
    _, reference = process.predict(view["x"][0], return_std=True)
    gap = in_gap(view["x"][0])
    for spread in (net, reference):
        assert spread[gap].mean() > 3 * spread[~gap].mean()
        assert gap[spread.argmax()]
    assert spearmanr(net, reference).statistic > 0.6


def test_what_is_scored():
    """Spreads in the gap and outside, and errors outside only; of a prediction that is sure of all digits but one."""
    spec = find("bayesian_net").spec()
    batch = spec.held_out()
    gap, y = in_gap(batch["x"][0])[:, None], batch["y"].astype(np.float64)
    sign = (-1.0) ** np.arange(len(y))[:, None, None]
    found = spec.score(y + 0.02 + sign * np.where(gap, 0.6, 0.2) + 5 * gap, batch, {})
    assert found == pytest.approx({"spread_ratio": 3, "error_on_data": 0.02}, rel=1e-5)
    spec = find("bayesian_net").spec("digits")
    batch = spec.held_out()
    size = batch["y"].shape[1] // 3
    sure = 50.0 * np.eye(10)[batch["y"]]
    sure[:, 0] = 0  # nothing is known of one digit, which is read as 0
    unsure = np.where(np.arange(3 * size)[:, None] < size, sure, 0)
    found = spec.score(unsure, batch, {})
    assert found["entropy_ratio_of_inverted"] == found["entropy_ratio_of_noise"] == pytest.approx(size)
    correct = 1.0 if batch["y"][0, 0] == 0 else 1 - 1 / size
    assert found["test_accuracy"] == pytest.approx(correct)
    assert found["calibration_error"] == pytest.approx(abs(correct * size - (size - 1) - 0.1) / size)


def test_no_example_of_the_gap_is_trained_on_and_no_held_out_digit():
    curve = find("bayesian_net").spec().training_data()
    assert not in_gap(curve.x).any()
    assert 20 < in_gap(find("bayesian_net").spec().held_out()["x"][0]).sum() < 40
    spec = find("bayesian_net").spec("digits")
    seen = {image.tobytes() for image in spec.training_data().x}
    assert not seen & {image.tobytes() for image in spec.held_out()["x"][0]}


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("bayesian_net") == pytest.approx((703.655327, 1131.704243), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("bayesian_net") == [*SIZED, "noise zeros"]
