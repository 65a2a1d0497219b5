"""The update rules against their papers' formulas in NumPy, and against the frameworks' own optimizers."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import torch

from benchmarks import twin

SIDES = ("static", "dynamic")


def _run(side, name, steps):
    """The gradients of each step, and the state after the last."""
    with twin(side, name, size="proof", threads=1) as arm:
        start, gradients = arm.state(), []
        for _, batch in zip(range(steps), arm.spec.batches()):
            gradients.append(arm.gradients(batch))
            arm.step(batch)
        return arm.spec.config, start, gradients, arm.state()


def _assert_close(state, expected):
    for name, value in expected.items():
        np.testing.assert_allclose(state[name], value, rtol=1e-10, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("side", SIDES)
def test_momentum_is_polyaks(side):
    config, start, gradients, end = _run(side, "batch_norm_net", 4)
    for name in gradients[0]:
        w, v = start[name], np.zeros_like(start[name])
        for g in gradients:
            v = config.rule.momentum * v + g[name]
            w = w - config.rule.learning_rate * v
        _assert_close(end, {name: w, f"{name}/momentum": v})


@pytest.mark.parametrize("side", SIDES)
def test_adam_is_kingmas_algorithm_1(side):
    config, start, gradients, end = _run(side, "lstm", 4)
    assert end["rule/step"] == 4
    for name in gradients[0]:
        w, m, v = start[name], np.zeros_like(start[name]), np.zeros_like(start[name])
        for t, step in enumerate(gradients, 1):
            g = step[name]
            m = 0.9 * m + (1 - 0.9) * g
            v = 0.999 * v + (1 - 0.999) * g**2
            w = w - config.rule.learning_rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        _assert_close(end, {name: w, f"{name}/m": m, f"{name}/v": v})


def _descend(rule, dtype, steps=3):
    """A TF1 optimizer on a small quadratic: the variable after some steps, and the slots."""
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.get_variable("w", initializer=tf.constant([1.0, -2.0, 3e-6], dtype), use_resource=True)
        scale = tf.constant([1.0, 1e-3, 1.0], dtype)
        loss = tf.reduce_sum(scale * tf.square(w))
        step = rule(loss, w)
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            session.run(step)
        return {v.op.name: x for v, x in zip(tf.global_variables(), session.run(tf.global_variables()))}


def test_momentum_is_tf1s_own():
    from shared.updates import Momentum
    from static_tf.updates import update_rule

    def own(loss, w):
        return tf.train.MomentumOptimizer(np.float64(0.1), np.float64(0.9)).minimize(loss)

    ours = _descend(lambda loss, w: update_rule(Momentum(0.1), {"w": w}).minimize(loss), tf.float64)
    theirs = _descend(own, tf.float64)
    np.testing.assert_array_equal(ours["w"], theirs["w"])
    np.testing.assert_array_equal(ours["w/momentum"], theirs["w/Momentum"])


def test_the_two_reasons_why_adam_is_written_out():
    """TF1's kernel adds epsilon elsewhere, and loses beta2's digits in float32; PyTorch does neither."""
    from shared.updates import Adam
    from static_tf.updates import update_rule

    def own(loss, w):
        return tf.train.AdamOptimizer(np.float64(0.1), np.float64(0.9), np.float64(0.999), np.float64(1e-8)).minimize(
            loss
        )

    def ours(loss, w):
        return update_rule(Adam(0.1), {"w": w}).minimize(loss)

    w = torch.tensor([1.0, -2.0, 3e-6], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([w], 0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (torch.tensor([1.0, 1e-3, 1.0], dtype=torch.float64) * w.square()).sum().backward()
        optimizer.step()
    paper, tf1 = _descend(ours, tf.float64), _descend(own, tf.float64)
    np.testing.assert_allclose(paper["w"], w.detach().numpy(), rtol=1e-12)
    assert abs(tf1["w"][2] - paper["w"][2]) > 1e-3  # epsilon counts where gradients are small
    exact, single = _descend(own, tf.float64)["w/Adam_1"], _descend(own, tf.float32)["w/Adam_1"]
    assert abs(single[0] / exact[0] - 1) > 5e-6
    exact, single = paper["w/v"], _descend(ours, tf.float32)["w/v"]
    assert abs(single[0] / exact[0] - 1) < 5e-7
