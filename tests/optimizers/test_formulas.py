"""The optimizers against their papers' formulas, in NumPy."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from benchmarks import twin
from shared.optimizers import (
    OPTIMIZERS,
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
from tests.helpers import SMALL
from tests.optimizers.helpers import SIDES, counts, slots

DESCENTS = [name for name, optimizer in OPTIMIZERS.items() if isinstance(optimizer, Descent)]


# The papers' formulas, in NumPy


def rate(optimizer, t):
    """The learning rate of step t = 0, 1, ..."""
    match optimizer.schedule:
        case None:
            return optimizer.learning_rate
        case Exponential(factor):
            return optimizer.learning_rate * factor**t
        case InverseTime(factor):
            return optimizer.learning_rate / (1 + factor * t)


def shaped(optimizer, w, gradients):
    """The gradients, clipped, and decay added; and whether something was clipped."""
    found, clipped = dict(gradients), False
    if optimizer.clip_value is not None:
        clipped = any(np.abs(g).max() > optimizer.clip_value for g in found.values())
        found = {name: np.clip(g, -optimizer.clip_value, optimizer.clip_value) for name, g in found.items()}
    if optimizer.clip_norm is not None:
        norm = np.sqrt(sum(np.sum(g**2) for g in found.values()))
        clipped = norm > optimizer.clip_norm
        found = {
            name: g * (optimizer.clip_norm / norm if norm > optimizer.clip_norm else 1) for name, g in found.items()
        }
    return {name: g + optimizer.weight_decay * w[name] for name, g in found.items()}, clipped


def gradient_descent(optimizer, lr, w, g, t, _):
    return w - lr * g, ()


def momentum(optimizer, lr, w, g, t, kept):
    v = optimizer.momentum * kept[0] + g
    return w - lr * v, (v,)


def nesterov(optimizer, lr, w, g, t, kept):
    v = optimizer.momentum * kept[0] + g
    return w - lr * (g + optimizer.momentum * v), (v,)


def adagrad(optimizer, lr, w, g, t, kept):
    total = (kept[0] if t else 0.1) + g**2
    return w - lr * g / np.sqrt(total), (total,)


def adadelta(optimizer, lr, w, g, t, kept):
    rho, epsilon = 0.95, optimizer.epsilon
    square = rho * kept[0] + (1 - rho) * g**2
    step = -np.sqrt(kept[1] + epsilon) / np.sqrt(square + epsilon) * g
    return w + step, (square, rho * kept[1] + (1 - rho) * step**2)


def rmsprop(optimizer, lr, w, g, t, kept):
    d = optimizer.decay
    n = d * (kept[0] if t else 1.0) + (1 - d) * g**2
    mean = d * kept[2] + (1 - d) * g if optimizer.centered else 0.0
    delta = optimizer.momentum * kept[1] - lr * g / np.sqrt(n - mean**2 + optimizer.epsilon)  # Graves: w = w + delta
    return w + delta, (n, delta, mean)


def adam(optimizer, lr, w, g, t, kept):
    b1, b2 = optimizer.beta1, optimizer.beta2
    m, v = b1 * kept[0] + (1 - b1) * g, b2 * kept[1] + (1 - b2) * g**2
    m_, v_ = m / (1 - b1 ** (t + 1)), v / (1 - b2 ** (t + 1))
    return w - lr * m_ / (np.sqrt(v_) + optimizer.epsilon), (m, v)


FORMULAS = {
    GradientDescent: gradient_descent,
    Momentum: momentum,
    Nesterov: nesterov,
    Adagrad: adagrad,
    Adadelta: adadelta,
    RMSProp: rmsprop,
    Adam: adam,
}


def run(side, model, steps, **options):
    """The gradients of each step, and every state."""
    with twin(side, model, threads=1, optimized=False, **options) as arm:
        states, gradients = [arm.state()], []
        for batch in islice(arm.spec.batches(), steps):
            gradients.append(arm.gradients(batch))
            arm.step(batch)
            states.append(arm.state())
        return gradients, states


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("chosen", [*DESCENTS, "tightly_clipped"])
def test_optimizers_are_their_papers(chosen, side):
    optimizer = {**OPTIMIZERS, "tightly_clipped": Momentum(0.05, clip_norm=0.5)}[chosen]
    gradients, states = run(side, "shallow_classifier", 6, hidden=7, optimizer=optimizer)
    w = {key: states[0][key] for key in gradients[0]}
    kept = {key: [np.zeros_like(value)] * 3 for key, value in w.items()}
    clips = set()
    for t, (step, state) in enumerate(zip(gradients, states[1:])):
        g, clipped = shaped(optimizer, w, step)
        clips.add(clipped)
        for key in w:
            w[key], kept[key] = FORMULAS[type(optimizer)](optimizer, rate(optimizer, t), w[key], g[key], t, kept[key])
            expected = dict(zip([key, *(f"{key}/{slot}" for slot in slots(optimizer))], [w[key], *kept[key]]))
            for slot, value in expected.items():
                sign = -1 if isinstance(optimizer, RMSProp) and slot.endswith("/momentum") else 1
                np.testing.assert_allclose(sign * state[slot], value, rtol=1e-9, atol=1e-15, err_msg=slot)
        assert state.get("optimizer/step", t + 1) == t + 1
        assert ("optimizer/step" in state) == counts(optimizer)
    assert clips == {"clipped_values": {True}, "tightly_clipped": {True, False}}.get(chosen, {False})


@pytest.mark.parametrize("side", SIDES)
def test_a_models_own_optimizer_is_its_paper(side):
    """With layouts, sparse gradients and two players."""
    for model, prefix in (("batch_norm_net", "optimizer"), ("lstm", "optimizer"), ("gan", "generator")):
        with twin(side, model, **SMALL) as arm:
            optimizer, batch, start = arm.spec.config.optimizer, next(arm.spec.batches()), arm.state()
            g = arm.gradients(batch)
            arm.step(batch)
            end = arm.state()
        assert end.get(f"{prefix}/step") == (1 if counts(optimizer) else None)
        for key in g if model != "gan" else (key for key in g if key.startswith("discriminator/")):
            zeros = [np.zeros_like(start[key])] * 2
            w, kept = FORMULAS[type(optimizer)](optimizer, optimizer.learning_rate, start[key], g[key], 0, zeros)
            np.testing.assert_allclose(end[key], w, rtol=1e-9, atol=1e-13, err_msg=key)
            for slot, value in zip(slots(optimizer), kept):
                np.testing.assert_allclose(end[f"{key}/{slot}"], value, rtol=1e-9, atol=1e-15, err_msg=slot)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("changes", [{"clip_value": 1e6}, {"clip_norm": 1e6}, {"weight_decay": 0.0}], ids=str)
def test_what_is_small_enough_is_not_clipped(changes, side):
    plain, other = (run(side, "linear_regression", 3, optimizer=Momentum(0.1, **more))[1][-1] for more in ({}, changes))
    for name in plain:
        np.testing.assert_allclose(other[name], plain[name], rtol=1e-14)


@pytest.mark.parametrize("side", SIDES)
def test_a_falling_rate_shortens_the_whole_velocity_at_once(side):
    """Momentum has the learning rate outside of its velocity, RMSProp inside."""
    for optimizer, outside in ((Momentum(0.1), True), (RMSProp(0.1, momentum=0.9), False)):
        _, plain = run(side, "linear_regression", 2, optimizer=optimizer)
        _, falling = run(side, "linear_regression", 2, optimizer=replace(optimizer, schedule=Exponential(0.01)))
        before, after = plain[1], falling[2]
        np.testing.assert_allclose(falling[1]["w"], before["w"], rtol=1e-12)
        moved = np.linalg.norm(after["w"] - before["w"]) / np.linalg.norm(plain[2]["w"] - before["w"])
        assert (moved < 0.02) == outside
        assert np.array_equal(after["w/momentum"], plain[2]["w/momentum"]) == outside
