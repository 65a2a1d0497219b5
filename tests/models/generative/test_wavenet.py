"""The network that speaks against PyTorch's dilated convolution; what a logit depends on; four ways to draw."""

from importlib import import_module
from itertools import product

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, softmax
from torch.nn import functional as F

from benchmarks import twin
from benchmarks.twins import SIDES, load
from shared.catalog import find
from shared.datasets import speech
from tests.helpers import SMALL, proof_twin
from tests.models.pins import FEW, edge_cases, sums

REACH = 1 + 1 + 2 + 4  # of the proof's layers


def random_batch(spec, size=3, length=21, sampled=0):
    """Any codes, and as many numbers to draw with as are asked for."""
    random, codes = np.random.default_rng(2), spec.config.codes
    window = random.integers(0, codes, (size, length + 1))
    uniforms = random.random((size, sampled), np.float32)
    return {"x": window[:, :-1], "y": window[:, 1:], "digit": random.integers(0, 10, size), "uniforms": uniforms}


def decided(arm):
    """A twin whose probabilities differ much from code to code: at first they are nearly equal, whatever was read."""
    state = arm.state()
    arm.load({**state, "w3": 40 * state["w3"]})
    return arm


def by_convolutions(w, config, x, digit):
    """The logits, by PyTorch's own dilated convolution in float64."""
    w = {name: torch.as_tensor(value) for name, value in w.items()}
    h, s = w["embedding"][torch.as_tensor(x)], w["b1"]
    for i, d in enumerate(config.dilations):
        kernel = w[f"layers/{i}/kernel"].permute(2, 1, 0)  # (2G, C, 2)
        z = F.conv1d(F.pad(h.transpose(1, 2), (d, 0)), kernel, dilation=d).transpose(1, 2)
        z = z + w[f"layers/{i}/digit"][torch.as_tensor(digit), None]
        g = torch.tanh(z[..., : config.gates]) * torch.sigmoid(z[..., config.gates :])
        s = s + g @ w[f"skips/{i}"]
        h = h + g @ w[f"residuals/{i}"] if i < len(config.dilations) - 1 else h
    return (F.relu(F.relu(s) @ w["w2"] + w["b2"]) @ w["w3"] + w["b3"]).numpy()


@pytest.mark.parametrize("side", SIDES)
def test_it_is_a_stack_of_dilated_convolutions(side):
    arm = proof_twin(side, "wavenet")
    for _, step in zip(range(3), arm.spec.batches()):
        arm.step(step)
    batch = random_batch(arm.spec)
    taps = arm.forward(batch, training=False)
    logits = by_convolutions(arm.state(), arm.spec.config, batch["x"], batch["digit"])
    np.testing.assert_allclose(taps["logits"], logits, rtol=1e-11, atol=1e-13)
    likely = np.take_along_axis(log_softmax(logits, axis=2), batch["y"][..., None], axis=2)[..., 0]
    np.testing.assert_allclose(taps["log_likelihood"], likely, rtol=1e-11)
    assert arm.loss(batch) == pytest.approx(-likely.mean(), rel=1e-12)


@pytest.mark.parametrize("side", SIDES)
def test_a_logit_depends_on_the_samples_it_reaches_and_on_none_to_come(side):
    """Changing sample i moves the logits of what follows i, up to the one that is REACH - 1 samples later: no logits of
    what comes at or before i, and none farther away."""
    arm = proof_twin(side, "wavenet")
    one = random_batch(arm.spec, size=1)
    length = one["x"].shape[1]
    x = np.tile(one["x"], (length + 1, 1))
    x[np.arange(length), np.arange(length)] += 1  # row i: sample i is changed; the last row: none is
    x %= arm.spec.config.codes
    rows = {name: np.repeat(value, length + 1, axis=0) for name, value in one.items()}
    logits = arm.forward(rows | {"x": x}, training=False)["logits"]
    moved = np.abs(logits[:-1] - logits[-1]).max(axis=2) > 1e-13  # [i, t]: whether sample i moves those after t
    i, t = np.indices(moved.shape)
    np.testing.assert_array_equal(moved, (i <= t) & (t < i + REACH))


def test_how_far_it_reaches():
    assert find("wavenet").spec().config.reach == 512
    assert find("wavenet").spec(size="proof").config.reach == REACH


@pytest.mark.parametrize("side", SIDES)
def test_the_probabilities_of_all_waves_of_three_samples_sum_to_one(side):
    with twin(side, "wavenet", codes=3, observed=False, **SMALL) as arm:
        waves = np.array(list(product([1], range(3), range(3), range(3))))
        batch = {"x": waves[:, :-1], "y": waves[:, 1:], "digit": np.full(27, 7), "uniforms": np.empty((27, 0))}
        likelihoods = np.exp(arm.predict(batch).sum(axis=1))
        assert likelihoods.sum() == pytest.approx(1, rel=1e-12)
        assert likelihoods.std() > 1e-3


