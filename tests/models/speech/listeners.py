"""What the tests of all nets that hear digits share."""

import numpy as np
import pytest
import torch
from scipy.signal import stft
from scipy.signal.windows import hann
from scipy.special import log_softmax

from benchmarks import twin
from shared.mel import EPSILON, mel_matrix
from tests.helpers import SMALL
from tests.models.pins import FEW

CLIPS = [*FEW, "zeros", "large", "burst"]  # edge cases


def image(x, config):
    """The log-mel spectrogram, with mean 0, as an image of PyTorch's (N, 1, T, M): by SciPy."""
    window, overlap = hann(config.frame, sym=False), config.frame - config.hop
    spectrum = stft(
        x.astype(float), window=window, nperseg=config.frame, noverlap=overlap, boundary=None, padded=False
    )[2]
    power = np.abs(spectrum * window.sum()) ** 2
    s = np.log(power.swapaxes(1, 2) @ mel_matrix(config.frame, config.bands, config.rate) / EPSILON + 1)
    return torch.tensor(s - s.mean((1, 2), keepdims=True))[:, None]


def is_frameworks(side, name, build):
    """A net is layers of PyTorch's with the same values, behind SciPy's spectrogram: logits and loss.

    `build(state, config)` returns the function of an image to logits.
    """
    with twin(side, name, **SMALL) as arm:
        for _, batch in zip(range(3), arm.spec.batches()):
            arm.step(batch)  # away from the initial values, some of which are zeros
        config = arm.spec.config
        logits = build(arm.state(), config)(image(batch["x"], config)).detach().numpy()
        np.testing.assert_allclose(arm.predict(batch), logits, rtol=1e-10, atol=1e-12)
        picked = log_softmax(logits, axis=1)[np.arange(len(batch["y"])), batch["y"]]
        assert arm.loss(batch) == pytest.approx(-picked.mean(), rel=1e-12)


def hears_no_loudness(name):
    """A word that is twice as loud has the same logits, but for what epsilon adds to its softest bands."""
    with twin("dynamic", name, **SMALL) as arm:
        batch = next(arm.spec.batches())
        loud, louder = ({**batch, "x": factor * batch["x"]} for factor in (1e4, 2e4))
        np.testing.assert_allclose(arm.predict(loud), arm.predict(louder), rtol=1e-4, atol=1e-4)
        assert np.abs(arm.predict(loud)).max() > 0.1
