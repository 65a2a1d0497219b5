"""The convolution as a matrix, against SciPy's correlation and its Toeplitz matrices: forward, and both gradients."""

import numpy as np
import pytest
from scipy.linalg import toeplitz
from scipy.signal import convolve2d, correlate2d

from benchmarks import twin
from benchmarks.twins import SIDES
from tests.helpers import SMALL
from tests.models.pins import SIZED, edge_cases, sums

SHAPES = {
    "proof": {"size": "proof"},
    "digits": {"batch": 5},
    "signal": {"variant": "signal", "batch": 5},
    "one column": {"height": 16, "width": 4, "kernel_height": 5, "kernel_width": 2, "batch": 5},
}


def doubly_block_toeplitz(w, height, width):
    """Blocks (i, k) in the places of a Toeplitz matrix, each the Toeplitz matrix of the kernel's row k - i."""
    a, b = w.shape
    rows, columns = height - a + 1, width - b + 1

    def block(line):
        return toeplitz(np.r_[line[0], np.zeros(columns - 1)], np.r_[line, np.zeros(width - b)])

    nothing = np.zeros((columns, width))
    blocks = [[block(w[k - i]) if 0 <= k - i < a else nothing for k in range(height)] for i in range(rows)]
    return np.block(blocks)


@pytest.fixture(params=[(side, shape) for side in SIDES for shape in SHAPES], ids="-".join, scope="module")
def seen(request):
    """A twin's pass, and the same with either way back cut off."""
    side, shape = request.param
    with twin(side, "convolution_matrix", threads=1, **SHAPES[shape]) as arm:
        batch = next(arm.spec.batches())
        whole = arm.observe(batch)
        cut = {
            way: arm.observe(batch, {"tap_gradient": {other: np.zeros_like(whole["tap_gradient"][other])}})
            for way, other in (("product", "convolution"), ("convolution", "product"))
        }
        yield arm.state()["kernel"], {name: x.astype(np.float64) for name, x in batch.items()}, whole, cut


def test_the_matrix_is_doubly_block_toeplitz(seen):
    kernel, batch, whole, _ = seen
    height, width = batch["x"].shape[1:3]
    matrix = whole["tap"]["matrix"]
    np.testing.assert_array_equal(matrix, doubly_block_toeplitz(kernel, height, width))
    assert np.count_nonzero(matrix) == kernel.size * len(matrix)  # every row has all weights, and nothing else


def test_product_and_convolution_are_scipys_correlation(seen):
    """Correlation, not convolution: the kernel is not turned."""
    kernel, batch, whole, _ = seen
    correlated = np.stack([correlate2d(x[..., 0], kernel, "valid") for x in batch["x"]])
    flat = correlated.reshape(len(correlated), -1)
    np.testing.assert_allclose(whole["tap"]["product"], flat, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(whole["tap"]["convolution"][..., 0], correlated, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(whole["tap"]["y_"][:, 0], whole["tap"]["product"])
    assert whole["loss"]["loss"] == pytest.approx(np.mean((correlated - batch["y"][..., 0]) ** 2), rel=1e-12)
    turned = np.stack([convolve2d(x[..., 0], kernel, "valid") for x in batch["x"]])
    assert np.abs(turned - correlated).max() > 0.1


@pytest.mark.parametrize("way", ["product", "convolution"])
def test_gradients_of_either_way_are_scipys(seen, way):
    """To the kernel: the images correlated with the output's gradient. To the images: its full convolution with the
    kernel, which is the transposed matrix's work."""
    kernel, batch, _, cut = seen
    found = cut[way]
    correlated = np.stack([correlate2d(x[..., 0], kernel, "valid") for x in batch["x"]])
    arriving = (correlated - batch["y"][..., 0]) / correlated.size  # each way has half of the mean square
    to_kernel = sum(correlate2d(x[..., 0], g, "valid") for x, g in zip(batch["x"], arriving))
    to_images = np.stack([convolve2d(g, kernel, "full") for g in arriving])
    np.testing.assert_allclose(found["tap_gradient"][way].reshape(arriving.shape), arriving, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found["gradient"]["kernel"], to_kernel, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found["tap_gradient"]["x"][..., 0], to_images, rtol=1e-12, atol=1e-15)
    matrix = doubly_block_toeplitz(kernel, *batch["x"].shape[1:3])
    transposed = arriving.reshape(len(arriving), -1) @ matrix
    np.testing.assert_allclose(found["tap_gradient"]["x"].reshape(transposed.shape), transposed, rtol=1e-12, atol=1e-15)


def test_a_weights_gradient_is_the_sum_along_its_diagonal(seen):
    kernel, batch, _, cut = seen
    to_matrix = cut["product"]["tap_gradient"]["matrix"]
    height, width = batch["x"].shape[1:3]
    for place in np.ndindex(kernel.shape):
        one = np.zeros_like(kernel)
        one[place] = 1
        along = np.sum(to_matrix * doubly_block_toeplitz(one, height, width))
        assert cut["product"]["gradient"]["kernel"][place] == pytest.approx(along, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("side", SIDES)
def test_one_bright_pixel_shows_a_column(side):
    """What the report draws is the matrix."""
    with twin(side, "convolution_matrix", **SMALL) as arm:
        view = arm.spec.plot_inputs()
        shown, matrix = arm.predict(view), arm.forward(view)["matrix"]
        np.testing.assert_allclose(shown[:, 0].T, matrix, rtol=1e-14, atol=1e-15)
        np.testing.assert_allclose(shown[:, 1].T, matrix, rtol=1e-14, atol=1e-15)


def test_the_true_kernel_is_sobels():
    with twin("dynamic", "convolution_matrix", threads=1) as arm:
        sobel = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]) / 8
        np.testing.assert_array_equal(arm.spec.true_kernel(), sobel)
        batch = next(arm.spec.batches())
        y = np.stack([correlate2d(x[..., 0], sobel, "valid") for x in batch["x"]])
        np.testing.assert_allclose(batch["y"][..., 0], y, atol=1e-7)


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("convolution_matrix") == pytest.approx((1.989541497, 1760.007812), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("convolution_matrix") == [*SIZED, "one pixel"]
