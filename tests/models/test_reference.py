"""Twins that agree can share a mistake: each model against something that is neither of them.

(The first chapter has its own file, test_basics.py.)
"""

import numpy as np
import pytest
import torch
from scipy.special import expit, log_expit, log_softmax
from torch import nn

from benchmarks import twin
from shared.randomness import generator

SIDES = ("static", "dynamic")


# Taps that a loss takes for facts, though parameters have made them: contrastive divergence is the slope of no function
# (Sutskever & Tieleman 2010), but with where its chain has come to held it is
HELD = {("rbm", "means"): ("p_v2",)}


@pytest.mark.parametrize("side", SIDES)
def test_gradients_are_the_slope_of_the_loss(side, name, variant):
    """Central differences along a random direction, for each player's loss; too short to meet a kink of ReLU."""
    with twin(side, name, size="proof", variant=variant, threads=1) as arm:
        batch = next(arm.spec.batches())
        arm.step(batch)  # away from the initial values, some of which are zeros
        state, gradients, losses = arm.state(), arm.gradients(batch), arm.losses(batch)
        held = {tap: arm.forward(batch)[tap] for tap in HELD.get((name, variant), ())}
        for player in losses:
            own = [n for n in gradients if len(losses) == 1 or n.startswith(f"{player}/")]
            direction = {n: generator("direction", n).normal(size=gradients[n].shape) for n in own}
            slope = sum(float(np.sum(direction[n] * gradients[n])) for n in own)
            ends = []
            for sign in (1, -1):
                arm.load({**state, **{n: state[n] + sign * 1e-8 * direction[n] for n in own}})
                ends.append(arm.observe(batch, {"tap": held})["loss"][player] if held else arm.losses(batch)[player])
            arm.load(state)
            assert (ends[0] - ends[1]) / 2e-8 == pytest.approx(slope, rel=1e-5, abs=2e-7), player


@pytest.mark.parametrize("side", SIDES)
def test_batch_norm_net_is_made_of_pytorchs_layers(side):
    """Conv2d, BatchNorm2d, ReLU and MaxPool2d: logits in both modes, and the running averages after a step."""
    with twin(side, "batch_norm_net", threads=1) as arm:
        batch = next(arm.spec.batches())
        state, config = arm.state(), arm.spec.config

        def layers(i, before, after):
            conv = nn.Conv2d(before, after, 3, padding=1, bias=False).double()
            norm = nn.BatchNorm2d(after, eps=config.epsilon, momentum=1 - config.decay).double()
            with torch.no_grad():
                conv.weight.copy_(torch.from_numpy(state[f"kernel{i}"]).permute(3, 2, 0, 1))
            return nn.Sequential(conv, norm, nn.ReLU(), nn.MaxPool2d(2))

        net = nn.Sequential(layers(1, 1, config.channels1), layers(2, config.channels1, config.channels2))

        def logits(x):
            h = net(torch.from_numpy(x.astype(np.float64)).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
            return h.reshape(len(x), -1).detach().numpy() @ state["w"] + state["b"]

        taps = arm.forward(batch)
        np.testing.assert_allclose(taps["logits"], logits(batch["x"]), rtol=1e-10, atol=1e-12)
        picked = log_softmax(taps["logits"], axis=1)[np.arange(len(batch["y"])), batch["y"]]
        decay = config.l2 / 2 * sum(np.sum(state[n] ** 2) for n in ("kernel1", "kernel2", "w"))
        assert arm.loss(batch) == pytest.approx(-picked.mean() + decay, rel=1e-12)

        arm.step(batch)
        after = arm.state()
        for i, block in enumerate(net, 1):
            mean, variance = block[1].running_mean.numpy(), block[1].running_var.numpy()
            np.testing.assert_allclose(after[f"norm{i}/moving_mean"], mean, rtol=1e-10, atol=1e-14)
            np.testing.assert_allclose(after[f"norm{i}/moving_variance"], variance, rtol=1e-10)
        averages = {n: v for n, v in after.items() if "moving" in n}
        arm.load({**state, **averages})
        net.eval()
        np.testing.assert_allclose(arm.predict(batch), logits(batch["x"]), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("loop", ["plain", "while_loop"])
def test_lstm_is_pytorchs(side, loop):
    """nn.LSTM with the same weights: gates i, f, g, o in both, and its second bias at zero."""
    with twin(side, "lstm", variant=loop, size="proof", threads=1) as arm:
        batch = next(arm.spec.batches())
        state, config, taps = arm.state(), arm.spec.config, arm.forward(batch)
        lstm = nn.LSTM(config.embedding, config.hidden, batch_first=True).double()
        own = {
            "weight_ih_l0": state["kernel"].T,
            "weight_hh_l0": state["recurrent_kernel"].T,
            "bias_ih_l0": state["bias"],
            "bias_hh_l0": np.zeros_like(state["bias"]),
        }
        lstm.load_state_dict({name: torch.tensor(value) for name, value in own.items()})
        x = state["embedding"][batch["words"]]
        h = lstm(torch.from_numpy(x))[0].detach().numpy()
        np.testing.assert_allclose(taps["h"], h, rtol=1e-12, atol=1e-14)

        pooled = np.stack([row[:length].mean(0) for row, length in zip(h, batch["lengths"])])
        logits = (pooled * batch["dropout_mask"]) @ state["w"][:, 0] + state["b"]
        np.testing.assert_allclose(taps["logits"], logits, rtol=1e-12)
        likelihood = np.where(batch["y"] == 1, log_expit(logits), log_expit(-logits))
        assert arm.loss(batch) == pytest.approx(-likelihood.mean(), rel=1e-12)


def test_lstm_does_not_see_the_padding():
    """What stands after a sentence's end changes nothing."""
    with twin("dynamic", "lstm", size="proof", threads=1) as arm:
        batch = next(arm.spec.batches())
        behind = np.arange(arm.spec.config.length) >= batch["lengths"][:, None]
        assert behind.any()
        other = {**batch, "words": np.where(behind, 5, batch["words"])}
        np.testing.assert_array_equal(arm.predict(other), arm.predict(batch))


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
