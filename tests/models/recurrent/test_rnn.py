"""The plain recurrent network against PyTorch's."""

import pytest
import torch
from torch import nn

from benchmarks.twins import SIDES
from tests.models.pins import edge_cases, sums
from tests.models.recurrent.readers import ADDING, SENTENCES, does_not_see_the_padding, is_frameworks


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("variant", ["plain", "while_loop", "adding"])
def test_rnn_is_pytorchs(side, variant):
    """nn.RNN with the same weights, and its second bias at zero."""

    def layer(state, inputs, hidden):
        return nn.RNN(inputs, hidden, batch_first=True), {"bias_hh_l0": torch.zeros(hidden)}

    is_frameworks(side, "rnn", variant, layer)


def test_rnn_does_not_see_the_padding():
    does_not_see_the_padding("rnn")


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("rnn") == pytest.approx((5374.024184, 565711), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("rnn") == SENTENCES
    assert edge_cases("rnn", "adding") == ADDING
