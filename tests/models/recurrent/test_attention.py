"""The encoder and decoder with attention against NumPy, one row at a time, and against Keras's layer of attention."""

from contextlib import ExitStack

import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.datasets import dates
from shared.errors import UsageError
from shared.randomness import generator
from shared.spec import rows
from tests.helpers import SMALL
from tests.models.pins import FEW, edge_cases, sums

WAYS = {"unrolled": ("static", "plain"), "while_loop": ("static", "while_loop"), "eager": ("dynamic", "plain")}
STEPS = 40  # of training, after which the dates that are written differ


@pytest.fixture(scope="module")
def arms():
    """The unrolled graph, the graph with a loop and the module, with the same weights, a little trained."""
    with ExitStack() as stack:
        found = {
            way: stack.enter_context(twin(side, "attention", variant=variant, **SMALL))
            for way, (side, variant) in WAYS.items()
        }
        for _, batch in zip(range(STEPS), found["eager"].spec.batches()):
            found["eager"].step(batch)
        for arm in found.values():
            arm.load(found["eager"].state())
        yield found


@pytest.fixture(scope="module", params=WAYS)
def arm(request, arms):
    return arms[request.param]


# The whole net in NumPy: one row at a time, up to its end, so there is neither padding nor a mask


def gru(state, cell, x, h):
    """A step of a GRU (Cho et al. 2014), reset after the product."""
    z = np.split(x @ state[f"{cell}/kernel"] + state[f"{cell}/bias"], 3)
    k = np.split(h @ state[f"{cell}/recurrent_kernel"] + state[f"{cell}/recurrent_bias"], 3)
    r, u = expit(z[0] + k[0]), expit(z[1] + k[1])
    return u * h + (1 - u) * np.tanh(z[2] + r * k[2])


def encoded(state, x):
    """Annotations of the characters of a row, forwards and backwards."""
    found = {}
    for cell, order in (("forwards", 1), ("backwards", -1)):
        h, series = np.zeros(len(state["start"])), []
        for vector in state["read"][x][::order]:
            h = gru(state, cell, vector, h)
            series.append(h)
        found[cell] = np.array(series[::order])
    return found["forwards"], found["backwards"]


def decoded(state, x, y=None):
    """Taps of one row: with the true characters `y` as those before, or with its own."""
    f, b = encoded(state, x)
    h = np.hstack([f, b])
    keys = h @ state["attention/w_h"]
    s = np.tanh(b[0] @ state["start"])
    taps = {"f": f, "b": b, "h": h, "keys": keys, "s0": s, "attention": [], "s": [], "logits": []}
    before = len(dates.DIGITS)
    for t in range(10):
        scores = [np.tanh(s @ state["attention/w_s"] + key) @ state["attention/v"][:, 0] for key in keys]
        a = softmax(scores)
        context = sum(weight * annotation for weight, annotation in zip(a, h))
        s = gru(state, "decoder", np.concatenate([state["written"][before], context]), s)
        logits = s @ state["w"] + state["b"]
        for name, value in (("attention", a), ("s", s), ("logits", logits)):
            taps[name].append(value)
        before = logits.argmax() if y is None else y[t]
    return {name: np.array(value) for name, value in taps.items()}


@pytest.mark.parametrize("training", [True, False])
def test_attention_is_the_formula(arm, training):
    batch = next(arm.spec.batches())
    state, taps = arm.state(), arm.forward(batch, training=training)
    losses = []
    for row, (x, length, y) in enumerate(zip(batch["x"], batch["lengths"], batch["y"])):
        expected = decoded(state, x[:length], y if training else None)
        for name in ("s0", "s", "logits"):
            np.testing.assert_allclose(taps[name][row], expected[name], rtol=1e-11, atol=1e-13, err_msg=name)
        for name in ("f", "b", "h", "keys"):
            np.testing.assert_allclose(taps[name][row, :length], expected[name], rtol=1e-11, atol=1e-13, err_msg=name)
        np.testing.assert_allclose(taps["attention"][row, :, :length], expected["attention"], rtol=1e-11)
        assert not taps["attention"][row, :, length:].any()
        losses.append(-log_softmax(expected["logits"], axis=1)[np.arange(10), y].mean())
    if training:
        assert arm.loss(batch) == pytest.approx(np.mean(losses), rel=1e-11)


def test_all_ways_write_the_same_characters(arms):
    """In inference, each by its own last character: the unrolled graph, the graph's loop, Python's loop, and NumPy."""
    held_out = rows(next(iter(arms.values())).spec.held_out(), slice(200))
    state = arms["eager"].state()
    expected = [decoded(state, x[:length])["logits"].argmax(1) for x, length in zip(held_out["x"], held_out["lengths"])]
    assert len({row.tobytes() for row in expected}) > 10  # not always the same date
    for arm in arms.values():
        np.testing.assert_array_equal(arm.predict(held_out).argmax(2), expected)


def test_only_training_reads_the_true_characters(arm):
    """Those before: another y_t changes what follows t. In inference nothing changes."""
    batch = next(arm.spec.batches())
    y, place = batch["y"].copy(), 6
    y[:, place] = (y[:, place] + 1) % len(dates.DIGITS)
    other = batch | {"y": y}
    np.testing.assert_array_equal(arm.predict(other), arm.predict(batch))
    changed = np.abs(arm.forward(other)["logits"] - arm.forward(batch)["logits"]).max(axis=(0, 2)) > 1e-6
    assert changed.tolist() == [False] * (place + 1) + [True] * (9 - place)
    own = arm.predict(batch)
    assert np.abs(own - arm.forward(batch)["logits"]).max() > 1e-3  # what it writes is not yet what is true


