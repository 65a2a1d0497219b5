"""The restricted Boltzmann machine against formulas, scikit-learn and the enumeration of all states."""

import numpy as np
import pytest
from scipy.special import expit, logsumexp
from sklearn.neural_network import BernoulliRBM

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.deep.rbm import RBM, log_partition
from shared.optimizers import Momentum
from shared.randomness import generator
from tests.helpers import SMALL
from tests.models.pins import FEW, edge_cases, sums

TINY = {"visible": 6, "hidden": 4, "spread": 0.7}


# The restricted Boltzmann machine


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("variant", CATALOG["rbm"].variants)
def test_a_chain_goes_from_visible_to_hidden_units_and_back(side, variant):
    """From the data, or from where it was left; the same chains again if nothing is persistent."""
    with twin(side, "rbm", variant=variant, **SMALL) as arm:
        for batch in (*two(arm.spec.batches()), arm.spec.edge_cases()["batch of 2"]):
            before, taps = arm.state(), arm.forward(batch)
            w, a, b = (before[name] for name in "wab")
            persistent = arm.spec.config.persistent
            v = before["chains"][: len(batch["x"])] if persistent else batch["x"].astype(np.float64)
            for t in range(arm.spec.config.steps):
                p = expit(v @ w + b)
                h = (batch["u_h"][:, t] < p).astype(float)
                np.testing.assert_allclose(taps[f"p_h{t + 1}"], p, rtol=1e-12)
                np.testing.assert_array_equal(taps[f"h{t + 1}"], h)
                p = expit(h @ w.T + a)
                v = (batch["u_v"][:, t] < p).astype(float)
                np.testing.assert_allclose(taps[f"p_v{t + 1}"], p, rtol=1e-12)
                np.testing.assert_array_equal(taps[f"v{t + 1}"], v)
            arm.step(batch)
            assert ("chains" in before) == persistent
            if persistent:
                chains = arm.state()["chains"]
                np.testing.assert_array_equal(chains[: len(v)], v)
                np.testing.assert_array_equal(chains[len(v) :], before["chains"][len(v) :])


def two(batches):
    return next(batches), next(batches)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("variant", CATALOG["rbm"].variants)
def test_the_gradient_is_what_goes_together_in_the_model_less_what_does_in_the_data(side, variant):
    """<v h>_model - <v h>_data (Hinton 2002, equation 5), though it is had from free energies."""
    with twin(side, "rbm", variant=variant, **SMALL) as arm:
        batch, state = next(arm.spec.batches()), arm.state()
        taps, found = arm.forward(batch), arm.gradients(batch)
        x, v = batch["x"].astype(np.float64), taps["p_v2" if arm.spec.config.means else "v2"]
        h_x, h_v = (expit(visible @ state["w"] + state["b"]) for visible in (x, v))
        n = len(x)
        np.testing.assert_allclose(found["w"], (v.T @ h_v - x.T @ h_x) / n, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(found["a"], (v - x).mean(0), rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(found["b"], (h_v - h_x).mean(0), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("side", SIDES)
def test_free_energy_and_hidden_units_are_scikit_learns(side):
    with twin(side, "rbm", **SMALL) as arm:
        batch, state = next(arm.spec.batches()), arm.state()
        machine = BernoulliRBM(arm.spec.config.hidden)
        machine.components_ = state["w"].T
        machine.intercept_hidden_, machine.intercept_visible_ = state["b"] + 0.3, state["a"] - 0.2
        arm.load({**state, "a": state["a"] - 0.2, "b": state["b"] + 0.3})
        taps, x = arm.forward(batch), batch["x"].astype(np.float64)
        np.testing.assert_allclose(taps["f_x"], machine._free_energy(x), rtol=1e-12)
        np.testing.assert_allclose(taps["f_v"], machine._free_energy(taps["v2"]), rtol=1e-12)
        np.testing.assert_allclose(taps["h"], machine.transform(x), rtol=1e-12)
        assert arm.loss(batch) == pytest.approx(np.mean(taps["f_x"]) - np.mean(taps["f_v"]), rel=1e-12)


def states(units):
    """All of them, one a row."""
    return (np.arange(2**units)[:, None] >> np.arange(units) & 1).astype(np.float64)


def exact(state, x):
    """By going through every state of a tiny machine: the mean log-likelihood of x, and its gradient by w."""
    w, a, b = (np.asarray(state[name], np.float64) for name in "wab")
    v, h = states(len(a)), states(len(b))
    energy = -(v @ a)[:, None] - (h @ b)[None] - v @ w @ h.T  # (2^V, 2^H)
    log_z = logsumexp(-energy)
    p = np.exp(-energy - log_z)
    shown = -(x @ a)[:, None] - (h @ b)[None] - x @ w @ h.T
    log_likelihood = np.mean(logsumexp(-shown, axis=1)) - log_z
    given_x = np.exp(-shown - logsumexp(-shown, axis=1, keepdims=True))
    return log_likelihood, x.T @ given_x @ h / len(x) - v.T @ p @ h


def test_the_likelihood_is_that_of_all_states():
    spec = RBM(**TINY)
    state = {**spec.initial(), "a": np.linspace(-1, 1, 6), "b": np.linspace(1, -0.5, 4)}
    w, a, b = (state[name] for name in "wab")
    v, h = states(6), states(4)
    assert log_partition(w, a, b) == pytest.approx(logsumexp((v @ a)[:, None] + h @ b + v @ w @ h.T), rel=1e-12)
    with pytest.raises(ValueError, match="30 hidden units"):
        log_partition(np.zeros((6, 30)), a, np.zeros(30))


def patterns(rows):
    """What a tiny machine is to learn: two halves that show the same three pixels, of a few kinds."""
    half = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 0]], np.float32)
    return np.tile(half[generator("patterns").integers(0, 3, rows)], 2)