def test_four_ways_draw_the_same_samples_and_they_are_those_of_the_probabilities():
    """Longer than a logit reaches; from one sample, and from more than a logit reaches."""
    heard = []
    for side, variant in product(SIDES, ("plain", "naive")):
        arm = proof_twin(side, "wavenet", variant)
        w, config = decided(arm).state(), arm.spec.config
        batches = [random_batch(arm.spec, length=length, sampled=3 * REACH) for length in (1, REACH + 3)]
        heard.append([arm.forward(batch, training=False)["audio"] for batch in batches])
    for place, batch in enumerate(batches):
        audio = batch["x"]
        for u in batch["uniforms"].T:
            p = softmax(by_convolutions(w, config, audio, batch["digit"])[:, -1], axis=1)
            code = [np.searchsorted(np.cumsum(row), number, side="right") for row, number in zip(p, u)]
            audio = np.concatenate([audio, np.transpose([code])], axis=1)
        assert len({row.tobytes() for row in audio}) == len(audio)
        for way in heard:
            np.testing.assert_array_equal(way[place], audio)


@pytest.mark.parametrize("variant", ["plain", "naive"])
@pytest.mark.parametrize("side", SIDES)
def test_with_queues_only_the_new_sample_is_read(side, variant, monkeypatch):
    """How many samples each product reads: those of the batch, and then one a time, or all that a logit depends on."""
    model, _ = load(side, "wavenet")
    module, read = import_module(model.__module__), []
    plain = module.product

    def counted(h, w):
        if side == "dynamic":
            read.append(h.shape[1])
            return plain(h, w)
        count = module.tf.numpy_function(lambda size: read.append(int(size)) or size, [module.tf.shape(h)[1]], "int32")
        with module.tf.control_dependencies([count]):
            return plain(module.tf.identity(h), w)

    monkeypatch.setattr(module, "product", counted)
    with twin(side, "wavenet", variant=variant, **SMALL) as arm:
        batch = random_batch(arm.spec, length=2, sampled=20)
        read.clear()
        arm.forward(batch, training=False)
        products = len(read) // 21
        lengths = [1] * 20 if variant == "plain" else [min(2 + drawn, REACH) for drawn in range(1, 21)]
        assert sorted(read) == sorted(products * [2, *lengths])
        assert products == 3 * 2 + 3 + 2 + 2


@pytest.mark.parametrize("side", SIDES)
def test_samples_are_drawn_as_often_as_they_are_likely(side):
    """Evenly spread numbers draw each code as often as its probability says, to within one."""
    arm = proof_twin(side, "wavenet")
    draws, one = 2000, random_batch(arm.spec, size=1, length=3)
    same = {name: np.repeat(value, draws, axis=0) for name, value in one.items()}
    same |= {"uniforms": ((np.arange(draws) + 0.5) / draws).astype(np.float32)[:, None]}
    taps = decided(arm).forward(same, training=False)
    p = softmax(taps["logits"][0, -1])
    counts = np.bincount(taps["audio"][:, -1], minlength=len(p))
    assert np.abs(counts - draws * p).max() <= 1
    assert p.max() > 2 * p.min()


@pytest.mark.parametrize("side", SIDES)
def test_each_digit_moves_the_gates_of_each_layer(side):
    arm = proof_twin(side, "wavenet")
    batch = random_batch(arm.spec, size=2)
    batch = {name: value[[0, 0]] for name, value in batch.items()} | {"digit": np.array([3, 4])}
    taps = arm.forward(batch)
    assert all(np.all(taps[f"g{i}"][0] != taps[f"g{i}"][1]) for i in (1, 2, 3))
    gradients = arm.gradients(batch)
    for i in range(3):
        touched = np.any(gradients[f"layers/{i}/digit"], axis=1)
        np.testing.assert_array_equal(np.flatnonzero(touched), [3, 4])


def test_every_sample_of_the_held_out_clips_is_judged_once_and_nothing_else():
    """A code of which nothing is known costs 8 bits."""
    spec, clips = find("wavenet").spec(), speech.spoken_digits().test
    batch = spec.held_out()
    judged = np.zeros(batch["y"].shape, bool)
    for row, wave in enumerate(clips.waves):
        begin = spec.config.reach - 1
        judged[row, begin : begin + len(wave)] = True
        np.testing.assert_array_equal(speech.decode(batch["y"][row, judged[row]]), wave)
        assert np.all(batch["y"][row, ~judged[row]] == speech.encode(np.zeros(1))), "silence"
    np.testing.assert_array_equal(batch["digit"], clips.digit)
    output = np.where(judged, -np.log(256), np.nan)
    assert spec.score(output, batch, {}) == pytest.approx({"bits_per_sample": 8.0})


def test_training_reads_windows_of_the_clips_to_learn_from():
    spec, clips = find("wavenet").spec(batch=40), speech.spoken_digits().train
    batch = next(spec.batches())
    before = speech.encode(np.zeros(spec.config.reach))
    whole = [np.concatenate([before, speech.encode(wave)]).tobytes() for wave in clips.waves]
    for x, y, digit in zip(batch["x"], batch["y"], batch["digit"]):
        np.testing.assert_array_equal(x[1:], y[:-1])
        window = np.append(x, y[-1]).astype(np.uint8).tobytes()
        assert any(window in wave and of == digit for wave, of in zip(whole, clips.digit))


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("wavenet") == pytest.approx((13312.682534, 654813.0), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("wavenet") == [*FEW, "loudest", "zeros", "ones"]
