"""The highway net against PyTorch's layers."""

import numpy as np
import pytest
import torch
from scipy.special import expit
from torch import nn
from torch.nn import functional as F

from benchmarks import twin
from benchmarks.twins import SIDES
from tests.helpers import SMALL
from tests.models.convolutional.pytorch_layers import Channels, check_net, conv_layer, filled
from tests.models.pins import SIZED, edge_cases, sums


class Highway(nn.Module):
    def __init__(self, kernel, bias):
        super().__init__()
        half = len(bias) // 2
        self.plain, self.gate = (conv_layer(kernel[..., s], bias[s]) for s in (slice(half), slice(half, None)))

    def forward(self, x):
        gate = F.sigmoid(self.gate(x))
        return torch.lerp(x, F.relu(self.plain(x)), gate)


def _highway_net(s, c):
    stages = [[Highway(s[f"stage{k}/{i}/kernel"], s[f"stage{k}/{i}/bias"]) for i in range(c.depth)] for k in (1, 2)]
    first = conv_layer(s["kernel"], s["bias"]), nn.ReLU()
    last = Channels(), filled(nn.Linear(*s["w"].shape), s["w"], s["b"])
    return nn.Sequential(*first, nn.MaxPool2d(2), *stages[0], nn.MaxPool2d(2), *stages[1], *last)


@pytest.mark.parametrize("side", SIDES)
def test_it_is_made_of_pytorchs_layers(side):
    decayed = ("kernel", *(f"stage{k}/{i}/kernel" for k in (1, 2) for i in (0, 1)), "w")
    check_net(side, "highway_net", _highway_net, decayed)


@pytest.mark.parametrize("side", SIDES)
def test_a_new_highway_carries_on(side):
    """Its gates start near sigmoid(-2), so a layer hands on most of what it is given; wide open it is a plain net."""
    with twin(side, "highway_net", **SMALL) as arm:
        batch, state = next(arm.spec.batches()), arm.state()
        gates = [name for name in state if name.startswith("stage") and name.endswith("bias")]
        half = arm.spec.config.channels
        assert {float(v) for name in gates for v in state[name][half:]} == {-2.0}
        assert expit(-2.0) < 0.12
        pooled = {}
        for bias in (-50.0, 50.0):
            arm.load(state | {name: np.repeat([0, bias], half) for name in gates})
            taps = arm.forward(batch)
            pooled[bias] = taps["h0"].reshape(-1, 4, 2, 4, 2, half).max((2, 4)), taps["h1"]
        np.testing.assert_allclose(pooled[-50.0][1], pooled[-50.0][0], rtol=1e-12, atol=1e-12)
        x = torch.tensor(pooled[50.0][0].transpose(0, 3, 1, 2))
        for i in range(arm.spec.config.depth):
            x = F.relu(conv_layer(state[f"stage1/{i}/kernel"][..., :half])(x))
        np.testing.assert_allclose(pooled[50.0][1], x.detach().numpy().transpose(0, 2, 3, 1), rtol=1e-10, atol=1e-12)


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("highway_net") == pytest.approx((3484.223187, 1506.4375), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("highway_net") == [*SIZED, "ties"]
