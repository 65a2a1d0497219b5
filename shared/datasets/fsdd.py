"""The Free Spoken Digit Dataset: real voices, which do not ship. Wave files in a folder, or in a zip file as it came.

`recordings/{digit}_{speaker}_{take}.wav`; takes 0 to 4 of each speaker are the test (Jackson et al., "Free Spoken Digit
Dataset": README). Nothing is unpacked to the disk: what a file says of itself is checked, then its samples are read.
"""

import io
import re
import wave
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from math import gcd
from pathlib import Path, PurePosixPath

import numpy as np

from shared.datasets.speech import RATE, Clips, SpokenDigits
from shared.datasets.upstream import VARIABLE, folder
from shared.errors import UsageError

RECORDINGS = "recordings"
PLACES = (RECORDINGS, "free-spoken-digit-dataset*", "fsdd*")  # below the folder of all data, tried in turn
NAME = re.compile(r"([0-9])_([A-Za-z]+)_([0-9]{1,4})\.wav")
TAKES_OF_THE_TEST = 5
LARGEST = 4_000_000  # bytes of one file: 20 s of the best sound that is read
RATES = range(4000, 192_001)  # samples a second that are converted
SCALES = {1: (128, 128.0), 2: (0, 32768.0)}  # bytes a sample -> its zero, and its largest value


def fsdd() -> SpokenDigits:
    """3,000 recordings of six speakers: 2,700 to learn from, and 300 of the same speakers held out."""
    return _read(locate(folder()))


def locate(root: Path) -> Path:
    """The folder or zip file of the recordings. A UsageError says where it is looked for."""
    for pattern in PLACES:
        for path in sorted(root.glob(pattern)):
            if path.is_dir() and (path.name == RECORDINGS or (path / RECORDINGS).is_dir()):
                return path if path.name == RECORDINGS else path / RECORDINGS
            if path.suffix == ".zip" and path.is_file():
                return path
    raise UsageError(
        f"the Free Spoken Digit Dataset is not here: set {VARIABLE} to a folder that has {RECORDINGS}/ or "
        f"free-spoken-digit-dataset.zip, from github.com/Jakobovski/free-spoken-digit-dataset (looked in {root})"
    )


@cache
def _read(path: Path) -> SpokenDigits:
    found: dict[tuple[str, int, int], np.ndarray] = {}  # by speaker, take and digit
    for name, content in _in_zip(path) if path.is_file() else _in_folder(path):
        matched = NAME.fullmatch(PurePosixPath(name).name)
        if not matched:
            raise _refused(path, name, "is not named as in 7_jackson_32.wav: digit, speaker, take")
        key = matched[2], int(matched[3]), int(matched[1])
        if key in found:
            raise _refused(path, name, "is there twice")
        try:
            found[key] = samples(content)
        except _NotASound as error:
            raise _refused(path, name, str(error)) from error
    return _split(path, found)


def _split(path: Path, found: dict[tuple[str, int, int], np.ndarray]) -> SpokenDigits:
    """The official split of the recordings, which must leave something on both sides."""
    keys = sorted(found)
    held_out = np.array([take < TAKES_OF_THE_TEST for _, take, _ in keys], bool)
    for part, these in ((held_out, "0 to 4, for the test"), (~held_out, "5 or above, to learn from")):
        if not part.any():
            raise UsageError(f"{path} has no recording with a take of {these}")
    speakers = tuple(sorted({speaker for speaker, _, _ in keys}))
    voice, take, digit = np.array([(speakers.index(speaker), take, digit) for speaker, take, digit in keys]).T
    clips = Clips(tuple(found[key] for key in keys), digit, voice, take)
    return SpokenDigits(clips.chosen(~held_out), clips.chosen(held_out), speakers)


def _refused(path: Path, name: str, why: str) -> UsageError:
    return UsageError(f"{name!r} in {path} {why}")


def _in_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every file. Hidden files, such as a Mac's, are no recordings."""
    for file in sorted(path.iterdir()):
        if file.name.startswith("."):
            continue
        try:
            if file.stat().st_size > LARGEST:
                raise _refused(path, file.name, f"is larger than {LARGEST:,} bytes")
            content = file.read_bytes()
        except OSError as error:
            raise _refused(path, file.name, f"cannot be read ({error.strerror})") from error
        yield file.name, content


def _in_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every member in a folder `recordings`, without unpacking to the disk."""
    try:
        with zipfile.ZipFile(path) as file:
            for member in file.infolist():
                place = PurePosixPath(member.filename)
                if place.is_absolute() or ".." in place.parts or "\\" in member.filename or ":" in member.filename:
                    raise _refused(path, member.filename, "points outside of the zip file's folder")
                if member.is_dir() or place.parent.name != RECORDINGS or place.name.startswith("."):
                    continue
                with file.open(member) as stream:
                    content = stream.read(LARGEST + 1)  # no more, whatever the zip file says
                if len(content) > LARGEST:
                    raise _refused(path, member.filename, f"is larger than {LARGEST:,} bytes")
                yield member.filename, content
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise UsageError(f"{path} is damaged, or not a zip file") from error
    except (RuntimeError, NotImplementedError) as error:  # encrypted, or packed by a method that Python does not have
        raise UsageError(f"{path} cannot be unpacked ({error})") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})") from error


class _NotASound(Exception):
    """The reason why the content of a wave file is not read."""


def samples(content: bytes) -> np.ndarray:
    """The samples of a wave file as float32 in -1..1: the mean of its channels, at 8 kHz."""
    try:
        with wave.open(io.BytesIO(content)) as sound:
            channels, width, rate, frames = sound.getparams()[:4]
            if width not in SCALES:
                raise _NotASound(f"has samples of {8 * width} bits, not 16 or 8")
            if rate not in RATES or not channels:
                raise _NotASound(f"has {channels} channels of {rate} samples a second: no speech is recorded so")
            data = sound.readframes(frames)
    except (wave.Error, EOFError) as error:
        raise _NotASound(f"is not a wave file of plain samples ({error or 'it is cut off'})") from error
    if not frames or len(data) != frames * channels * width:
        raise _NotASound(f"holds {len(data)} bytes of sound, and says {frames * channels * width}")
    zero, largest = SCALES[width]
    values = np.frombuffer(data, "<i2" if width == 2 else np.uint8).astype(np.float64)
    mean = ((values - zero) / largest).reshape(frames, channels).mean(axis=1)
    if rate != RATE:
        from scipy.signal import resample_poly

        common = gcd(RATE, rate)
        mean = resample_poly(mean, RATE // common, rate // common)
    return mean.astype(np.float32)
