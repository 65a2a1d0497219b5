"""The part `ctc_loss` against the sum over all alignments, one by one; and TensorFlow's own kernel."""

from functools import partial
from itertools import groupby, product

import numpy as np
import pytest
from scipy.special import log_softmax, logsumexp

from shared.randomness import generator

BLANK = 3
STEPS = 6
# Texts, filled up with 0, their lengths and their steps: repeated symbols, as few steps as can be, one symbol
TEXTS = np.array([[0, 1, 2], [1, 1, 0], [2, 2, 2], [0, 2, 0], [1, 0, 0], [2, 2, 0], [0, 1, 0]])
LENGTHS = np.array([3, 3, 3, 3, 1, 2, 2])
FRAMES = np.array([6, 4, 5, 3, 1, 6, 2])
LOGITS = generator("ctc", "logits").normal(0, 2, size=(len(TEXTS), STEPS, BLANK + 1))


def static(logits, frames=FRAMES, kernel=False, loop="unrolled"):
    """Losses and the gradient of their sum; with `kernel` by the operation that TensorFlow has."""
    import tensorflow.compat.v1 as tf

    from static_tf.parts.ctc_loss import CTC

    with tf.Graph().as_default():
        given = tf.constant(logits)
        if kernel:
            where = np.argwhere(np.arange(TEXTS.shape[1]) < LENGTHS[:, None])
            sparse = tf.SparseTensor(where, tf.cast(TEXTS[tuple(where.T)], tf.int32), TEXTS.shape)
            losses = tf.nn.ctc_loss(sparse, given, tf.cast(frames, tf.int32), time_major=False)
        else:
            losses = CTC(loop)(given, *map(tf.constant, (frames, TEXTS, LENGTHS)))
        with tf.Session() as session:
            return session.run([losses, tf.gradients(losses, given)[0]])


def dynamic(logits, frames=FRAMES):
    import torch

    from dynamic_torch.parts.ctc_loss import CTC

    given = torch.tensor(logits, requires_grad=True)
    losses = CTC()(given, *map(torch.tensor, (frames, TEXTS, LENGTHS)))
    losses.sum().backward()
    return losses.detach().numpy(), given.grad.numpy()


COMPUTED = {"unrolled": static, "while_loop": partial(static, loop="while_loop"), "dynamic": dynamic}


def over_all_alignments(logits, frames):
    """- log of the sum of the probabilities of all alignments that spell each text."""
    losses = []
    for log_p, text, length, steps in zip(log_softmax(logits, axis=2), TEXTS, LENGTHS, frames):
        spelling = [
            log_p[range(steps), alignment].sum()
            for alignment in product(range(BLANK + 1), repeat=steps)
            if [symbol for symbol, _ in groupby(alignment) if symbol != BLANK] == text[:length].tolist()
        ]
        losses.append(-logsumexp(spelling))
    return np.array(losses)


@pytest.mark.parametrize("side", COMPUTED)
def test_it_is_the_sum_over_all_alignments(side):
    expected = over_all_alignments(LOGITS, FRAMES)
    np.testing.assert_allclose(COMPUTED[side](LOGITS)[0], expected, rtol=1e-14)
    assert len(set(expected.round(6))) == len(TEXTS)


@pytest.mark.parametrize("side", COMPUTED)
def test_the_gradient_is_the_slope_of_that_sum(side):
    gradient = COMPUTED[side](LOGITS)[1]
    for n in range(20):
        direction = generator("ctc", "direction", n).normal(size=LOGITS.shape)
        ends = [over_all_alignments(LOGITS + sign * 1e-6 * direction, FRAMES).sum() for sign in (1, -1)]
        assert np.sum(gradient * direction) == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-7, abs=1e-8)


def test_both_sides_are_equal():
    for one, other in zip(static(LOGITS), dynamic(LOGITS)):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-14)


@pytest.mark.parametrize("side", COMPUTED)
def test_what_stands_after_the_end_does_not_matter(side):
    behind = np.arange(STEPS) >= FRAMES[:, None]
    losses, gradient = COMPUTED[side](LOGITS)
    np.testing.assert_array_equal(gradient[behind], 0)
    assert np.abs(gradient[~behind]).min() > 0
    other = np.where(behind[..., None], 100 * LOGITS + 7, LOGITS)
    np.testing.assert_array_equal(COMPUTED[side](other)[0], losses)
    assert np.abs(COMPUTED[side](LOGITS, FRAMES + behind.any(1))[0] - losses)[behind.any(1)].min() > 1e-3


def test_tensorflows_kernel_adds_in_float32():
    """In float64 it is right to 1e-8 only, which is why the graph has the sum written out."""
    expected = over_all_alignments(LOGITS, FRAMES)
    losses, gradient = static(LOGITS, kernel=True)
    assert losses.dtype == np.float64
    assert 1e-9 < np.abs(losses - expected).max() < 1e-6
    assert 1e-9 < np.abs(gradient - static(LOGITS)[1]).max() < 1e-6
