"""How spoken_digits.npz was made: ten words, 24 voices, two takes, spoken by espeak-ng 1.51.

    python -m shared.data.make_spoken_digits spoken_digits.npz

It needs the program espeak-ng, which is not part of this project.

A voice is a timbre (the sound of the vocal tract) with an accent: twelve timbres with two accents each. The two takes
differ in speed and pitch. Each clip is one word at 8 kHz, without the silence around it, its peak at 0.9.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import resample_poly

from shared.datasets.speech import RATE, encode

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ACCENTS = (
    "en-us",
    "en-gb",
    "en-gb-scotland",
    "en-029",
    "en-gb-x-rp",
    "en-gb-x-gbclan",
    "en-gb-x-gbcwmd",
    "en-us-nyc",
)
TIMBRES = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4")
HELD_OUT = ("m3", "m7", "f2")  # timbres of the test
TAKES = ((130, 35), (185, 62))  # words a minute, and pitch in 0..99: slow and low, fast and high
RATE_OF_PROGRAM = 22050
FRAME, MARGIN = 80, 160  # samples: 10 ms, in which loudness is measured, and 20 ms, kept around a word
SILENCE = -38.0  # dB below the loudest frame
PEAK = 0.9


def voices() -> list[tuple[str, str]]:
    """Accent and timbre of each voice: two of each timbre, so that every accent occurs three times."""
    steps = [(i, 2 * i + second * (1 + i // 4 * 2)) for i in range(len(TIMBRES)) for second in (0, 1)]
    return [(ACCENTS[step % len(ACCENTS)], TIMBRES[i]) for i, step in steps]


def say(word: str, voice: tuple[str, str], speed: int, pitch: int) -> np.ndarray:
    """A word, spoken; float64 in -1..1, at 8 kHz."""
    settings = ["-v", "+".join(voice), "-s", str(speed), "-p", str(pitch), "-z"]  # -z: no pause after the word
    sound = subprocess.run(["espeak-ng", *settings, "--stdout", word], capture_output=True, check=True).stdout
    rate = int.from_bytes(sound[24:28], "little")
    if sound[:4] != b"RIFF" or rate != RATE_OF_PROGRAM:
        raise SystemExit(f"espeak-ng sent no wave file of {RATE_OF_PROGRAM} samples a second")
    start = sound.index(b"data") + 8  # what it writes to a pipe has no right length in its header: read to the end
    values = np.frombuffer(sound[start : len(sound) - (len(sound) - start) % 2], "<i2")
    return resample_poly(values / 32768, 160, 441)


def trim(wave: np.ndarray) -> np.ndarray:
    """Cut off the silence before and after a word."""
    frames = wave[: len(wave) // FRAME * FRAME].reshape(-1, FRAME)
    loudness = np.sqrt(np.mean(frames**2, axis=1)) + 1e-9
    loud = np.flatnonzero(20 * np.log10(loudness / loudness.max()) > SILENCE)
    return wave[max(loud[0] * FRAME - MARGIN, 0) : (loud[-1] + 1) * FRAME + MARGIN]


def make() -> dict[str, np.ndarray]:
    """The arrays of the file: all clips in a row, by voice, take and word."""
    waves, rows = [], []
    for number, voice in enumerate(voices()):
        for take, (speed, pitch) in enumerate(TAKES):
            for digit, word in enumerate(WORDS):
                wave = trim(say(word, voice, speed, pitch))
                waves.append(PEAK * wave / np.abs(wave).max())
                rows.append((digit, number, take, voice[1] in HELD_OUT))
    label, voice_number, taken, split = np.array(rows, np.uint8).T
    return {
        "codes": encode(np.concatenate(waves)),
        "offsets": np.cumsum([0, *map(len, waves)]).astype(np.int32),
        "label": label,
        "voice": voice_number,
        "take": taken,
        "split": split,
        "voices": np.array(["+".join(voice) for voice in voices()]),
        "rate": np.int32(RATE),
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m shared.data.make_spoken_digits FILE.npz")
    arrays: dict[str, Any] = make()
    np.savez_compressed(Path(sys.argv[1]), **arrays)
    print(f"{len(arrays['label'])} clips of {len(arrays['voices'])} voices in {sys.argv[1]}")
