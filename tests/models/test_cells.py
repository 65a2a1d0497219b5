"""Ways through time: forwards, backwards, with ends; unrolled and as a while_loop; rows of different lengths."""

import numpy as np
import pytest

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.errors import UsageError
from shared.randomness import generator
from tests.helpers import SMALL

STEPS, INPUTS, HIDDEN = 9, 3, 4
X = generator("cells", "x").normal(size=(5, STEPS, INPUTS))
LENGTHS = np.array([1, 7, STEPS, 4, 2])
CELLS = ("RNNCell", "LSTMCell", "GRUCell", "ResetBeforeGRUCell")


def weights(name, shape):
    return generator("cells", name).normal(0, 0.5, size=tuple(shape))


def static(kind, x, loop="unrolled", lengths=None, reverse=False):
    import tensorflow.compat.v1 as tf

    from static_tf.parts import cells

    with tf.Graph().as_default(), tf.variable_scope("", use_resource=True):
        cell = getattr(cells, kind)("cell", INPUTS, HIDDEN, loop, tf.float64)
        z = cell.input_term(tf.constant(x))
        h = cell.through_time(z, None if lengths is None else tf.constant(lengths), reverse)
        variables = tf.trainable_variables()
        with tf.Session() as session:
            session.run([v.assign(weights(v.op.name.split("/")[-1], v.shape)) for v in variables])
            return session.run(h)


def dynamic(kind, x, loop="", lengths=None, reverse=False):
    import torch

    from dynamic_torch.parts import cells

    cell = getattr(cells, kind)(INPUTS, HIDDEN).double()
    cell.load_state_dict({name: torch.tensor(weights(name, w.shape)) for name, w in cell.named_parameters()})
    z = cell.input_term(torch.tensor(x))
    return cell.through_time(z, None if lengths is None else torch.tensor(lengths), reverse).detach().numpy()


WAYS = [(static, "unrolled"), (static, "while_loop"), (dynamic, "")]


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("reverse", [False, True])
def test_every_row_gets_what_it_alone_gets(kind, reverse):
    """Rows of lengths 1, 7 and the maximum, in one batch and each alone, without what follows its end."""
    for way, loop in WAYS:
        h = way(kind, X, loop, LENGTHS, reverse)
        for row, length in enumerate(LENGTHS):
            alone = way(kind, X[row : row + 1, :length], loop, reverse=reverse)
            np.testing.assert_allclose(h[row : row + 1, :length], alone, rtol=0, atol=1e-15)
            rest = np.zeros_like(h[row, length:]) if reverse else h[row, length - 1]
            np.testing.assert_array_equal(h[row, length:], np.broadcast_to(rest, h[row, length:].shape))


@pytest.mark.parametrize("kind", CELLS)
def test_backwards_is_forwards_on_the_reversed_series(kind):
    for way, loop in WAYS:
        backwards = way(kind, X, loop, reverse=True)
        np.testing.assert_allclose(backwards, way(kind, X[:, ::-1].copy(), loop)[:, ::-1], rtol=0, atol=1e-15)
        assert np.abs(backwards - way(kind, X, loop)).max() > 0.1


@pytest.mark.parametrize("kind", CELLS)
def test_all_ways_are_equal(kind):
    first, *others = [way(kind, X, loop, LENGTHS) for way, loop in WAYS]
    for other in others:
        np.testing.assert_allclose(first, other, rtol=0, atol=1e-14)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("length", [0, 9])
def test_a_length_that_cannot_be_is_refused(side, length):
    with twin(side, "gru", **SMALL) as arm:
        batch = next(arm.spec.batches())
        lengths = batch["lengths"].copy()
        lengths[3] = length
        with pytest.raises(UsageError, match=f"row 3 has a length of {length}: lengths are 1 to 8"):
            arm.step(batch | {"lengths": lengths})


def test_the_gradient_of_the_unrolled_loop_looks_for_no_broadcast():
    """TensorFlow knows that the zeros of the start, and so all that follows, have as many rows as the input."""
    from static_tf import cost

    with twin("static", "lstm", "float32", size="proof", threads=1) as arm:
        batch = next(arm.spec.batches())
        arm.step(batch)  # a variable that is read for the first time is something else
        with cost._traced(arm) as runs:
            arm.step(batch)
    kinds = [node.op for run in runs for graph in run.partition_graphs for node in graph.node]
    assert kinds.count("Tanh") == 2 * arm.spec.config.length
    assert kinds.count("BroadcastGradientArgs") < arm.spec.config.length  # of 4 a step
