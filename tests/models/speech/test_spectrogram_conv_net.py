"""The convolutional net for spectrograms against PyTorch's layers, and what it is judged on."""

import numpy as np
import pytest
from torch import nn

from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.datasets.speech import NOISES, harder_view, power
from shared.errors import UsageError
from shared.randomness import generator
from shared.speech.spoken_spec import DECIBELS, MOST, NOISY, VIEWS
from tests.models.convolutional.pytorch_layers import Channels, conv_layer, filled
from tests.models.pins import edge_cases, sums
from tests.models.speech.listeners import CLIPS, hears_no_loudness, is_frameworks

NAME = "spectrogram_conv_net"


@pytest.mark.parametrize("side", SIDES)
def test_it_is_made_of_pytorchs_layers(side):
    def build(state, config):
        layers = [(conv_layer(state[f"kernel{i}"], state[f"bias{i}"]), nn.ReLU(), nn.MaxPool2d(2)) for i in (1, 2, 3)]
        last = filled(nn.Linear(*state["w"].shape), state["w"], state["b"])
        over_time = nn.AdaptiveAvgPool2d((1, config.bands // 8))
        return nn.Sequential(*layers[0], *layers[1], *layers[2], over_time, Channels(), last)

    is_frameworks(side, NAME, build)


def test_it_hears_no_loudness():
    hears_no_loudness(NAME)


def test_the_clips_to_learn_from_are_new_views_at_each_step():
    """Of training clips only, by the keyed generator; `noise` is the share that has noise, and changes nothing else."""
    spec, quiet = CATALOG[NAME].spec(), CATALOG[NAME].spec("clean")
    train = spec.digits().train
    (first, second), (again, _) = ([batch for batch, _ in zip(s.batches(), range(2))] for s in (spec, spec))
    np.testing.assert_array_equal(first["x"], again["x"])
    assert first["x"].shape == (60, 8000)
    assert np.abs(first["x"] - second["x"]).max() > 0.1
    assert np.bincount(first["y"], minlength=10).shape == (10,)
    random, chosen = spec.random("views", 0), generator(*spec.key(), "epoch", 0).permutation(360)[:60]
    noisy = random.random(60) < 0.8
    assert 0 < noisy.sum() < 60
    np.testing.assert_array_equal(first["y"], train.digit[chosen])
    np.testing.assert_array_equal(first["x"][0], harder_view(train.waves[chosen[0]], random, 8000, noisy[0]))
    clean = next(quiet.batches())
    np.testing.assert_array_equal(clean["y"], first["y"])
    same = [np.array_equal(*views) for views in zip(clean["x"], first["x"])]
    assert same == (~noisy).tolist()


def test_the_held_out_clips_are_the_same_for_every_seed_and_variant():
    one, other = CATALOG[NAME].spec(samples=1150), CATALOG[NAME].spec("clean", seed=3, samples=1150)
    x = one.held_out()["x"]
    np.testing.assert_array_equal(x, other.held_out()["x"])
    assert len(x) == 120 * (VIEWS + 1) + MOST * len(NOISY)
    assert not np.array_equal(next(one.batches())["x"], next(CATALOG[NAME].spec(seed=3, samples=1150).batches())["x"])


def test_noise_is_as_loud_as_its_name_says():
    """A clean clip at its place is what remains if the noise is taken away; so is the power of the noise."""
    spec = CATALOG[NAME].spec()
    words = {i: power(wave) for i, wave in enumerate(spec.digits().test.waves)}
    for kind in NOISES:
        for decibels in DECIBELS:
            x = spec.condition(f"{kind}_{decibels}_db")["x"].astype(float)
            total = np.mean(x**2, axis=1)
            lengths = np.array([len(w) for w in spec.digits().test.waves])
            expected = np.mean([p * n / 8000 + p / 10 ** (decibels / 10) for p, n in zip(words.values(), lengths)])
            assert total.mean() == pytest.approx(expected, rel=0.05)


def test_the_score_is_one_number_for_each_condition():
    spec = CATALOG[NAME].spec(samples=1150)
    batch = spec.held_out()
    right = np.eye(10)[batch["y"]]
    scores = spec.score(right, batch, {})
    assert list(scores) == ["test_accuracy", "clean_accuracy", *NOISY]
    assert set(scores.values()) == {1}
    spoilt = slice(120 * VIEWS, 120 * VIEWS + 12)  # a tenth of the clean clips
    right[spoilt] = np.eye(10)[(batch["y"][spoilt] + 1) % 10]
    wrong = spec.score(right, batch, {})
    assert wrong.pop("clean_accuracy") == pytest.approx(0.9)
    assert set(wrong.values()) == {1}


def test_unknown_data_are_refused():
    with pytest.raises(UsageError, match="unknown data 'fsd': did you mean 'fsdd'"):
        next(CATALOG[NAME].spec(data="fsd").batches())


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums(NAME) == pytest.approx((751.150977, 15722.567003), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases(NAME) == CLIPS
