"""The GRU against PyTorch's, and against TF1's definition."""

import numpy as np
import pytest
import torch
from scipy.special import expit
from torch import nn

from benchmarks import twin
from benchmarks.twins import SIDES
from tests.helpers import SMALL
from tests.models.pins import edge_cases, sums
from tests.models.recurrent.readers import ADDING, SENTENCES, does_not_see_the_padding, is_frameworks


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("variant", ["plain", "while_loop", "adding"])
def test_gru_is_pytorchs(side, variant):
    """nn.GRU with the same weights: r, u, n in both, and r after the product."""

    def layer(state, inputs, hidden):
        return nn.GRU(inputs, hidden, batch_first=True), {"bias_hh_l0": torch.tensor(state["cell/recurrent_bias"])}

    is_frameworks(side, "gru", variant, layer)


def gru_cell_of_tf1(x, h, gates_kernel, gates_bias, candidate_kernel, candidate_bias):
    """A step of tf.nn.rnn_cell.GRUCell as its documentation has it: matrices over [x, h], gates in the order r, u."""
    r, u = np.split(expit(np.hstack([x, h]) @ gates_kernel + gates_bias), 2, axis=1)
    c = np.tanh(np.hstack([x, r * h]) @ candidate_kernel + candidate_bias)
    return u * h + (1 - u) * c


@pytest.mark.parametrize("side", SIDES)
def test_gru_that_resets_before_the_product_is_tf1s(side):
    with twin(side, "gru", variant="reset_before", **SMALL) as arm:
        batch = next(arm.spec.batches())
        state, taps, size = arm.state(), arm.forward(batch), 2 * arm.spec.config.hidden
        kernel, bias = state["cell/kernel"], state["cell/bias"]
        gates = np.vstack([kernel[:, :size], state["cell/recurrent_kernel"]])
        candidate = np.vstack([kernel[:, size:], state["cell/candidate_kernel"]])
        h = np.zeros_like(taps["h"][:, 0])
        for x_t, h_t in zip(taps["x"].swapaxes(0, 1), taps["h"].swapaxes(0, 1)):
            h = gru_cell_of_tf1(x_t, h, gates, bias[:size], candidate, bias[size:])
            np.testing.assert_allclose(h_t, h, rtol=1e-12, atol=1e-14)


def test_gru_does_not_see_the_padding():
    does_not_see_the_padding("gru")


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("gru") == pytest.approx((6121.506075, 480000), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("gru") == SENTENCES
    assert edge_cases("gru", "adding") == ADDING
