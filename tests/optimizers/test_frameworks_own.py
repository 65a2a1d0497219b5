"""The optimizers against the frameworks' own: TF1's to the bit, PyTorch's to rounding."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import torch

import dynamic_torch.optimizers
import static_tf.optimizers
from shared.optimizers import (
    Adadelta,
    Adagrad,
    Adam,
    Descent,
    Exponential,
    GradientDescent,
    InverseTime,
    Momentum,
    Nesterov,
    RMSProp,
)
from tests.optimizers.helpers import n

# The frameworks' own optimizers

START = [1.0, -2.0, 3e-6]
SCALE = [1.0, 1e-3, 1.0]


def descend_static(optimizer, dtype=tf.float64, steps=5, use_resource=True):
    """An optimizer, or a TF1 optimizer that is made in the graph, on a small quadratic: the variables after some
    steps."""
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.get_variable("w", initializer=tf.constant(START, dtype), use_resource=use_resource)
        loss = tf.reduce_sum(tf.constant(SCALE, dtype) * tf.square(w))
        own = static_tf.optimizers.build(optimizer) if isinstance(optimizer, Descent) else optimizer()
        step = own.minimize(loss)
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            session.run(step)
        variables = {v.op.name: v for v in tf.global_variables()}
        slots = static_tf.optimizers.slots(own, [w]) if isinstance(optimizer, Descent) else {}
        return session.run({**variables, **slots})


def descend_dynamic(optimizer, steps=5, prepare=lambda optimizer, w: None, after=lambda optimizer: None):
    """An optimizer, or a PyTorch optimizer that is made of the parameters, on the same: the variable after some
    steps."""
    w = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))
    if isinstance(optimizer, Descent):
        own = dynamic_torch.optimizers.build(optimizer, [("w", w)])
    else:
        own = optimizer([w])
        prepare(own, w)
    for _ in range(steps):
        loss = (torch.tensor(SCALE, dtype=torch.float64) * w.square()).sum()
        own.zero_grad()
        loss.backward()
        after(own)
        own.step()
    return w.detach().numpy()


TF1_OWN = {
    "GradientDescent": (GradientDescent(0.1), lambda: tf.train.GradientDescentOptimizer(n(0.1))),
    "Momentum": (Momentum(0.1), lambda: tf.train.MomentumOptimizer(n(0.1), n(0.9))),
    "Nesterov": (Nesterov(0.1), lambda: tf.train.MomentumOptimizer(n(0.1), n(0.9), use_nesterov=True)),
    "Adagrad": (Adagrad(0.1), lambda: tf.train.AdagradOptimizer(n(0.1))),
    "Adadelta": (Adadelta(), lambda: tf.train.AdadeltaOptimizer(n(1), n(0.95), n(1e-6))),
    "RMSProp": (RMSProp(0.1), lambda: tf.train.RMSPropOptimizer(n(0.1), n(0.9), n(0), n(1e-10))),
    "RMSProp, momentum": (
        RMSProp(0.1, momentum=0.8, decay=0.95),
        lambda: tf.train.RMSPropOptimizer(n(0.1), n(0.95), n(0.8), n(1e-10)),
    ),
    "RMSProp, centered": (
        RMSProp(0.1, centered=True),
        lambda: tf.train.RMSPropOptimizer(n(0.1), n(0.9), n(0), n(1e-10), centered=True),
    ),
}


@pytest.mark.parametrize(("optimizer", "own"), TF1_OWN.values(), ids=TF1_OWN)
def test_optimizers_are_tf1s_own_to_the_bit(optimizer, own):
    np.testing.assert_array_equal(descend_static(optimizer)["w"], descend_static(own)["w"])


def _slot_of_ones(optimizer, w):
    optimizer.state[w] = {key: torch.zeros_like(w) for key in ("momentum_buffer", "grad_avg")}
    optimizer.state[w] |= {"square_avg": torch.ones_like(w), "step": torch.zeros(())}


PYTORCHS_OWN = {
    "GradientDescent": (GradientDescent(0.1), lambda w: torch.optim.SGD(w, 0.1)),
    "Momentum": (Momentum(0.1), lambda w: torch.optim.SGD(w, 0.1, 0.9)),
    "Nesterov": (Nesterov(0.1), lambda w: torch.optim.SGD(w, 0.1, 0.9, nesterov=True)),
    "Adagrad": (Adagrad(0.1), lambda w: torch.optim.Adagrad(w, 0.1, initial_accumulator_value=0.1, eps=0)),
    "Adadelta": (Adadelta(), lambda w: torch.optim.Adadelta(w, 1, 0.95, 1e-6)),
    "Adam": (Adam(0.1), lambda w: torch.optim.Adam(w, 0.1)),
    "decay": (Momentum(0.1, weight_decay=0.3), lambda w: torch.optim.SGD(w, 0.1, 0.9, weight_decay=0.3)),
    "L2 in Adam": (Adam(0.1, weight_decay=0.3), lambda w: torch.optim.Adam(w, 0.1, weight_decay=0.3)),
    "L2 in RMSProp": (
        RMSProp(0.1, momentum=0.8, epsilon=0.0, weight_decay=0.3),
        lambda w: torch.optim.RMSprop(w, 0.1, 0.9, 0.0, 0.3, 0.8),
    ),
    "RMSProp, centered": (
        RMSProp(0.1, epsilon=0.0, centered=True),
        lambda w: torch.optim.RMSprop(w, 0.1, 0.9, 0.0, centered=True),
    ),
}


@pytest.mark.parametrize(("optimizer", "own"), PYTORCHS_OWN.values(), ids=PYTORCHS_OWN)
def test_optimizers_are_pytorchs_own(optimizer, own):
    """RMSProp's only while epsilon is 0, the rate constant, and the mean square begins with 1."""
    prepare = _slot_of_ones if isinstance(optimizer, RMSProp) else lambda optimizer, w: None
    np.testing.assert_allclose(
        descend_dynamic(optimizer), descend_dynamic(own, prepare=prepare), rtol=1e-14, atol=1e-22
    )


