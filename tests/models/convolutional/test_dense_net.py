"""The densely connected net against PyTorch's layers."""

import pytest
import torch
from torch import nn

from benchmarks.twins import SIDES
from tests.models.convolutional.pytorch_layers import check_net, conv_layer, filled, norm_layer
from tests.models.pins import SIZED, edge_cases, sums


class Grown(nn.Module):
    def __init__(self, state, name, config):
        super().__init__()
        norm, conv = norm_layer(state, f"{name}/norm", config), conv_layer(state[f"{name}/kernel"])
        self.new = nn.Sequential(norm, nn.ReLU(), conv)

    def forward(self, x):
        return torch.hstack([x, self.new(x)])


def _dense_net(s, c):
    blocks = [[Grown(s, f"block{k}/{i}", c) for i in range(c.depth)] for k in (1, 2)]
    between = norm_layer(s, "transition/norm", c), nn.ReLU(), conv_layer(s["transition/kernel"]), nn.AvgPool2d(2)
    last = norm_layer(s, "norm", c), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    dense = filled(nn.Linear(*s["w"].shape), s["w"], s["b"])
    return nn.Sequential(conv_layer(s["kernel"]), *blocks[0], *between, *blocks[1], *last, dense)


@pytest.mark.parametrize("side", SIDES)
def test_it_is_made_of_pytorchs_layers(side):
    decayed = ("kernel", *(f"block{k}/{i}/kernel" for k in (1, 2) for i in (0, 1)), "transition/kernel", "w")
    check_net(side, "dense_net", _dense_net, decayed)


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("dense_net") == pytest.approx((1467.537203, 1556.25), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("dense_net") == [*SIZED, "ties"]
