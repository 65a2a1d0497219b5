"""The network that paints: what each pixel depends on, probabilities that sum to 1, and its formulas in SciPy."""

import numpy as np
import pytest
from scipy.signal import correlate2d
from scipy.special import expit

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import find
from shared.generative.pixel_cnn import mask
from tests.helpers import SMALL
from tests.models.pins import FEW, edge_cases, sums

VARIANTS = ("plain", "gated")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("side", SIDES)
def test_a_pixel_depends_on_those_before_it_and_on_no_others(side, variant):
    """Changing pixel i moves no logit at or before i; and in some of a few images it moves those that see it."""
    with twin(side, "pixel_cnn", variant=variant, threads=1, depth=3, channels=12) as arm:
        c = arm.spec.config
        pixels = c.height * c.width
        moved = np.zeros((pixels, pixels), bool)  # [i, j]: whether pixel i moves logit j
        for image in np.random.default_rng(3).integers(0, 2, (6, pixels)):
            flipped = np.abs(image - np.eye(pixels, dtype=int))  # row i: the image with pixel i changed
            x = np.stack([image, *flipped]).reshape(-1, c.height, c.width, 1).astype(np.float32)
            logits = arm.predict({"x": x, "uniforms": np.empty((len(x), 0), np.float32)}).reshape(-1, pixels)
            moved |= logits[1:] != logits[0]
        assert not np.tril(moved).any(), "of pixels to come"
        for row, column in ((4, 3), (7, 7), (0, 1), (5, 0)):
            np.testing.assert_array_equal(moved[:, row * c.width + column].reshape(8, 8), arm.spec.seen(row, column))


def test_the_simple_mask_is_blind_to_the_right_above_and_two_stacks_are_not():
    plain, gated = (find("pixel_cnn").spec(variant, kernel=3) for variant in VARIANTS)
    before = np.arange(64).reshape(8, 8) < 4 * 8 + 3
    np.testing.assert_array_equal(gated.seen(4, 3), before)
    blind = before & ~plain.seen(4, 3)
    np.testing.assert_array_equal(np.argwhere(blind), [[1, 7], [2, 6], [2, 7], [3, 5], [3, 6], [3, 7]])


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("side", SIDES)
def test_the_probabilities_of_all_images_of_three_pixels_sum_to_one(side, variant):
    with twin(side, "pixel_cnn", variant=variant, threads=1, height=1, width=3, depth=2, channels=5, kernel=3) as arm:
        for _, batch in zip(range(5), arm.spec.batches()):
            arm.step(batch)
        bits = np.arange(8)[:, None] >> np.arange(3) & 1
        x = bits.reshape(8, 1, 3, 1).astype(np.float32)
        p = expit(arm.predict({"x": x, "uniforms": np.empty((8, 0), np.float32)})[:, 0])
        likelihoods = np.prod(np.where(bits, p, 1 - p), axis=1)
        assert likelihoods.sum() == pytest.approx(1, rel=1e-12)
        assert likelihoods.std() > 1e-4


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("side", SIDES)
def test_it_paints_one_pixel_after_the_other(side, variant):
    with twin(side, "pixel_cnn", variant=variant, **SMALL) as arm:
        batch = next(arm.spec.batches())
        pixels = arm.spec.config.height * arm.spec.config.width
        uniforms = np.random.default_rng(1).random((len(batch["x"]), pixels), np.float32)
        image = np.zeros((len(uniforms), pixels), np.float32)
        for p in range(pixels):
            logits = arm.predict({"x": image.reshape(batch["x"].shape), "uniforms": uniforms[:, :0]})
            image[:, p] = uniforms[:, p] < expit(logits.reshape(-1, pixels)[:, p])
        painted = arm.forward({**batch, "uniforms": uniforms}, training=False)["image"]
        np.testing.assert_array_equal(painted, image)
        few = arm.forward({**batch, "uniforms": uniforms[:, :5]}, training=False)["image"]
        np.testing.assert_array_equal(few, np.where(np.arange(pixels) < 5, image, 0))
        assert 0.2 < image.mean() < 0.8


@pytest.mark.parametrize("side", SIDES)
def test_a_masked_layer_is_scipys_correlation_with_the_masked_kernel(side):
    with twin(side, "pixel_cnn", **SMALL) as arm:
        batch, w = next(arm.spec.batches()), arm.state()
        taps, h = arm.forward(batch), batch["x"]
        for i in range(1, arm.spec.config.depth + 1):
            kernel = w[f"stack/kernel{i}"] * mask(arm.spec.config.kernel, centre=i > 1)[..., None, None]
            z = [
                [
                    sum(correlate2d(image[..., a], kernel[..., a, b], "same") for a in range(kernel.shape[2]))
                    for b in range(kernel.shape[3])
                ]
                for image in h
            ]
            h = np.maximum(np.moveaxis(z, 1, -1) + w[f"stack/bias{i}"], 0)
            np.testing.assert_allclose(taps[f"h{i}"], h, rtol=1e-11, atol=1e-14)
        logits = (h @ w["w"] + w["b"])[..., 0]
        np.testing.assert_allclose(taps["logits"], logits, rtol=1e-11)
        losses = np.logaddexp(0, logits) - batch["x"][..., 0] * logits
        assert arm.loss(batch) == pytest.approx(losses.mean(), rel=1e-12)


def test_the_mask_ends_at_the_centre():
    np.testing.assert_array_equal(mask(3, centre=False), [[1, 1, 1], [1, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(mask(3, centre=True), [[1, 1, 1], [1, 1, 0], [0, 0, 0]])


def test_a_pixel_of_which_nothing_is_known_costs_one_bit():
    spec = find("pixel_cnn").spec()
    batch = spec.held_out()
    assert spec.score(np.zeros(batch["x"].shape[:3]), batch, {}) == pytest.approx({"bits_per_pixel": 1.0})


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("pixel_cnn") == pytest.approx((3186.695240, 1325.0), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("pixel_cnn") == [*FEW, "zeros", "ones"]
