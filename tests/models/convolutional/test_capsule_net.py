"""The capsule net against the paper's equations, written out in NumPy with a loop for every index."""

import numpy as np
import pytest
from scipy.signal import correlate

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from tests.helpers import SMALL
from tests.models.pins import SIZED, edge_cases, sums


def squash(s):
    """Equation 1, as it stands: the zero vector stays zero."""
    length = np.sqrt(np.sum(s**2))
    return s if length == 0 else length**2 / (1 + length**2) * s / length


def softmax(b):
    """Equation 3, of one primary capsule over all capsules above."""
    return np.exp(b) / np.exp(b).sum()


def routed(u_hat, iterations):
    """Procedure 1 for one image, u_hat (J, I, D): v of all j, c and s of each iteration."""
    above, below, _ = u_hat.shape
    b = np.zeros((below, above))
    seen = {}
    for r in range(1, iterations + 1):
        c = np.stack([softmax(b[i]) for i in range(below)])
        s = np.stack([sum(c[i, j] * u_hat[j, i] for i in range(below)) for j in range(above)])
        v = np.stack([squash(s[j]) for j in range(above)])
        for i in range(below):
            for j in range(above):
                b[i, j] += u_hat[j, i] @ v[j]
        seen |= {f"c{r}": c.T, f"s{r}": s}
    return v, seen


def convolved(x, kernel, bias, stride):
    """One image (H, W, in) with every kernel in turn, then every stride-th place."""
    maps = [correlate(x, kernel[..., o], "valid")[..., 0] + bias[o] for o in range(kernel.shape[-1])]
    return np.stack(maps, -1)[::stride, ::stride]


def primary_capsules(state, x, config):
    """The images' vectors before squash: of each place, in the order of rows and columns, each type's numbers."""
    found = []
    for image in x.astype(np.float64):
        h = np.maximum(convolved(image, state["kernel1"], state["bias1"], 1), 0)
        places = convolved(h, state["kernel2"], state["bias2"], 2)
        found.append([capsule for line in places for place in line for capsule in np.split(place, config.types)])
    return np.array(found)


def paper(state, batch, config):
    """Taps by name, and the loss."""
    found = {"v": [], "lengths": [], "reconstruction": [], "u": [], "u_hat": []}
    losses = []
    for s, x, y in zip(primary_capsules(state, batch["x"], config), batch["x"], batch["y"]):
        u = np.stack([squash(one) for one in s])
        u_hat = np.array([[u[i] @ state["w"][i, j] for i in range(len(u))] for j in range(10)])  # equation 2
        v, seen = routed(u_hat, config.iterations)
        lengths = np.array([np.sqrt(np.sum(one**2)) for one in v])
        margin = 0.0  # equation 4, with the paper's constants
        for k in range(10):
            if k == y:
                margin += max(0, 0.9 - lengths[k]) ** 2
            else:
                margin += 0.5 * max(0, lengths[k] - 0.1) ** 2
        masked = np.concatenate([v[k] if k == y else np.zeros_like(v[k]) for k in range(10)])
        h1 = np.maximum(masked @ state["w1"] + state["b1"], 0)
        h2 = np.maximum(h1 @ state["w2"] + state["b2"], 0)
        image = (1 / (1 + np.exp(-(h2 @ state["w3"] + state["b3"])))).reshape(8, 8, 1)
        losses.append(margin + 0.0005 * 784 / 64 * np.sum((x - image) ** 2))
        seen |= {"u": u, "u_hat": u_hat, "v": v, "lengths": lengths, "reconstruction": image}
        for name, value in seen.items():
            found.setdefault(name, []).append(value)
    return {name: np.array(values) for name, values in found.items()}, np.mean(losses)


