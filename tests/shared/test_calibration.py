"""Calibration: errors worked out by hand, and by a loop over the bins; entropy is SciPy's."""

import numpy as np
import pytest
from scipy.stats import entropy as scipys_entropy

from shared.calibration import calibration_error, entropy, probabilities, reliability


def test_the_error_by_hand():
    def says(*confidences):
        return np.array([[c, 1 - c] for c in confidences])

    right, wrong = 0, 1
    assert calibration_error(says(*[0.9] * 10), np.array([right] * 9 + [wrong])) == pytest.approx(0)
    assert calibration_error(says(1, 1, 1, 1), np.array([right, wrong, right, wrong])) == pytest.approx(0.5)
    assert calibration_error(says(0.6, 0.6), np.array([right, right])) == pytest.approx(0.4)
    # Two bins: 3 of 4 examples at 0.8, of which all are right, and one at 0.55 that is wrong
    assert calibration_error(says(0.8, 0.8, 0.8, 0.55), np.array([0, 0, 0, 1])) == pytest.approx((3 * 0.2 + 0.55) / 4)
    # One bin, in which two errors cancel; an upper end belongs to its bin, as in Guo's code
    assert calibration_error(says(0.95, 0.95), np.array([right, wrong])) == pytest.approx(0.45)
    assert reliability(says(0.6, 0.61), np.array([0, 0]))[0].tolist() == [0] * 8 + [1, 1] + [0] * 5


def test_the_error_by_a_loop():
    random = np.random.default_rng(1)
    p, y = random.dirichlet(np.full(10, 0.3), 500), random.integers(0, 10, 500)
    total = 0.0
    for low in np.arange(15) / 15:
        chosen = [i for i in range(500) if low < p[i].max() <= low + 1 / 15]
        if chosen:
            accuracy = np.mean([p[i].argmax() == y[i] for i in chosen])
            total += len(chosen) / 500 * abs(accuracy - np.mean([p[i].max() for i in chosen]))
    assert calibration_error(p, y) == pytest.approx(total, rel=1e-12)


def test_entropy_is_scipys():
    p = np.random.default_rng(1).dirichlet(np.full(10, 0.1), 50)
    np.testing.assert_allclose(entropy(p), scipys_entropy(p, axis=1), rtol=1e-12)
    assert entropy(np.eye(3)).tolist() == [0, 0, 0]


def test_probabilities_are_averaged_not_logits():
    logits = np.log(np.array([[[0.9, 0.1]], [[0.5, 0.5]]])) + 1000
    np.testing.assert_allclose(probabilities(logits), [[0.7, 0.3]])
