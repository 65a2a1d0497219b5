"""Greedy pre-training: where a deep net starts that does not train from random values.

Layer by layer, each learns to say again what it is shown: the first the data, the next what the first makes of them,
and so on. Then its weights are the net's, and the last layer, of the classes, is what it was (Hinton & Salakhutdinov
2006 with Boltzmann machines; Bengio et al. 2007 with autoencoders). No label is looked at.

Everything goes through the twin interface, so a side pre-trains itself: NumPy in, NumPy out.
"""

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from benchmarks.twins import twin
from shared.optimizers import Momentum
from shared.spec import State


@dataclass(frozen=True)
class Layer:
    """How a model is made a layer of a deep net: what it calls the net's inputs, w and b; and its settings."""

    inputs: str
    w: str
    b: str
    settings: dict[str, Any] = field(default_factory=dict)


LAYERS = {
    "autoencoder": Layer("inputs", "w1", "b1"),
    "rbm": Layer("visible", "w", "b", {"means": True, "spread": 0.1, "optimizer": Momentum(0.05, 0.5)}),
}

STEPS = 800  # of each layer

# A unit of a Boltzmann machine is sampled, and one that is on the border falls either way in float32: so a start comes
# from float64, where both sides sample the same, and is rounded afterwards
DTYPE = "float64"


def pretrain(side: str, kind: str, net: Any, device: str = "cpu", steps: int = STEPS) -> State:
    """The hidden layers of `net`, w1, b1, w2, ..., each pre-trained by one side as a model of a kind."""
    layer = LAYERS[kind]
    found: State = {}
    x = net.data().train.x.reshape(-1, net.config.inputs)
    for i in range(1, net.config.depth):
        settings = {**layer.settings, layer.inputs: x.shape[1], "hidden": net.config.width}
        with twin(side, kind, DTYPE, device, threads=1, seed=net.seed, **settings) as arm:
            for batch in islice(arm.spec.batches_of(x), steps):
                arm.step(batch)
            state = arm.state()
            found |= {f"w{i}": state[layer.w], f"b{i}": state[layer.b]}
            x = arm.spec.next_layer_input(arm.forward(arm.spec.undamaged(x), training=False)["h"])
    return found
