"""The LSTM against PyTorch's."""

import numpy as np
import pytest
import torch
from scipy.special import log_expit
from torch import nn

from benchmarks import twin
from benchmarks.twins import SIDES
from tests.models.pins import FEW, edge_cases, sums


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


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("lstm") == pytest.approx((6315.432262, 610807), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("lstm") == [
        *FEW,
        "one word",
        "every length",
        "full length",
        "the same word",
        "rows dropped",
    ]
