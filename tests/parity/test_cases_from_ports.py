"""Comparisons as people meet them when they port a model, each with the answer that it should get."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from benchmarks.parity import compare

RANDOM = np.random.default_rng(1)
MANY, IMAGE = RANDOM.normal(size=10**6), RANDOM.random((4, 112, 112, 3))
GRU, LSTM, W = RANDOM.normal(size=(8, 18)), RANDOM.normal(size=(14, 24)), RANDOM.normal(size=(45, 7))
X, KERNEL = RANDOM.normal(size=(2, 8, 8, 3)), RANDOM.normal(size=(3, 3, 3, 4))
Z, TERMS = RANDOM.normal(2, 3, (50, 4)), RANDOM.normal(size=(300, 4096)).astype(np.float32)


def _one(array, index, factor):
    changed = array.copy()
    changed[index] *= factor
    return changed


def _single(array):
    return array.astype(np.float32)


def _convolved(padding):
    """A 3x3 convolution with stride 2: SAME of an even size pads behind only, padding=1 on both sides."""
    padded = torch.tensor(np.pad(X, ((0, 0), padding, padding, (0, 0)))).movedim(-1, 1)
    return F.conv2d(padded, torch.tensor(KERNEL).permute(3, 2, 0, 1), stride=2).movedim(1, -1).numpy()[:, :4, :4]


DIFFERENT = {  # reference, other, exact, and what the message must say
    "imaginary parts": (np.array([1 + 2j, 3 + 1j]), np.array([1 + 5j, 3 - 9j]), None, "imaginary"),
    "whole numbers beyond 2^53": (np.array([2**53 + 1, 5]), np.array([2**53, 5]), None, "only element [0]"),
    "nothing": (np.zeros((0, 3)), np.zeros((0, 3)), None, "empty"),
    "one of a million": (_single(MANY), _single(_one(MANY, 77, 1.004)), None, "only element [77]"),
    "one of a million, judged by float64": (_single(MANY), _single(_one(MANY, 77, 1.0001)), MANY, "only element [77]"),
    "a corner": (_single(IMAGE), _single(_one(IMAGE, np.s_[:, 0, 0], 1.002)), None, "only index 0 of axis 1"),
    "a small element beside a large one": (
        np.array([1e12, 1.0, 2.0]),
        np.array([1e12, 1.5, 2.0]),
        None,
        "only element [1]",
    ),
    "squares that overflow": (np.array([1e200, 1e200]), np.array([1e200, 1.1e200]), None, "at [1]"),
    "one row": (W, _one(W, 7, 1 + 1e-10), None, "only index 7 of axis 0"),
    "one channel": (X, _one(X, np.s_[..., 2], 1 + 1e-10), None, "only index 2 of axis 3"),
    "the border": (
        IMAGE,
        np.where(np.pad(np.zeros((110, 110, 3)), ((1, 1), (1, 1), (0, 0)), constant_values=1), IMAGE + 1e-9, IMAGE),
        None,
        "only the border of axes 1 and 2",
    ),
    "gates r z n, z r n": (GRU, np.concatenate([GRU[:, 6:12], GRU[:, :6], GRU[:, 12:]], 1), None, "gates"),
    "gates i f g o, i f o g": (LSTM, np.concatenate([LSTM[:, :12], LSTM[:, 18:], LSTM[:, 12:18]], 1), None, "gates"),
    "rows after a flatten": (W, W.reshape(3, 3, 5, 7).transpose(2, 0, 1, 3).reshape(45, 7), None, "flatten"),
    "SAME with stride 2, padding=1": (_convolved((0, 1)), _convolved((1, 1)), None, "SAME pads behind only"),
    "another epsilon": (Z / np.sqrt(Z.var(0) + 1e-3), Z / np.sqrt(Z.var(0) + 1e-5), None, "epsilon"),
}


@pytest.mark.parametrize(("reference", "other", "exact", "says"), DIFFERENT.values(), ids=DIFFERENT)
def test_a_difference_is_seen_and_named(reference, other, exact, says):
    found = compare({"y": reference}, {"y": other}, exact={"y": exact} if exact is not None else None)
    assert not found
    assert says in str(found)


SAME = {
    "complex numbers": (MANY[:99] + 1j * MANY[1:100], (MANY[:99] + 1j * MANY[1:100]) * (1 + 2e-16), None),
    "a million roundings": (_single(MANY), _single(MANY) * np.float32(1 + 2**-23), MANY),
    "two orders of 4096 terms": (TERMS.sum(1), TERMS[:, ::-1].cumsum(1)[:, -1], TERMS.astype(np.float64).sum(1)),
    "a tensor that wants a gradient": (torch.tensor(W, requires_grad=True), torch.tensor(W), None),
    "bfloat16": (torch.tensor(W).bfloat16(), torch.tensor(W).bfloat16(), None),
    "bfloat16 and float32": (torch.tensor(W).bfloat16(), _single(W), None),
    "a sparse tensor": (torch.tensor(W).to_sparse(), W, None),
    "whole numbers": (np.array([2**53 + 1]), np.array([2**53 + 1], np.uint64), None),
    "infinitesimals": (np.array([1e-200, 3e-200]), np.array([1e-200, 3e-200]) * (1 + 1e-15), None),
}


@pytest.mark.parametrize(("reference", "other", "exact"), SAME.values(), ids=SAME)
def test_rounding_is_no_difference(reference, other, exact):
    assert compare({"y": reference}, {"y": other}, exact={"y": exact} if exact is not None else None)


def test_lists_dicts_and_states_are_read():
    linear = torch.nn.Linear(3, 2)
    state = linear.state_dict()
    assert compare([W, W[0]], [W, W[0]])
    assert compare({"layers": [W, W]}, {"layers": (W, W)}).rows[1]["name"] == "layers/1"
    assert compare(state, dict(linear.named_parameters()))
    assert compare({"losses": [3.0, 2.0]}, {"losses": np.array([3.0, 2.0])})
    masked = np.ma.masked_array([1.0, 2.0, 3.0], [False, True, False])
    assert compare({"y": masked}, {"y": np.ma.masked_array([1.0, 9.0, 3.0], [False, True, False])})
    assert not compare({"y": masked}, {"y": np.ma.masked_array([1.0, 2.0, 3.0])})


def test_tensors_of_tensorflow_are_read():
    import tensorflow as tf

    with tf.compat.v1.Graph().as_default(), pytest.raises(TypeError, match=r"no values yet: compare what Session\.run"):
        compare({"y": tf.constant(W)}, {"y": W})
    with tf.init_scope():  # eager, whatever a test before this one has switched off
        eager = tf.constant(W)
        assert compare({"y": eager, "b": tf.cast(eager, tf.bfloat16)}, {"y": W, "b": torch.tensor(W).bfloat16()})


def test_other_names_are_paired_by_values_and_else_by_shape():
    kernel = RANDOM.normal(size=(3, 3, 5, 7))
    left = {"dense/kernel:0": W, "dense/bias:0": W[0], "conv/kernel:0": kernel, "gamma:0": np.ones(9)}
    right = {"dense.weight": W.T, "dense.bias": W[0], "conv.weight": kernel.transpose(3, 2, 0, 1), "g": np.zeros(9)}
    assert compare(left, right).pairs == (
        "dense/kernel:0 -> dense.weight, transposed",
        "dense/bias:0 -> dense.bias",
        "conv/kernel:0 -> conv.weight, axes in the order (3, 2, 0, 1)",
        "gamma:0 -> g, by its shape only",
    )
    assert "other names for the same arrays, perhaps:" in str(compare(left, right))
    assert compare(left, left).pairs == ()


def test_whole_numbers_beyond_what_floats_tell_apart_have_a_distance():
    (row,) = compare({"n": np.array([2**60, 5])}, {"n": np.array([2**60 + 1, 5])}).rows
    assert row["max_abs"] == 1
    assert row["rel_norm"] == pytest.approx(2.0**-60, abs=0)
