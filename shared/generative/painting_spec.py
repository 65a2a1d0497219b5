"""What the specs of the networks that paint pixel by pixel have in common."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from shared.datasets import images
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import shuffled_batches
from shared.spec import Batch, Learning, Spec, State, Target, Variant, rows

SHOWN = 30  # images that the report has painted


@dataclass(frozen=True)
class PaintingConfig:
    height: int = 8  # of an image
    width: int = 8
    painted: int = 0  # pixels of an image that a training batch has painted; a batch of the report has all
    kernel: int = 5  # size of a kernel; odd
    depth: int = 5  # layers
    channels: int = 32
    optimizer: OptimizerConfig = Adam(1e-3)
    batch: int = 64


INPUTS = {
    "x": ("(N, H, W, 1)", "images in black or white: pixels are 0 or 1"),
    "uniforms": ("(N, P)", "numbers between 0 and 1, one for each pixel that is painted, row by row"),
}
OUTPUTS = {
    "w, b": ("(C, 1), (1,)", "last layer"),
    "logits": ("(N, H, W)", "log-odds of each pixel being 1, given those before it"),
    "image": ("(N, H W)", "the pixels that were painted, row by row, and 0 for the others"),
}


def painting(steps: int, curve_gap: float, reason: str, **changes: Any) -> Variant:
    """Digits to learn from, and to paint: independent pixels cost 0.559 bits each, those given the last one 0.480."""
    learning = Learning(steps, (Target("bits_per_pixel", 0.42, at_most=True),), curve_gap, reason)
    return Variant("digits of 8x8 pixels, black or white", "painted_digits", changes, learning)


class PaintingSpec(Spec):
    """Gives each pixel a probability, given those before it. A model says which of them a pixel sees."""

    section = "Autoregressive networks"
    scalable_inputs = ()  # none: pixels are 0 or 1, and numbers to draw with lie between
    plotted: ClassVar[tuple[str, ...]] = ("image",)
    unseen: ClassVar[str]  # what the pixels before a pixel are called that it does not see

    @abstractmethod
    def seen(self, row: int, column: int) -> np.ndarray:
        """The pixels that the logit of one depends on (H, W)."""

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

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """The bits that a pixel costs on average, given those before it."""
        logits, x = output.astype(np.float64), batch["x"][..., 0]
        return {"bits_per_pixel": float(np.mean(np.logaddexp(0, logits) - x * logits) / np.log(2))}


def mask(height: int, width: int, centre: bool) -> np.ndarray:
    """1 for the pixels of a kernel that come before its centre, row by row, and for the centre itself if asked for."""
    before = np.arange(height * width) < height * width // 2 + centre
    return before.reshape(height, width).astype(np.float64)
