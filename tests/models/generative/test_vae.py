"""The variational autoencoder against its formulas in NumPy and SciPy, torch's distributions, and an exact integral."""

import numpy as np
import pytest
import torch
from scipy.special import expit, logsumexp
from scipy.stats import bernoulli, norm
from torch.distributions import Independent, Normal, kl_divergence

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import find
from tests.helpers import SMALL
from tests.models.pins import FEW, edge_cases, sums


@pytest.mark.parametrize("side", SIDES)
def test_the_bound_is_kingma_and_wellings(side):
    """Probabilities by SciPy, the divergence by torch's distributions."""
    with twin(side, "vae", **SMALL) as arm:
        batch, taps = next(arm.spec.batches()), arm.forward(next(arm.spec.batches()))
        w = arm.state()
        h = np.tanh(batch["x"] @ w["w1"] + w["b1"])
        mean, deviation = h @ w["w2"] + w["b2"], np.exp(h @ w["w3"] + w["b3"]) ** 0.5
        z = mean + deviation * batch["noise"]
        p = expit(np.tanh(z @ w["w4"] + w["b4"]) @ w["w5"] + w["b5"])
        given_z = bernoulli.logpmf(batch["x"].astype(int), p).sum(1)
        q, prior = (
            Independent(Normal(*map(torch.tensor, pair)), 1) for pair in ((mean, deviation), (0 * mean, 1 + 0 * mean))
        )
        divergence = kl_divergence(q, prior).numpy()
        for name, value in (
            ("z", z),
            ("log_likelihood", given_z),
            ("divergence", divergence),
            ("bound", given_z - divergence),
        ):
            np.testing.assert_allclose(taps[name], value, rtol=1e-11, err_msg=name)
        assert arm.loss(batch) == pytest.approx(-np.mean(given_z - divergence), rel=1e-12)


@pytest.mark.parametrize("side", SIDES)
def test_the_divergence_is_its_integral(side):
    """The sum over all numbers of a code of the integral of q (log q - log p), on a grid."""
    with twin(side, "vae", **SMALL) as arm:
        taps = arm.forward(next(arm.spec.batches()))
        mean, deviation = taps["mean"][..., None], np.exp(taps["log_variance"] / 2)[..., None]
        grid = mean + deviation * np.linspace(-12, 12, 2001)  # (N, L, 2001)
        log_q = norm.logpdf(grid, mean, deviation)
        pieces = np.exp(log_q) * (log_q - norm.logpdf(grid)) * (grid[..., 1:2] - grid[..., :1])
        np.testing.assert_allclose(taps["divergence"], pieces.sum((1, 2)), rtol=1e-9)


@pytest.mark.parametrize("side", SIDES)
def test_a_gradient_flows_through_the_drawing_of_a_code(side):
    """dz/dmean is 1, dz/dlog_variance is deviation x noise / 2: by differences of the loss in both biases."""
    with twin(side, "vae", **SMALL) as arm:
        batch, state, step = next(arm.spec.batches()), arm.state(), 1e-6
        gradients = arm.gradients(batch)
        for name in ("b2", "b3"):
            for i in range(len(state[name])):
                around = []
                for sign in (1, -1):
                    moved = state[name].copy()
                    moved[i] += sign * step
                    arm.load({**state, name: moved})
                    around.append(arm.loss(batch))
                assert gradients[name][i] == pytest.approx((around[0] - around[1]) / (2 * step), rel=1e-6, abs=1e-9)


def test_importance_sampling_finds_the_integral_over_all_codes():
    """With codes of one number the probability of an image is an integral that a grid gives exactly."""
    spec = find("vae").spec(latent=1, hidden=5)
    state = {name: value.astype(np.float64) for name, value in spec.initial().items()}
    state |= {name: 1.5 * state[name] for name in ("w4", "w5")}  # so that codes tell much of an image
    x = spec.held_out()["x"][:4]
    grid = np.linspace(-8, 8, 4001)
    p = spec.pixels(grid[:, None], state)  # (4001, D)
    given_z = bernoulli.logpmf(x[:, None].astype(int), p).sum(2)  # (4, 4001)
    exact = logsumexp(given_z + norm.logpdf(grid), axis=1) + np.log(grid[1] - grid[0])
    np.testing.assert_allclose(spec.log_likelihood(x, state, draws=4000), exact, atol=0.03)


@pytest.mark.parametrize("side", SIDES)
def test_the_bound_lies_below_the_likelihood(side):
    """By the twin's own bound, averaged over draws of noise."""
    with twin(side, "vae", threads=1) as arm:
        batch = {name: value[:40] for name, value in arm.spec.held_out().items()}
        for _, step in zip(range(30), arm.spec.batches()):
            arm.step(step)
        random = np.random.default_rng(5)
        draws = [{**batch, "noise": random.standard_normal(batch["noise"].shape, np.float32)} for _ in range(50)]
        bound = np.mean([arm.predict(draw) for draw in draws], axis=0)
        likelihood = arm.spec.log_likelihood(batch["x"], arm.state())
        assert np.mean(bound) < np.mean(likelihood) < np.mean(bound) + 10


def test_a_bit_is_a_bit():
    """If nothing is known of a pixel it costs one bit."""
    spec = find("vae").spec()
    batch, nothing = spec.held_out(), {name: np.zeros_like(value) for name, value in spec.initial().items()}
    even = np.full(len(batch["x"]), -spec.config.inputs * np.log(2))
    assert spec.score(even, batch, nothing) == pytest.approx({"bits_per_pixel": 1.0, "bits_by_the_bound": 1.0})


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("vae") == pytest.approx((1773.049693, 2742.126798), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("vae") == [*FEW, "zeros", "tiny", "x zeros", "ones"]
