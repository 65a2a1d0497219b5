"""Which models can be made of the frameworks' own layers, and which cannot: what the twins are timed against.

Twins: static_tf/baselines.py, dynamic_torch/baselines.py
"""

from collections.abc import Iterable
from dataclasses import replace

from shared.errors import UsageError
from shared.optimizers import Adam, Descent, Momentum, OptimizerConfig

BUILT = (  # a function of this name is in both files, and makes the model's plain variant
    "deep_net",
    "autoencoder",
    "conv_net",
    "batch_norm_net",
    "residual_net",
    "dense_net",
    "sequence_conv_net",
    "lstm",
)

WITHOUT = {  # why there is nothing to time against
    "computational_graph": "a sum and a product of two numbers: no layer does that",
    "linear_regression": "a single product with a matrix, and no layer between it and the loss",
    "logistic_regression": "a single product with a matrix, and no layer between it and the loss",
    "shallow_regressor": "two products with matrices: deep_net is made of the same layers, and more of them",
    "shallow_classifier": "two products with matrices: deep_net is made of the same layers, and more of them",
    "rbm": "it learns from samples and not from a loss: neither framework has a layer that does",
    "convolution_matrix": "a convolution written as a matrix: the frameworks' layer for it is conv_net's, other work",
    "highway_net": "neither framework has a layer with gates that carry on what it is given",
    "capsule_net": "neither framework has a layer of capsules",
    "gan": "two players in turn: neither framework has a layer for it; its products are deep_net's",
}


def require(model: str, variant: str = "plain") -> None:
    """Refuse what no function makes, in one line that says why."""
    if model in WITHOUT:
        raise UsageError(f"{model} has no layers of the frameworks' own to be timed against: {WITHOUT[model]}")
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
