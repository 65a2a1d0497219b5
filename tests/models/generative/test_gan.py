"""The GAN against Goodfellow's losses, in NumPy."""

import numpy as np
import pytest
from scipy.special import expit

from benchmarks import twin
from benchmarks.twins import SIDES
from tests.models.pins import SIZED, edge_cases, sums


@pytest.mark.parametrize("side", SIDES)
def test_gan_is_goodfellows(side):
    """Two perceptrons in NumPy; the losses as logarithms of the discriminator's probability."""
    with twin(side, "gan", threads=1) as arm:
        batch, state, negative_slope = next(arm.spec.batches()), arm.state(), arm.spec.config.negative_slope

        def perceptron(player, x, activation):
            w = {n.removeprefix(f"{player}/"): v for n, v in state.items() if n.startswith(f"{player}/")}
            h = activation(x @ w["w1"] + w["b1"])
            return activation(h @ w["w2"] + w["b2"]) @ w["w3"] + w["b3"]

        fake = perceptron("generator", batch["noise"], lambda z: np.maximum(z, 0))
        judged = {
            which: perceptron("discriminator", x, lambda z: np.where(z > 0, z, negative_slope * z))
            for which, x in (("real", batch["real"]), ("fake", fake))
        }
        np.testing.assert_allclose(arm.predict(batch), fake, rtol=1e-12, atol=1e-14)
        d_loss = -np.mean(np.log(expit(judged["real"]))) - np.mean(np.log(1 - expit(judged["fake"])))
        g_loss = -np.mean(np.log(expit(judged["fake"])))
        assert arm.losses(batch) == pytest.approx({"discriminator": d_loss, "generator": g_loss}, rel=1e-12)


@pytest.mark.parametrize("side", SIDES)
def test_gans_players_move_in_turn(side):
    """The generator's step follows the discriminator that has just moved, not the one before."""
    with twin(side, "gan", threads=1) as arm:
        batch, start = next(arm.spec.batches()), arm.state()
        before = arm.gradients(batch)
        arm.step(batch)
        end = arm.state()
        arm.load({**start, **{n: v for n, v in end.items() if n.startswith("discriminator/")}})
        meanwhile = arm.gradients(batch)
        first_moment = end["generator/w1/m"]  # (1 - beta1) times the gradient that was used
        np.testing.assert_allclose(first_moment, 0.5 * meanwhile["generator/w1"], rtol=1e-9, atol=1e-15)
        assert not np.allclose(first_moment, 0.5 * before["generator/w1"], rtol=1e-3)


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("gan") == pytest.approx((1018.052903, 1134.036663), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("gan") == [*SIZED, "real zeros", "real large"]
