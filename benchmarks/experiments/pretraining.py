"""Greedy pre-training: initial values for a deep net that does not train from random values.

The layers are trained one after the other, each to reconstruct its inputs: the first the data, the next the outputs of
the first, and so on. Their weights then initialize the net, except for the last layer, of the classes, which keeps its
values (Hinton & Salakhutdinov 2006 with Boltzmann machines; Bengio et al. 2007 with autoencoders). No label is used.

Everything goes through the twin interface, so each side pre-trains its own net: NumPy in, NumPy out.
"""

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from benchmarks.twins import twin
from shared.optimizers import Momentum
from shared.spec import State


@dataclass(frozen=True)
class Layer:
    """How a model is used as a layer of a deep net: its names for the net's inputs, w and b, and its settings."""

    inputs: str
    w: str
    b: str
    settings: dict[str, Any] = field(default_factory=dict)


LAYERS = {
    "autoencoder": Layer("inputs", "w1", "b1"),
    "rbm": Layer("visible", "w", "b", {"means": True, "spread": 0.1, "optimizer": Momentum(0.05, 0.5)}),
}

STEPS = 800  # of each layer

# The units of a Boltzmann machine are sampled, and in float32 rounding decides a unit at its threshold. So pre-training
# runs in float64, where both sides draw the same samples, and its result is rounded afterwards.
DTYPE = "float64"


def pretrain(side: str, kind: str, net: Any, device: str = "cpu", steps: int = STEPS) -> State:
    """The hidden layers of `net`, w1, b1, w2, ..., each pre-trained on one side as a model `kind`."""
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
