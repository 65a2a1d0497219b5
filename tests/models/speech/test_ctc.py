"""The net for connected digits against PyTorch's layers, row by row, and what it learns from."""

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.datasets import speech
from shared.errors import UsageError
from shared.speech.ctc import BLANK, HELD_OUT
from tests.helpers import SMALL
from tests.models.convolutional.pytorch_layers import conv_layer, filled
from tests.models.pins import FEW, edge_cases, sums
from tests.models.speech.listeners import image

NAME = "ctc"


def layers(state, config):
    """The net of PyTorch's layers, from an image (1, 1, T, M) to logits (T', 11)."""
    seen = nn.Sequential(conv_layer(state["kernel"], state["bias"]), nn.ReLU(), nn.MaxPool2d((config.pool, 2)))
    gru = nn.GRU(config.features, config.hidden, batch_first=True, bidirectional=True).double()
    values = {"weight_ih": "kernel", "weight_hh": "recurrent_kernel", "bias_ih": "bias", "bias_hh": "recurrent_bias"}
    ways = {"l0": "forwards", "l0_reverse": "backwards"}
    names = {f"{own}_{way}": f"{cell}/{name}" for own, name in values.items() for way, cell in ways.items()}
    gru.load_state_dict({own: torch.tensor(state[name].T) for own, name in names.items()})
    last = filled(nn.Linear(*state["w"].shape), state["w"], state["b"])
    return lambda image: last(gru(seen(image).permute(0, 2, 3, 1).flatten(2))[0])[0]


@pytest.mark.parametrize("side", SIDES)
def test_each_row_gets_what_pytorchs_layers_make_of_it_alone(side):
    """Cut off at its end, so that nothing follows: nn.GRU over nn.Conv2d, and nn.CTCLoss."""
    with twin(side, NAME, **SMALL) as arm:
        for _, batch in zip(range(3), arm.spec.batches()):
            arm.step(batch)  # away from the initial values, some of which are zeros
        config, net = arm.spec.config, layers(arm.state(), arm.spec.config)
        found, losses, lost = arm.predict(batch), [], nn.CTCLoss(blank=BLANK, reduction="none")
        assert len(set(batch["lengths"])) > 5
        for row, (length, count) in enumerate(zip(batch["lengths"], batch["digits"])):
            logits = net(image(batch["x"][row : row + 1, :length], config)).detach()
            assert len(logits) == config.steps(length) < found.shape[1]
            np.testing.assert_allclose(found[row, : len(logits)], logits, rtol=1e-10, atol=1e-12)
            text = torch.tensor(batch["y"][row : row + 1, :count])
            ends = torch.tensor([len(logits)]), torch.tensor([count])
            losses.append(lost(logits.log_softmax(1)[:, None], text, *ends).item())
        assert arm.loss(batch) == pytest.approx(np.mean(losses), rel=1e-12)


@pytest.mark.parametrize("side", SIDES)
def test_what_stands_after_a_rows_end_does_not_matter(side):
    with twin(side, NAME, **SMALL) as arm:
        batch = next(arm.spec.batches())
        behind = np.arange(arm.spec.config.samples) >= batch["lengths"][:, None]
        rest = np.arange(arm.spec.config.longest) >= batch["digits"][:, None]
        assert behind.any(axis=1).all()
        assert rest.any()
        other = batch | {"x": np.where(behind, 5, batch["x"]), "y": np.where(rest, 7, batch["y"])}
        np.testing.assert_array_equal(arm.predict(other), arm.predict(batch))
        assert arm.loss(other) == arm.loss(batch)
        one, two = arm.gradients(batch), arm.gradients(other)
        for name in one:
            np.testing.assert_array_equal(one[name], two[name])


LONG = "row 2 is too short for its text: 3 digits, with a blank between equal ones, take 5 steps, and it has 4"
REFUSED = [
    ("lengths", 191, "row 2 has a length of 191: lengths are 192 to 1400 samples"),
    ("lengths", 1401, "row 2 has a length of 1401: lengths are 192 to 1400 samples"),
    ("digits", 0, "row 2 has 0 digits: texts have 1 to 3"),
    ("digits", 4, "row 2 has 4 digits: texts have 1 to 3"),
    ("y", [1, 10, 2], "row 2 has the text [1, 10, 2]: digits are 0 to 9"),
    ("y", [1, -1, 2], "row 2 has the text [1, -1, 2]: digits are 0 to 9"),
    ("y", [4, 4, 4], LONG),
]


@pytest.mark.parametrize("side", SIDES)
def test_what_cannot_be_is_refused(side):
    with twin(side, NAME, **SMALL, observed=False) as arm:
        batch = {name: values.copy() for name, values in next(arm.spec.batches()).items()}
        batch["digits"][2], batch["lengths"][2] = 3, 767  # four steps: enough for three digits, but not for equal ones
        batch["y"][2] = [4, 4, 5]
        arm.step(batch)
        for entry, value, said in REFUSED:
            values = batch[entry].copy()
            values[2] = value
            for use in (arm.step, arm.predict):
                with pytest.raises(UsageError) as error:
                    use(batch | {entry: values})
                assert str(error.value) == said


