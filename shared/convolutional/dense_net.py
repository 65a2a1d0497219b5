"""What the twins of the densely connected net share.

Twins: static_tf/convolutional/dense_net.py, dynamic_torch/convolutional/dense_net.py
"""

from dataclasses import dataclass

import numpy as np

from shared.convolutional.batch_norm_net import normal
from shared.convolutional.image_spec import NORMALISED, ImageSpec
from shared.optimizers import Exponential, Momentum, OptimizerConfig
from shared.randomness import glorot_uniform
from shared.spec import Learning, State, Target, Variant


@dataclass(frozen=True)
class Config:
    channels: int = 16  # of the first layer
    growth: int = 8  # channels that each layer adds
    depth: int = 3  # layers in a block
    decay: float = 0.95  # of the running averages
    epsilon: float = 1e-5  # added to the variance
    optimizer: OptimizerConfig = Momentum(0.1, schedule=Exponential(0.99))
    l2: float = 1e-4  # weight decay, on kernels and the last matrix
    batch: int = 64

    @property
    def grown(self) -> int:
        """Channels after the first block."""
        return self.channels + self.depth * self.growth

    @property
    def narrowed(self) -> int:
        """Channels after the transition, which keeps half."""
        return self.grown // 2

    @property
    def last(self) -> int:
        """Channels after the second block."""
        return self.narrowed + self.depth * self.growth


class DenseNet(ImageSpec):
    Config = Config
    section = "Densely connected networks"
    summary = "digits, by layers that see all layers before them"
    symbols = {
        "x": ("(N, 8, 8, 1)", "images"),
        "y": ("(N,)", "which digit, 0 to 9"),
        "kernel": ("(3, 3, 1, C)", "first convolution, HWIO"),
        "h0": ("(N, 8, 8, C)", "after it"),
        "block1/i, block2/i": ("(3, 3, C + i G, G)", "layer i of a block: batch norm, ReLU, and a kernel that adds G"),
        "h1": ("(N, 8, 8, C1)", "after the first block: C1 = C + L G channels"),
        "transition": ("(1, 1, C1, C1/2)", "batch norm, ReLU, a kernel that keeps half, and the mean of each 2x2"),
        "t": ("(N, 4, 4, C1/2)", "after the transition"),
        "h2": ("(N, 4, 4, C2)", "after the second block: C2 = C1/2 + L G channels"),
        "norm": ("(C2,)", "last batch norm"),
        "pooled": ("(N, C2)", "mean over height and width"),
        "w, b": ("(C2, 10), (10,)", "last layer"),
        "logits": ("(N, 10)", "log-odds of each digit, up to a constant"),
    }
    sizes = {  # the proof's steps are short: with so few images a longer one would bring a unit to the kink of
        # ReLU, where rounding decides
        "proof": {
            "channels": 7,
            "growth": 2,
            "depth": 2,
            "batch": 6,
            "optimizer": Momentum(0.002, schedule=Exponential(0.99)),
        },
        "small": {},
        "medium": {"channels": 24, "growth": 12, "depth": 4, "batch": 256},
        "large": {"channels": 24, "growth": 12, "depth": 12, "batch": 1024},
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
        c = self.config
        shapes = {"kernel": (3, 3, 1, c.channels), "transition/kernel": (1, 1, c.grown, c.narrowed), "w": (c.last, 10)}
        norms = {"transition/norm": c.grown, "norm": c.last}
        for block, before in (("block1", c.channels), ("block2", c.narrowed)):
            for i in range(c.depth):
                shapes[f"{block}/{i}/kernel"] = (3, 3, before + i * c.growth, c.growth)
                norms[f"{block}/{i}/norm"] = before + i * c.growth
        state = {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}
        for name, channels in norms.items():
            state |= normal(name, channels)
        return state | {"b": np.zeros(10, np.float32)}
