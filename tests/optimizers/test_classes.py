"""The class of each optimizer on either side, whose it is, and how far apart both sides are after 20 steps."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import torch

import dynamic_torch.optimizers
import static_tf.optimizers
from shared.basics.computational_graph import ComputationalGraph as Spec
from shared.optimizers import BFGS, Adadelta, Adagrad, Adam, GradientDescent, Momentum, Nesterov, RMSProp
from static_tf.basics.computational_graph import ComputationalGraph
from static_tf.training import train

START, SCALE = [1.0, -2.0, 3e-3], [1.0, 1e-1, 1.0]  # of a quadratic bowl

# Settings -> the classes that run them; what has "tensorflow" or "torch" before it is the framework's
CLASSES = {
    GradientDescent(0.1): ("tensorflow GradientDescentOptimizer", "torch SGD"),
    Momentum(0.1): ("tensorflow MomentumOptimizer", "torch SGD"),
    Nesterov(0.1): ("tensorflow MomentumOptimizer", "torch SGD"),
    Adagrad(0.1): ("tensorflow AdagradOptimizer", "torch Adagrad"),
    Adadelta(): ("tensorflow AdadeltaOptimizer", "torch Adadelta"),
    RMSProp(0.01): ("tensorflow RMSPropOptimizer", "dynamic_torch RMSProp"),
    Adam(0.01): ("static_tf Adam", "torch Adam"),
    BFGS(): ("static_tf BFGS", "dynamic_torch BFGS"),
}


def title(optimizer):
    """Whose an optimizer is, and the name of its class."""
    kind = type(optimizer)
    return f"{kind.__module__.partition('.')[0]} {kind.__name__}"


def static(config, steps=20, use_resource=True):
    """The optimizer, and where it leads to."""
    with tf.Graph().as_default(), tf.Session() as session:
        start = tf.constant(START, tf.float64)
        w = tf.get_variable("w", initializer=start, use_resource=use_resource)
        loss = tf.reduce_sum(tf.constant(SCALE, tf.float64) * tf.square(w))
        optimizer = static_tf.optimizers.build(config)
        step = optimizer.minimize(loss)
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            step.run(session) if isinstance(step, static_tf.optimizers.HostStep) else session.run(step)
        return optimizer, session.run(w)


def dynamic(config, steps=20):
    """The same on the other side, with the closure that torch.optim.LBFGS would be given too."""
    w = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))
    optimizer = dynamic_torch.optimizers.build(config, [("w", w)])

    def closure():
        optimizer.zero_grad()
        loss = (torch.tensor(SCALE, dtype=torch.float64) * w.square()).sum()
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
    return optimizer, w.detach().numpy()


def table():
    """A line for each optimizer: its name, both classes, and the distance between both sides after 20 steps."""
    found = []
    for config in CLASSES:
        (one, x), (other, y) = static(config), dynamic(config)
        found.append((type(config).__name__, title(one), title(other), float(np.abs(x - y).max())))
    return found


@pytest.mark.parametrize("config", CLASSES, ids=lambda config: type(config).__name__)
def test_the_classes_are_these_and_lead_to_the_same(config):
    (one, x), (other, y) = static(config), dynamic(config)
    assert (title(one), title(other)) == CLASSES[config]
    assert isinstance(one, tf.train.Optimizer)
    assert isinstance(other, torch.optim.Optimizer)
    np.testing.assert_allclose(x, y, rtol=0, atol=1e-12)
    assert np.abs(x - START).max() > 1e-3
    np.testing.assert_allclose(static(config, use_resource=False)[1], x, rtol=1e-14)  # TF1's older variables


def test_the_classes_can_be_used_alone():
    w = torch.nn.Parameter(torch.tensor(START))
    optimizer = dynamic_torch.optimizers.RMSProp([w], lr=0.01)
    (w.square().sum()).backward()
    optimizer.step()
    expected = np.float32(START) - 0.01 * 2 * np.float32(START) / np.sqrt(0.9 + 0.1 * (2 * np.float32(START)) ** 2)
    np.testing.assert_allclose(w.detach().numpy(), expected, rtol=1e-6)
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.get_variable("v", initializer=tf.constant(START))
        step = static_tf.optimizers.Adam(1e-3).minimize(tf.reduce_sum(tf.square(v)))
        session.run(tf.global_variables_initializer())
        session.run(step)
        np.testing.assert_allclose(session.run(v), np.float32(START) - 1e-3 * np.sign(START), rtol=1e-5)


def test_a_look_ups_gradient_moves_every_row_in_adam():
    """The paper's formula moves what was not looked up too, by its velocity."""
    with tf.Graph().as_default(), tf.Session() as session:
        table, row = tf.get_variable("table", initializer=np.ones((3, 2))), tf.placeholder(tf.int64, (None,))
        step = static_tf.optimizers.Adam(0.1).minimize(tf.reduce_sum(tf.gather(table, row)))
        session.run(tf.global_variables_initializer())
        session.run(step, {row: [0, 0]})
        before = session.run(table)
        session.run(step, {row: [1]})
        after = session.run(table)
    w = torch.nn.Parameter(torch.ones(3, 2, dtype=torch.float64))
    adam = torch.optim.Adam([w], 0.1)
    for rows in ([0, 0], [1]):
        adam.zero_grad()
        w[rows].sum().backward()
        adam.step()
    np.testing.assert_allclose(after, w.detach().numpy(), rtol=1e-14)
    assert np.all(after[0] < before[0])
    assert np.all(after[2] == 1)


def test_nothing_moves_before_all_is_read():
    """A graph runs its operations in any order that their inputs allow, on several threads: each step must still be
    that of Python's order."""
    spec = Spec(optimizer=GradientDescent(1e-3))
    losses = train(ComputationalGraph, spec.config, spec.initial(), [{}] * 500)
    a, b, expected = np.float32(2), np.float32(1), []
    for _ in range(500):
        c, d = a + b, b + np.float32(1)
        expected.append(c * d)
        a, b = a - np.float32(1e-3) * d, b - np.float32(1e-3) * (d + c)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


if __name__ == "__main__":
    for line in table():
        print("{:<16} {:<36} {:<22} {:.1e}".format(*line))
