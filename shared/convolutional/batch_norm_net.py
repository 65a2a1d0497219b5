"""What the twins of the batch-norm net share.

Twins: static_tf/convolutional/batch_norm_net.py, dynamic_torch/convolutional/batch_norm_net.py
"""

from dataclasses import dataclass

import numpy as np

from shared.convolutional.image_spec import ImageSpec
from shared.optimizers import Momentum, OptimizerConfig
from shared.randomness import glorot_uniform
from shared.spec import ROUNDING, Learning, State, Target, Variant


@dataclass(frozen=True)
class Config:
    channels1: int = 16  # of the first convolution
    channels2: int = 32  # of the second
    decay: float = 0.95  # of the running averages
    epsilon: float = 1e-5  # added to the variance
    optimizer: OptimizerConfig = Momentum(0.02)
    l2: float = 1e-4  # weight decay, on kernels and the last matrix
    batch: int = 64


class BatchNormNet(ImageSpec):
    Config = Config
    section = "Batch normalization"
    summary = "digits, with normalised layers and two modes"
    symbols = {
        "x": ("(N, 8, 8, 1)", "images"),
        "y": ("(N,)", "which digit, 0 to 9"),
        "kernel1, kernel2": ("(3, 3, 1, C1), (3, 3, C1, C2)", "convolutions, HWIO"),
        "gamma, beta": ("(C,)", "of each batch norm: scale and offset of the normalised values"),
        "moving_mean, moving_variance": ("(C,)", "running averages, which inference uses"),
        "z1, z2": ("(N, 8, 8, C1), (N, 4, 4, C2)", "after convolution"),
        "n1, n2": ("like z1, z2", "after batch norm"),
        "h1, h2": ("(N, 4, 4, C1), (N, 2, 2, C2)", "after ReLU and pooling"),
        "w, b": ("(4 C2, 10), (10,)", "last layer"),
        "logits": ("(N, 10)", "log-odds of each digit, up to a constant"),
    }
    sizes = {
        "proof": {"channels1": 5, "channels2": 7, "batch": 9},
        "small": {},
        "medium": {"channels1": 32, "channels2": 64, "batch": 256},
        "large": {"channels1": 64, "channels2": 128, "batch": 1024},
    }
    variants = {
        "plain": Variant(
            data="digits of 8x8 pixels",
            picture="digits",
            learning=Learning(300, (Target("test_accuracy", 0.98),), 1e-3, ROUNDING),
        ),
    }

    def initial(self) -> State:
        c1, c2 = self.config.channels1, self.config.channels2
        shapes = {"kernel1": (3, 3, 1, c1), "kernel2": (3, 3, c1, c2), "w": (4 * c2, 10)}
        state = {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}
        return {**state, **normal("norm1", c1), **normal("norm2", c2), "b": np.zeros(10, np.float32)}


def normal(name: str, channels: int) -> State:
    """The initial values of a batch norm of this name: scale 1 and offset 0 of the normalised values."""
    zeros, ones = np.zeros(channels, np.float32), np.ones(channels, np.float32)
    return {
        f"{name}/gamma": ones,
        f"{name}/beta": zeros,
        f"{name}/moving_mean": zeros,
        f"{name}/moving_variance": ones,
    }
