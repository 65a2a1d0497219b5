"""What the tests of all readers share."""

import numpy as np
import pytest
import torch
from scipy.special import log_expit

from benchmarks import twin
from tests.models.pins import FEW

SENTENCES = [*FEW, "one word", "every length", "full length", "the same word", "rows dropped"]
ADDING = [*FEW, "zeros", "ends"]


def is_frameworks(side, name, variant, made):
    """A reader is a layer of PyTorch's with the same weights, a mean and a last layer.

    `made(state, inputs, hidden)` returns the layer, and its values that the state has not under the usual names.
    """
    with twin(side, name, variant=variant, size="proof", threads=1) as arm:
        batch = next(arm.spec.batches())
        arm.step(batch)  # away from the initial values, some of which are zeros
        state, config, taps = arm.state(), arm.spec.config, arm.forward(batch)
        layer, more = made(state, arm.spec.features, config.hidden)
        own = {
            "weight_ih_l0": torch.tensor(state["cell/kernel"].T),
            "weight_hh_l0": torch.tensor(state["cell/recurrent_kernel"].T),
            "bias_ih_l0": torch.tensor(state["cell/bias"]),
        }
        layer.double().load_state_dict(own | more)
        x = batch["x"] if variant == "adding" else state["reader/embedding"][batch["x"]]
        h = layer(torch.from_numpy(x).double())[0].detach().numpy()
        np.testing.assert_allclose(taps["h"], h, rtol=1e-11, atol=1e-14)

        if variant == "adding":
            output = h[:, -1] @ state["w"][:, 0] + state["b"]
            loss = np.mean((output - batch["y"]) ** 2)
        else:
            pooled = np.stack([row[:length].mean(0) for row, length in zip(h, batch["lengths"])])
            output = (pooled * batch["dropout_mask"]) @ state["w"][:, 0] + state["b"]
            loss = -np.where(batch["y"] == 1, log_expit(output), log_expit(-output)).mean()
        np.testing.assert_allclose(taps["output"], output, rtol=1e-11)
        assert arm.loss(batch) == pytest.approx(loss, rel=1e-11)


def does_not_see_the_padding(name):
    """What stands after a sentence's end changes nothing."""
    with twin("dynamic", name, size="proof", threads=1) as arm:
        batch = next(arm.spec.batches())
        behind = np.arange(arm.spec.config.length) >= batch["lengths"][:, None]
        assert behind.any()
        other = {**batch, "x": np.where(behind, 5, batch["x"])}
        np.testing.assert_array_equal(arm.predict(other), arm.predict(batch))
