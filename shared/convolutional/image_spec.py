"""What the specs of all models that classify images of ten kinds have in common."""

from collections.abc import Iterator

import numpy as np

from shared.datasets import Dataset, images
from shared.randomness import shuffled_batches
from shared.spec import Batch, Spec, State

# The reason for the `curve_gap` of nets in which batch norms follow each other
NORMALISED = (
    "successive batch norms amplify rounding while steps are long: a twin's float64 and float32 curves are 0.02 apart"
)


class ImageSpec(Spec):
    """Classifies images of ten kinds: the digits of 8x8 pixels, unless a model overrides `data`."""

    def data(self) -> Dataset:
        """The data to train and to judge on."""
        return images.digits()

    def batches(self) -> Iterator[Batch]:
        data = self.data().train
        for chosen in shuffled_batches(len(data.x), self.config.batch, *self.key()):
            yield {"x": data.x[chosen], "y": data.y[chosen]}

    def held_out(self) -> Batch:
        data = self.data().test
        return {"x": data.x, "y": data.y}

    def edge_cases(self) -> dict[str, Batch]:
        """Uniform images, where pooling windows tie; zeros, where every unit is also on the kink of ReLU."""
        first = next(self.batches())
        even = np.broadcast_to(first["x"].mean((1, 2), keepdims=True), first["x"].shape)
        return super().edge_cases() | {"ties": first | {"x": even}}

    def score(self, output: np.ndarray, batch: Batch, state: State) -> dict[str, float]:
        """Share of images that are classified correctly."""
        return {"test_accuracy": float(np.mean(output.argmax(1) == batch["y"]))}
