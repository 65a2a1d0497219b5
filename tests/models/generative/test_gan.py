"""The GAN against Goodfellow's losses and their slopes in NumPy, and its scores against real digits and points."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import entropy

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import find
from shared.datasets import images, toy
from shared.generative.gan import digit_classifier
from shared.spec import rows
from tests.helpers import SMALL, proof_twin
from tests.models.pins import SIZED, edge_cases, sums

VARIANTS = ("plain", "minimax", "digits")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("side", SIDES)
def test_gan_is_goodfellows(side, variant):
    """Two perceptrons in NumPy; the losses as logarithms of the discriminator's probability."""
    arm = proof_twin(side, "gan", variant)
    batch, state, negative_slope = next(arm.spec.batches()), arm.state(), arm.spec.config.negative_slope

    def perceptron(player, x, activation):
        w = {n.removeprefix(f"{player}/"): v for n, v in state.items() if n.startswith(f"{player}/")}
        h = activation(x @ w["w1"] + w["b1"])
        return activation(h @ w["w2"] + w["b2"]) @ w["w3"] + w["b3"]

    fake = perceptron("generator", batch["noise"], lambda z: np.maximum(z, 0))
    fake = expit(fake) if variant == "digits" else fake
    real_p, fake_p = (
        expit(perceptron("discriminator", x, lambda z: np.where(z > 0, z, negative_slope * z)))
        for x in (batch["real"], fake)
    )
    np.testing.assert_allclose(arm.predict(batch), fake, rtol=1e-12, atol=1e-14)
    d_loss = -np.mean(np.log(real_p)) - np.mean(np.log(1 - fake_p))
    g_loss = np.mean(np.log(1 - fake_p)) if variant == "minimax" else -np.mean(np.log(fake_p))
    assert arm.losses(batch) == pytest.approx({"discriminator": d_loss, "generator": g_loss}, rel=1e-12)


@pytest.mark.parametrize("side", SIDES)
def test_in_the_minimax_game_one_wins_what_the_other_loses(side):
    """On fakes: the sum of both losses is what the discriminator loses on real points."""
    arm = proof_twin(side, "gan", "minimax")
    batch = next(arm.spec.batches())
    losses, real_logits = arm.losses(batch), arm.forward(batch)["discriminator/real_logits"]
    assert losses["discriminator"] + losses["generator"] == pytest.approx(-np.mean(np.log(expit(real_logits))))


@pytest.mark.parametrize("log_odds", [-40.0, 0.0, 40.0])
@pytest.mark.parametrize("side", SIDES)
def test_the_minimax_loss_saturates(side, log_odds):
    """Where the discriminator is sure of a fake; the other loss saturates where it takes one for real. Where it cannot
    tell, both have the same gradient.
    """
    gradients = {}
    for variant in ("plain", "minimax"):
        arm = proof_twin(side, "gan", variant)
        batch = rows(next(arm.spec.batches()), slice(1))
        logit = arm.forward(batch)["generator/fake_logits"].item()
        arm.load({**arm.state(), "discriminator/b3": np.array([log_odds - logit])})
        loss, slope = arm.losses(batch)["generator"], arm.tap_gradients(batch)["generator/fake_logits"].item()
        if variant == "minimax":
            expected = -np.logaddexp(0, log_odds), -expit(log_odds)
        else:
            expected = np.logaddexp(0, -log_odds), -expit(-log_odds)
        assert (loss, slope) == pytest.approx(expected, rel=1e-10, abs=0)  # 4e-18 where it has vanished
        gradients[variant] = {n: g for n, g in arm.gradients(batch).items() if n.startswith("generator/")}
    sizes = {variant: max(np.abs(g).max() for g in own.values()) for variant, own in gradients.items()}
    vanished = {-40: ["minimax"], 0: [], 40: ["plain"]}[log_odds]
    assert [variant for variant, size in sizes.items() if size < 1e-15] == vanished
    assert max(sizes.values()) > 1e-3
    if not vanished:
        for name, gradient in gradients["plain"].items():
            np.testing.assert_allclose(gradients["minimax"][name], gradient, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("side", SIDES)
def test_gans_players_move_in_turn(side, variant):
    """The discriminator's step follows the generator as it was, and the generator's step the discriminator that has
    just moved; neither moves the other.
    """
    with twin(side, "gan", variant=variant, **SMALL) as arm:
        batch, start, before = next(arm.spec.batches()), arm.state(), arm.gradients(next(arm.spec.batches()))
        arm.step(batch)
        end = arm.state()
        arm.load({**start, **{n: v for n, v in end.items() if n.startswith("discriminator/")}})
        meanwhile = arm.gradients(batch)
    adam = arm.spec.config.optimizer
    for name in start.keys() & before.keys():
        own, other = (before, meanwhile) if name.startswith("discriminator/") else (meanwhile, before)
        first_moment = end[f"{name}/m"]  # (1 - beta1) times the gradient that was used
        np.testing.assert_allclose(first_moment, (1 - adam.beta1) * own[name], rtol=1e-9, atol=1e-15)
        assert not np.allclose(first_moment, (1 - adam.beta1) * other[name], rtol=1e-3, atol=0)
        step = adam.learning_rate * own[name] / (np.abs(own[name]) + adam.epsilon)  # Adam's first one
        np.testing.assert_allclose(end[name], start[name] - step, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("side", SIDES)
def test_the_generator_reads_no_real_point(side):
    arm = proof_twin(side, "gan")
    batch = next(arm.spec.batches())
    one, other = (arm.gradients({**batch, "real": real}) for real in (batch["real"], 1 - 2 * batch["real"]))
    same = {name for name in one if np.array_equal(one[name], other[name])}
    assert same == {name for name in one if name.startswith("generator/")}


def test_the_classifier_reads_real_digits():
    """Held-out ones, by their labels: else what it says of made ones would mean nothing."""
    real = images.digits().test
    assert digit_classifier().score(images.flat(real.x), real.y) >= 0.95


def test_real_digits_score_as_the_best_generator_would():
    spec, real = find("gan").spec("digits"), images.digits().test
    x = images.flat(real.x)
    score = spec.score(x, {}, {})
    assert score["classes"] == 10
    assert score["class_entropy"] == pytest.approx(np.log(10), abs=0.02)
    assert score["classifier_confidence"] == pytest.approx(0.90, abs=0.01)
    known = (real.y < 5) & (digit_classifier().predict(x) == real.y)
    half = spec.score(x[known], {}, {})
    assert half["classes"] == 5
    assert half["class_entropy"] == pytest.approx(entropy(np.bincount(real.y[known])), rel=1e-12)


def test_a_collapsed_generator_scores_one():
    x = images.flat(images.digits().test.x)
    score = find("gan").spec("digits").score(np.tile(x[:1], (1000, 1)), {}, {})
    assert (score["classes"], score["class_entropy"]) == (1, 0)
    score = find("gan").spec().score(np.tile(toy.ring_centres()[:1], (1000, 1)), {}, {})
    assert score == {"modes_covered": 1, "samples_in_a_mode": 1}


def test_the_rings_own_points_cover_it():
    score = find("gan").spec().score(toy.ring().test.x, {}, {})
    assert score["modes_covered"] == 8
    assert score["samples_in_a_mode"] == pytest.approx(1 - np.exp(-8), abs=1e-3)  # within four deviations, in a plane


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("gan") == pytest.approx((1018.052903, 1134.036663), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("gan") == [*SIZED, "real zeros", "real large"]
    assert edge_cases("gan", "digits") == edge_cases("gan")
