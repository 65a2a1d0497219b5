"""The residual net against PyTorch's layers and Keras's."""

import numpy as np
import pytest
import tensorflow as tf2
from torch import nn
from torch.nn import functional as F

from benchmarks import twin
from benchmarks.cache import sources
from benchmarks.twins import SIDES
from tests.helpers import SMALL
from tests.models.convolutional.pytorch_layers import check_net, conv_layer, filled, norm_layer
from tests.models.pins import SIZED, edge_cases, sums


class Residual(nn.Module):
    def __init__(self, state, block, config):
        super().__init__()
        part = {n.removeprefix(f"{block}/"): v for n, v in state.items()}
        halved = "projection" in part
        first = conv_layer(part["kernel1"], stride=2, padding=0) if halved else conv_layer(part["kernel1"])
        pad = [nn.ZeroPad2d((0, 1, 0, 1))] if halved else []
        second = [nn.ReLU(), conv_layer(part["kernel2"]), norm_layer(part, "norm2", config)]
        self.main = nn.Sequential(*pad, first, norm_layer(part, "norm1", config), *second)
        around = [conv_layer(part["projection"], stride=2), norm_layer(part, "norm3", config)] if halved else []
        self.around = nn.Sequential(*around)

    def forward(self, x):
        return F.relu(self.main(x) + self.around(x))


def _residual_net(s, c):
    blocks = [Residual(s, f"blocks/{i}", c) for i in range(len(c.strides))]
    last = filled(nn.Linear(*s["w"].shape), s["w"], s["b"])
    pooled = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(conv_layer(s["kernel"]), norm_layer(s, "norm", c), nn.ReLU(), *blocks, *pooled, last)


@pytest.mark.parametrize("side", SIDES)
def test_it_is_made_of_pytorchs_layers(side):
    decayed = ("kernel", *(f"blocks/{i}/kernel{j}" for i in (0, 1) for j in (1, 2)), "blocks/1/projection", "w")
    check_net(side, "residual_net", _residual_net, decayed)


@pytest.mark.parametrize("side", SIDES)
def test_a_residual_block_is_keras(side):
    """TensorFlow's own layers, whose SAME pads a halving convolution below and to the right only."""
    with twin(side, "residual_net", **SMALL) as arm:
        batch = next(arm.spec.batches())
        state, config, taps = arm.state(), arm.spec.config, arm.forward(batch, training=False)

        def layer(x, kernel, norm, stride):
            size, _, _, after = state[f"blocks/1/{kernel}"].shape
            conv = tf2.keras.layers.Conv2D(after, size, stride, padding="same", use_bias=False, dtype="float64")
            bn = tf2.keras.layers.BatchNormalization(epsilon=config.epsilon, dtype="float64")
            z = conv(x)
            conv.set_weights([state[f"blocks/1/{kernel}"]])
            bn(z)
            names = ("gamma", "beta", "moving_mean", "moving_variance")
            bn.set_weights([state[f"blocks/1/{norm}/{name}"] for name in names])
            return bn(conv(x), training=False)

        x = taps["h1"]
        h = tf2.nn.relu(layer(x, "kernel1", "norm1", 2))
        y = tf2.nn.relu(layer(h, "kernel2", "norm2", 1) + layer(x, "projection", "norm3", 2))
        np.testing.assert_allclose(taps["h2"], y.numpy(), rtol=1e-10, atol=1e-13)


def test_results_depend_on_the_files_that_parts_come_from():
    """A residual net takes its batch norm from `parts`; a convolutional net has none."""
    part = "static_tf.parts.normalization"
    assert part in sources("parity", "residual_net")
    assert part not in sources("parity", "conv_net")


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("residual_net") == pytest.approx((2597.891010, 1520), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("residual_net") == [*SIZED, "ties"]
