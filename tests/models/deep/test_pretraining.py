"""Autoencoders, Boltzmann machines and what they are a start for, against formulas, scikit-learn and enumeration."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, log_expit, logsumexp
from sklearn.decomposition import PCA
from sklearn.neural_network import BernoulliRBM

from benchmarks import twin
from benchmarks.cache import fingerprint
from benchmarks.learning import learn
from benchmarks.learning.pretrain import LAYERS, pretrain
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.datasets import images
from shared.deep.autoencoder import flat
from shared.deep.rbm import RBM, log_partition
from shared.optimizers import Momentum
from shared.randomness import generator

both = pytest.mark.parametrize("side", SIDES)
TINY = {"visible": 6, "hidden": 4, "spread": 0.7}


# The autoencoder


@both
@pytest.mark.parametrize("variant", CATALOG["autoencoder"].variants)
def test_autoencoder_is_its_formula(side, variant):
    with twin(side, "autoencoder", variant=variant, size="proof", threads=1) as arm:
        batch, state, config = next(arm.spec.batches()), arm.state(), arm.spec.config
        x, noisy = batch["x"].astype(np.float64), batch["noisy"].astype(np.float64)
        h = noisy @ state["w1"] + state["b1"]
        h = h if config.code == "linear" else expit(h)
        z = h @ (state["w1"].T if config.tied else state["w2"]) + state["b2"]
        taps = arm.forward(batch)
        np.testing.assert_allclose(taps["h"], h, rtol=1e-12)
        np.testing.assert_allclose(taps["z"], z, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(arm.predict(batch), z, rtol=1e-12, atol=1e-14)
        log_likelihood = x * log_expit(z) + (1 - x) * log_expit(-z)
        losses = (x - z) ** 2 if config.error == "squared" else -log_likelihood
        assert arm.loss(batch) == pytest.approx(losses.sum(1).mean(), rel=1e-12)
        assert ("w2" in state) == (not config.tied)


@both
def test_a_linear_tied_autoencoder_spans_the_plane_of_the_principal_components(side):
    with twin(side, "autoencoder", variant="linear", hidden=3, batch=1437, threads=1, observed=False) as arm:
        batch = next(arm.spec.batches())
        for _ in range(600):
            arm.step(batch)
        state = arm.state()
        fitted = PCA(3).fit(batch["x"].astype(np.float64))
        basis, _ = np.linalg.qr(state["w1"])
        angles = np.arccos(np.clip(np.linalg.svd(fitted.components_ @ basis, compute_uv=False), -1, 1))
        assert np.degrees(angles.max()) < 0.5
        np.testing.assert_allclose(state["w1"].T @ state["w1"], np.eye(3), atol=1e-3)  # to code and back is to project
        left = np.mean(np.sum((arm.predict(batch) - batch["x"]) ** 2, 1))
        best = np.mean(np.sum((fitted.inverse_transform(fitted.transform(batch["x"])) - batch["x"]) ** 2, 1))
        assert best <= left < best * (1 + 1e-4)


def test_noise_sets_its_share_of_the_pixels_to_zero_and_leaves_the_others():
    spec = CATALOG["autoencoder"].spec("denoising", noise=0.3)
    batches = spec.batches()
    first, second = next(batches), next(batches)
    kept = first["noisy"] != 0
    np.testing.assert_array_equal(first["noisy"][kept], first["x"][kept])
    assert np.mean(kept[first["x"] != 0]) == pytest.approx(0.7, abs=0.03)
    ink = (first["x"] != 0) & (second["x"] != 0)
    assert np.mean(kept[ink] == (second["noisy"] != 0)[ink]) < 0.7  # another mask at every step
    plain = next(CATALOG["autoencoder"].spec().batches())
    np.testing.assert_array_equal(plain["x"], plain["noisy"])


def test_the_code_with_the_least_linear_error_is_scikit_learns():
    spec = CATALOG["autoencoder"].spec("linear")
    data = images.digits()
    train, test = flat(data.train.x), flat(data.test.x)
    fitted = PCA(spec.config.hidden, svd_solver="full").fit(train.astype(np.float64))
    best = fitted.inverse_transform(fitted.transform(test))
    assert spec.score(best, spec.undamaged(test), {}) == pytest.approx({"share_of_pca_error": 1.0})
    half = (best + test) / 2
    assert spec.score(half, spec.undamaged(test), {}) == pytest.approx({"share_of_pca_error": 0.25})


# The restricted Boltzmann machine


@both
@pytest.mark.parametrize("variant", CATALOG["rbm"].variants)
def test_a_chain_goes_from_visible_to_hidden_units_and_back(side, variant):
    """From the data, or from where it was left; the same chains again if nothing is persistent."""
    with twin(side, "rbm", variant=variant, size="proof", threads=1) as arm:
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


@both
@pytest.mark.parametrize("variant", CATALOG["rbm"].variants)
def test_the_gradient_is_what_goes_together_in_the_model_less_what_does_in_the_data(side, variant):
    """<v h>_model - <v h>_data (Hinton 2002, equation 5), though it is had from free energies."""
    with twin(side, "rbm", variant=variant, size="proof", threads=1) as arm:
        batch, state = next(arm.spec.batches()), arm.state()
        taps, found = arm.forward(batch), arm.gradients(batch)
        x, v = batch["x"].astype(np.float64), taps["p_v2" if arm.spec.config.means else "v2"]
        h_x, h_v = (expit(visible @ state["w"] + state["b"]) for visible in (x, v))
        n = len(x)
        np.testing.assert_allclose(found["w"], (v.T @ h_v - x.T @ h_x) / n, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(found["a"], (v - x).mean(0), rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(found["b"], (h_v - h_x).mean(0), rtol=1e-10, atol=1e-14)


@both
def test_free_energy_and_hidden_units_are_scikit_learns(side):
    with twin(side, "rbm", size="proof", threads=1) as arm:
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


@both
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


@both
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


@both
@pytest.mark.parametrize("variant", CATALOG["rbm"].variants)
def test_in_the_proof_float32_samples_the_units_that_float64_does(side, variant):
    """Where a probability and its uniform number are a rounding apart it need not, and the two would differ by a unit:
    a difference as large as any, of the same function. So it is once in ten million units; the proof has few thousand.
    """
    arms = [twin(side, "rbm", dtype, variant=variant, size="proof", threads=1) for dtype in ("float64", "float32")]
    with arms[0], arms[1]:
        units = [f"{kind}{t + 1}" for t in range(arms[0].spec.config.steps) for kind in "hv"]
        hard = list(arms[0].spec.edge_cases().values())
        for batch in [*hard, *(batch for batch, _ in zip(arms[0].spec.batches(), range(21)))]:
            exact, single = (arm.forward(batch) for arm in arms)
            for name in units:
                np.testing.assert_array_equal(single[name], exact[name])
            for arm in arms:
                arm.step(batch)


# Pre-training

kinds = pytest.mark.parametrize("kind", LAYERS)
NET = {"depth": 3, "width": 7, "activation": "sigmoid"}


@kinds
def test_both_sides_come_to_the_same_start(kind):
    starts = []
    for side in SIDES:
        with twin(side, "deep_net", threads=1, **NET) as net:
            starts.append(pretrain(side, kind, net.spec, steps=40))
            before = net.state()
            net.load({**before, **starts[-1]})
            after = net.state()
        assert list(starts[-1]) == ["w1", "b1", "w2", "b2"]
        for name, value in after.items():
            np.testing.assert_array_equal(value, starts[-1].get(name, before[name]))
    for name, value in starts[0].items():
        np.testing.assert_allclose(value, starts[1][name], rtol=1e-9, atol=1e-12)


@both
@kinds
def test_a_layer_is_shown_what_the_one_below_makes_of_the_data(side, kind):
    """The second layer by hand, from the first; which does not depend on what comes after it."""
    layer = LAYERS[kind]
    settings = {**layer.settings, "hidden": 7, "threads": 1}
    with twin(side, "deep_net", threads=1, **NET) as net:
        found = pretrain(side, kind, net.spec, steps=30)
    with twin(side, "deep_net", threads=1, **{**NET, "depth": 2}) as net:
        alone = pretrain(side, kind, net.spec, steps=30)
    assert list(alone) == ["w1", "b1"]
    for name, value in alone.items():
        np.testing.assert_array_equal(value, found[name])
    h = expit(flat(images.digits().train.x) @ found["w1"] + found["b1"])
    with twin(side, kind, **settings, **{layer.inputs: 64}) as below:
        shown = below.spec.next_layer_input(h)
    if kind == "rbm":
        assert set(np.unique(shown)) == {0, 1}
        np.testing.assert_allclose(shown.mean(0), h.mean(0), atol=5 * 0.5 / np.sqrt(len(h)))
    else:
        np.testing.assert_array_equal(shown, h)
    with twin(side, kind, **settings, **{layer.inputs: 7}) as above:
        for batch, _ in zip(above.spec.batches_of(shown), range(30)):
            above.step(batch)
        np.testing.assert_allclose(above.state()[layer.w], found["w2"], rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(above.state()[layer.b], found["b2"], rtol=1e-8, atol=1e-12)


@kinds
def test_what_does_not_learn_from_random_values_learns_from_there(kind):
    """Eight layers of sigmoids, in few steps; the whole of it is the catalogue's."""
    accuracy = []
    for pretrained in (False, True):
        with twin("dynamic", "deep_net", "float32", variant=f"pretrained_{kind}", threads=1, observed=False) as net:
            if pretrained:
                net.load({**net.state(), **pretrain("dynamic", kind, net.spec, steps=200)})
            for batch, _ in zip(net.spec.batches(), range(200)):
                net.step(batch)
            test = net.spec.held_out()
            accuracy.append(net.spec.score(net.predict(test), test, net.state())["test_accuracy"])
    assert accuracy[0] < 0.2
    assert accuracy[1] > 0.8


@kinds
def test_learning_starts_there(kind, monkeypatch):
    asked = []

    def start(side, kind, net, device, steps):
        asked.append((side, kind, steps))
        return {"w8": np.zeros((100, 10)), "b8": np.arange(10.0)}  # then all examples have the same logits

    monkeypatch.setattr(learn, "pretrain", start)
    rows, _ = learn.learn("deep_net", f"pretrained_{kind}", steps=2)
    assert asked == [(side, kind, 2) for side in SIDES]
    y = next(CATALOG["deep_net"].spec(f"pretrained_{kind}").batches())["y"]
    first = next(row["value"] for row in rows if row["kind"] == "loss")
    assert first == pytest.approx(logsumexp(np.arange(10)) - y.mean(), rel=1e-5)


def test_what_a_net_has_learned_rests_on_what_it_started_from(monkeypatch):
    before = {kind: fingerprint(kind, "deep_net") for kind in ("learning", "parity")}
    other = replace(CATALOG["rbm"], chapter="another")
    monkeypatch.setitem(CATALOG, "rbm", other)
    assert fingerprint("learning", "deep_net") != before["learning"]
    assert fingerprint("parity", "deep_net") == before["parity"]