@pytest.mark.parametrize("side", SIDES)
def test_long_chains_give_the_gradient_of_the_likelihood(side):
    """And short ones from the data point up hill, which is why contrastive divergence works."""
    rows = 4000
    for steps, cosine in ((1, 0.5), (30, 0.98)):
        with twin(side, "rbm", batch=rows, steps=steps, threads=1, **TINY) as arm:
            (batch,) = (batch for batch, _ in zip(arm.spec.batches_of(patterns(rows)), range(1)))
            _, up = exact(arm.state(), batch["x"].astype(np.float64))
            found = -arm.gradients(batch)["w"]
            assert np.sum(found * up) / np.linalg.norm(found) / np.linalg.norm(up) > cosine
            if steps > 1:
                np.testing.assert_allclose(found, up, atol=5 * 0.5 / np.sqrt(rows))  # five deviations of a mean


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("persistent", [False, True])
def test_a_tiny_machine_becomes_nearly_as_likely_as_can_be(side, persistent):
    """Three patterns: no machine gives them more than the share that each has. Pixels that know nothing of each other
    come to a third of its logarithm."""
    options = {
        **TINY,
        "batch": 60,
        "persistent": persistent,
        "steps": 5,
        "spread": 0.01,
        "optimizer": Momentum(0.15, 0.5),
    }
    with twin(side, "rbm", threads=1, observed=False, **options) as arm:
        data = patterns(60)
        start, _ = exact(arm.state(), data)
        assert start == pytest.approx(-6 * np.log(2), abs=0.01)
        for _, batch in zip(range(600), arm.spec.batches_of(data)):
            arm.step(batch)
        end, _ = exact(arm.state(), data)
        best = np.mean([np.log(np.mean(np.all(data == row, axis=1))) for row in data])
        share = data.mean(0)
        alone = np.sum(share * np.log(share) + (1 - share) * np.log(1 - share))
        assert best == pytest.approx(-1.1, abs=0.05)
        assert alone == pytest.approx(-3.7, abs=0.2)
        assert best - 0.5 < end <= best


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("variant", CATALOG["rbm"].variants)
def test_in_the_proof_float32_samples_the_units_that_float64_does(side, variant):
    """Where a probability and its uniform number are a rounding apart it need not, and the two would differ by a unit:
    a difference as large as any, of the same function. So it is once in ten million units; the proof has few thousand.
    """
    arms = [twin(side, "rbm", dtype, variant=variant, **SMALL) for dtype in ("float64", "float32")]
    with arms[0], arms[1]:
        units = [f"{kind}{t + 1}" for t in range(arms[0].spec.config.steps) for kind in "hv"]
        hard = list(arms[0].spec.edge_cases().values())
        for batch in [*hard, *(batch for batch, _ in zip(arms[0].spec.batches(), range(21)))]:
            exact, single = (arm.forward(batch) for arm in arms)
            for name in units:
                np.testing.assert_array_equal(single[name], exact[name])
            for arm in arms:
                arm.step(batch)


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("rbm") == pytest.approx((8.145339084, 3910.809650), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("rbm") == [*FEW, "zeros", "tiny", "ones", "ties"]
