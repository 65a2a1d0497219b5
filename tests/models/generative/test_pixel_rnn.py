"""The row LSTM: its formulas pixel by pixel, what each pixel depends on, and probabilities that sum to 1."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import find
from tests.helpers import SMALL
from tests.models.generative.painters import costs_one_bit, depends_on_what_it_sees, paints, sums_to_one
from tests.models.pins import FEW, edge_cases, sums


def row_lstm(x, kernel, bias, recurrent_kernel):
    """h of a layer (N, H, W, C), pixel by pixel, each sum of a convolution written out."""
    (size, height, width, channels), half = x.shape, len(recurrent_kernel) // 2
    c, h = np.zeros((2, size, height, width, channels))
    for row in range(height):
        for column in range(width):
            z = np.tile(bias, (size, 1))
            for other in range(max(column - half, 0), min(column + half + 1, width)):
                k = other - column + half
                if other <= column:
                    z += x[:, row, other] @ kernel[0, k]
                if row > 0:
                    z += h[:, row - 1, other] @ recurrent_kernel[k]
            i, f, g, o = np.split(z, 4, axis=1)
            above = c[:, row - 1, column] if row > 0 else 0
            c[:, row, column] = expit(f) * above + expit(i) * np.tanh(g)
            h[:, row, column] = expit(o) * np.tanh(c[:, row, column])
    return h


def first(x, kernel, bias):
    """The first convolution (N, H, W, C), pixel by pixel: it reads neither the pixel itself nor those to come."""
    (size, height, width, _), half = x.shape, len(kernel) // 2
    h = np.tile(bias, (size, height, width, 1))
    for row, column, other_row, other in np.ndindex(height, width, height, width):
        down, right = other_row - row, other - column
        if max(abs(down), abs(right)) <= half and (down < 0 or (down == 0 and right < 0)):
            h[:, row, column] += x[:, other_row, other] @ kernel[down + half, right + half]
    return h


@pytest.mark.parametrize("side", SIDES)
def test_a_layer_is_an_lstm_of_rows_with_convolutions_for_products(side):
    with twin(side, "pixel_rnn", **SMALL) as arm:
        for _, batch in zip(range(3), arm.spec.batches()):
            arm.step(batch)  # away from biases that are all alike
        taps, w = arm.forward(batch), arm.state()
        h = first(batch["x"].astype(np.float64), w["first/kernel"], w["first/bias"])
        np.testing.assert_allclose(taps["h0"], h, rtol=1e-11, atol=1e-14)
        for i in range(arm.spec.config.depth):
            own = ("input_term/kernel", "input_term/bias", "recurrent_kernel")
            h = h + row_lstm(h, *(w[f"layers/{i}/{name}"] for name in own))
            np.testing.assert_allclose(taps[f"h{i + 1}"], h, rtol=1e-11, atol=1e-14)
        logits = (h @ w["w"] + w["b"])[..., 0]
        np.testing.assert_allclose(taps["logits"], logits, rtol=1e-11)
        losses = np.logaddexp(0, logits) - batch["x"][..., 0] * logits
        assert arm.loss(batch) == pytest.approx(losses.mean(), rel=1e-12)


@pytest.mark.parametrize("side", SIDES)
def test_a_pixel_depends_on_those_before_it_and_on_no_others(side):
    every = np.ndindex(8, 8)
    depends_on_what_it_sees(side, "pixel_rnn", every, images=1, depth=2, channels=6, kernel=3)


def test_a_pixel_sees_a_triangle():
    spec = find("pixel_rnn").spec(kernel=3, depth=1)
    seen = [
        [1, 1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1, 0],
        [0, 1, 1, 1, 1, 1, 0, 0],
        [0, 0, 1, 1, 0, 0, 0, 0],
    ]
    np.testing.assert_array_equal(spec.seen(3, 4)[:4], seen)
    assert not spec.seen(3, 4)[4:].any()


def test_the_gradient_of_a_logit_is_zero_outside_of_the_triangle():
    with twin("dynamic", "pixel_rnn", threads=1, channels=6) as arm:
        x = torch.full((1, 8, 8, 1), 0.5, dtype=torch.float64, requires_grad=True)
        logits = arm.model.likely(x)[0]
        for row, column in np.ndindex(8, 8):
            (slope,) = torch.autograd.grad(logits[row, column], x, retain_graph=True)
            np.testing.assert_array_equal(slope[0, ..., 0] != 0, arm.spec.seen(row, column))


@pytest.mark.parametrize(("height", "width"), [(1, 3), (3, 1)])
@pytest.mark.parametrize("side", SIDES)
def test_the_probabilities_of_all_images_of_three_pixels_sum_to_one(side, height, width):
    sums_to_one(side, "pixel_rnn", height, width, channels=5, kernel=3)


def test_it_paints_one_pixel_after_the_other():
    paints("pixel_rnn")


def test_a_pixel_of_which_nothing_is_known_costs_one_bit():
    costs_one_bit(find("pixel_rnn").spec())


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("pixel_rnn") == pytest.approx((3656.697032, 1292.0), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("pixel_rnn") == [*FEW, "zeros", "ones"]
