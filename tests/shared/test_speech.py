"""Spoken digits as they ship, their harder views, and noise."""

import numpy as np
import pytest
from scipy.signal import welch

from shared.data import make_spoken_digits
from shared.datasets import files, speech
from shared.datasets.speech import NOISES, RATE, decode, encode, harder_view, mixed, noise, placed, power
from shared.mel import mel, mel_matrix
from shared.randomness import generator

SAMPLES = 8000


def test_the_clips_are_counted():
    """Ten words in two takes of 24 voices. The voices of the test are those of three timbres, in two accents each."""
    data = speech.spoken_digits()
    assert (len(data.train), len(data.test), len(data.voices)) == (360, 120, 24)
    for clips, voices in ((data.train, 18), (data.test, 6)):
        assert len(set(zip(clips.digit, clips.voice, clips.take))) == len(clips) == voices * 10 * 2
        assert np.bincount(clips.digit).tolist() == [2 * voices] * 10
        assert all(wave.dtype == np.float32 and 0.85 < np.abs(wave).max() <= 0.95 for wave in clips.waves)
    lengths = [len(wave) for clips in (data.train, data.test) for wave in clips.waves]
    assert (min(lengths), max(lengths), sum(lengths)) == (1936, 6668, 1771380)
    timbres = [{data.voices[i].partition("+")[2] for i in clips.voice} for clips in (data.train, data.test)]
    assert timbres[1] == {"m3", "m7", "f2"}
    assert len(timbres[0]) == 9
    assert not timbres[0] & timbres[1]


def test_mu_law_is_finer_near_zero():
    codes = np.arange(256, dtype=np.uint8)
    wave = decode(codes)
    assert wave.dtype == np.float32
    np.testing.assert_array_equal(encode(wave), codes)
    assert (wave[0], wave[-1]) == (-1, 1)
    steps = np.diff(wave.astype(float))
    assert steps.argmin() == 127  # the middle step, across zero
    assert steps[-1] / steps[127] > 200


def test_a_wave_is_placed_whole_or_a_part_of_it_fills_the_window():
    random = generator("test_speech", "placed")
    wave = np.arange(1, 6, dtype=np.float32)
    starts = set()
    for _ in range(100):
        window = placed(wave, random, 8)
        start = int(np.flatnonzero(window)[0])
        np.testing.assert_array_equal(window[start : start + 5], wave)
        assert np.count_nonzero(window) == 5
        starts.add(start)
    assert starts == {0, 1, 2, 3}
    assert {tuple(placed(wave, random, 3)) for _ in range(100)} == {(1, 2, 3), (2, 3, 4), (3, 4, 5)}
    np.testing.assert_array_equal(placed(wave, random, 5), wave)


def test_a_harder_view_is_keyed_and_differs():
    wave = speech.spoken_digits().train.waves[0]
    first, again, other = (harder_view(wave, generator("test_speech", key), SAMPLES) for key in ("a", "a", "b"))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (SAMPLES,)
    assert first.dtype == np.float32
    assert np.abs(first - other).max() > 0.1


def test_the_noise_of_a_view_is_as_loud_as_it_is_said_and_all_else_is_the_same(monkeypatch):
    """5 to 20 dB weaker than the word; or a hiss, 50 dB weaker."""
    wave, asked = speech.spoken_digits().train.waves[7], {True: [], False: []}
    for key in range(60):
        views = []
        for noisy, levels in asked.items():
            monkeypatch.setattr(speech, "mixed", lambda window, *args, levels=levels: levels.append(args) or window)
            views.append(harder_view(wave, generator("test_speech", key), SAMPLES, noisy))
        np.testing.assert_array_equal(*views)
        np.testing.assert_array_equal(asked[True][-1][0], asked[False][-1][0])  # the noise, before it is scaled
        assert asked[True][-1][1] == asked[False][-1][1] == pytest.approx(power(wave), rel=0.02)
    levels = [decibels for _, _, decibels in asked[True]]
    assert 5 <= min(levels) < 6
    assert 19 < max(levels) <= 20
    assert {decibels for _, _, decibels in asked[False]} == {50}


def test_noise_is_mixed_at_the_ratio_that_is_asked_for():
    random = generator("test_speech", "mixed")
    window = random.normal(size=SAMPLES)
    for decibels in (20, 0, -5):
        added = mixed(window, 7 * random.normal(size=SAMPLES), 3.0, decibels) - window
        assert 10 * np.log10(3.0 / power(added)) == pytest.approx(decibels, abs=1e-9)


def octaves(wave):
    """The power of each octave from 62.5 Hz to 4 kHz, in decibels."""
    frequency, density = welch(wave, RATE, nperseg=1024)
    bands = [(62.5 * 2**i, 125 * 2**i) for i in range(6)]
    return 10 * np.log10([density[(low <= frequency) & (frequency < high)].sum() for low, high in bands])