def test_l2_in_adam_is_not_adamw():
    l2 = descend_dynamic(Adam(0.1, weight_decay=0.3))
    decoupled = descend_dynamic(lambda w: torch.optim.AdamW(w, 0.1, weight_decay=0.3))
    assert np.abs(l2 - decoupled).max() > 1e-3


def test_decaying_rates_are_pytorchs_schedulers():
    for optimizer, scheduler in (
        (Momentum(0.1, schedule=Exponential(0.9)), lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9)),
        (
            Momentum(0.1, schedule=InverseTime(0.5)),
            lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + 0.5 * t)),
        ),
    ):
        schedulers = []

        def before_a_step(optimizer, scheduler=scheduler, schedulers=schedulers):
            if schedulers:
                schedulers[0].step()
            else:
                schedulers.append(scheduler(optimizer))

        own = descend_dynamic(lambda w: torch.optim.SGD(w, 0.1, 0.9), after=before_a_step)
        np.testing.assert_allclose(descend_dynamic(optimizer), own, rtol=1e-12)
        np.testing.assert_allclose(descend_static(optimizer)["w"], own, rtol=1e-12)


def test_a_clipped_norm_is_tf1s_and_pytorchs_up_to_its_millionth():
    def clip(optimizer):
        torch.nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], 0.5)

    optimizer = GradientDescent(0.1, clip_norm=0.5)
    own = descend_dynamic(lambda w: torch.optim.SGD(w, 0.1), after=clip)
    for ours in (descend_dynamic(optimizer), descend_static(optimizer)["w"]):
        np.testing.assert_allclose(ours, own, rtol=1e-6)
        assert np.abs(ours - own).max() > 1e-9


def test_the_two_reasons_why_adam_is_written_out():
    """TF1's kernel adds epsilon elsewhere, and loses beta2's digits in float32; PyTorch does neither."""

    def own():
        return tf.train.AdamOptimizer(n(0.1), n(0.9), n(0.999), n(1e-8))

    paper, tf1 = (descend_static(optimizer)["w"] for optimizer in (Adam(0.1), own))
    np.testing.assert_allclose(paper, descend_dynamic(lambda w: torch.optim.Adam(w, 0.1)), rtol=1e-12)
    assert abs(tf1[2] - paper[2]) > 1e-3  # epsilon counts where gradients are small

    exact, single = (descend_static(own, dtype)["w/Adam_1"] for dtype in (tf.float64, tf.float32))
    assert abs(single[0] / exact[0] - 1) > 5e-6
    exact, single = (descend_static(Adam(0.1), dtype)["w/v"] for dtype in (tf.float64, tf.float32))
    assert abs(single[0] / exact[0] - 1) < 5e-7
