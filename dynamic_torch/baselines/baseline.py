"""A model made of PyTorch's own layers, and what the chapters' files share.

Twin: static_tf/baselines/baseline.py
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

Layout = tuple[str, dict[str, int]]  # an einops pattern "canonical -> own", and sizes of axes that it splits


@dataclass
class Baseline:
    """A model of PyTorch's own layers, with its loss."""

    module: nn.Module
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy  # of the output and the target
    reads: tuple[str, ...] = ("x",)  # entries of a batch, in the order of the module's arguments
    target: str = "y"
    l2: float = 0.0  # penalty of half the squares of all weights but biases and gains
    layouts: dict[str, Layout] = field(default_factory=dict)  # canonical name -> layout, if not the layer's usual one


class ChannelsFirst(nn.Module):
    """Moves the channels of images and series from last to second."""

    def forward(self, x):
        return x.movedim(-1, 1)


def norm(channels: int, config: Any) -> nn.Module:
    return nn.BatchNorm2d(channels, config.epsilon, 1 - config.decay)


def after_flatten(height: int, width: int) -> Layout:
    """The layout of a matrix after Flatten in channels-first order, which saves a copy of every image."""
    return "(h w c) o -> o (c h w)", {"h": height, "w": width}
