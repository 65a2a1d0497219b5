"""The autoencoder against its formula and principal components."""

import numpy as np
import pytest
from scipy.special import expit, log_expit
from sklearn.decomposition import PCA

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.datasets import images
from shared.datasets.images import flat
from tests.helpers import SMALL
from tests.models.pins import FEW, edge_cases, sums

# The autoencoder


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("variant", CATALOG["autoencoder"].variants)
def test_autoencoder_is_its_formula(side, variant):
    with twin(side, "autoencoder", variant=variant, **SMALL) as arm:
        batch, state, config = next(arm.spec.batches()), arm.state(), arm.spec.config
        x, noisy = batch["x"].astype(np.float64), batch["noisy"].astype(np.float64)
        h = noisy @ state["w1"] + state["b1"]
        h = h if config.code == "linear" else expit(h)
        z = h @ (state["w1"].T if config.tied else state["w2"]) + state["b2"]
        taps = arm.forward(batch)
        np.testing.assert_allclose(taps["h"], h, rtol=1e-12)
        np.testing.assert_allclose(taps["z"], z, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(arm.predict(batch), z, rtol=1e-12, atol=1e-14)
        log_likelihood = x * log_expit(z) + (1 - x) * log_expit(-z)
        losses = (x - z) ** 2 if config.error == "squared" else -log_likelihood
        assert arm.loss(batch) == pytest.approx(losses.sum(1).mean(), rel=1e-12)
        assert ("w2" in state) == (not config.tied)


@pytest.mark.parametrize("side", SIDES)
def test_a_linear_tied_autoencoder_spans_the_plane_of_the_principal_components(side):
    with twin(side, "autoencoder", variant="linear", hidden=3, batch=1437, threads=1, observed=False) as arm:
        batch = next(arm.spec.batches())
        for _ in range(600):
            arm.step(batch)
        state = arm.state()
        fitted = PCA(3).fit(batch["x"].astype(np.float64))
        basis, _ = np.linalg.qr(state["w1"])
        angles = np.arccos(np.clip(np.linalg.svd(fitted.components_ @ basis, compute_uv=False), -1, 1))
        assert np.degrees(angles.max()) < 0.5
        np.testing.assert_allclose(state["w1"].T @ state["w1"], np.eye(3), atol=1e-3)  # to code and back is to project
        left = np.mean(np.sum((arm.predict(batch) - batch["x"]) ** 2, 1))
        best = np.mean(np.sum((fitted.inverse_transform(fitted.transform(batch["x"])) - batch["x"]) ** 2, 1))
        assert best <= left < best * (1 + 1e-4)


def test_noise_sets_its_share_of_the_pixels_to_zero_and_leaves_the_others():
    spec = CATALOG["autoencoder"].spec("denoising", noise=0.3)
    batches = spec.batches()
    first, second = next(batches), next(batches)
    kept = first["noisy"] != 0
    np.testing.assert_array_equal(first["noisy"][kept], first["x"][kept])
    assert np.mean(kept[first["x"] != 0]) == pytest.approx(0.7, abs=0.03)
    ink = (first["x"] != 0) & (second["x"] != 0)
    assert np.mean(kept[ink] == (second["noisy"] != 0)[ink]) < 0.7  # another mask at every step
    plain = next(CATALOG["autoencoder"].spec().batches())
    np.testing.assert_array_equal(plain["x"], plain["noisy"])


def test_the_code_with_the_least_linear_error_is_scikit_learns():
    spec = CATALOG["autoencoder"].spec("linear")
    data = images.digits()
    train, test = flat(data.train.x), flat(data.test.x)
    fitted = PCA(spec.config.hidden, svd_solver="full").fit(train.astype(np.float64))
    best = fitted.inverse_transform(fitted.transform(test))
    assert spec.score(best, spec.undamaged(test), {}) == pytest.approx({"share_of_pca_error": 1.0})
    half = (best + test) / 2
    assert spec.score(half, spec.undamaged(test), {}) == pytest.approx({"share_of_pca_error": 0.25})


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("autoencoder") == pytest.approx((279.0816924, 2474.875), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("autoencoder") == [*FEW, "zeros", "tiny", "ones", "half of it"]  # no pixel is larger than 1
