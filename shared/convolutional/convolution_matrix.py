"""What the twins of the convolution matrix share.

Twins: static_tf/convolutional/convolution_matrix.py, dynamic_torch/convolutional/convolution_matrix.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.datasets import images
from shared.optimizers import Momentum, OptimizerConfig
from shared.randomness import shuffled_batches
from shared.spec import EXACT, Batch, Learning, Spec, State, Target, Variant


@dataclass(frozen=True)
class Config:
    height: int = 8  # of an image; 1 makes it a signal, whose matrix has only one band
    width: int = 8
    kernel_height: int = 3
    kernel_width: int = 3
    optimizer: OptimizerConfig = Momentum(0.1)
    batch: int = 64

    @property
    def out_height(self) -> int:
        """The output's height: the positions where the whole kernel lies on the image."""
        return self.height - self.kernel_height + 1

    @property
    def out_width(self) -> int:
        return self.width - self.kernel_width + 1


_KERNEL = (
    Target("distance_to_true_kernel", 1e-6, at_most=True),
    Target("product_from_convolution", 1e-12, at_most=True),
)


class ConvolutionMatrix(Spec):
    Config = Config
    section = "Convolutional networks"
    summary = "a convolution as a product with a banded matrix"
    symbols = {
        "x": ("(N, H, W, 1)", "images"),
        "y": ("(N, H', W', 1)", "what an unknown kernel makes of them; H' = H - A + 1, W' = W - B + 1"),
        "kernel": ("(A, B)", "w, the weights that all rows of the matrix share"),
        "matrix": ("(P, Q)", "M(w): a row for each of P = H' W' outputs, a column for each of Q = H W pixels"),
        "product": ("(N, P)", "M x, each image x as a vector of its Q pixels"),
        "convolution": ("(N, H', W', 1)", "the framework's own"),
        "y_": ("(N, 2, P)", "both, one below the other: what comes out"),
    }
    sizes = {
        "proof": {"height": 4, "width": 16, "kernel_height": 2, "kernel_width": 5, "batch": 9},
        "small": {},
        "medium": {"batch": 256},
        "large": {"batch": 1024},
    }
    variants = {
        "plain": Variant(
            data="digits of 8x8 pixels, and their edges",
            picture="matrix",
            learning=Learning(500, _KERNEL, 1e-12, EXACT, dtype="float64"),
        ),
        "signal": Variant(
            data="the same, line by line, as signals",
            picture="matrix",
            changes={"height": 1, "width": 64, "kernel_height": 1, "kernel_width": 5},
            timed=False,
            learning=Learning(500, _KERNEL, 1e-12, EXACT, dtype="float64"),
        ),
    }
    without_baseline = "a convolution written as a matrix: the frameworks' layer for it is conv_net's, other work"

    def true_kernel(self) -> np.ndarray:
        """The kernel to be found: Sobel's detector of vertical edges, [1 2 1] down and [1 0 -1] across in its usual
        size. Turned by 180 degrees it is its own negative, so a flipped kernel would be noticed."""
        smooth = _coefficients(self.config.kernel_height - 1)
        difference = np.convolve(_coefficients(self.config.kernel_width - 2), [1, -1])
        kernel = np.outer(smooth, difference)
        return (kernel / np.abs(kernel).sum()).astype(np.float32)

    def seen_through(self, x: np.ndarray) -> Batch:
        """Images, and their convolution with the true kernel, computed weight by weight."""
        rows, columns = self.config.out_height, self.config.out_width
        y = sum(w * x[:, a : a + rows, b : b + columns] for (a, b), w in np.ndenumerate(self.true_kernel()))
        return {"x": x, "y": np.asarray(y, np.float32)}

    def images(self, digits: np.ndarray) -> np.ndarray:
        """The pixels of digits in the model's shape: read line by line, they are a signal."""
        return digits.reshape(-1, self.config.height, self.config.width, 1)

    def initial(self) -> State:
        shape = self.config.kernel_height, self.config.kernel_width
        return {"kernel": self.random("kernel").normal(0, 0.5, shape).astype(np.float32)}

    def batches(self) -> Iterator[Batch]:
        x = self.images(images.digits().train.x)
        for chosen in shuffled_batches(len(x), self.config.batch, *self.key()):
            yield self.seen_through(x[chosen])

    def held_out(self) -> Batch:
        return self.seen_through(self.images(images.digits().test.x))

    def plot_inputs(self) -> Batch:
        """Images of one bright pixel each, in order: the output for the q-th is the matrix's q-th column."""
        pixels = self.config.height * self.config.width
        return self.seen_through(self.images(np.eye(pixels, dtype=np.float32)))

    def edge_cases(self) -> dict[str, Batch]:
        """Single bright pixels, also in the corners and at the edges, where few outputs depend on them."""
        return super().edge_cases() | {"one pixel": self.plot_inputs()}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """The largest differences of the kernel from the true one, and of the product from the convolution."""
        product, convolution = output[:, 0], output[:, 1]
        return {
            "distance_to_true_kernel": float(np.abs(state["kernel"] - self.true_kernel()).max()),
            "product_from_convolution": float(np.abs(product - convolution).max()),
        }


def _coefficients(power: int) -> np.ndarray:
    """The coefficients of (1 + t)^power: 1; 1 1; 1 2 1; ..."""
    found = np.ones(1)
    for _ in range(power):
        found = np.convolve(found, [1, 1])
    return found