def test_nothing_sees_the_padding(arm):
    batch = next(arm.spec.batches())
    behind = np.arange(arm.spec.config.length) >= batch["lengths"][:, None]
    assert behind.any()
    other = {**batch, "x": np.where(behind, 5, batch["x"])}
    np.testing.assert_array_equal(arm.predict(other), arm.predict(batch))
    assert arm.loss(other) == arm.loss(batch)


@pytest.mark.slow  # the formula, above, takes each row alone
@pytest.mark.parametrize("side", SIDES)
def test_every_row_gets_what_it_alone_gets(side):
    """Rows of one character, of some and of the most, in one batch, and each alone in a net that reads no more."""
    with twin(side, "attention", **SMALL, observed=False) as arm:
        batch = arm.spec.edge_cases()["every length"]
        together = arm.predict(batch)
    assert set(batch["lengths"]) == set(range(1, 14))
    for row in (0, 5, 12):
        length = int(batch["lengths"][row])
        with twin(side, "attention", **SMALL, observed=False, length=length) as arm:
            one = rows(batch, [row])
            alone = arm.predict(one | {"x": one["x"][:, :length]})
        np.testing.assert_allclose(together[[row]], alone, rtol=1e-11)


@pytest.mark.parametrize("length", [0, 14])
def test_a_length_that_cannot_be_is_refused(arm, length):
    batch = next(arm.spec.batches())
    lengths = batch["lengths"].copy()
    lengths[3] = length
    for asked in (arm.step, arm.predict, arm.loss):
        with pytest.raises(UsageError, match=f"row 3 has a length of {length}: lengths are 1 to 13"):
            asked(batch | {"lengths": lengths})


# The part against a layer of Keras's, which has the scores but neither matrix

SIZES = {"w_s": (5, 4), "w_h": (6, 4), "v": (4, 1)}


def weights(name):
    return generator("attention", name).normal(size=SIZES[name])


def static(s, h, inside):
    import tensorflow.compat.v1 as tf

    from static_tf.parts.additive_attention import AdditiveAttention

    with tf.Graph().as_default(), tf.variable_scope("", use_resource=True):
        part = AdditiveAttention("part", 5, 6, 4, tf.float64)
        h = tf.constant(h)
        made = part(tf.constant(s), h, part.keys(h), tf.constant(inside))
        with tf.Session() as session:
            session.run([getattr(part, name).assign(weights(name)) for name in SIZES])
            return session.run(made)


def dynamic(s, h, inside):
    import torch

    from dynamic_torch.parts.additive_attention import AdditiveAttention

    part = AdditiveAttention(5, 6, 4).double()
    part.load_state_dict({name: torch.tensor(weights(name)) for name in SIZES})
    h = torch.tensor(h)
    return [made.detach().numpy() for made in part(torch.tensor(s), h, part.keys(h), torch.tensor(inside))]


@pytest.mark.parametrize("attend", [static, dynamic])
def test_additive_attention_is_kerass(attend):
    from tensorflow import keras

    s, h = generator("attention", "s").normal(size=(3, 5)), generator("attention", "h").normal(size=(3, 8, 6))
    inside = np.arange(8) < np.array([[1], [8], [5]])
    layer = keras.layers.AdditiveAttention(dtype="float64")
    query, keys = (s @ weights("w_s"))[:, None], h @ weights("w_h")
    layer.build([query.shape, h.shape, keys.shape])
    layer.set_weights([weights("v")[:, 0]])
    context, a = layer([query, h, keys], mask=[None, inside], return_attention_scores=True)
    made = attend(s, h, inside)
    np.testing.assert_allclose(made[0], np.asarray(a)[:, 0], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(made[1], np.asarray(context)[:, 0], rtol=1e-12)
    np.testing.assert_array_equal(made[0] > 0, inside)
    np.testing.assert_allclose(made[0].sum(1), 1, rtol=1e-15)


@pytest.mark.parametrize("attend", [static, dynamic])
def test_a_row_of_nothing_has_no_attention(attend):
    """Not a number in both frameworks, as the part says; the spec refuses such a row."""
    s, h = np.ones((2, 5)), np.ones((2, 8, 6))
    a, context = attend(s, h, np.arange(8) < np.array([[0], [3]]))
    assert np.isnan(a[0]).all()
    assert np.isnan(context[0]).all()
    assert np.isfinite(a[1]).all()


def test_a_date_is_right_if_every_character_is():
    spec = CATALOG["attention"].spec(size="proof")
    batch = rows(spec.held_out(), slice(4))
    logits = np.eye(len(dates.DIGITS))[batch["y"]]
    assert spec.score(logits, batch, {}) == {"exact": 1, "characters": 1}
    logits[1, 3] = np.roll(logits[1, 3], 1)
    logits[2, [0, 9]] = np.roll(logits[2, [0, 9]], 1, axis=-1)
    assert spec.score(logits, batch, {}) == {"exact": 0.5, "characters": 37 / 40}


def test_the_report_draws_dates_that_are_held_out():
    spec = CATALOG["attention"].spec()
    held_out = {row.tobytes() for row in spec.held_out()["y"]}
    view = spec.plot_inputs()
    assert all(row.tobytes() in held_out for row in view["y"])
    assert len(set(view["lengths"])) == 3


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("attention") == pytest.approx((1675.122649, 18021), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    more = ["every length", "full length", "the same character"]
    assert edge_cases("attention") == [*FEW, *more]
