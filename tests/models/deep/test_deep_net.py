"""Deep networks against what is neither twin: formulas in NumPy, SciPy, PyTorch's layers, scikit-learn's networks."""

import numpy as np
import pytest
import torch
from scipy.special import expit, log_softmax, rel_entr, softmax
from scipy.stats import entropy, kstest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from torch import nn

from benchmarks import twin
from benchmarks.proof import passed, prove
from benchmarks.summary import proof
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.deep.deep_net import ACTIVATIONS, DeepNet
from shared.errors import UsageError
from shared.optimizers import Momentum
from tests.helpers import SMALL
from tests.models.pins import SIZED, edge_cases, sums


def deep_net(side, **changes):
    """One twin of a small one, of three layers unless it says otherwise."""
    return twin(side, "deep_net", **SMALL, **{"depth": 3, **changes})


def activation(config, z, a):
    """f(z), its derivative by every z, and how z is laid out under f: (N, H), or (N, H, k)."""
    match config.activation:
        case "sigmoid":
            return expit(z), expit(z) * expit(-z)
        case "tanh":
            return np.tanh(z), 1 / np.cosh(z) ** 2
        case "maxout":
            pieces = z.reshape(len(z), -1, config.pieces)
            largest = pieces == pieces.max(2, keepdims=True)
            return pieces.max(2), largest / largest.sum(2, keepdims=True)
    slope = np.where(z > 0, 1, a)
    return slope * z, slope


def by_hand(config, state, batch):
    """Taps, and the gradient of the cross-entropy: forward and backward, layer by layer."""
    layers, h = range(1, config.depth + 1), batch["x"].astype(float).reshape(len(batch["x"]), -1)
    slopes = {"relu": 0.0, "leaky_relu": config.negative_slope}
    hs, derivatives, masks, taps, gradients = [h], [], [], {}, {}
    for i in layers[:-1]:
        a = state.get(f"a{i}", batch["slope"][:, i - 1] if "slope" in batch else slopes.get(config.activation))
        masks.append(batch["dropout_mask"][:, i - 1] if "dropout_mask" in batch else 1.0)
        taps[f"z{i}"] = hs[-1] @ state[f"w{i}"] + state[f"b{i}"]
        h, derivative = activation(config, taps[f"z{i}"], a)
        taps[f"h{i}"] = h * masks[-1]
        hs.append(taps[f"h{i}"])
        derivatives.append(derivative)
    taps["logits"] = hs[-1] @ state[f"w{config.depth}"] + state[f"b{config.depth}"]
    g = (softmax(taps["logits"], axis=1) - np.eye(10)[batch["y"]]) / len(h)
    for i in reversed(layers):
        gradients |= {f"w{i}": hs[i - 1].T @ g, f"b{i}": g.sum(0)}
        if i > 1:
            g = (g @ state[f"w{i}"].T) * masks[i - 2]  # by what the activation shows
            if config.activation == "parametric_relu":
                by_unit = (g * np.minimum(taps[f"z{i - 1}"], 0)).sum(0)
                gradients[f"a{i - 1}"] = by_unit if config.slopes == "unit" else by_unit.sum(keepdims=True)
            pieces = derivatives[i - 2].ndim == 3
            g = ((g[:, :, None] if pieces else g) * derivatives[i - 2]).reshape(len(g), -1)
    return taps, gradients


def cross_entropy(logits, y):
    return -np.mean(log_softmax(logits, axis=1)[np.arange(len(y)), y])


FORMULAS = {kind: {"activation": kind} for kind in ACTIVATIONS}
FORMULAS |= {
    "a slope a layer": {"activation": "parametric_relu", "slopes": "layer"},
    "dropout": {"dropout": 0.4},
    "maxout, dropout": {"activation": "maxout", "pieces": 4, "dropout": 0.4},
    "one layer": {"depth": 1},
    "deep": {"depth": 6, "activation": "tanh"},
}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("changes", FORMULAS.values(), ids=FORMULAS)
def test_forward_and_backward_by_hand(side, changes):
    """At first, where zeros put every unit on its kink and make all pieces tie; and after some steps."""
    with deep_net(side, **changes) as arm:
        config, first = arm.spec.config, next(arm.spec.batches())
        for batch in (*arm.spec.edge_cases().values(), first, first, first):
            state, seen = arm.state(), arm.observe(batch)
            taps, gradients = by_hand(config, state, batch)
            assert list(seen["tap"]) == list(taps)
            assert seen["gradient"].keys() == gradients.keys()
            for found, expected in ((seen["tap"], taps), (seen["gradient"], gradients)):
                for name, value in expected.items():
                    floor = 1e-12 * np.abs(value).max()
                    np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=floor, err_msg=name)
            assert float(seen["loss"]["loss"]) == pytest.approx(cross_entropy(taps["logits"], batch["y"]), rel=1e-12)
            if batch is first:
                arm.step(batch)


