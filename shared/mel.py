"""The mel scale, on which equal steps sound equally wide, and the bands of a spectrum that are equally wide on it."""

import numpy as np

EPSILON = 1e-3  # the power of a band that is just heard: what is much softer is as good as silence


def mel(frequency: np.ndarray | float) -> np.ndarray:
    """2595 log10(1 + f / 700), for f in hertz (O'Shaughnessy 1987; the formula of the toolkit HTK)."""
    return 2595 * np.log10(1 + np.asarray(frequency, float) / 700)


def mel_matrix(frame: int, bands: int, rate: int) -> np.ndarray:
    """Weights that add up the power of each frequency to bands, (frame // 2 + 1, bands) float64.

    The bands are triangles, linear in mel; each rises from the centre of the last band to 1 and falls to the centre of
    the next. Their centres and the two ends, 0 and half the rate, are equally far apart in mel.
    """
    points = np.linspace(0, mel(rate / 2), bands + 2)
    frequencies = mel(np.arange(frame // 2 + 1) * rate / frame)[:, None]
    rising = (frequencies - points[:-2]) / (points[1:-1] - points[:-2])
    falling = (points[2:] - frequencies) / (points[2:] - points[1:-1])
    return np.maximum(np.minimum(rising, falling), 0)
