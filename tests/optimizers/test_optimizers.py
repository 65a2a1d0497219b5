"""The optimizers: alike on both sides; and against their papers' formulas in NumPy, the frameworks' own optimizers
and SciPy's own BFGS."""

import json
from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import torch
from scipy.optimize import minimize, rosen, rosen_der
from typer.testing import CliRunner

import dynamic_torch.optimizers
import static_tf.optimizers
from benchmarks import pair, twin
from benchmarks.cli import app
from benchmarks.learning.learn import learn
from benchmarks.parity import passed, prove
from benchmarks.summary import learning_line, proof
from shared.bfgs import HostStep
from shared.errors import UsageError
from shared.optimizers import (
    BFGS,
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

SIDES = ("static", "dynamic")
NETS = {"shallow_classifier": {"hidden": 12}}  # a net, and what makes it small
DESCENTS = [name for name, optimizer in OPTIMIZERS.items() if isinstance(optimizer, Descent)]

SLOTS = {
    GradientDescent: [],
    Momentum: ["momentum"],
    Nesterov: ["momentum"],
    Adagrad: ["sum_of_squares"],
    Adadelta: ["mean_square", "mean_square_step"],
    RMSProp: ["mean_square", "momentum"],
    Adam: ["m", "v"],
}


def slots(optimizer):
    """The names of an optimizer's slots."""
    return SLOTS[type(optimizer)] + (["mean"] if getattr(optimizer, "centered", False) else [])


# Both sides alike


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_both_sides_move_alike(optimizer, net):
    rows = prove(net, dtypes=("float64",), optimizer=OPTIMIZERS[optimizer], **NETS[net])
    assert passed(rows), proof(rows)
    assert max(row["rel_norm"] for row in rows) <= 1e-12
    assert {row["optimizer"] for row in rows} == {str(OPTIMIZERS[optimizer])}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_slots_have_the_same_names_on_both_sides(optimizer):
    static, dynamic = pair("linear_regression", threads=1, optimizer=OPTIMIZERS[optimizer])
    with static, dynamic:
        states = [arm.state() for arm in (static, dynamic)]
        own = (
            {"optimizer/inverse_hessian"}
            if optimizer == "bfgs"
            else {"optimizer/step"} | {f"{name}/{slot}" for name in ("w", "b") for slot in slots(OPTIMIZERS[optimizer])}
        )
        for state in states:
            assert state.keys() == {"w", "b"} | own
        assert all(np.array_equal(states[0][name], states[1][name]) for name in own)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_state_is_all_that_a_rule_remembers(optimizer, side):
    """Put back into an earlier state, a twin goes the same way again: to the bit, the count of steps included."""
    with twin(side, "shallow_classifier", hidden=5, threads=1, observed=False, optimizer=OPTIMIZERS[optimizer]) as arm:
        batches = list(islice(arm.spec.batches(), 5))
        for batch in batches[:2]:
            arm.step(batch)
        early = arm.state()
        arm.step(batches[2])
        expected = arm.state()
        assert any(not np.array_equal(early[name], expected[name]) for name in early)
        for batch in batches[3:]:
            arm.step(batch)
        arm.load(early)
        arm.step(batches[2])
        for name, value in arm.state().items():
            np.testing.assert_array_equal(value, expected[name], err_msg=name)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_small_net_learns(optimizer):
    with twin("dynamic", "shallow_classifier", hidden=12, threads=1, optimizer=OPTIMIZERS[optimizer]) as arm:
        losses = [arm.step(batch) for batch in islice(arm.spec.batches(), 40 if optimizer == "bfgs" else 200)]
    assert losses[-1] < 0.9 * losses[0]
    assert np.all(np.isfinite(losses))


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
def test_rules_are_their_papers(chosen, side):
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
        assert state["optimizer/step"] == t + 1
    assert clips == {"clipped_values": {True}, "tightly_clipped": {True, False}}.get(chosen, {False})


@pytest.mark.parametrize("side", SIDES)
def test_a_models_own_rule_is_its_paper(side):
    """With layouts, sparse gradients and two players."""
    for model, prefix in (("batch_norm_net", "optimizer"), ("lstm", "optimizer"), ("gan", "generator")):
        with twin(side, model, size="proof", threads=1, optimized=False) as arm:
            optimizer, batch, start = arm.spec.config.optimizer, next(arm.spec.batches()), arm.state()
            g = arm.gradients(batch)
            arm.step(batch)
            end = arm.state()
        assert end[f"{prefix}/step"] == 1
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


# The frameworks' own optimizers

START = [1.0, -2.0, 3e-6]
SCALE = [1.0, 1e-3, 1.0]


def descend_static(optimizer, dtype=tf.float64, steps=5):
    """An optimizer, or a TF1 optimizer that is made in the graph, on a small quadratic: the variables after some
    steps."""
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.get_variable("w", initializer=tf.constant(START, dtype), use_resource=True)
        loss = tf.reduce_sum(tf.constant(SCALE, dtype) * tf.square(w))
        ruled = isinstance(optimizer, Descent)
        step = (static_tf.optimizers.build(optimizer, {"w": w}) if ruled else optimizer()).minimize(loss)
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            session.run(step)
        return {v.op.name: x for v, x in zip(tf.global_variables(), session.run(tf.global_variables()))}


def descend_dynamic(optimizer, steps=5, prepare=lambda optimizer, w: None, after=lambda optimizer: None):
    """An optimizer, or a PyTorch optimizer that is made of the parameters, on the same: the variable after some
    steps."""
    w = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))
    if isinstance(optimizer, Descent):
        optimizer = dynamic_torch.optimizers.build(optimizer, {"w": w})
        optimizer.reset()
    else:
        own = optimizer([w])
        prepare(own, w)
    for _ in range(steps):
        loss = (torch.tensor(SCALE, dtype=torch.float64) * w.square()).sum()
        if isinstance(optimizer, Descent):
            optimizer.minimize(loss)
        else:
            own.zero_grad()
            loss.backward()
            after(own)
            own.step()
    return w.detach().numpy()


