"""What both trees' baselines share: which models are made of the frameworks' own layers, and where those differ.

Twins: static_tf/baselines, dynamic_torch/baselines
"""

from collections.abc import Iterable
from dataclasses import replace

from shared.catalog import CATALOG, find
from shared.errors import UsageError
from shared.optimizers import Adam, Descent, Momentum, OptimizerConfig


def with_baseline() -> list[str]:
    """The models of which a function in both `baselines` makes the plain variant from its framework's own layers."""
    return [name for name, entry in CATALOG.items() if not entry.without_baseline]


def require(model: str, variant: str = "plain") -> None:
    """Refuse what no function makes, in one line that says why."""
    why = find(model).without_baseline
    if why:
        raise UsageError(f"{model} has no layers of the frameworks' own to be timed against: {why}")
    if variant != "plain":
        raise UsageError(f"{model} is made of the frameworks' own layers in its variant plain only, not {variant}")


def unlike(side: str, state: Iterable[str]) -> set[str]:
    """What the layers of a side compute by another formula than the twins, so that it is not compared after a step.

    Keras keeps the biased variance of a batch; the twins, as PyTorch does, the unbiased one. The outputs in inference
    mode rest on it, the losses do not.
    """
    variances = {name for name in state if side == "static" and name.endswith("moving_variance")}
    return variances | {"output"} if variances else set()


def bias_name(weight: str) -> str:
    """What the twins call the bias that goes with a weight: kernel1 and bias1, w and b."""
    scope, slash, name = weight.rpartition("/")
    return scope + slash + name.replace("kernel", "bias").replace("w", "b")


def steady(optimizer: OptimizerConfig) -> OptimizerConfig:
    """The optimizer with a learning rate that stays: twin and layers are timed with that, for a falling one is a
    number more a step and the affair of no layer, and where Keras keeps its learning rate, inside of the velocity, it
    would be another formula.
    """
    return replace(optimizer, schedule=None) if isinstance(optimizer, Descent) else optimizer


def plain_optimizer(optimizer: OptimizerConfig) -> Momentum | Adam:
    """The optimizer, if it is one that both frameworks' optimizers have, with nothing added to it."""
    extras = {"schedule": None, "clip_value": None, "clip_norm": None, "weight_decay": 0.0}
    if not isinstance(optimizer, Momentum | Adam) or any(
        getattr(optimizer, name) != plain for name, plain in extras.items()
    ):
        raise UsageError(f"the nets of the frameworks' own layers learn by plain Momentum or Adam, not by {optimizer}")
    return optimizer
