"""What the baselines of both trees share: which models have one, and where the frameworks' own layers differ.

Twins: static_tf/baselines, dynamic_torch/baselines
"""

from collections.abc import Iterable
from dataclasses import replace

from shared.catalog import CATALOG, find
from shared.errors import UsageError
from shared.optimizers import Adam, Descent, Momentum, OptimizerConfig


def with_baseline() -> list[str]:
    """The models whose plain variant has a baseline, made of the framework's own layers, in both trees."""
    return [name for name, entry in CATALOG.items() if not entry.without_baseline]


def require(model: str, variant: str = "plain") -> None:
    """Raise a UsageError with the reason if a model or variant has no baseline."""
    why = find(model).without_baseline
    if why:
        raise UsageError(f"{model} has no baseline: {why}")
    if variant != "plain":
        raise UsageError(f"{model} has a baseline only for its variant plain, not for {variant}")


def unlike(side: str, state: Iterable[str]) -> set[str]:
    """The values that a side's layers compute by another formula than the twins, which are not compared after a step.

    Keras stores the biased variance of a batch; the twins, like PyTorch, the unbiased one. The outputs in inference
    mode depend on it, the losses do not.
    """
    variances = {name for name in state if side == "static" and name.endswith("moving_variance")}
    return variances | {"output"} if variances else set()


def bias_name(weight: str) -> str:
    """The twins' name of the bias that belongs to a weight: bias1 for kernel1, b for w."""
    scope, slash, name = weight.rpartition("/")
    return scope + slash + name.replace("kernel", "bias").replace("w", "b")


def steady(optimizer: OptimizerConfig) -> OptimizerConfig:
    """Return the optimizer with a constant learning rate, with which twin and baseline are timed.

    A falling rate is one more number per step, which no layer computes; and inside of the velocity, where Keras has the
    learning rate, it would be another formula.
    """
    return replace(optimizer, schedule=None) if isinstance(optimizer, Descent) else optimizer


def plain_optimizer(optimizer: OptimizerConfig) -> Momentum | Adam:
    """Return the optimizer if both frameworks have it and nothing is added to it; else raise a UsageError."""
    extras = {"schedule": None, "clip_value": None, "clip_norm": None, "weight_decay": 0.0}
    if not isinstance(optimizer, Momentum | Adam) or any(
        getattr(optimizer, name) != plain for name, plain in extras.items()
    ):
        raise UsageError(f"baselines support only plain Momentum or Adam, not {optimizer}")
    return optimizer
