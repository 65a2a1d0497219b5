"""The recurrent net for spectrograms against PyTorch's layers."""

import pytest
import torch
from torch import nn

from benchmarks.twins import SIDES
from tests.models.convolutional.pytorch_layers import conv_layer, filled
from tests.models.pins import edge_cases, sums
from tests.models.speech.listeners import CLIPS, hears_no_loudness, is_frameworks

NAME = "spectrogram_recurrent_net"


@pytest.mark.parametrize("side", SIDES)
def test_it_is_made_of_pytorchs_layers(side):
    """nn.GRU over what nn.Conv2d finds, and the mean of its outputs."""

    def build(state, config):
        seen = nn.Sequential(conv_layer(state["kernel"], state["bias"]), nn.ReLU(), nn.MaxPool2d(2))
        gru = nn.GRU(config.features, config.hidden, batch_first=True).double()
        values = {"weight_ih_l0": "kernel", "weight_hh_l0": "recurrent_kernel"}
        values |= {"bias_ih_l0": "bias", "bias_hh_l0": "recurrent_bias"}
        gru.load_state_dict({own: torch.tensor(state[f"cell/{name}"].T) for own, name in values.items()})
        last = filled(nn.Linear(*state["w"].shape), state["w"], state["b"])
        return lambda image: last(gru(seen(image).permute(0, 2, 3, 1).flatten(2))[0].mean(1))

    is_frameworks(side, NAME, build)


def test_it_hears_no_loudness():
    hears_no_loudness(NAME)


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums(NAME) == pytest.approx((2965.707241, 15471.137490), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases(NAME) == CLIPS
