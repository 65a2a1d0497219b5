"""What the tests of the networks that paint pixel by pixel have in common."""

import numpy as np
import pytest
from scipy.special import expit

from benchmarks import twin
from benchmarks.twins import SIDES
from tests.helpers import SMALL


def logits(arm, images):
    """The log-odds of all pixels (N, H W) of images as rows of pixels; nothing is painted."""
    c = arm.spec.config
    x = images.reshape(-1, c.height, c.width, 1).astype(np.float32)
    return arm.predict({"x": x, "uniforms": np.empty((len(x), 0), np.float32)}).reshape(len(x), -1)


def depends_on_what_it_sees(side, name, places, images, **settings):
    """Changing pixel i moves no logit at or before i; and those at `places` are moved, in some of a few images, by the
    pixels that the spec says they see, and by no others."""
    with twin(side, name, threads=1, **settings) as arm:
        c = arm.spec.config
        pixels = c.height * c.width
        moved = np.zeros((pixels, pixels), bool)  # [i, j]: whether pixel i moves logit j
        for image in np.random.default_rng(3).integers(0, 2, (images, pixels)):
            flipped = np.abs(image - np.eye(pixels, dtype=int))  # row i: the image with pixel i changed
            found = logits(arm, np.stack([image, *flipped]))
            moved |= found[1:] != found[0]
        assert not np.tril(moved).any(), "of pixels to come"
        for row, column in places:
            by = moved[:, row * c.width + column].reshape(c.height, c.width)
            np.testing.assert_array_equal(by, arm.spec.seen(row, column), f"row {row}, column {column}")


def sums_to_one(side, name, height, width, **settings):
    """Over all images of three pixels the probabilities sum to 1, and no two of them are the same."""
    with twin(side, name, threads=1, height=height, width=width, **settings) as arm:
        for _, batch in zip(range(5), arm.spec.batches()):
            arm.step(batch)
        bits = np.arange(8)[:, None] >> np.arange(3) & 1
        p = expit(logits(arm, bits))
        likelihoods = np.prod(np.where(bits, p, 1 - p), axis=1)
        assert likelihoods.sum() == pytest.approx(1, rel=1e-12)
        assert np.diff(np.sort(likelihoods)).min() > 1e-6


def paints(name, variant="plain"):
    """Each pixel is drawn from the logits of the image painted so far; and both sides paint the same image."""
    painted = {}
    for side in SIDES:
        with twin(side, name, variant=variant, **SMALL) as arm:
            for _, batch in zip(range(3), arm.spec.batches()):
                arm.step(batch)
            pixels = arm.spec.config.height * arm.spec.config.width
            uniforms = np.random.default_rng(1).random((len(batch["x"]), pixels), np.float32)
            image = np.zeros((len(uniforms), pixels), np.float32)
            for p in range(pixels):
                image[:, p] = uniforms[:, p] < expit(logits(arm, image)[:, p])
            painted[side] = arm.forward({**batch, "uniforms": uniforms}, training=False)["image"]
            np.testing.assert_array_equal(painted[side], image)
            few = arm.forward({**batch, "uniforms": uniforms[:, :5]}, training=False)["image"]
            np.testing.assert_array_equal(few, np.where(np.arange(pixels) < 5, image, 0))
            assert 0.2 < image.mean() < 0.8
    np.testing.assert_array_equal(painted["static"], painted["dynamic"])


def costs_one_bit(spec):
    """A pixel of which nothing is known."""
    batch = spec.held_out()
    assert spec.score(np.zeros(batch["x"].shape[:3]), batch, {}) == pytest.approx({"bits_per_pixel": 1.0})
