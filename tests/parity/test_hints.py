"""Hints: each change that ports forget is planted, is named, and no other explains it."""

import numpy as np
import pytest
from scipy.special import erf, softmax

from benchmarks.parity.hints import _changes, _explains, hint

RANDOM = np.random.default_rng(0)
W, B = RANDOM.normal(size=(4, 8)), RANDOM.normal(size=8)
KERNEL, IMAGE = RANDOM.normal(size=(3, 3, 5, 7)), RANDOM.normal(size=(2, 9, 9, 3))
GRU, LSTM, ROWS = RANDOM.normal(size=(5, 18)), RANDOM.normal(size=(5, 24)), RANDOM.normal(size=(45, 7))
TALL = RANDOM.normal(2, 3, (50, 4))
MANY = RANDOM.normal(size=200)


def _blocks(x, count, order):
    parts = np.split(x, count, 1)
    return np.concatenate([parts[i] for i in order], 1)


def _gelu(x, by_tanh):
    if by_tanh:
        return x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2
    return x * (1 + erf(x / np.sqrt(2))) / 2


def _cropped(x, first):
    """A window of a larger image, with other pixels where it lies outside of the first."""
    larger = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=0.3)
    return larger[:, first : first + 9, first : first + 9]


PLANTED = {  # the reference, what it became, and the hint
    "matrix": (W, W.T, "matrices (in, out) and (out, in)"),
    "square matrix": (W[:, :4], W[:, :4].T, "matrices (in, out) and (out, in)"),
    "kernel": (KERNEL, KERNEL.transpose(3, 2, 0, 1), "HWIO and OIHW"),
    "reshape": (W, W.reshape(8, 4), "a reshape"),
    "sign": (W, -W, "the sign is reversed"),
    "backwards": (W, W[::-1], "axis 0 is reversed"),
    "rolled": (W, np.roll(W, 1, 1), "axis 1 is rotated by one"),
    "shifted": (LSTM, np.concatenate([RANDOM.normal(size=(5, 1)), LSTM[:, :-1]], 1), "axis 1 is shifted on by one"),
    "image shifted": (IMAGE, _cropped(IMAGE, 0), "axes 1 and 2 are shifted on by one"),
    "image shifted back": (IMAGE, _cropped(IMAGE, 2), "axes 1 and 2 are shifted back by one"),
    "two blocks": (GRU, _blocks(GRU, 2, (1, 0)), "the 2 blocks of axis 1 are in the order [1, 0]"),
    "gates of a GRU": (GRU, _blocks(GRU, 3, (1, 0, 2)), "the 3 blocks of axis 1 are in the order [1, 0, 2]: gates"),
    "gates of an LSTM": (LSTM, _blocks(LSTM, 4, (0, 2, 1, 3)), "the 4 blocks of axis 1 are in the order [0, 2, 1, 3]"),
    "four gates round": (LSTM, _blocks(LSTM, 4, (3, 0, 1, 2)), "the 4 blocks of axis 1 are in the order [3, 0, 1, 2]"),
    "flatten": (ROWS, ROWS.reshape(9, 5, 7).transpose(1, 0, 2).reshape(45, 7), "NHWC of 5 channels"),
    "penalty": (W, 2 * W, "the factor 1/2 of an L2 penalty"),
    "sum": (W, 64 * W, "a sum over 64"),
    "mean": (W, W / 10, "a mean over 10"),
    "unbiased": (W, W * 32 / 31, "n = 32, the unbiased variance"),
    "biased": (W, W * 31 / 32, "n = 32, the biased variance"),
    "scale": (W, 0.7 * W, "0.7 times the reference"),
    "offset": (W, W + 1.5, "1.5: an offset"),
    "epsilon": (TALL / np.sqrt(TALL.var(0) + 1), TALL / np.sqrt(TALL.var(0) + 1e-5), "another epsilon"),
    "statistics": (TALL, (TALL - [1, 2, 3, 4]) / [1, 2, 3, 5], "training, inference"),
    "softmax": (W, softmax(W, 1), "softmax on axis 1 is applied, where the reference has its logits"),
    "softmax twice": (softmax(W, 1), softmax(softmax(W, 1), 1), "softmax on axis 1 is applied twice"),
    "GELU by tanh": (_gelu(MANY, False), _gelu(MANY, True), "GELU is computed by tanh, not exactly"),
    "GELU exactly": (_gelu(MANY, True), _gelu(MANY, False), "GELU is computed exactly, not by tanh"),
    "activation": (np.tanh(MANY), 1 / (1 + np.exp(-MANY)), "a non-decreasing function of the reference"),
    "float32": (
        np.float32(KERNEL),
        np.float32(KERNEL.transpose(3, 2, 0, 1)) * np.float32(1 + 1e-6),
        "HWIO and OIHW",
    ),
}


@pytest.mark.parametrize("change", PLANTED)
def test_a_planted_change_is_named(change):
    reference, other, says = PLANTED[change]
    assert says in hint(reference, other)


@pytest.mark.parametrize("change", PLANTED)
def test_no_other_change_explains_it(change):
    reference, other, says = PLANTED[change]
    a, b = np.asarray(reference, np.float64), np.asarray(other, np.float64)
    found = [what for what, x in _changes(a, b) if x.shape == b.shape and _explains(a, b, x)]
    simpler = {
        "a normalisation",
        "a non-decreasing function",
        "with another element",
    }  # each holds for a simpler one too
    assert [what for what in found if says not in what and not any(word in what for word in simpler)] == []


def test_there_is_no_hint_where_nothing_explains_it():
    assert hint(W, RANDOM.normal(size=W.shape)) == ""
    assert hint(IMAGE, RANDOM.normal(size=IMAGE.shape)) == ""
    assert hint(W[:, :2], W[:, :2] + 1e-3 * RANDOM.normal(size=(4, 2))) == ""
    assert hint(np.array([1.0, 2.0]), np.array([3.0, 5.0])) == "", "two numbers are always explained by something"
    assert hint(MANY, np.where(np.arange(200) == 7, MANY * 1.004, MANY)) == "", "one element increases by chance"
