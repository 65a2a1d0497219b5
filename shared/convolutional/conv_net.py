"""What the twins of the convolutional net share.

Twins: static_tf/convolutional/conv_net.py, dynamic_torch/convolutional/conv_net.py
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shared.convolutional.image_spec import ImageSpec
from shared.datasets import Dataset, images
from shared.errors import unknown
from shared.optimizers import Exponential, Momentum, OptimizerConfig
from shared.randomness import glorot_uniform
from shared.spec import Batch, Learning, State, Target, Variant, rows

Load = Callable[[], Dataset]
DATA: dict[str, tuple[Load, tuple[int, int, int]]] = {  # name -> loader; height, width and channels of its images
    "digits": (images.digits, (8, 8, 1)),
    "mnist": (images.mnist, (28, 28, 1)),
    "fashion": (images.fashion, (28, 28, 1)),
}


@dataclass(frozen=True)
class Config:
    data: str = "digits"  # or "mnist", "fashion", which do not ship
    kernel: int = 5  # height and width of a kernel
    channels1: int = 32  # of the first convolution
    channels2: int = 64  # of the second
    hidden: int = 64  # units of the dense layer
    optimizer: OptimizerConfig = Momentum(0.15, schedule=Exponential(0.995))
    l2: float = 1e-3  # weight decay, on kernels and matrices
    batch: int = 64

    @property
    def image(self) -> tuple[int, int, int]:
        """Height, width and channels of an image."""
        if self.data not in DATA:
            raise unknown("data", self.data, DATA)
        return DATA[self.data][1]

    @property
    def flat(self) -> int:
        """Units after height and width are halved twice."""
        height, width, _ = self.image
        return height // 4 * (width // 4) * self.channels2


_KINKS = "a step over the kink of a ReLU: a twin's float64 curve is 0.005 from its own float32 one"
_LONG = "thousands of steps over the kinks of ReLU: a twin's float64 curve is 0.003 from its own float32 one"


def _full_size(data: str, title: str, accuracy: float) -> Variant:
    """A variant on images of 28x28 pixels: steps are shorter and more than on the digits, because there are forty times
    as many images."""
    return Variant(
        data=title,
        picture="filters",
        changes={"data": data, "optimizer": Momentum(0.02, schedule=Exponential(0.9993))},
        learning=Learning(6000, (Target("test_accuracy", accuracy),), 1e-2, _LONG),
    )


class ConvNet(ImageSpec):
    Config = Config
    section = "Convolutional networks"
    summary = "digits, by kernels that look at every place"
    symbols = {
        "x": ("(N, H, W, C)", "images; of the digits (N, 8, 8, 1)"),
        "y": ("(N,)", "which of ten kinds, 0 to 9"),
        "kernel1, kernel2": ("(K, K, C, C1), (K, K, C1, C2)", "convolutions, HWIO"),
        "bias1, bias2": ("(C1,), (C2,)", "of the convolutions"),
        "z1, z2": ("(N, H, W, C1), (N, H/2, W/2, C2)", "after convolution"),
        "h1, h2": ("(N, H/2, W/2, C1), (N, H/4, W/4, C2)", "after ReLU and pooling"),
        "w3, b3": ("(H/4 W/4 C2, D), (D,)", "dense layer"),
        "h3": ("(N, D)", "hidden units, ReLU(flat w3 + b3)"),
        "w4, b4": ("(D, 10), (10,)", "last layer"),
        "logits": ("(N, 10)", "log-odds of each kind, up to a constant"),
    }
    sizes = {
        "proof": {"kernel": 3, "channels1": 5, "channels2": 7, "hidden": 11, "batch": 9},
        "small": {},
        "medium": {"channels1": 64, "channels2": 128, "hidden": 256, "batch": 256},
        "large": {"channels1": 128, "channels2": 256, "hidden": 512, "batch": 1024},
    }
    variants = {
        "plain": Variant(
            data="digits of 8x8 pixels",
            picture="filters",
            learning=Learning(400, (Target("test_accuracy", 0.98),), 1e-2, _KINKS),
        ),
    }
    on_request = {"mnist": _full_size("mnist", "MNIST", 0.99), "fashion": _full_size("fashion", "Fashion-MNIST", 0.89)}
    plotted: ClassVar[tuple[str, ...]] = ("kernel1",)

    def data(self) -> Dataset:
        return DATA[self.config.data][0]()

    def edge_cases(self) -> dict[str, Batch]:
        """Images larger than the digits have no ties: some processors add up the products of a convolution in another
        order at the end of a block of pixels, so windows of a uniform image differ by a rounding."""
        found = super().edge_cases()
        return found if self.config.data == "digits" else {name: found[name] for name in found if name != "ties"}

    def plot_inputs(self) -> Batch:
        """As many images as the digits hold out, also of the larger data sets."""
        return rows(self.held_out(), slice(len(images.digits().test.x)))

    def initial(self) -> State:
        """Glorot's uniform values, and biases of zero."""
        c, k = self.config, self.config.kernel
        shapes = {
            "kernel1": (k, k, c.image[2], c.channels1),
            "kernel2": (k, k, c.channels1, c.channels2),
            "w3": (c.flat, c.hidden),
            "w4": (c.hidden, 10),
        }
        state = {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}
        biases = {"bias1": c.channels1, "bias2": c.channels2, "b3": c.hidden, "b4": 10}
        return state | {name: np.zeros(units, np.float32) for name, units in biases.items()}
