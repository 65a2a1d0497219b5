"""The gradients of every model are the slope of its loss."""

import numpy as np
import pytest

from shared.randomness import generator
from tests.helpers import SIDES, proof_twin

# Taps that a loss takes for facts, though parameters have made them: contrastive divergence is the slope of no function
# (Sutskever & Tieleman 2010), but with where its chain has come to held it is; and so is that of first order in MAML,
# with the gradient of the inner step held
HELD = {
    ("rbm", "means"): ("p_v2",),
    ("maml", "first_order"): tuple(f"gradient{step}_{name}{i}" for step in (1, 2) for name in "wb" for i in (1, 2, 3)),
}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.variants_are_slow
@pytest.mark.large_models_are_slow
def test_gradients_are_the_slope_of_the_loss(side, name, variant):
    """Central differences along a random direction, for each player's loss; too short to meet a kink of ReLU."""
    arm = proof_twin(side, name, variant)
    batch = next(arm.spec.batches())
    arm.step(batch)  # away from the initial values, some of which are zeros
    state, gradients, losses = arm.state(), arm.gradients(batch), arm.losses(batch)
    held = {tap: arm.forward(batch)[tap] for tap in HELD.get((name, variant), ())}
    for player in losses:
        own = [n for n in gradients if len(losses) == 1 or n.startswith(f"{player}/")]
        direction = {n: generator("direction", n).normal(size=gradients[n].shape) for n in own}
        slope = sum(float(np.sum(direction[n] * gradients[n])) for n in own)
        ends = []
        for sign in (1, -1):
            arm.load({**state, **{n: state[n] + sign * 1e-8 * direction[n] for n in own}})
            ends.append(arm.observe(batch, {"tap": held})["loss"][player] if held else arm.losses(batch)[player])
        arm.load(state)
        assert (ends[0] - ends[1]) / 2e-8 == pytest.approx(slope, rel=1e-5, abs=2e-7), player
