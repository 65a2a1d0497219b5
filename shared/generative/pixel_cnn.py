"""What the twins of the network that paints pixel by pixel share.

Twins: static_tf/generative/pixel_cnn.py, dynamic_torch/generative/pixel_cnn.py
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from shared.datasets import images
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import glorot_uniform, shuffled_batches
from shared.spec import ROUNDING, Batch, Learning, Spec, State, Target, Variant, rows

SHOWN = 30  # images that the report has painted


@dataclass(frozen=True)
class Config:
    height: int = 8  # of an image
    width: int = 8
    painted: int = 0  # pixels of an image that a training batch has painted; a batch of the report has all
    stacks: str = "masked"  # or "gated": two stacks, which see every pixel above
    kernel: int = 5  # height and width of a masked kernel; odd
    depth: int = 5  # layers
    channels: int = 32
    optimizer: OptimizerConfig = Adam(1e-3)
    batch: int = 64


_KINKS = "steps over the kinks of ReLU: a twin's float64 curve is 0.008 from its own float32 one"


class PixelCNN(Spec):
    Config = Config
    section = "Generative networks"
    summary = "digits, pixel by pixel: each is drawn from what the ones above and to the left make of it"
    symbols = {
        "x": ("(N, H, W, 1)", "images in black or white: pixels are 0 or 1"),
        "uniforms": ("(N, P)", "numbers between 0 and 1, one for each pixel that is painted, row by row"),
        "stack/kernel1 .. kernelL": ("(K, K, 1 or C, C)", "masked: kernels, of which the pixels to come are set to 0"),
        "stack/bias1 .. biasL": ("(C,)", "masked: of each layer"),
        "stack/down1 .. downL": ("(2, 3, 1 or C, 2C)", "gated: kernels of the stack that sees the rows above"),
        "stack/across1 .. acrossL": (
            "(1, 2, 1 or C, 2C)",
            "gated: kernels of the stack that sees the pixels to the left",
        ),
        "stack/over1 .. overL": ("(1, 1, 2C, 2C)", "gated: from the one to the other"),
        "h1 .. hL": ("(N, H, W, C)", "the layers' outputs; of gated ones, those of the stack to the left"),
        "w, b": ("(C, 1), (1,)", "last layer"),
        "logits": ("(N, H, W)", "log-odds of each pixel being 1, given those before it"),
        "image": ("(N, H W)", "the pixels that were painted, row by row, and 0 for the others"),
    }
    sizes = {
        "proof": {"height": 3, "width": 4, "painted": 5, "kernel": 3, "depth": 3, "channels": 6, "batch": 9},
        "small": {},
        "medium": {"channels": 64, "batch": 128},
        "large": {"channels": 128, "batch": 256},
    }
    variants = {
        "plain": Variant(
            data="digits of 8x8 pixels, black or white",
            picture="painted_digits",
            learning=Learning(800, (Target("bits_per_pixel", 0.42, at_most=True),), 2e-2, _KINKS),
        ),
        "gated": Variant(
            data="digits of 8x8 pixels, black or white",
            picture="painted_digits",
            changes={"stacks": "gated", "depth": 4, "channels": 24, "optimizer": Adam(2e-3)},
            learning=Learning(1000, (Target("bits_per_pixel", 0.42, at_most=True),), 1e-5, ROUNDING),
        ),
    }
    without_baseline = "neither framework has a layer with a masked kernel; its other products are conv_net's"
    scalable_inputs = ()  # none: pixels are 0 or 1, and numbers to draw with lie between
    plotted: ClassVar[tuple[str, ...]] = ("image",)

    def initial(self) -> State:
        """Glorot uniform; biases that are not 0, which would put all units over empty paper on the kink of ReLU."""
        c = self.config
        state: State = {"w": glorot_uniform(self.random("w"), (c.channels, 1)), "b": np.zeros(1, np.float32)}
        for i in range(1, c.depth + 1):
            inputs, gated = 1 if i == 1 else c.channels, 2 * c.channels
            shapes: dict[str, tuple[int, ...]] = {f"stack/kernel{i}": (c.kernel, c.kernel, inputs, c.channels)}
            if c.stacks == "gated":
                shapes = {
                    f"stack/down{i}": (2, 3, inputs, gated),
                    f"stack/across{i}": (1, 2, inputs, gated),
                    f"stack/over{i}": (1, 1, gated, gated),
                }
            state |= {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}
            units = gated if c.stacks == "gated" else c.channels
            state[f"stack/bias{i}"] = self.random(f"bias{i}").uniform(-0.1, 0.1, units).astype(np.float32)
        return state

    def batches(self) -> Iterator[Batch]:
        x = self._cut(images.binary_digits().train.x)
        for step, chosen in enumerate(shuffled_batches(len(x), self.config.batch, *self.key())):
            yield self._batch(x[chosen], self.config.painted, "step", step)

    def held_out(self) -> Batch:
        return self._batch(self._cut(images.binary_digits().test.x), 0, "held out")

    def plot_inputs(self) -> Batch:
        """Numbers for whole images; the digits beside them were held out."""
        c = self.config
        return self._batch(self._cut(images.binary_digits().test.x)[:SHOWN], c.height * c.width, "plot")

    def edge_cases(self) -> dict[str, Batch]:
        """Images without ink, and of nothing but ink."""
        few = rows(next(self.batches()), slice(3))
        return super().edge_cases() | {
            "zeros": few | {"x": np.zeros_like(few["x"])},
            "ones": few | {"x": np.ones_like(few["x"])},
        }

    def _cut(self, x: np.ndarray) -> np.ndarray:
        """The middle of the images, in small sizes a part of it: the border has no ink."""
        top, left = (8 - self.config.height) // 2, (8 - self.config.width) // 2
        return x[:, top : top + self.config.height, left : left + self.config.width]

    def _batch(self, x: np.ndarray, painted: int, *key: str | int) -> Batch:
        return {"x": x, "uniforms": self.random("uniforms", *key).random((len(x), painted), np.float32)}

    def seen(self, row: int, column: int) -> np.ndarray:
        """The pixels that the logit of one depends on (H, W): how far the kernels reach, layer after layer."""
        c = self.config
        found = np.zeros((c.height, c.width), bool)
        if c.stacks == "gated":
            before = np.arange(c.height * c.width).reshape(c.height, c.width) < row * c.width + column
            rows, columns = np.indices((c.height, c.width))
            beside = (rows == row) & (columns >= column - 1 - c.depth) & (columns < column)
            above = (row - rows <= c.depth + 1) & (np.abs(columns - column) <= c.depth) & (rows < row)
            return before & (beside | above)
        found[row, column] = True
        for i in range(c.depth, 0, -1):
            reached = np.zeros_like(found)
            for down, right in np.argwhere(mask(c.kernel, centre=i > 1)) - c.kernel // 2:
                rows, columns = np.nonzero(found)
                inside = (rows + down >= 0) & (columns + right >= 0) & (columns + right < c.width)
                reached[(rows + down)[inside], (columns + right)[inside]] = True
            found = reached
        return found

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """The bits that a pixel costs on average, given those before it."""
        logits, x = output.astype(np.float64), batch["x"][..., 0]
        return {"bits_per_pixel": float(np.mean(np.logaddexp(0, logits) - x * logits) / np.log(2))}


def mask(size: int, centre: bool) -> np.ndarray:
    """1 for the pixels of a kernel that come before its centre, row by row, and for the centre itself if asked for."""
    before = np.arange(size * size) < size * size // 2 + centre
    return before.reshape(size, size).astype(np.float64)