n = np.float64  # else TF1 rounds it to float32

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
def test_rules_are_tf1s_own_to_the_bit(optimizer, own):
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
def test_rules_are_pytorchs_own(optimizer, own):
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


# BFGS


def rosenbrock(values):
    x = np.concatenate([values["a"], values["b"]])
    return rosen(x), {"a": rosen_der(x)[:2], "b": rosen_der(x)[2:]}


def test_one_step_is_scipys_first_iteration_to_the_bit():
    start = np.array([-1.2, 1.0, 0.7])
    state = {"a": start[:2], "b": start[2:], "h": np.eye(3), "other": np.ones(7)}
    found = HostStep(BFGS(), ["b", "a"], "h").take(rosenbrock, state)
    own = minimize(rosen, start, jac=rosen_der, method="BFGS", options={"maxiter": 1})
    assert found.keys() == {"a", "b", "h"}
    np.testing.assert_array_equal(np.concatenate([found["a"], found["b"]]), own.x)
    np.testing.assert_array_equal(found["h"], own.hess_inv)


def test_step_by_step_it_reaches_the_minimum_that_scipy_reaches_in_one_go():
    start = np.array([-1.2, 1.0, 0.7])
    own = minimize(rosen, start, jac=rosen_der, method="BFGS")
    step, state = HostStep(BFGS(), ["a", "b"], "h"), {"a": start[:2], "b": start[2:], "h": np.eye(3)}
    for _ in range(2 * own.nit):
        state = step.take(rosenbrock, state)
    x = np.concatenate([state["a"], state["b"]])
    np.testing.assert_allclose(x, np.ones(3), atol=1e-5)
    np.testing.assert_allclose(x, own.x, atol=2e-5)
    again = step.take(rosenbrock, state)  # its gradient is below the tolerance: nothing moves
    assert all(np.array_equal(again[name], state[name]) for name in ("a", "b"))


