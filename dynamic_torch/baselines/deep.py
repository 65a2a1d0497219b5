"""The models of the chapter on deep networks, made of PyTorch's own layers.

Twin: static_tf/baselines/deep.py
"""

from collections import OrderedDict
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from dynamic_torch.baselines.baseline import Baseline


def deep_net(config: Any) -> Baseline:
    layers: OrderedDict[str, nn.Module] = OrderedDict(flat=nn.Flatten())
    inputs = config.inputs
    for i in range(1, config.depth):
        layers[f"w{i}"], layers[f"relu{i}"] = nn.Linear(inputs, config.width), nn.ReLU()
        inputs = config.width
    layers[f"w{config.depth}"] = nn.Linear(inputs, config.classes)
    return Baseline(nn.Sequential(layers))


def autoencoder(config: Any) -> Baseline:
    layers = {
        "w1": nn.Linear(config.inputs, config.hidden),
        "sigmoid": nn.Sigmoid(),
        "w2": nn.Linear(config.hidden, config.inputs),
    }

    def loss(z: Tensor, x: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(z, x, reduction="sum") / len(x)

    return Baseline(nn.Sequential(OrderedDict(layers)), loss, ("noisy",), "x")