def test_words_are_joined_with_silence_between_them():
    words = [np.full(n, value, np.float32) for n, value in ((2, 1), (3, 2), (1, 3))]
    wave = speech.connected(words, np.array([1, 2, 0, 3]))
    assert wave.dtype == np.float32
    assert wave.tolist() == [0, 1, 1, 0, 0, 2, 2, 2, 3, 0, 0, 0]
    assert speech.connected([], np.array([2])).tolist() == [0, 0]


def spoken(wave, clips):
    """The numbers of the clips that make up a clean string, and the silences around them. No sample of a clip is 0."""
    found, silences, end = [], [], 0
    while wave[end:].any():
        begin = end + int(np.flatnonzero(wave[end:])[0])
        fits = [i for i, own in enumerate(clips.waves) if np.array_equal(wave[begin : begin + len(own)], own)]
        found += fits
        silences.append(begin - end)
        end = begin + len(clips.waves[fits[0]])
    return found, [*silences, len(wave) - end]


def test_the_clean_strings_are_clips_of_one_voice_never_heard_before():
    spec, clips = CATALOG[NAME].spec(), speech.spoken_digits().test
    held_out, pause = spec.held_out(), spec.config.pause
    assert len(held_out["y"]) == 2 * HELD_OUT
    everywhere = set()
    for row in range(HELD_OUT):
        length, count = held_out["lengths"][row], held_out["digits"][row]
        chosen, silences = spoken(held_out["x"][row, :length], clips)
        assert not held_out["x"][row, length:].any()
        assert clips.digit[chosen].tolist() == held_out["y"][row, :count].tolist()
        assert len(set(clips.voice[chosen])) == 1
        assert pause // 4 <= min(silences) <= max(silences) <= pause
        everywhere |= set(chosen)
    assert len(everywhere) > 110  # of 120
    assert set(held_out["digits"]) == {3, 4, 5, 6}


def test_the_strings_to_learn_from_are_views_of_training_clips():
    """New ones for each seed, half of them without noise; what is held out does not change."""
    spec = CATALOG[NAME].spec()
    first, again = next(spec.batches()), next(CATALOG[NAME].spec().batches())
    for name, values in first.items():
        np.testing.assert_array_equal(values, again[name])
    assert not np.array_equal(first["x"], next(CATALOG[NAME].spec(seed=1).batches())["x"])
    np.testing.assert_array_equal(spec.held_out()["x"], CATALOG[NAME].spec(seed=1).held_out()["x"])
    begins = np.array([np.abs(row[:40]).max() for row in first["x"]])  # before the first word: noise, or a faint hiss
    assert 6 <= np.sum(begins < 2e-3) <= 18  # of 24
    assert first["lengths"].max() <= spec.config.samples
    assert first["lengths"].min() > 3 * 1936 * np.exp(-0.1)


def test_every_string_has_an_alignment_and_fits():
    for size in ("proof", "small"):
        spec = CATALOG[NAME].spec(size=size)
        spec.check(spec.held_out())
        for _, batch in zip(range(spec.config.strings // spec.config.batch), spec.batches()):
            spec.check(batch)


def test_the_score_is_the_share_of_wrong_digits():
    spec = CATALOG[NAME].spec(size="proof")
    batch = spec.held_out()
    y, digits, steps = batch["y"], batch["digits"], spec.config.steps(batch["lengths"])
    logits = np.full((2 * HELD_OUT, steps.max() + 2, BLANK + 1), -9.0)
    logits[..., BLANK] = 0
    for row in range(2 * HELD_OUT):
        at = 0
        for i, digit in enumerate(y[row, : digits[row]]):
            at += i > 0 and digit == y[row, i - 1]  # a blank in between
            logits[row, at, digit] = 9
            at += 1
    names = ["greedy_error", "beam_error", "harder_greedy_error", "harder_beam_error"]
    assert spec.score(logits, batch, {}) == dict.fromkeys(names, 0)
    logits[np.arange(logits.shape[1]) >= steps[:, None], 3] = 99  # after the end
    assert spec.score(logits, batch, {}) == dict.fromkeys(names, 0)
    logits[0, 0, y[0, 0]], logits[0, 0, (y[0, 0] + 1) % 10] = -9, 9  # clean, one replaced
    logits[HELD_OUT : HELD_OUT + 3, 0] = 99 * (np.arange(BLANK + 1) == BLANK)  # harder, three left out
    clean, harder = digits[:HELD_OUT].sum(), digits[HELD_OUT:].sum()
    assert spec.score(logits, batch, {}) == pytest.approx(dict(zip(names, [1 / clean] * 2 + [3 / harder] * 2)))


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums(NAME) == pytest.approx((5061.327674, 558166.302023), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    more = ["silence", "one digit", "the same digit", "no step to spare", "loud afterwards", "full length"]
    assert edge_cases(NAME) == [*FEW, "tiny", "large", *more]
