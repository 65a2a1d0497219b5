"""Greedy pre-training: where a deep net starts that does not train from random values.

Layer by layer, each learns to say again what it is shown: the first the data, the next what the first makes of them, and
so on. Then its weights are the net's, and the last layer, of the classes, is what it was (Hinton & Salakhutdinov 2006
with Boltzmann machines; Bengio et al. 2007 with autoencoders). No label is looked at.

Everything goes through the twin interface, so a side pre-trains itself: NumPy in, NumPy out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from benchmarks.twins import twin
from shared.spec import Spec, State
from shared.updates import Momentum, Rule


@dataclass(frozen=True)
class Layer:
    """How a model is made a layer of a deep net: its names for what the net calls inputs, w1 and b1."""

    inputs: str
    w: str
    b: str
    rule: Rule


LAYERS = {"autoencoder": Layer("inputs", "w1", "b1", Momentum(0.1)), "rbm": Layer("visible", "w", "b", Momentum(0.1))}

STEPS = 400  # of each layer

# A unit of a Boltzmann machine is sampled, and one that is on the border falls either way in float32: so a start comes
# from float64, where both sides sample the same, and is rounded afterwards
DTYPE = "float64"


def pretrain(
    side: str, kind: str, net: Spec, device: str = "cpu", tell: Callable[[float], None] = lambda share: None
) -> State:
    """The hidden layers of `net`, w1, b1, w2, ..., pre-trained by one side as models of a kind.

    `tell` is told the share that is done.
    """
    names, found = LAYERS[kind], {}
    x = net.data().train.x.reshape(-1, net.config.inputs)
    for i in range(1, net.config.depth):
        settings = {names.inputs: x.shape[1], "hidden": net.config.width, "rule": names.rule, "seed": net.seed}
        with twin(side, kind, DTYPE, device, threads=1, observed=False, **settings) as arm:
            for step, batch in enumerate(islice(arm.spec.batches_of(x), STEPS)):
                arm.step(batch)
                tell((i - 1 + step / STEPS) / (net.config.depth - 1))
            state = arm.state()
            found |= {f"w{i}": state[names.w], f"b{i}": state[names.b]}
            x = arm.forward(arm.spec.undamaged(x), training=False)["h"]
    return found
