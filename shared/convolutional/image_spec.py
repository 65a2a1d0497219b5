"""What the specs of all that read images of ten kinds have in common."""

from collections.abc import Iterator

import numpy as np

from shared.datasets import Dataset, images
from shared.randomness import shuffled_batches
from shared.spec import Batch, Spec, State

# The reason for the `curve_gap` of nets in which batch norms follow each other
NORMALISED = (
    "many batch norms hand rounding on while steps are long: a twin's float64 curve is 0.02 from its own float32"
)


class ImageSpec(Spec):
    """Images in, which of ten kinds out: the digits of 8x8 pixels, unless a model says otherwise."""

    def data(self) -> Dataset:
        """What is learned from, and judged on."""
        return images.digits()

    def batches(self) -> Iterator[Batch]:
        data = self.data().train
        for chosen in shuffled_batches(len(data.x), self.config.batch, *self.key()):
            yield {"x": data.x[chosen], "y": data.y[chosen]}

    def held_out(self) -> Batch:
        data = self.data().test
        return {"x": data.x, "y": data.y}

    def edge_cases(self) -> dict[str, Batch]:
        """Even images, where pooling windows tie; zeros, where every unit is on the kink of ReLU too."""
        first = next(self.batches())
        even = np.broadcast_to(first["x"].mean((1, 2), keepdims=True), first["x"].shape)
        return super().edge_cases() | {"ties": first | {"x": even}}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Share of images that are read as what they are."""
        return {"test_accuracy": float(np.mean(output.argmax(1) == batch["y"]))}
