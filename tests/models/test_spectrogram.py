"""The part `spectrogram` against SciPy, and its gradients down to the samples."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.signal import ShortTimeFFT, stft
from scipy.signal.windows import hann

from benchmarks.twins import SIDES
from shared.mel import EPSILON, mel_matrix
from shared.randomness import generator


@dataclass(frozen=True)
class Config:
    samples: int
    frame: int
    hop: int
    bands: int
    rate: int = 8000


# As the models have it; a frame that is no power of two, and samples that remain; frames that do not overlap; one frame
CONFIGS = [Config(8000, 256, 128, 32), Config(1150, 96, 40, 17), Config(701, 100, 100, 12), Config(64, 64, 7, 5)]


def clips(config, rows=3):
    return generator("spectrogram", config.samples).normal(size=(rows, config.samples))


def static(config, x, weight=None, dtype="float64"):
    """The spectrogram; with a weight, the gradient at the samples of the weighted sum."""
    import tensorflow.compat.v1 as tf

    from static_tf.parts.spectrogram import Spectrogram

    with tf.Graph().as_default():
        given = tf.placeholder(dtype, (None, config.samples))
        s = Spectrogram(config)(given)
        wanted = s if weight is None else tf.gradients(tf.reduce_sum(weight * s), given)[0]
        with tf.Session() as session:
            return session.run(wanted, {given: x})


def dynamic(config, x, weight=None, dtype="float64"):
    import torch

    from dynamic_torch.parts.spectrogram import Spectrogram

    given = torch.tensor(x, dtype=getattr(torch, dtype), requires_grad=True)
    s = Spectrogram(config).to(getattr(torch, dtype))(given)
    if weight is None:
        return s.detach().numpy()
    (torch.tensor(weight) * s).sum().backward()
    return given.grad.numpy()


COMPUTED = dict(zip(SIDES, (static, dynamic)))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_it_is_scipys(side, config):
    """scipy.signal.stft without its padding. It divides by the sum of the window."""
    x, window = clips(config), hann(config.frame, sym=False)
    overlap = config.frame - config.hop
    spectrum = stft(x, window=window, nperseg=config.frame, noverlap=overlap, boundary=None, padded=False)[2]
    power = np.abs(spectrum * window.sum()) ** 2  # (N, F, T)
    expected = np.log(power.swapaxes(1, 2) @ mel_matrix(config.frame, config.bands, config.rate) / EPSILON + 1)
    found = COMPUTED[side](config, x)
    assert found.shape == (3, 1 + (config.samples - config.frame) // config.hop, config.bands)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("side", SIDES)
def test_it_is_scipys_other_one(side):
    """ShortTimeFFT centres its slices: the first that begins at the first sample is the one at half a frame."""
    config, window = CONFIGS[0], hann(256, sym=False)
    x = clips(config)
    transform = ShortTimeFFT(window, config.hop, config.rate)
    spectrum = transform.stft(x)[:, :, 1 - transform.p_min : 1 - transform.p_min + 61]
    expected = np.log((np.abs(spectrum) ** 2).swapaxes(1, 2) @ mel_matrix(256, 32, 8000) / EPSILON + 1)
    np.testing.assert_allclose(COMPUTED[side](config, x), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_both_sides_are_equal(config):
    x = clips(config)
    weight = generator("spectrogram", "weight").normal(size=static(config, x).shape)
    np.testing.assert_allclose(static(config, x), dynamic(config, x), rtol=0, atol=1e-12)
    gradients = [side(config, x, weight) for side in (static, dynamic)]
    assert np.linalg.norm(gradients[0] - gradients[1]) <= 1e-12 * np.linalg.norm(gradients[1])


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_gradients_reach_the_samples(side, config):
    """They are the slope of a weighted sum, by central differences along a random direction and at single samples."""
    x, compute = clips(config, rows=1), COMPUTED[side]
    weight = generator("spectrogram", "weight").normal(size=compute(config, x).shape)
    gradient = compute(config, x, weight)
    everywhere = generator("spectrogram", "direction").normal(size=x.shape)
    singles = [np.eye(config.samples)[[place]] for place in (1, config.samples // 2, config.frame - 1)]
    for direction in (everywhere, *singles):
        ends = [np.sum(weight * compute(config, x + sign * 1e-5 * direction)) for sign in (1, -1)]
        slope = np.sum(gradient * direction)
        assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(slope, rel=1e-5, abs=1e-6 * np.abs(gradient).max())


@pytest.mark.parametrize("side", SIDES)
def test_silence_is_zero_and_has_a_gradient_of_zero(side):
    """Not NaN, which the gradient of an absolute value would be."""
    config = CONFIGS[1]
    silence = np.zeros((2, config.samples))
    found = COMPUTED[side](config, silence)
    np.testing.assert_array_equal(found, 0)
    np.testing.assert_array_equal(COMPUTED[side](config, silence, np.ones_like(found)), 0)


@pytest.mark.parametrize("side", SIDES)
def test_what_remains_after_the_last_frame_is_left_out(side):
    config = CONFIGS[1]
    x, frames = clips(config), 1 + (config.samples - config.frame) // config.hop
    other = x.copy()
    other[:, config.hop * (frames - 1) + config.frame :] += 5
    assert np.abs(other - x).max() > 0
    np.testing.assert_array_equal(COMPUTED[side](config, x), COMPUTED[side](config, other))


def test_the_matrix_of_the_bands_is_no_part_of_a_state_and_was_never_float32():
    import torch

    from dynamic_torch.parts.spectrogram import Spectrogram

    part = Spectrogram(CONFIGS[0]).to(torch.float32)
    np.testing.assert_array_equal(part.mel, mel_matrix(256, 32, 8000))
    assert part.mel.dtype == np.float64
    assert part.state_dict() == {}


@pytest.mark.parametrize("side", SIDES)
def test_in_float32_it_is_as_good_as_float32(side):
    config = CONFIGS[0]
    x = clips(config).astype(np.float32)
    found = COMPUTED[side](config, x, dtype="float32")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, COMPUTED[side](config, x), atol=2e-5)
