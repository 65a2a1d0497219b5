"""Model-agnostic meta-learning against torch.func, finite differences, and gradients written out."""

import numpy as np
import pytest
import torch
from torch.func import grad, vmap

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.beyond.maml import WEIGHTS
from shared.catalog import find
from tests.helpers import SMALL
from tests.models.pins import FEW, edge_cases, sums


def _net(w, x):
    return torch.tanh(torch.tanh(x @ w["w1"] + w["b1"]) @ w["w2"] + w["b2"]) @ w["w3"] + w["b3"]


def _error(w, x, y):
    return ((_net(w, x) - y) ** 2).mean()


def _loss(w, batch, config):
    """The loss by functions of functions: a step's gradient inside of what is differentiated, task by task."""

    def after_adaptation(x_support, y_support, x_query, y_query):
        adapted = w
        for _ in range(config.inner_steps):
            steps = grad(_error)(adapted, x_support, y_support)
            steps = {n: g.detach() for n, g in steps.items()} if config.first_order else steps
            adapted = {n: value - config.rate * steps[n] for n, value in adapted.items()}
        return _error(adapted, x_query, y_query)

    names = ("x_support", "y_support", "x_query", "y_query")
    return vmap(after_adaptation)(*(torch.tensor(batch[name], dtype=torch.float64) for name in names)).mean()


@pytest.mark.parametrize("changes", [{}, {"first_order": True}, {"inner_steps": 0}, {"inner_steps": 3}], ids=str)
@pytest.mark.parametrize("side", SIDES)
def test_the_gradient_through_the_inner_step_is_that_of_nested_functions(side, changes):
    with twin(side, "maml", **SMALL, **changes) as arm:
        batch = next(arm.spec.batches())
        w = {name: torch.tensor(value) for name, value in arm.state().items() if name in WEIGHTS}
        assert arm.loss(batch) == pytest.approx(float(_loss(w, batch, arm.spec.config)), rel=1e-12)
        expected, found = grad(_loss)(w, batch, arm.spec.config), arm.gradients(batch)
        for name in WEIGHTS:
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-10, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("side", SIDES)
def test_only_the_gradient_of_second_order_is_the_slope_of_the_loss(side):
    """By central differences in float64, along a direction of all weights."""
    slopes = {}
    for first_order in (False, True):
        with twin(side, "maml", **SMALL, first_order=first_order) as arm:
            batch, state = next(arm.spec.batches()), arm.state()
            gradients, random = arm.gradients(batch), np.random.default_rng(1)
            direction = {name: random.standard_normal(state[name].shape) for name in WEIGHTS}
            along = sum(float(np.sum(gradients[name] * direction[name])) for name in WEIGHTS)
            ends = []
            for sign in (1, -1):
                arm.load(state | {name: state[name] + sign * 1e-6 * direction[name] for name in WEIGHTS})
                ends.append(arm.loss(batch))
            slopes[first_order] = along, (ends[0] - ends[1]) / 2e-6
    assert slopes[False][0] == pytest.approx(slopes[False][1], rel=1e-7)
    assert slopes[True][1] == pytest.approx(slopes[False][1], rel=1e-9)  # the same loss
    assert abs(slopes[True][0] - slopes[True][1]) > 0.01 * abs(slopes[True][1])


@pytest.mark.parametrize("side", SIDES)
def test_a_task_is_adapted_to_its_own_points_only(side):
    """Other support points of one task change what is said of its query points, and nothing else."""
    with twin(side, "maml", **SMALL) as arm:
        batch = next(arm.spec.batches())
        before = arm.predict(batch)
        other = batch["y_support"].copy()
        other[1] += 1
        moved = np.abs(arm.predict(batch | {"y_support": other}) - before).max((1, 2))
        assert (moved > 0).tolist() == [False, True, False]


@pytest.mark.parametrize("side", SIDES)
def test_the_score_adapts_as_the_twin_does(side):
    """Its gradients are written out by hand: after one step its error is that of the twin's output."""
    with twin(side, "maml", inner_steps=1, **SMALL) as arm:
        batch, state = next(arm.spec.batches()), arm.state()
        found = arm.spec.score(arm.predict(batch), batch, state)
        assert found["error_after_1"] == pytest.approx(arm.loss(batch), rel=1e-12)
        arm.load(state | {name: 0 * state[name] for name in WEIGHTS})
        nothing = arm.spec.score(arm.predict(batch), batch, arm.state())
        assert nothing["error_after_0"] == pytest.approx(float(np.mean(np.square(batch["y_query"]))))


def test_the_tasks_are_sinusoids():
    """A least-squares fit of sine and cosine leaves nothing, and finds amplitudes and phases in their ranges."""
    batch = find("maml").spec().held_out()
    x, y = (np.concatenate([batch[f"{n}_support"], batch[f"{n}_query"]], 1)[..., 0].astype(float) for n in "xy")
    assert np.abs(x).max() <= 5
    fits = [np.linalg.lstsq(np.stack([np.sin(a), np.cos(a)], 1), b, rcond=None) for a, b in zip(x, y)]
    assert max(np.sqrt(float(left[0])) for _, left, *_ in fits) < 1e-4
    amplitude = np.array([np.hypot(*fit[0]) for fit in fits])
    phase = np.array([np.arctan2(-fit[0][1], fit[0][0]) for fit in fits])
    assert 0.1 <= amplitude.min() < 0.3 < 4.7 < amplitude.max() <= 5
    assert -1e-4 <= phase.min() < 0.2 < 2.9 < phase.max() <= np.pi + 1e-4


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("maml") == pytest.approx((274.805368, 2049.712554), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("maml") == [*FEW, "zeros", "tiny"]
