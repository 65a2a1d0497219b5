"""The tables and shapes that need no file: standardised, balanced, and without scikit-learn at import."""

import subprocess
import sys

import numpy as np
import pytest

from shared.catalog import CHAPTERS
from shared.datasets import tabular, toy

# The data


def test_tables_are_standardised_by_their_training_part():
    from sklearn.datasets import load_breast_cancer, load_diabetes

    for data, table, sizes in (
        (tabular.diabetes(), load_diabetes(), (354, 88)),
        (tabular.breast_cancer(), load_breast_cancer(), (427, 142)),
    ):
        assert (len(data.train.x), len(data.test.x)) == sizes
        np.testing.assert_allclose(data.train.x.mean(0), 0, atol=1e-6)
        np.testing.assert_allclose(data.train.x.std(0), 1, atol=1e-6)
        ours = np.hstack([np.vstack([data.train.x, data.test.x]), np.vstack([data.train.y, data.test.y])])
        theirs = np.hstack([table.data, table.target[:, None]])
        for column, original in zip(ours.T, theirs.T):  # no row is lost, doubled or parted from its label
            assert np.corrcoef(np.sort(column), np.sort(original))[0, 1] == pytest.approx(1, abs=1e-6)
        correlation = np.corrcoef(ours.T), np.corrcoef(theirs.T)
        np.testing.assert_allclose(*correlation, atol=1e-6)
    assert set(np.unique(tabular.breast_cancer().train.y)) == {0, 1}
    diabetes = tabular.diabetes().train.y
    np.testing.assert_allclose([diabetes.mean(), diabetes.std()], [0, 1], atol=1e-6)


def test_shapes_no_line_separates_are_balanced():
    for data in (toy.spirals(), toy.xor()):
        assert data.train.y.mean() == data.test.y.mean() == 0.5
    x, y = toy.xor().train.x, toy.xor().train.y
    np.testing.assert_array_equal(y, (x[:, 0] * x[:, 1] < 0).astype(int))


def test_importing_the_chapter_does_not_import_scikit_learn():
    names = ", ".join(f"shared.basics.{name}" for name in CHAPTERS["basics"])
    code = f"import sys, {names}; sys.exit('sklearn' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
