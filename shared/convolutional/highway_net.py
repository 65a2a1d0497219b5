"""What the twins of the highway net share.

Twins: static_tf/convolutional/highway_net.py, dynamic_torch/convolutional/highway_net.py
"""

from dataclasses import dataclass

import numpy as np

from shared.convolutional.image_spec import ImageSpec
from shared.optimizers import Exponential, Momentum, OptimizerConfig
from shared.randomness import glorot_uniform
from shared.spec import ROUNDING, Learning, State, Target, Variant


@dataclass(frozen=True)
class Config:
    channels: int = 32  # of every layer: a highway layer keeps its input's shape
    depth: int = 2  # highway layers at each size
    gate: float = -2.0  # initial bias of the gates: below zero, so that most of the input is carried on unchanged
    optimizer: OptimizerConfig = Momentum(0.1, schedule=Exponential(0.995))
    l2: float = 1e-3  # weight decay, on kernels and the last matrix
    batch: int = 64


class HighwayNet(ImageSpec):
    Config = Config
    section = "Highway networks"
    summary = "digits, by layers with gates that carry on what they are given"
    symbols = {
        "x": ("(N, 8, 8, 1)", "images"),
        "y": ("(N,)", "which digit, 0 to 9"),
        "kernel, bias": ("(5, 5, 1, C), (C,)", "first convolution, HWIO"),
        "stage1/i, stage2/i": ("(3, 3, C, 2C), (2C,)", "kernel and bias of a highway layer: C for H, then C for T"),
        "h, t": ("like the layer's input", "what could come in its place, and how far it does: the gate, 0 to 1"),
        "h0": ("(N, 8, 8, C)", "after the first layer"),
        "h1, h2": ("(N, 4, 4, C), (N, 2, 2, C)", "after pooling and the highway layers at that size"),
        "w, b": ("(4C, 10), (10,)", "last layer"),
        "logits": ("(N, 10)", "log-odds of each digit, up to a constant"),
    }
    sizes = {
        "proof": {"channels": 7, "batch": 9},
        "small": {},
        "medium": {"channels": 64, "batch": 256},
        "large": {"channels": 128, "batch": 1024},
    }
    variants = {
        "plain": Variant(
            data="digits of 8x8 pixels",
            picture="confusion",
            learning=Learning(400, (Target("test_accuracy", 0.97),), 1e-3, ROUNDING),
        ),
    }
    without_baseline = "neither framework has a layer with gates that carry on what it is given"

    def initial(self) -> State:
        """Glorot's uniform values; biases of zero, except the gates'."""
        c = self.config.channels
        layers = [f"stage{stage}/{i}" for stage in (1, 2) for i in range(self.config.depth)]
        shapes = {"kernel": (5, 5, 1, c), "w": (4 * c, 10)} | {f"{layer}/kernel": (3, 3, c, 2 * c) for layer in layers}
        state = {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}
        bias = np.repeat(np.array([0, self.config.gate], np.float32), c)
        state |= {f"{layer}/bias": bias for layer in layers}
        return state | {"bias": np.zeros(c, np.float32), "b": np.zeros(10, np.float32)}
