"""The update rules' settings: which rule moves a model's parameters, and how far.

A model's configuration holds one of these (`rule: Rule = Adam(2e-3)`), and both twins make it run:
static_tf/updates.py as graph operations, dynamic_torch/updates.py with PyTorch's optimizers.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """What all rules have in common."""

    learning_rate: float


@dataclass(frozen=True)
class Momentum(Rule):
    """Gradient descent with a velocity (Polyak 1964). Slot of each parameter: `momentum`.

    v = momentum v + g;  w = w - learning_rate v
    """

    momentum: float = 0.9


@dataclass(frozen=True)
class Adam(Rule):
    """Steps as long as the gradient is steady (Kingma & Ba 2015, Algorithm 1). Slots of each parameter: `m`, `v`.

    m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;  w = w - learning_rate m^ / (sqrt(v^) + epsilon)
    with m^ = m / (1 - beta1^t) and v^ = v / (1 - beta2^t) at step t = 1, 2, ...
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
