"""What the tests of all readers share."""

import numpy as np
import pytest
import torch
from scipy.special import log_expit

from benchmarks import twin
from tests.helpers import SMALL
from tests.models.pins import FEW

SENTENCES = [*FEW, "one word", "every length", "full length", "the same word", "rows dropped"]
ADDING = [*FEW, "zeros", "ends"]


def is_frameworks(side, name, variant, build):
    """A reader is a layer of PyTorch's with the same weights, a mean and a last layer.

    `build(state, inputs, hidden)` returns the layer, and its values that the state has not under the usual names.
    """
    with twin(side, name, variant=variant, **SMALL) as arm:
        batch = next(arm.spec.batches())
        arm.step(batch)  # away from the initial values, some of which are zeros
        state, config, taps = arm.state(), arm.spec.config, arm.forward(batch)
        layer, more = build(state, arm.spec.features, config.hidden)
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
    with twin("dynamic", name, **SMALL) as arm:
        batch = next(arm.spec.batches())
        behind = np.arange(arm.spec.config.length) >= batch["lengths"][:, None]
        assert behind.any()
        other = {**batch, "x": np.where(behind, 5, batch["x"])}
        np.testing.assert_array_equal(arm.predict(other), arm.predict(batch))


def fused_is_written_out(side, name, variant):
    """A kernel's losses, outputs and gradients, in the precision that it has, are the written-out model's in float64.

    In both, the batch is the same, and the state that of the written-out model after a step.
    """
    settings = {"variant": variant, "size": "proof", "threads": 1}
    with twin(side, name, **settings) as written, twin(side, f"{name}_fused", "float32", **settings) as fused:
        batch = next(written.spec.batches())
        written.step(batch)
        fused.load({key: np.asarray(value, fused.state()[key].dtype) for key, value in written.state().items()})
        written.load(fused.state())  # rounded to float32
        exact, found = written.observe(batch), fused.observe(batch)
        for stage in ("loss", "gradient", "tap", "tap_gradient"):
            assert found[stage].keys() <= exact[stage].keys()
            for key, value in found[stage].items():
                distance = np.linalg.norm(value - exact[stage][key]) / np.linalg.norm(exact[stage][key])
                assert distance < 2e-6, (stage, key)
