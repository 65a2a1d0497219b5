"""The LSTM against PyTorch's."""

import pytest
import torch
from torch import nn

from benchmarks.twins import SIDES
from tests.models.pins import edge_cases, sums
from tests.models.recurrent.readers import ADDING, SENTENCES, does_not_see_the_padding, is_frameworks


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("variant", ["plain", "while_loop", "adding"])
def test_lstm_is_pytorchs(side, variant):
    """nn.LSTM with the same weights: gates i, f, g, o in both, and its second bias at zero."""

    def layer(state, inputs, hidden):
        return nn.LSTM(inputs, hidden, batch_first=True), {"bias_hh_l0": torch.zeros(4 * hidden)}

    is_frameworks(side, "lstm", variant, layer)


def test_lstm_does_not_see_the_padding():
    does_not_see_the_padding("lstm")


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("lstm") == pytest.approx((6315.432262, 610807), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("lstm") == SENTENCES
    assert edge_cases("lstm", "adding") == ADDING
