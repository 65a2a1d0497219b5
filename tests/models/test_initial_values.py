"""Without a seed each model starts where it always did."""

import numpy as np
import pytest

from shared.catalog import CATALOG

SUMS = {  # of the absolute initial values, and of the first batch's, without a seed
    "computational_graph": (3, 0),
    "linear_regression": (1.5049978886, 3199.028977),
    "logistic_regression": (2.0263555192, 9743.076559),
    "shallow_regressor": (102.2345189, 641.7338170),
    "shallow_classifier": (268.9107729, 2690.188778),
    "deep_net": (3260.605078, 1538.5625),
    "autoencoder": (279.0816924, 2474.875),
    "rbm": (8.145339084, 3910.809650),
    "conv_net": (2531.391658, 1544.625),
    "batch_norm_net": (521.4922924, 1472.3125),
    "residual_net": (2597.891010, 1520),
    "highway_net": (3484.223187, 1506.4375),
    "dense_net": (1467.537203, 1556.25),
    "sequence_conv_net": (301.4471761, 3261.696126),
    "lstm": (6315.432262, 610807),
    "gan": (1018.052903, 1134.036663),
}


@pytest.mark.parametrize(("model", "sums"), SUMS.items())
def test_without_a_seed_a_model_starts_where_it_always_did(model, sums):
    """Pinned: what learning reaches rests on it."""
    spec = CATALOG[model].spec()
    found = [
        sum(np.abs(value).sum(dtype=np.float64) for value in values.values())
        for values in (spec.initial(), next(spec.batches()))
    ]
    assert found == pytest.approx(sums, rel=1e-6)
