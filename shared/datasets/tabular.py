"""Small tables that come with scikit-learn, so that nothing is downloaded.

Standardised: mean 0 and deviation 1 over the training part.
"""

import numpy as np

from shared.datasets import Dataset, Split, hold_out
from shared.randomness import generator


def diabetes() -> Dataset:
    """Progression of the disease after a year, from ten measurements at its start (Efron et al. 2004, 442 patients).

    x (N, 10): age, sex, body-mass index, blood pressure, six of the blood serum. y (N, 1). Both standardised.
    """
    from sklearn.datasets import load_diabetes  # here, because the import takes a second

    table = load_diabetes(scaled=False)
    order = generator("tabular", "diabetes").permutation(len(table.data))
    data = hold_out(table.data, table.target[:, None], 0.2, order)
    x, y = _scale(data.train.x), _scale(data.train.y)
    return Dataset(Split(x(data.train.x), y(data.train.y)), Split(x(data.test.x), y(data.test.y)))


def breast_cancer() -> Dataset:
    """Is a tumour benign? From thirty measurements of its cells' nuclei (Street et al. 1993, 569 tumours).

    x (N, 30), standardised. y (N, 1) float: 1 benign (63 %), 0 malignant.
    """
    from sklearn.datasets import load_breast_cancer

    table = load_breast_cancer()
    order = generator("tabular", "breast_cancer").permutation(len(table.data))
    data = hold_out(table.data, table.target[:, None].astype(np.float32), 0.25, order)
    x = _scale(data.train.x)
    return Dataset(Split(x(data.train.x), data.train.y), Split(x(data.test.x), data.test.y))


def _scale(train: np.ndarray):
    """Return the function that standardises each column by the mean and deviation of `train`."""
    mean, deviation = train.mean(0), train.std(0)
    return lambda values: ((values - mean) / deviation).astype(np.float32)
