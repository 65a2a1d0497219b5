"""The network that paints: what each pixel depends on, probabilities that sum to 1, and its formulas in SciPy."""

import numpy as np
import pytest
from scipy.signal import correlate2d

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import find
from shared.generative.painting_spec import mask
from tests.helpers import SMALL
from tests.models.generative.painters import costs_one_bit, depends_on_what_it_sees, paints, sums_to_one
from tests.models.pins import FEW, edge_cases, sums

VARIANTS = ("plain", "gated")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("side", SIDES)
def test_a_pixel_depends_on_those_before_it_and_on_no_others(side, variant):
    places = ((4, 3), (7, 7), (0, 1), (5, 0))
    depends_on_what_it_sees(side, "pixel_cnn", places, images=6, variant=variant, depth=3, channels=12)


def test_the_simple_mask_is_blind_to_the_right_above_and_two_stacks_are_not():
    plain, gated = (find("pixel_cnn").spec(variant, kernel=3) for variant in VARIANTS)
    before = np.arange(64).reshape(8, 8) < 4 * 8 + 3
    np.testing.assert_array_equal(gated.seen(4, 3), before)
    blind = before & ~plain.seen(4, 3)
    np.testing.assert_array_equal(np.argwhere(blind), [[1, 7], [2, 6], [2, 7], [3, 5], [3, 6], [3, 7]])


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("side", SIDES)
def test_the_probabilities_of_all_images_of_three_pixels_sum_to_one(side, variant):
    sums_to_one(side, "pixel_cnn", 1, 3, variant=variant, depth=2, channels=5, kernel=3)


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_paints_one_pixel_after_the_other(variant):
    paints("pixel_cnn", variant)


@pytest.mark.parametrize("side", SIDES)
def test_a_masked_layer_is_scipys_correlation_with_the_masked_kernel(side):
    with twin(side, "pixel_cnn", **SMALL) as arm:
        batch, w = next(arm.spec.batches()), arm.state()
        taps, h, k = arm.forward(batch), batch["x"], arm.spec.config.kernel
        for i in range(arm.spec.config.depth):
            kernel = w[f"stack/layers/{i}/kernel"] * mask(k, k, centre=i > 0)[..., None, None]
            z = [
                [
                    sum(correlate2d(image[..., a], kernel[..., a, b], "same") for a in range(kernel.shape[2]))
                    for b in range(kernel.shape[3])
                ]
                for image in h
            ]
            h = np.maximum(np.moveaxis(z, 1, -1) + w[f"stack/layers/{i}/bias"], 0)
            np.testing.assert_allclose(taps[f"h{i + 1}"], h, rtol=1e-11, atol=1e-14)
        logits = (h @ w["w"] + w["b"])[..., 0]
        np.testing.assert_allclose(taps["logits"], logits, rtol=1e-11)
        losses = np.logaddexp(0, logits) - batch["x"][..., 0] * logits
        assert arm.loss(batch) == pytest.approx(losses.mean(), rel=1e-12)


def test_the_mask_ends_at_the_centre():
    np.testing.assert_array_equal(mask(3, 3, centre=False), [[1, 1, 1], [1, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(mask(3, 3, centre=True), [[1, 1, 1], [1, 1, 0], [0, 0, 0]])


def test_a_pixel_of_which_nothing_is_known_costs_one_bit():
    costs_one_bit(find("pixel_cnn").spec())


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("pixel_cnn") == pytest.approx((3185.829099, 1325.0), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("pixel_cnn") == [*FEW, "zeros", "ones"]
