"""The net with batch normalization against PyTorch's layers."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from torch import nn

from benchmarks import twin
from benchmarks.twins import SIDES
from tests.models.pins import SIZED, edge_cases, sums


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


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("batch_norm_net") == pytest.approx((521.4922924, 1472.3125), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("batch_norm_net") == [*SIZED, "ties"]
