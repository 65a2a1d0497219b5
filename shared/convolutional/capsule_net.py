"""What the twins of the capsule net share.

Twins: static_tf/convolutional/capsule_net.py, dynamic_torch/convolutional/capsule_net.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shared.datasets import images
from shared.optimizers import Momentum, OptimizerConfig
from shared.randomness import glorot_uniform, shuffled_batches
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows


@dataclass(frozen=True)
class Config:
    side: int = 8  # of an image; the paper's: 28
    channels: int = 32  # of the first convolution; the paper's: 256
    kernel: int = 3  # side of its kernel; the paper's: 9
    capsule_kernel: int = 4  # side of the second, whose stride is 2; the paper's: 9
    types: int = 16  # of primary capsules at each place; the paper's: 32
    primary: int = 8  # numbers in a primary capsule, K
    digit: int = 16  # numbers in a digit capsule, D
    scale: float = 1.6  # initial deviation of w, times sqrt(I)
    iterations: int = 3  # of the routing
    present: float = 0.9  # m+: a digit's capsule should be longer if the digit is there,
    absent: float = 0.1  # m-: and shorter if it is not
    absent_weight: float = 0.5  # lambda: weight of the capsules of absent digits
    hidden1: int = 64  # of the decoder; the paper's: 512
    hidden2: int = 128  # the paper's: 1024
    reconstruction: float = 0.0005 * 784 / 64  # for each pixel of 8x8: the paper's 0.0005 for each of 28x28
    epsilon: float = 1e-10  # added to squared lengths
    # The paper has Adam, which divides even a gradient of pure rounding by its size: 4e-12 apart on a batch of two
    optimizer: OptimizerConfig = Momentum(0.5)
    batch: int = 64

    @property
    def capsules(self) -> int:
        """The number of primary capsules, I: `types` at each position of the second convolution."""
        return ((self.side - self.kernel + 1 - self.capsule_kernel) // 2 + 1) ** 2 * self.types


class CapsuleNet(Spec):
    Config = Config
    section = "Capsules"
    summary = "digits as vectors, and parts routed to the wholes that they agree on"
    symbols = {
        "x": ("(N, 8, 8, 1)", "images"),
        "y": ("(N,)", "which digit, 0 to 9"),
        "kernel1, bias1": ("(3, 3, 1, C), (C,)", "first convolution, HWIO"),
        "h": ("(N, 6, 6, C)", "after it and ReLU"),
        "kernel2, bias2": ("(4, 4, C, types K), (types K,)", "second convolution, with stride 2"),
        "u": ("(N, I, K)", "primary capsules, after squash: I = 2x2 places, each with all types"),
        "w": ("(I, 10, K, D)", "a matrix from each primary capsule i to each digit capsule j"),
        "u_hat": ("(N, 10, I, D)", "prediction vectors: what i says that j is"),
        "c1, c2, c3": ("(N, 10, I)", "coupling coefficients at each iteration: how much of i goes to each j"),
        "s1, s2, s3": ("(N, 10, D)", "what each j is told, weighed by its coupling"),
        "v": ("(N, 10, D)", "digit capsules: what comes out"),
        "lengths": ("(N, 10)", "of the digit capsules: is the digit there?"),
        "w1, b1; w2, b2; w3, b3": ("(10 D, H1), (H1, H2), (H2, 64)", "decoder, with offsets"),
        "h1, h2": ("(N, H1), (N, H2)", "of the decoder, after ReLU"),
        "reconstruction": ("(N, 8, 8, 1)", "the image, from the capsule of its digit alone"),
    }
    sizes = {
        "proof": {
            "channels": 11,
            "types": 3,
            "primary": 5,
            "digit": 7,
            "scale": 8.0,  # so that lengths are on both sides of both margins, and routing finds agreement
            "optimizer": Momentum(0.01),  # longer steps diverge, because w is so large
            "hidden1": 13,
            "hidden2": 17,
            "batch": 9,
        },
        "small": {},
        "medium": {"channels": 64, "types": 32, "batch": 256},
        "large": {"channels": 256, "types": 32, "batch": 512},
    }
    variants = {
        "plain": Variant(
            data="digits of 8x8 pixels",
            picture="routing",
            learning=Learning(600, (Target("test_accuracy", 0.97),), 1e-3, ROUNDING),
        ),
    }
    without_baseline = "neither framework has a layer of capsules"
    plotted: ClassVar[tuple[str, ...]] = ("c1", "c2", "c3", "lengths", "reconstruction")

    def initial(self) -> State:
        """w is so large that the digit capsules start with some length: near zero, squash is almost flat."""
        c = self.config
        pixels, kernel1, kernel2 = c.side**2, (c.kernel, c.kernel), (c.capsule_kernel, c.capsule_kernel)
        shapes = {
            "kernel1": (*kernel1, 1, c.channels),
            "kernel2": (*kernel2, c.channels, c.types * c.primary),
            "w1": (10 * c.digit, c.hidden1),
            "w2": (c.hidden1, c.hidden2),
            "w3": (c.hidden2, pixels),
        }
        state = {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}
        for kernel, bias in (("kernel1", "bias1"), ("kernel2", "bias2"), ("w1", "b1"), ("w2", "b2"), ("w3", "b3")):
            state[bias] = np.zeros(shapes[kernel][-1], np.float32)
        w = self.random("w").normal(0, c.scale / np.sqrt(c.capsules), (c.capsules, 10, c.primary, c.digit))
        return {**state, "w": w.astype(np.float32)}

    def batches(self) -> Iterator[Batch]:
        data = images.digits().train
        for chosen in shuffled_batches(len(data.x), self.config.batch, *self.key()):
            yield {"x": data.x[chosen], "y": data.y[chosen]}

    def held_out(self) -> Batch:
        data = images.digits().test
        return {"x": data.x, "y": data.y}

    def plot_inputs(self) -> Batch:
        """One held-out image of each digit."""
        held_out = self.held_out()
        return rows(held_out, [int(np.argmax(held_out["y"] == digit)) for digit in range(10)])

    def edge_cases(self) -> dict[str, Batch]:
        """Zeros are the hardest: every capsule is then the zero vector, whose length has no gradient of its own. They
        occur as a whole batch, and as one image among others. "tiny" is 1e-2: squash squares small values repeatedly,
        and from 1e-6 the gradient of the first coupling would underflow in float32."""
        few = rows(next(self.batches()), slice(3))
        blank = np.array([1, 0, 1], np.float32)[:, None, None, None]
        return super().edge_cases() | {
            "tiny": few | {"x": few["x"] * np.float32(1e-2)},
            "one blank": few | {"x": few["x"] * blank},
        }

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Share of digits whose own capsule is the longest."""
        return {"test_accuracy": float(np.mean(np.square(output).sum(2).argmax(1) == batch["y"]))}
