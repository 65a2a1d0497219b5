"""Results of the same computation in two orders: rounding only, in a thousand random cases of either precision."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from benchmarks.parity import compare
from shared.randomness import generator

CASES = 100  # of each computation and precision


def _sum(random):
    x = random.normal(size=(30, 2000)) * random.lognormal(0, 1, (30, 1))  # rows of unlike size
    return x, lambda x: (x.sum(1), np.add.accumulate(x[:, ::-1], axis=1)[:, -1])


def _convolution(random):
    x, kernel = random.normal(size=(2, 6, 12, 12)), random.normal(size=(5, 6, 3, 3))

    def both(x):
        image, weight = torch.from_numpy(x), torch.from_numpy(kernel.astype(x.dtype))
        windows = F.unfold(image, 3).flip(1)
        return F.conv2d(image, weight).numpy(), (weight.flatten(1).flip(1) @ windows).view(2, 5, 10, 10).numpy()

    return x, both


def _softmax(random):
    def both(x):
        raised = np.exp(x - x.max(1, keepdims=True))
        shifted = np.exp(x - x[:, :1])
        return raised / raised.sum(1, keepdims=True), shifted / shifted[:, ::-1].cumsum(1)[:, -1:]

    return random.normal(size=(20, 50)) * 3, both


def _norm(random):
    def both(x):
        centred = x - x.mean(0)
        return centred / np.sqrt((centred**2).mean(0)), centred / np.sqrt((x[::-1] ** 2).mean(0) - x.mean(0) ** 2)

    return random.normal(0.3, 2, (200, 8)), both


def _solve(random):
    matrix, right = random.normal(size=(20, 20)) + 6 * np.eye(20), random.normal(size=(20, 5))

    def both(x):
        order = random.permutation(20)
        b = right.astype(x.dtype)
        return np.linalg.solve(x, b), np.linalg.solve(x[order], b[order])

    return matrix, both


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("computation", [_sum, _convolution, _softmax, _norm, _solve], ids=lambda f: f.__name__[1:])
def test_two_orders_are_equal(computation, dtype):
    alarms = []
    for case in range(CASES):
        x, both = computation(generator("rounding", computation.__name__, case))
        a, b = both(x.astype(dtype))
        exact = both(x.astype(dtype).astype(np.float64))[0] if dtype == np.float32 else None
        found = compare({"y": a}, {"y": b}, exact=None if exact is None else {"y": exact})
        if not found:
            alarms.append((case, str(found)))
    assert alarms == []