def penalty(arm, batch):
    """What regularisation adds to the loss, and to the gradients: all that is more than the cross-entropy's."""
    taps, gradients = by_hand(arm.spec.config, arm.state(), batch)
    found = arm.gradients(batch)
    return arm.loss(batch) - cross_entropy(taps["logits"], batch["y"]), {n: found[n] - g for n, g in gradients.items()}


@pytest.mark.parametrize("side", SIDES)
def test_weights_have_their_price_and_biases_none(side):
    """|w| has no slope at 0, so a weight that is there stays: the subgradient that makes weights vanish."""
    with deep_net(side, l1=0.3, l2=0.2) as arm:
        batch, state = next(arm.spec.batches()), arm.state()
        state = {n: value + 0.1 for n, value in state.items()}
        state["w2"][::2] = 0
        arm.load(state)
        ws = {n: w for n, w in state.items() if n in ("w1", "w2", "w3")}
        cost, gradients = penalty(arm, batch)
        expected = sum(0.3 * np.abs(w).sum() + 0.1 * np.square(w).sum() for w in ws.values())
        assert cost == pytest.approx(expected, rel=1e-12)
        for name, g in gradients.items():
            w = ws.get(name, np.zeros_like(g))
            np.testing.assert_allclose(g, 0.3 * np.sign(w) + 0.2 * w, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("side", SIDES)
def test_activity_has_its_price(side):
    """The relative entropy of two coins: as SciPy computes it in two ways, and its gradient by hand."""
    sparseness, rate = 0.7, 0.2
    with deep_net(side, activation="sigmoid", sparseness=sparseness, rate=rate, depth=2) as arm:
        batch = next(arm.spec.batches())
        cost, gradients = penalty(arm, batch)
        h = arm.forward(batch)["h1"]
        mean = h.mean(0)
        coins = [[rate, 1 - rate]] * len(mean), np.stack([mean, 1 - mean], 1)
        assert cost == pytest.approx(sparseness * entropy(*coins, axis=1).sum(), rel=1e-12)
        assert cost == pytest.approx(sparseness * rel_entr(*coins).sum(), rel=1e-12)
        g = sparseness * ((1 - rate) / (1 - mean) - rate / mean) / len(h) * h * (1 - h)
        np.testing.assert_allclose(gradients["b1"], g.sum(0), rtol=1e-10)
        np.testing.assert_allclose(gradients["w1"], batch["x"].reshape(len(h), -1).T @ g, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(gradients["w2"], 0, atol=1e-14)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_units_that_are_off_or_on_in_every_row_have_a_price_and_a_way_back(side, dtype):
    """There a mean activity is 0 or 1 to the last digit: its logarithm would be infinite, its gradient no number.
    The penalty then is what it is of log-odds: the rate times how far they are from it."""
    settings = {"activation": "sigmoid", "sparseness": 1.0, "rate": 0.1, "depth": 2}
    with deep_net(side, dtype=dtype, **settings) as arm:
        batch, state, bias = next(arm.spec.batches()), arm.state(), 2000.0
        state["b1"] = np.where(np.arange(len(state["b1"])) < 3, bias, -bias).astype(dtype)
        state["w1"] = np.zeros_like(state["w1"])
        arm.load(state)
        off, on = arm.forward(batch)["h1"].min(0), arm.forward(batch)["h1"].max(0)
        assert set(off) == set(on) == {0.0, 1.0}
        cost, gradients = arm.loss(batch), arm.gradients(batch)
        fair = 0.1 * np.log(0.1) + 0.9 * np.log(0.9)
        expected = 3 * (fair + 0.9 * bias) + 4 * (fair + 0.1 * bias)
        assert cost - cross_entropy(arm.predict(batch), batch["y"]) == pytest.approx(expected, rel=1e-5)
        rounding = bias * np.finfo(dtype).eps  # of a logarithm of that size
        np.testing.assert_allclose(gradients["b1"], np.where(state["b1"] > 0, 0.9, -0.1), rtol=rounding)


# What PyTorch's own layers do


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("slopes", ["unit", "layer"])
def test_parametric_relu_is_pytorchs(side, slopes):
    with deep_net(side, activation="parametric_relu", slopes=slopes) as arm:
        batch = next(arm.spec.batches())
        for _ in range(3):
            arm.step(batch)
        seen, state = arm.observe(batch), arm.state()
        layer = nn.PReLU(7 if slopes == "unit" else 1).double()
        layer.weight.data = torch.tensor(state["a2"])
        z = torch.tensor(seen["tap"]["z2"], requires_grad=True)
        h = layer(z)
        np.testing.assert_allclose(seen["tap"]["h2"], h.detach().numpy(), rtol=1e-14)
        h.backward(torch.tensor(seen["tap_gradient"]["h2"]))
        np.testing.assert_allclose(seen["tap_gradient"]["z2"], z.grad.numpy(), rtol=1e-12)
        np.testing.assert_allclose(seen["gradient"]["a2"], layer.weight.grad.numpy(), rtol=1e-12)
        assert not np.allclose(state["a2"], nn.PReLU().weight.item(), rtol=1e-4)  # they start there, and have learned


@pytest.mark.parametrize("side", SIDES)
def test_randomised_relu_is_pytorchs(side):
    """In inference, its own mean slope; in training, slopes that are drawn as it draws them."""
    with deep_net(side, activation="randomised_relu") as arm:
        config, held_out = arm.spec.config, arm.spec.held_out()
        layer = nn.RReLU(config.lower, config.upper).eval()
        taps = arm.forward(held_out, training=False)
        for i in (1, 2):
            h = layer(torch.tensor(taps[f"z{i}"])).numpy()
            np.testing.assert_allclose(taps[f"h{i}"], h, rtol=1e-7)  # the mean slope in the batch is float32
        batch = next(DeepNet(activation="randomised_relu").batches())
        own = layer.train()(-torch.ones(64, 3, 100)).numpy()
        for slope in (batch["slope"], -own):
            inside = (slope - config.lower) / (config.upper - config.lower)
            assert kstest(inside.ravel(), "uniform").pvalue > 1e-3
        assert len(np.unique(batch["slope"])) > 0.99 * batch["slope"].size  # one for each example and unit


def test_masks_are_as_pytorchs_dropout_makes_them():
    """Zero, or 1 / (1 - rate), at that rate; each layer and step another; and nothing is dropped in inference."""
    spec, layer = DeepNet(dropout=0.3), nn.Dropout(0.3)
    first, second = (batch["dropout_mask"] for batch, _ in zip(spec.batches(), range(2)))
    for mask in (first, layer(torch.ones(64, 3, 100)).numpy()):
        np.testing.assert_allclose(np.unique(mask), [0, 1 / 0.7], rtol=1e-6)
        assert np.mean(mask == 0) == pytest.approx(0.3, abs=0.015)  # four deviations of so many
    layers = [first[:, 0], first[:, 1], first[:, 2], second[:, 0]]
    agree = np.mean([[np.mean(a == b) for a in layers] for b in layers] - np.eye(4), axis=1) * 4 / 3
    np.testing.assert_allclose(agree, 0.3**2 + 0.7**2, atol=0.02)
    np.testing.assert_array_equal(spec.held_out()["dropout_mask"], layer.eval()(torch.ones(360, 3, 100)).numpy()[:359])


@pytest.mark.parametrize("side", SIDES)
def test_batch_norm_is_pytorchs(side):
    """Linear, BatchNorm1d, Sigmoid: logits in both modes, and the running averages after a step."""
    with deep_net(side, activation="sigmoid", batch_norm=True) as arm:
        batch, state, config = next(arm.spec.batches()), arm.state(), arm.spec.config
        layers = [nn.Flatten()]
        for i, norm in enumerate((nn.BatchNorm1d(7, config.epsilon, 1 - config.decay) for _ in range(2)), 1):
            linear = nn.Linear(len(state[f"w{i}"]), 7, bias=False)
            linear.weight.data = torch.tensor(state[f"w{i}"].T)
            layers += [linear, norm, nn.Sigmoid()]
        net = nn.Sequential(*layers).double()

        def logits():
            return net(torch.tensor(batch["x"], dtype=torch.float64)).detach().numpy() @ state["w3"] + state["b3"]

        np.testing.assert_allclose(arm.forward(batch)["logits"], logits(), rtol=1e-10, atol=1e-12)
        arm.step(batch)
        after = arm.state()
        for i in (1, 2):
            norm = net[3 * i - 1]
            np.testing.assert_allclose(after[f"norm{i}/moving_mean"], norm.running_mean, rtol=1e-10, atol=1e-14)
            np.testing.assert_allclose(after[f"norm{i}/moving_variance"], norm.running_var, rtol=1e-10)
        arm.load({**state, **{name: value for name, value in after.items() if "moving" in name}})
        net.eval()
        np.testing.assert_allclose(arm.predict(batch), logits(), rtol=1e-10, atol=1e-12)


# What scikit-learn's networks do


@pytest.mark.parametrize("side", SIDES)
def test_one_layer_is_logistic_regression(side):
    """At scikit-learn's solution the gradient of all the data is zero; at another it is not."""
    everything = len(DeepNet().data().train.x)
    with twin(side, "deep_net", threads=1, depth=1, l2=0.1, batch=everything) as arm:
        batch, start = next(arm.spec.batches()), arm.state()
        x = batch["x"].reshape(everything, -1).astype(float)
        fitted = LogisticRegression(C=1 / (0.1 * everything), tol=1e-10, max_iter=10000).fit(x, batch["y"])
        far = arm.gradients(batch)
        arm.load({**start, "w1": fitted.coef_.T, "b1": fitted.intercept_, **zeros_of(start)})
        near = arm.gradients(batch)
        for name in ("w1", "b1"):
            assert np.abs(near[name]).max() < 1e-7 < 1e-2 < np.abs(far[name]).max()
        np.testing.assert_allclose(softmax(arm.predict(batch), axis=1), fitted.predict_proba(x), rtol=1e-8, atol=1e-12)


def zeros_of(state):
    """The slots of the optimizer, as they start."""
    return {name: value for name, value in state.items() if "/" in name}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("kind", "theirs"), [("relu", "relu"), ("tanh", "tanh"), ("sigmoid", "logistic")])
def test_steps_are_those_of_scikit_learns_perceptron(side, kind, theirs):
    """Four steps of plain gradient descent on the same batch, from the same weights, with weight decay."""
    with deep_net(side, activation=kind, l2=0.3, optimizer=Momentum(0.1, 0.0), batch=40) as arm:
        batch = next(arm.spec.batches())
        x, y, state = batch["x"].reshape(40, -1).astype(float), batch["y"], arm.state()
        settings = {"solver": "sgd", "momentum": 0.0, "batch_size": 40, "learning_rate_init": 0.1, "shuffle": False}
        other = MLPClassifier((7, 7), theirs, alpha=40 * 0.3, **settings)  # which divides by the number of examples
        other.partial_fit(x, y, classes=np.arange(10))  # makes its weights, which become ours
        for ours, own in (("w", other.coefs_), ("b", other.intercepts_)):
            for i, value in enumerate(own, 1):
                value[:] = state[f"{ours}{i}"]
        for _ in range(4):
            other.partial_fit(x, y)
            assert arm.step(batch) == pytest.approx(other.loss_, rel=1e-12)
        for ours, own in (("w", other.coefs_), ("b", other.intercepts_)):
            for i, value in enumerate(own, 1):
                np.testing.assert_allclose(arm.state()[f"{ours}{i}"], value, rtol=1e-9, atol=1e-14)


# Beyond the catalogue


COMBINED = {
    "one layer": {"depth": 1, "l1": 0.01},
    "a slope a layer": {"activation": "parametric_relu", "slopes": "layer"},
    "maxout, dropped and priced": {"activation": "maxout", "pieces": 2, "dropout": 0.5, "l1": 0.01, "l2": 0.1},
    "sparse, dropped and priced": {"activation": "sigmoid", "sparseness": 0.1, "dropout": 0.5, "l1": 0.01, "l2": 0.1},
    "maxout, normalised and dropped": {"activation": "maxout", "batch_norm": True, "dropout": 0.3, "l2": 0.1},
    "a learned slope, normalised": {"activation": "parametric_relu", "batch_norm": True},
    "randomised and dropped": {"activation": "randomised_relu", "dropout": 0.5},
}


@pytest.mark.parametrize("changes", COMBINED.values(), ids=COMBINED)
def test_choices_combine(changes):
    rows = prove("deep_net", dtypes=("float64",), steps=5, optimized=False, **changes)
    assert passed(rows), proof(rows)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"activation": "relus"}, "did you mean 'relu'"),
        ({"init": "xavier"}, "choose from he, glorot, normal"),
        ({"sparseness": 0.1}, "activation='sigmoid'"),
        ({"pixels": 3}, "unknown setting pixels"),
    ],
)
def test_what_cannot_be_is_refused(changes, why):
    with pytest.raises(UsageError, match=why):
        DeepNet(**changes)


@pytest.mark.parametrize(
    ("start", "deviation"), [("he", (2 / 64) ** 0.5), ("glorot", (2 / 164) ** 0.5), ("normal", 0.1)]
)
@pytest.mark.parametrize("kind", ["relu", "maxout"])
def test_weights_start_as_wide_as_asked(start, deviation, kind):
    """And a piece of a maxout unit like a unit of another kind."""
    state = DeepNet(init=start, activation=kind).initial()
    assert state["w1"].std() == pytest.approx(deviation, rel=0.03)
    assert abs(state["w1"].mean()) < 0.05 * deviation
    assert not any(state[f"b{i}"].any() for i in range(1, 5))


def test_the_catalogue_has_every_choice():
    specs = [CATALOG["deep_net"].spec(variant).config for variant in CATALOG["deep_net"].variants]
    assert {config.activation for config in specs} == set(ACTIVATIONS)
    for name in ("l1", "l2", "sparseness", "dropout", "batch_norm"):
        assert any(getattr(config, name) for config in specs)


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("deep_net") == pytest.approx((3260.605078, 1538.5625), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("deep_net") == SIZED