@pytest.mark.parametrize("side", SIDES)
def test_capsule_net_is_the_papers(side):
    """After some steps, when offsets are no longer zero and capsules have found whom they agree with."""
    with twin(side, "capsule_net", **SMALL, epsilon=1e-30) as arm:
        batches = arm.spec.batches()
        for _ in range(30):
            arm.step(next(batches))
        batch = next(batches)
        taps, loss = paper(arm.state(), batch, arm.spec.config)
        found = arm.forward(batch)
        assert taps.keys() <= found.keys()
        for name, value in taps.items():
            np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-12, err_msg=name)
        assert arm.loss(batch) == pytest.approx(loss, rel=1e-11)
        np.testing.assert_array_equal(arm.predict(batch), found["v"])
        assert np.ptp(found["c3"]) > 0.01  # routing has moved away from even shares, so the axis of softmax shows
        np.testing.assert_allclose(found["c3"].sum(1), 1, rtol=1e-14)


@pytest.mark.parametrize("side", SIDES)
def test_epsilon_hardly_moves_the_papers_numbers(side):
    with twin(side, "capsule_net", **SMALL) as arm:
        batch = next(arm.spec.batches())
        taps, loss = paper(arm.state(), batch, arm.spec.config)
        assert arm.loss(batch) == pytest.approx(loss, rel=1e-6)
        assert np.abs(arm.forward(batch)["v"] - taps["v"]).max() < 1e-6


@pytest.mark.parametrize("side", SIDES)
def test_zero_capsules_are_finite_both_ways(side):
    """A blank image: every capsule is the zero vector, and so is its gradient's part of the length; nothing is NaN."""
    with twin(side, "capsule_net", **SMALL) as arm:
        zeros = arm.spec.edge_cases()["zeros"]
        found = arm.observe(zeros)
        for stage in ("tap", "gradient", "tap_gradient"):
            for name, value in found[stage].items():
                assert np.all(np.isfinite(value)), (stage, name)
        for name in ("u", "u_hat", "v"):
            assert not found["tap"][name].any()
        np.testing.assert_allclose(found["tap"]["lengths"], np.sqrt(arm.spec.config.epsilon), rtol=1e-12)
        np.testing.assert_array_equal(found["tap"]["c3"], found["tap"]["c1"])
        data = arm.observe(next(arm.spec.batches()))
        blank = arm.observe(arm.spec.edge_cases()["one blank"])
        assert data["gradient"].keys() == blank["gradient"].keys()
        assert all(np.all(np.isfinite(g)) and g.any() for g in blank["gradient"].values())


def parameters(**changes):
    return {name: value.size for name, value in CATALOG["capsule_net"].spec(**changes).initial().items()}


def test_number_of_parameters():
    """With the paper's sizes the paper's numbers: 8.2 million, and 6.8 million without the decoder."""
    assert sum(parameters().values()) == 174_784
    paper = {
        "side": 28,
        "channels": 256,
        "kernel": 9,
        "capsule_kernel": 9,
        "types": 32,
        "hidden1": 512,
        "hidden2": 1024,
    }
    sizes = parameters(**paper)
    decoder = sum(sizes[name] for name in ("w1", "b1", "w2", "b2", "w3", "b3"))
    assert sum(sizes.values()) == 8_215_568
    assert sum(sizes.values()) - decoder == 6_804_224
    assert sizes["w"] == 32 * 6 * 6 * 10 * 8 * 16


@pytest.mark.parametrize("side", SIDES)
def test_gradients_pass_through_every_iteration(side):
    """What moves u_hat moves the coupling too: with the first iterations' share cut off, the gradient is another."""
    with twin(side, "capsule_net", **SMALL) as arm:
        batches = arm.spec.batches()
        for _ in range(30):
            arm.step(next(batches))
        whole = arm.observe(batch := next(batches))
        cut = {name: np.zeros_like(whole["tap"][name]) for name in ("c2", "c3")}
        last_only = arm.observe(batch, {"tap_gradient": cut})["gradient"]["w"]
        distance = np.linalg.norm(whole["gradient"]["w"] - last_only) / np.linalg.norm(last_only)
        assert distance > 1e-3


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("capsule_net") == pytest.approx((16988.08676, 1524.0), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("capsule_net") == [*SIZED, "one blank"]
