"""Spoken digits as waves, their harder views, and noise to mix them with.

SciPy is imported where it is used: it would make `list` and `--help` slow to start.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from shared.datasets import files

RATE = 8000  # samples a second
NOISES = ("babble", "pink", "car")
HISS = 50.0  # dB by which a microphone's hiss is weaker than speech
TALKERS = 6  # voices that speak at the same time in babble


@dataclass(frozen=True, eq=False)
class Clips:
    """Recordings of one word each."""

    waves: tuple[np.ndarray, ...]  # float32 in -1..1, each of its own length
    digit: np.ndarray  # (N,) int64
    voice: np.ndarray  # (N,) int64
    take: np.ndarray  # (N,) int64

    def __len__(self) -> int:
        return len(self.waves)

    def chosen(self, which: np.ndarray) -> "Clips":
        """Some of the clips: by their numbers, or by a truth value for each."""
        numbers = np.arange(len(self))[which]
        waves = tuple(self.waves[i] for i in numbers)
        return Clips(waves, self.digit[numbers], self.voice[numbers], self.take[numbers])


@dataclass(frozen=True, eq=False)
class SpokenDigits:
    """Clips to learn from, and clips to be judged on."""

    train: Clips
    test: Clips
    voices: tuple[str, ...]  # the name of each number


def encode(wave: np.ndarray) -> np.ndarray:
    """-1..1 to 8-bit mu-law codes, which are finer near zero: sign(x) log(1 + 255 |x|) / log(256) (ITU-T G.711)."""
    compressed = np.sign(wave) * np.log1p(255 * np.abs(wave)) / np.log(256)
    return np.round((compressed + 1) * 127.5).astype(np.uint8)


def decode(codes: np.ndarray) -> np.ndarray:
    """8-bit mu-law codes to float32 in -1..1."""
    compressed = codes.astype(np.float64) / 127.5 - 1
    return (np.sign(compressed) * (256 ** np.abs(compressed) - 1) / 255).astype(np.float32)


@cache
def spoken_digits() -> SpokenDigits:
    """The digits of 24 synthetic voices, 360 clips of 18 voices and 120 of 6 others, of timbres never heard before."""
    data = files.load("spoken_digits.npz")
    waves = np.split(decode(data["codes"]), data["offsets"][1:-1])
    digit, voice, take = (data[name].astype(np.int64) for name in ("label", "voice", "take"))
    clips, unheard = Clips(tuple(waves), digit, voice, take), data["split"] == 1
    return SpokenDigits(clips.chosen(~unheard), clips.chosen(unheard), tuple(map(str, data["voices"])))


def placed(wave: np.ndarray, random: np.random.Generator, samples: int) -> np.ndarray:
    """A wave at a random place in a window of silence, (samples,); of a longer wave a random part. float64."""
    spare = samples - len(wave)
    start = int(random.integers(min(spare, 0), max(spare, 0) + 1))
    window = np.zeros(samples)
    window[max(start, 0) : max(start, 0) + len(wave)] = wave[max(-start, 0) : max(-start, 0) + samples]
    return window


def harder_view(wave: np.ndarray, random: np.random.Generator, samples: int, noisy: bool = True) -> np.ndarray:
    """A wave as another voice, place, microphone and distance would have it, (samples,) float32.

    It is spoken up to 10 % faster and higher, or slower and lower; lies at a random place in the window; has its high
    tones raised or lowered; is mixed with coloured noise, 5 to 20 dB weaker; and is up to 12 dB softer. With `noisy`
    False the noise is no more than a microphone's hiss, and all else is the same.
    """
    from scipy.fft import next_fast_len
    from scipy.signal import lfilter, resample

    # Lengths with small factors, less than 1 % more: three times as fast
    length = next_fast_len(len(wave))
    warped = resample(np.pad(wave, (0, length - len(wave))), next_fast_len(round(length * random.uniform(0.9, 1.1))))
    window = placed(warped, random, samples)
    window[1:] -= random.uniform(-0.5, 0.5) * window[:-1]
    colour, decibels, gain = random.uniform(0, 0.9), random.uniform(5, 20), random.uniform(-12, 0)
    coloured = lfilter([1], [1, -colour], random.standard_normal(samples, np.float32))
    window = mixed(window, coloured, power(warped), decibels if noisy else HISS)
    return (window * 10 ** (gain / 20)).astype(np.float32)


def power(wave: np.ndarray) -> float:
    """The mean square."""
    return float(np.mean(np.square(wave, dtype=np.float64)))


def mixed(window: np.ndarray, noise: np.ndarray, signal: float, decibels: float) -> np.ndarray:
    """A window with noise that is `decibels` weaker than a signal of this power."""
    return window + noise * np.sqrt(signal / 10 ** (decibels / 10) / power(noise))


def noise(kind: str, random: np.random.Generator, samples: int, talkers: Clips) -> np.ndarray:
    """Noise of one of `NOISES`, (samples,), of any loudness.

    babble: several of the talkers' voices at the same time, each saying one word after the other
    pink: as loud in each octave as in every other, power 1 / f
    car: a drone, whose power falls by 12 dB an octave above 100 Hz, 1 / (1 + (f / 100)^2)^2
    """
    if kind == "babble":
        return sum((_talk(random, samples, talkers) for _ in range(TALKERS)), np.zeros(samples))
    frequency = np.fft.rfftfreq(samples, 1 / RATE)
    frequency[0] = np.inf  # no constant
    amplitude = 1 / np.sqrt(frequency) if kind == "pink" else 1 / (1 + (frequency / 100) ** 2)
    return np.fft.irfft(np.fft.rfft(random.standard_normal(samples)) * amplitude, samples)


def _talk(random: np.random.Generator, samples: int, talkers: Clips) -> np.ndarray:
    """One voice that says random words, as loud as every other; the window begins within the first word."""
    own = np.flatnonzero(talkers.voice == random.choice(talkers.voice))
    words = [talkers.waves[random.choice(own)]]
    missed = int(random.integers(len(words[0])))
    while sum(map(len, words)) < missed + samples:
        words.append(talkers.waves[random.choice(own)])
    said = np.concatenate(words)[missed : missed + samples].astype(np.float64)
    return said / np.sqrt(power(said))


def connected(words: list[np.ndarray], pauses: np.ndarray) -> np.ndarray:
    """Words one after the other, with silence before, between and after them: `pauses` samples each. float32."""
    silences = [np.zeros(pause, np.float32) for pause in pauses]
    return np.concatenate([silences[0], *(part for pair in zip(words, silences[1:]) for part in pair)])
