"""What the twins of the residual net share.

Twins: static_tf/convolutional/residual_net.py, dynamic_torch/convolutional/residual_net.py
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from shared.convolutional.batch_norm_net import normal
from shared.convolutional.image_spec import NORMALISED, ImageSpec
from shared.optimizers import Exponential, Momentum, OptimizerConfig
from shared.randomness import glorot_uniform
from shared.spec import Learning, State, Target, Variant


@dataclass(frozen=True)
class Config:
    channels: int = 16  # of the first layer
    strides: tuple[int, ...] = (1, 2, 1)  # of the blocks: 2 halves height and width, and doubles the channels
    decay: float = 0.95  # of the running averages
    epsilon: float = 1e-5  # added to the variance
    optimizer: OptimizerConfig = Momentum(0.1, schedule=Exponential(0.99))
    l2: float = 1e-4  # weight decay, on kernels and the last matrix
    batch: int = 64

    @property
    def last(self) -> int:
        """Channels after the blocks."""
        return self.channels * prod(self.strides)


class ResidualNet(ImageSpec):
    Config = Config
    section = "Residual networks"
    summary = "digits, by layers that add to what they are given"
    symbols = {
        "x": ("(N, 8, 8, 1)", "images"),
        "y": ("(N,)", "which digit, 0 to 9"),
        "kernel, norm": ("(3, 3, 1, C)", "first convolution, HWIO, and its batch norm"),
        "h0": ("(N, 8, 8, C)", "after the first layer"),
        "blocks/0": ("C to C", "two convolutions and an identity"),
        "blocks/1": ("C to 2C", "two convolutions, the first of stride 2, and a projection (1, 1, C, 2C)"),
        "blocks/2": ("2C to 2C", "two convolutions and an identity"),
        "h1, h2, h3": ("(N, 8, 8, C), (N, 4, 4, 2C) twice", "after the blocks"),
        "pooled": ("(N, 2C)", "mean over height and width"),
        "w, b": ("(2C, 10), (10,)", "last layer"),
        "logits": ("(N, 10)", "log-odds of each digit, up to a constant"),
    }
    sizes = {  # the proof's steps are short: with so few images a longer one would bring a unit to the kink of
        # ReLU, where rounding decides
        "proof": {
            "channels": 6,
            "strides": (1, 2),
            "batch": 5,
            "optimizer": Momentum(0.002, schedule=Exponential(0.99)),
        },
        "small": {},
        "medium": {"channels": 32, "batch": 256},
        "large": {"channels": 64, "batch": 1024},
    }
    variants = {
        "plain": Variant(
            data="digits of 8x8 pixels",
            picture="confusion",
            learning=Learning(300, (Target("test_accuracy", 0.98),), 0.05, NORMALISED),
        ),
    }

    def initial(self) -> State:
        """Glorot's uniform values; batch norms with scale 1 and offset 0."""
        c = self.config.channels
        shapes, norms = {"kernel": (3, 3, 1, c), "w": (self.config.last, 10)}, {"norm": c}
        for i, stride in enumerate(self.config.strides):
            before, c = c, stride * c
            shapes |= {f"blocks/{i}/kernel1": (3, 3, before, c), f"blocks/{i}/kernel2": (3, 3, c, c)}
            norms |= {f"blocks/{i}/norm1": c, f"blocks/{i}/norm2": c}
            if stride > 1:
                shapes[f"blocks/{i}/projection"] = (1, 1, before, c)
                norms[f"blocks/{i}/norm3"] = c
        state = {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}
        for name, channels in norms.items():
            state |= normal(name, channels)
        return state | {"b": np.zeros(10, np.float32)}