@pytest.mark.parametrize("side", SIDES)
def test_bfgs_finds_the_least_squares(side):
    with twin(side, "linear_regression", threads=1, optimizer=BFGS(1e-8)) as arm:
        batch, start = next(arm.spec.batches()), arm.state()
        losses = [arm.step(batch) for _ in range(30)]
        found = arm.state()
        score = arm.spec.score(arm.predict(batch), batch, found)
    design = np.hstack([batch["x"], np.ones_like(batch["y"])]).astype(np.float64)

    def mean_square(v):
        error = design @ v - batch["y"][:, 0]
        return np.mean(error**2), 2 * design.T @ error / len(error)

    v = np.concatenate([start["w"][:, 0], start["b"]])
    own = minimize(mean_square, v, jac=True, method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(np.concatenate([found["w"][:, 0], found["b"]]), own.x, atol=1e-7)
    assert score["distance_to_least_squares"] < 1e-7
    assert all(after <= before for before, after in pairwise(losses))


@pytest.mark.parametrize("side", SIDES)
def test_running_averages_move_once_however_often_the_loss_is_asked_for(side):
    found = [
        run(side, "batch_norm_net", 1, size="proof", optimizer=optimizer)[1][1]
        for optimizer in (BFGS(), Momentum(0.02))
    ]
    for name in ("norm1/moving_mean", "norm2/moving_variance"):
        np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-13)
    assert not np.allclose(found[0]["kernel1"], found[1]["kernel1"])


@pytest.mark.parametrize("side", SIDES)
def test_in_float32_the_search_is_in_float64_and_the_parameters_are_float32(side):
    single, double = (run(side, "shallow_classifier", 2, hidden=5, dtype=d, optimizer=BFGS())[1][-1] for d in DTYPES)
    assert single["optimizer/inverse_hessian"].dtype == np.float64
    assert single["w1"].dtype == np.float32
    np.testing.assert_allclose(single["w1"], double["w1"], rtol=1e-3)


DTYPES = ("float32", "float64")


# Any model, any optimizer


@pytest.mark.parametrize("side", SIDES)
def test_each_player_has_a_rule_of_its_own(side):
    with twin(side, "gan", size="proof", threads=1, optimizer=RMSProp(0.01)) as arm:
        arm.step(next(arm.spec.batches()))
        state = arm.state()
    assert {"generator/step", "discriminator/step", "generator/w1/mean_square"} <= state.keys()
    assert not any(name.endswith("/m") for name in state)


@pytest.mark.parametrize("side", SIDES)
def test_a_model_that_writes_its_update_out_keeps_it_unless_asked(side):
    with twin(side, "linear_regression", threads=1) as arm:
        assert arm.state().keys() == {"w", "b"}
        assert arm.optimizers == []
    plain, ruled = (
        run(side, "linear_regression", 3, **optimizer)[1][-1] for optimizer in ({}, {"optimizer": GradientDescent(0.1)})
    )
    np.testing.assert_allclose(ruled["w"], plain["w"], rtol=1e-13)


def test_what_is_no_rule_is_refused():
    for optimizer in (Adam, 0.1):
        with pytest.raises(UsageError, match="is no optimizer: give its settings"):
            pair("linear_regression", optimizer=optimizer)


def test_another_rule_is_named_and_not_judged():
    rows, _ = learn("linear_regression", steps=30, optimizer=BFGS(1e-7))
    assert {row["optimizer"] for row in rows} == {"BFGS(tolerance=1e-07)"}
    assert {row["verdict"] for row in rows} == {None}
    assert "linear_regression     plain, BFGS" in learning_line(rows)
    (distance,) = (r["value"] for r in rows if r["side"] == "static" and r["name"] == "distance_to_least_squares")
    assert distance < 1e-6  # 30 steps, where descent takes 10000
    full, _ = learn("computational_graph", optimizer=OPTIMIZERS["adam"])
    assert {row["verdict"] for row in full} == {None}


def test_rules_on_the_command_line(tmp_path):
    file = tmp_path / "p.json"
    result = CliRunner().invoke(app, ["parity", "computational_graph", "--optimizer", "nesterov", "--json", str(file)])
    assert result.exit_code == 0, result.output
    assert "plain, Nesterov  " in result.output
    optimizers = {row["optimizer"] for row in json.loads(file.read_text())["rows"]}
    assert optimizers == {str(OPTIMIZERS["nesterov"])}
    result = CliRunner().invoke(app, ["train", "computational_graph", "--optimizer", "adam", "--steps", "3"])
    assert result.exit_code == 0
    assert "plain, Adam" in result.output
