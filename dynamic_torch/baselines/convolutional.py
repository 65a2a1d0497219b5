"""The models of the chapter on convolutional networks, made of PyTorch's own layers.

Twin: static_tf/baselines/convolutional.py
"""

from collections import OrderedDict
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.baselines.baseline import Baseline, ChannelsFirst, after_flatten, norm


def conv_net(config: Any) -> Baseline:
    height, width, channels = config.image
    layers = {
        "channels_first": ChannelsFirst(),
        "kernel1": nn.Conv2d(channels, config.channels1, config.kernel, padding=config.kernel // 2),
        "relu1": nn.ReLU(),
        "pool1": nn.MaxPool2d(2),
        "kernel2": nn.Conv2d(config.channels1, config.channels2, config.kernel, padding=config.kernel // 2),
        "relu2": nn.ReLU(),
        "pool2": nn.MaxPool2d(2),
        "flat": nn.Flatten(),
        "w3": nn.Linear(config.flat, config.hidden),
        "relu3": nn.ReLU(),
        "w4": nn.Linear(config.hidden, 10),
    }
    layouts = {"w3": after_flatten(height // 4, width // 4)}
    return Baseline(nn.Sequential(OrderedDict(layers)), l2=config.l2, layouts=layouts)


def batch_norm_net(config: Any) -> Baseline:
    c1, c2 = config.channels1, config.channels2
    layers = {
        "channels_first": ChannelsFirst(),
        "kernel1": nn.Conv2d(1, c1, 3, padding=1, bias=False),
        "norm1": norm(c1, config),
        "relu1": nn.ReLU(),
        "pool1": nn.MaxPool2d(2),
        "kernel2": nn.Conv2d(c1, c2, 3, padding=1, bias=False),
        "norm2": norm(c2, config),
        "relu2": nn.ReLU(),
        "pool2": nn.MaxPool2d(2),
        "flat": nn.Flatten(),
        "w": nn.Linear(4 * c2, 10),
    }
    return Baseline(nn.Sequential(OrderedDict(layers)), l2=config.l2, layouts={"w": after_flatten(2, 2)})


class Residual(nn.Module):
    """Two convolutions, and a shortcut around them."""

    def __init__(self, before: int, after: int, stride: int, config: Any):
        super().__init__()
        # TWIN: with a stride of 2 TensorFlow pads one row, at the bottom; PyTorch would pad both sides alike
        self.pad = nn.ZeroPad2d((0, 1, 0, 1)) if stride == 2 else nn.Identity()
        self.kernel1 = nn.Conv2d(before, after, 3, stride, padding=0 if stride == 2 else 1, bias=False)
        self.norm1 = norm(after, config)
        self.kernel2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.norm2 = norm(after, config)
        if stride == 2:
            self.projection = nn.Conv2d(before, after, 1, stride, bias=False)
            self.norm3 = norm(after, config)

    def forward(self, x):
        h = F.relu(self.norm1(self.kernel1(self.pad(x))))
        around = self.norm3(self.projection(x)) if hasattr(self, "projection") else x
        return F.relu(self.norm2(self.kernel2(h)) + around)


def residual_net(config: Any) -> Baseline:
    c = config.channels
    blocks = nn.Sequential()
    for stride in config.strides:
        blocks.append(Residual(c, stride * c, stride, config))
        c = stride * c
    layers = {
        "channels_first": ChannelsFirst(),
        "kernel": nn.Conv2d(1, config.channels, 3, padding=1, bias=False),
        "norm": norm(config.channels, config),
        "relu": nn.ReLU(),
        "blocks": blocks,
        "pool": nn.AdaptiveAvgPool2d(1),
        "flat": nn.Flatten(),
        "w": nn.Linear(c, 10),
    }
    return Baseline(nn.Sequential(OrderedDict(layers)), l2=config.l2)


class Dense(nn.Module):
    """Batch norm, ReLU, and a convolution whose channels are appended to the input's."""

    def __init__(self, channels: int, config: Any):
        super().__init__()
        self.norm = norm(channels, config)
        self.kernel = nn.Conv2d(channels, config.growth, 3, padding=1, bias=False)

    def forward(self, x):
        return torch.cat([x, self.kernel(F.relu(self.norm(x)))], dim=1)


def dense_net(config: Any) -> Baseline:
    def block(channels: int) -> nn.Module:
        return nn.Sequential(*(Dense(channels + i * config.growth, config) for i in range(config.depth)))

    transition = {
        "norm": norm(config.grown, config),
        "relu": nn.ReLU(),
        "kernel": nn.Conv2d(config.grown, config.narrowed, 1, bias=False),
        "pool": nn.AvgPool2d(2),
    }
    layers = {
        "channels_first": ChannelsFirst(),
        "kernel": nn.Conv2d(1, config.channels, 3, padding=1, bias=False),
        "block1": block(config.channels),
        "transition": nn.Sequential(OrderedDict(transition)),
        "block2": block(config.narrowed),
        "norm": norm(config.last, config),
        "relu": nn.ReLU(),
        "pool": nn.AdaptiveAvgPool2d(1),
        "flat": nn.Flatten(),
        "w": nn.Linear(config.last, 10),
    }
    return Baseline(nn.Sequential(OrderedDict(layers)), l2=config.l2)


def sequence_conv_net(config: Any) -> Baseline:
    c1, c2, c3 = config.channels
    layers = {
        "channels_first": ChannelsFirst(),
        "kernel1": nn.Conv1d(1, c1, 5, stride=2, padding=1),
        "relu1": nn.ReLU(),
        "kernel2": nn.Conv1d(c1, c2, 3, stride=2, padding=1),
        "relu2": nn.ReLU(),
        "kernel3": nn.Conv1d(c2, c3, 3, stride=2, padding=1),
        "relu3": nn.ReLU(),
        "flat": nn.Flatten(),
        "w": nn.Linear(5 * c3, 10),
    }
    return Baseline(nn.Sequential(OrderedDict(layers)), layouts={"w": ("(t c) o -> o (c t)", {"t": 5})})
