"""The bidirectional GRU against PyTorch's."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from torch import nn

from benchmarks import twin
from benchmarks.twins import SIDES
from tests.helpers import SMALL
from tests.models.pins import SIZED, edge_cases, sums


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("variant", ["plain", "while_loop"])
def test_bidirectional_gru_is_pytorchs(side, variant):
    """nn.GRU(bidirectional=True) with the same weights, then a last layer over the outputs of all steps."""
    with twin(side, "bidirectional_gru", variant=variant, **SMALL) as arm:
        batch = next(arm.spec.batches())
        state, taps = arm.state(), arm.forward(batch)
        gru = nn.GRU(1, arm.spec.config.hidden, batch_first=True, bidirectional=True).double()
        own = {}
        for direction, ending in (("forwards", "l0"), ("backwards", "l0_reverse")):
            own |= {
                f"weight_ih_{ending}": state[f"{direction}/kernel"].T,
                f"weight_hh_{ending}": state[f"{direction}/recurrent_kernel"].T,
                f"bias_ih_{ending}": state[f"{direction}/bias"],
                f"bias_hh_{ending}": state[f"{direction}/recurrent_bias"],
            }
        gru.load_state_dict({name: torch.tensor(value) for name, value in own.items()})
        h = gru(torch.from_numpy(batch["x"]).double())[0].detach().numpy()
        np.testing.assert_allclose(np.concatenate([taps["f"], taps["b"]], axis=2), h, rtol=1e-11, atol=1e-14)
        logits = h.reshape(len(h), -1) @ state["w"] + state["b"]
        np.testing.assert_allclose(taps["logits"], logits, rtol=1e-10, atol=1e-13)
        loss = -log_softmax(logits, axis=1)[np.arange(len(h)), batch["y"]].mean()
        assert arm.loss(batch) == pytest.approx(loss, rel=1e-11)


def test_it_has_the_authors_number_of_parameters():
    """5,134, in the table of Greydanus 2020."""
    with twin("dynamic", "bidirectional_gru", threads=1) as arm:
        assert sum(value.size for value in arm.spec.initial().values()) == 5134


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("bidirectional_gru") == pytest.approx((176.521890, 3503.622470), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("bidirectional_gru") == [*SIZED, "ends"]