def test_pink_noise_is_as_loud_in_each_octave_and_a_car_drones():
    long, train = 64 * SAMPLES, speech.spoken_digits().train
    pink, car = (octaves(noise(kind, generator("test_speech", kind), long, train)) for kind in ("pink", "car"))
    assert np.ptp(pink) < 1.0
    np.testing.assert_allclose(np.diff(car)[3:], -9, atol=1)  # 12 dB an octave, of an octave twice as wide
    assert car[0] - car[-1] > 30


def test_babble_is_made_of_voices_to_learn_from(monkeypatch):
    """Each talker is one voice, as loud as every other; none is a voice of the test, whose clips it never sees."""
    train = speech.spoken_digits().train
    alone = train.chosen(train.voice == train.voice[0])
    monkeypatch.setattr(speech, "TALKERS", 1)
    said = noise("babble", generator("test_speech", "babble"), SAMPLES, alone)
    assert power(said) == pytest.approx(1)
    scaled = said / np.abs(said).max()
    found = 0
    for wave in alone.waves:  # somewhere a word of this voice is found whole, but for its loudness
        product = np.correlate(scaled, wave, "valid")
        norms = np.sqrt(np.correlate(scaled**2, np.ones(len(wave)), "valid") * np.sum(wave.astype(float) ** 2))
        found += np.max(product / np.maximum(norms, 1e-9)) > 0.999
    assert found >= 1


@pytest.mark.parametrize("kind", NOISES)
def test_noise_is_new_each_time_and_the_same_for_the_same_key(kind):
    train = speech.spoken_digits().train
    first, again, other = (noise(kind, generator("test_speech", key), SAMPLES, train) for key in ("a", "a", "b"))
    np.testing.assert_array_equal(first, again)
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.2
    assert abs(first.mean()) < 0.1 * np.sqrt(power(first))


@pytest.mark.parametrize(("frame", "bands"), [(256, 32), (96, 17)])
def test_the_mel_matrix_is_tensorflows(frame, bands):
    """TensorFlow leaves the constant out, frequency 0, which is outside of every band here too. It counts in float32
    unless it is told otherwise."""
    import tensorflow as tf

    own = mel_matrix(frame, bands, RATE)
    theirs = tf.signal.linear_to_mel_weight_matrix(bands, frame // 2 + 1, RATE, 0.0, RATE / 2, tf.float64).numpy()
    np.testing.assert_allclose(own, theirs, atol=1e-6)
    assert (own.max(0) > 0).all()  # no band is empty


def test_a_kilohertz_is_a_thousand_mel():
    assert mel(1000) == pytest.approx(1000, abs=0.1)
    assert mel(0) == 0


def espeak(monkeypatch, rate=22050):
    """In the place of espeak-ng, a tone for every word, in silence. Its header has no right length, as in a pipe."""
    asked = []

    def run(command, **_):
        asked.append(command)
        tone = np.zeros(rate // 2)
        tone[rate // 10 : rate // 10 + rate // 5] = 0.5 * np.sin(np.arange(rate // 5) / 10)
        head = b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\1\0\1\0" + rate.to_bytes(4, "little") + bytes(8)
        sound = head + b"data\xff\xff\xff\x7f" + (tone * 32767).astype("<i2").tobytes()
        return type("Done", (), {"stdout": sound})

    monkeypatch.setattr(make_spoken_digits.subprocess, "run", run)
    return asked


def test_the_script_makes_arrays_as_the_file_has_them(monkeypatch):
    """All but the sound itself: espeak-ng is not needed to use the data."""
    asked = espeak(monkeypatch)
    made, shipped = make_spoken_digits.make(), files.load("spoken_digits.npz")
    assert made.keys() == shipped.keys()
    for name, value in shipped.items():
        assert (made[name].dtype, made[name].ndim) == (value.dtype, value.ndim), name
        if name not in ("codes", "offsets"):
            np.testing.assert_array_equal(made[name], value, err_msg=name)
    assert made["offsets"].shape == shipped["offsets"].shape
    assert made["offsets"][-1] == len(made["codes"])
    assert asked[0] == ["espeak-ng", "-v", "en-us+m1", "-s", "130", "-p", "35", "-z", "--stdout", "zero"]
    assert asked[-1] == ["espeak-ng", "-v", "en-029+f4", "-s", "185", "-p", "62", "-z", "--stdout", "nine"]
    wave = decode(made["codes"][: made["offsets"][1]])
    assert 1600 <= len(wave) <= 1600 + 2 * make_spoken_digits.MARGIN + 2 * make_spoken_digits.FRAME
    assert np.abs(wave).max() == pytest.approx(make_spoken_digits.PEAK, rel=0.03)


def test_the_script_refuses_another_rate(monkeypatch):
    espeak(monkeypatch, 16000)
    with pytest.raises(SystemExit, match="no wave file of 22050 samples a second"):
        make_spoken_digits.make()
