"""The network that writes verse against its formulas in NumPy, and what it draws against the probabilities."""

import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import find
from shared.datasets import files, text
from shared.errors import UsageError
from tests.helpers import SMALL
from tests.models.pins import FEW, edge_cases, sums


def state_after(w, character, h):
    """One step of the GRU."""
    z = w["embedding"][character] @ w["cell/kernel"] + w["cell/bias"]
    k = h @ w["cell/recurrent_kernel"] + w["cell/recurrent_bias"]
    (z_r, z_u, z_n), (k_r, k_u, k_n) = np.split(z, 3, axis=1), np.split(k, 3, axis=1)
    u = expit(z_u + k_u)
    return u * h + (1 - u) * np.tanh(z_n + expit(z_r + k_r) * k_n)


@pytest.mark.parametrize("variant", ["plain", "while_loop"])
@pytest.mark.parametrize("side", SIDES)
def test_it_reads_and_writes_as_the_formulas_say(side, variant):
    with twin(side, "char_rnn", variant=variant, **SMALL) as arm:
        for _, step in zip(range(3), arm.spec.batches()):
            arm.step(step)
        batch, w = next(arm.spec.batches()), arm.state()
        h, logits, written = np.zeros((len(batch["x"]), arm.spec.config.hidden)), [], []
        for character in batch["x"].T:
            h = state_after(w, character, h)
            logits.append(h @ w["w"] + w["b"])
        following = logits[-1]
        for u in batch["uniforms"].T:
            p = softmax(following / batch["temperature"][:, None].astype(np.float64), axis=1)
            written.append([np.searchsorted(np.cumsum(row), number, side="right") for row, number in zip(p, u)])
            h = state_after(w, written[-1], h)
            following = h @ w["w"] + w["b"]
        taps = arm.forward(batch, training=False)
        logits = np.stack(logits, axis=1)
        np.testing.assert_allclose(taps["logits"], logits, rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(taps["text"], np.concatenate([batch["x"], np.transpose(written)], axis=1))
        nats = -np.take_along_axis(log_softmax(logits, axis=2), batch["y"][..., None], axis=2)
        assert arm.loss(batch) == pytest.approx(nats.mean(), rel=1e-12)


@pytest.mark.parametrize("side", SIDES)
def test_characters_are_drawn_as_often_as_they_are_likely(side):
    """Evenly spread numbers draw each character as often as its probability says, to within one."""
    with twin(side, "char_rnn", **SMALL) as arm:
        draws, first = 2000, next(arm.spec.batches())
        same = {name: np.repeat(value[:1], draws, axis=0) for name, value in first.items()}
        same |= {"uniforms": ((np.arange(draws) + 0.5) / draws).astype(np.float32)[:, None]}
        same |= {"temperature": np.full(draws, 0.05, np.float32)}
        taps = arm.forward(same, training=False)
        p = softmax(taps["logits"][0, -1] / np.float64(np.float32(0.05)))
        counts = np.bincount(taps["text"][:, -1], minlength=len(p))
        assert np.abs(counts - draws * p).max() <= 1
        assert p.max() > 2 * p.min()


@pytest.mark.parametrize("side", SIDES)
def test_a_low_temperature_writes_the_likeliest_and_zero_is_refused(side):
    with twin(side, "char_rnn", **SMALL) as arm:
        batch = next(arm.spec.batches())
        cold = arm.forward({**batch, "temperature": np.full_like(batch["temperature"], 1e-4)}, training=False)
        length = arm.spec.config.length
        np.testing.assert_array_equal(cold["text"][:, length], cold["logits"][:, -1].argmax(1))
        with pytest.raises(UsageError, match="a temperature must be above 0"):
            arm.forward({**batch, "temperature": 0 * batch["temperature"]})


@pytest.mark.parametrize("side", SIDES)
def test_it_writes_as_much_as_it_is_given_numbers_for(side):
    with twin(side, "char_rnn", **SMALL) as arm:
        batch = next(arm.spec.batches())
        many = np.tile(batch["uniforms"], (1, 5))
        long = arm.forward({**batch, "uniforms": many})["text"]
        short = arm.forward(batch)["text"]
        none = arm.forward({**batch, "uniforms": many[:, :0]})["text"]
        np.testing.assert_array_equal(long[:, : short.shape[1]], short)
        np.testing.assert_array_equal(none, batch["x"])
        assert long.shape[1] == batch["x"].shape[1] + many.shape[1]


def test_only_the_second_half_of_a_row_is_judged():
    """What is known of nothing costs the logarithm of the number of characters."""
    spec = find("char_rnn").spec()
    batch = spec.held_out()
    output = np.zeros((*batch["x"].shape, spec.config.characters))
    assert spec.score(output, batch, {}) == pytest.approx({"bits_per_character": np.log2(62)})
    right = 50 * np.eye(62)[batch["y"]]
    half = spec.config.length // 2
    output[:, half:] = right[:, half:]
    assert spec.score(output, batch, {})["bits_per_character"] < 1e-12
    judged = batch["y"][:, half:].ravel()
    np.testing.assert_array_equal(judged, text.verse().test[1 + half :][: len(judged)])  # each character once


def test_the_verse_is_what_it_was_and_a_damaged_one_is_refused(tmp_path, monkeypatch):
    data = text.verse()
    whole = np.concatenate([data.train, data.test])
    assert (len(data.train), len(data.test), len(data.alphabet)) == (270_000, 30_000, 62)
    assert data.decoded(whole) == files.content("verse.txt").decode()
    assert data.decoded(whole[:14]) == "First Citizen:"
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    (tmp_path / "verse.txt").write_bytes(files.CHECKSUMS["verse.txt"].encode())
    with pytest.raises(UsageError, match=r"data file verse\.txt is damaged"):
        files.content("verse.txt")


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("char_rnn") == pytest.approx((5080.654221, 139586.0), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("char_rnn") == [*FEW, "the same character", "zeros", "ones", "cold", "hot"]
