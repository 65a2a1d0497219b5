"""The Free Spoken Digit Dataset is read from a folder or a zip file, and anything else is refused by name in a line."""

import io
import wave
import zipfile

import numpy as np
import pytest
from scipy.signal import resample_poly

from benchmarks.learning.learn import learn
from shared.catalog import CATALOG
from shared.datasets import fsdd
from shared.errors import UsageError
from shared.randomness import generator
from shared.speech import spoken_spec

SPEAKERS = ("jackson", "theo")
TAKES = (0, 4, 5, 6, 37)
NAMES = [f"{digit}_{speaker}_{take}.wav" for speaker in SPEAKERS for take in TAKES for digit in range(10)]


def sound(values, rate=8000, width=2):
    """A wave file of values (frames,) or (frames, channels), as whole numbers."""
    values, content = np.asarray(values), io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1 if values.ndim == 1 else values.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(values.astype({1: np.uint8, 2: "<i2", 4: "<i4"}[width]).tobytes())
    return content.getvalue()


def tone(name):
    """A quarter of a second of noise, and another one for each name."""
    return generator("test_fsdd", name).integers(-9000, 9000, 2000 + len(name))


@pytest.fixture
def recordings(tmp_path, monkeypatch):
    """A folder of 100 recordings in the folder of TWINS_DATA."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes(sound(tone(name)))
    monkeypatch.setenv("TWINS_DATA", str(tmp_path))
    yield folder
    fsdd._read.cache_clear()
    spoken_spec.condition.cache_clear()


def packed(path, files):
    """A zip file of contents by name, whatever the names are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)


def as_it_came(folder):
    """The folder as GitHub packs it, with files that are no recordings."""
    inside = "free-spoken-digit-dataset-1.0.10"
    files = {f"{inside}/recordings/{file.name}": file.read_bytes() for file in folder.iterdir()}
    return {f"{inside}/README.md": b"# Free Spoken Digit Dataset", f"{inside}/pip.py": b"raise SystemExit"} | files


def refused():
    fsdd._read.cache_clear()
    with pytest.raises(UsageError) as caught:
        fsdd.fsdd()
    (line,) = str(caught.value).splitlines()
    return line


def check(data):
    assert (len(data.train), len(data.test), data.voices) == (60, 40, SPEAKERS)
    assert set(data.train.take) == {5, 6, 37}
    assert set(data.test.take) == {0, 4}
    for clips in (data.train, data.test):
        for wave_, digit, voice, take in zip(clips.waves, clips.digit, clips.voice, clips.take):
            assert wave_.dtype == np.float32
            name = f"{digit}_{SPEAKERS[voice]}_{take}.wav"
            np.testing.assert_array_equal(wave_, (tone(name) / 32768).astype(np.float32))


def test_a_folder_is_read_with_the_official_split(recordings):
    (recordings / ".DS_Store").write_bytes(b"")
    check(fsdd.fsdd())


@pytest.mark.parametrize("file_name", ["free-spoken-digit-dataset-1.0.10.zip", "fsdd.zip"])
def test_a_zip_file_is_read_as_it_came(file_name, recordings, tmp_path):
    packed(tmp_path / file_name, as_it_came(recordings))
    recordings.rename(tmp_path / "elsewhere")
    before = sorted(tmp_path.iterdir())
    check(fsdd.fsdd())
    assert sorted(tmp_path.iterdir()) == before  # nothing is unpacked


def test_an_unpacked_zip_file_is_read(recordings, tmp_path):
    (tmp_path / "free-spoken-digit-dataset-master").mkdir()
    recordings.rename(tmp_path / "free-spoken-digit-dataset-master" / "recordings")
    check(fsdd.fsdd())


def test_it_is_said_where_it_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("TWINS_DATA", str(tmp_path))
    line = refused()
    for words in ("set TWINS_DATA to a folder that has recordings/", "github.com/Jakobovski", str(tmp_path)):
        assert words in line


@pytest.mark.parametrize(
    "file_name", ["../recordings/1_theo_9.wav", "/recordings/1_theo_9.wav", "a\\..\\b.wav", "C:/x.wav"]
)
def test_a_member_that_points_outside_is_refused(file_name, recordings, tmp_path):
    packed(tmp_path / "fsdd.zip", as_it_came(recordings) | {file_name: sound(tone("x"))})
    recordings.rename(tmp_path / "elsewhere")
    line = refused()
    assert line == f"{file_name!r} in {tmp_path / 'fsdd.zip'} points outside of the zip file's folder"


PLAIN = sound(tone("3_theo_5.wav"))
SPOILT = {
    "empty": (b"", "is not a wave file"),
    "no wave file": (b"ID3" + bytes(500), "is not a wave file of plain samples"),
    "head cut off": (PLAIN[:20], "is not a wave file of plain samples"),
    "sound cut off": (PLAIN[:-100], "holds 3924 bytes of sound, and says 4024"),
    "no sound": (sound([]), "holds 0 bytes of sound"),
    "another format": (PLAIN[:20] + b"\7\0" + PLAIN[22:], "is not a wave file of plain samples (unknown format: 7)"),
    "wider": (sound(tone("x"), width=4), "has samples of 32 bits, not 16 or 8"),
    "no rate": (PLAIN[:24] + bytes(4) + PLAIN[28:], "has 1 channels of 0 samples a second"),
    "huge rate": (PLAIN[:24] + b"\xff" * 4 + PLAIN[28:], "has 1 channels of 4294967295 samples a second"),
    "no channels": (PLAIN[:22] + bytes(2) + PLAIN[24:], "is not a wave file of plain samples"),
    "large": (sound(np.zeros(fsdd.LARGEST)), "is larger than 4,000,000 bytes"),
}


@pytest.mark.parametrize(("content", "why"), SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize("in_zip", [False, True])
def test_what_is_no_recording_is_refused_by_name(content, why, in_zip, recordings, tmp_path):
    (recordings / "3_theo_5.wav").write_bytes(content)
    if in_zip:
        packed(tmp_path / "fsdd.zip", as_it_came(recordings))
        recordings.rename(tmp_path / "elsewhere")
    line = refused()
    assert "3_theo_5.wav' in " in line
    assert why in line


@pytest.mark.parametrize(
    "file_name", ["10_theo_5.wav", "3_theo.wav", "3_theo_5.mp3", "three_theo_5.wav", "3_theo_5.wav.txt"]
)
def test_a_wrong_name_is_refused(file_name, recordings):
    (recordings / file_name).write_bytes(PLAIN)
    assert refused() == f"{file_name!r} in {recordings} is not named as in 7_jackson_32.wav: digit, speaker, take"


def test_a_folder_among_the_recordings_is_refused(recordings):
    (recordings / "1_theo_9.wav").mkdir()
    assert refused() == f"'1_theo_9.wav' in {recordings} cannot be read (Is a directory)"


def test_a_recording_that_is_there_twice_is_refused(recordings, tmp_path):
    packed(tmp_path / "fsdd.zip", as_it_came(recordings) | {"other/recordings/3_theo_5.wav": PLAIN})
    recordings.rename(tmp_path / "elsewhere")
    assert refused() == f"'other/recordings/3_theo_5.wav' in {tmp_path / 'fsdd.zip'} is there twice"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda whole: b"PK" + bytes(100), "is damaged, or not a zip file"),
        (lambda whole: whole[: len(whole) // 2], "is damaged, or not a zip file"),
        (lambda whole: whole[:300] + bytes(200) + whole[500:], "is damaged, or not a zip file"),
    ],
    ids=["no zip file", "cut off", "damaged"],
)
def test_a_damaged_zip_file_is_refused(spoil, why, recordings, tmp_path):
    packed(tmp_path / "fsdd.zip", as_it_came(recordings))
    recordings.rename(tmp_path / "elsewhere")
    path = tmp_path / "fsdd.zip"
    path.write_bytes(spoil(path.read_bytes()))
    assert refused() == f"{path} {why}"


def test_both_parts_of_the_split_are_needed(recordings):
    for file in recordings.glob("*_*[567].wav"):
        file.unlink()
    assert refused() == f"{recordings} has no recording with a take of 5 or above, to learn from"
    for file in recordings.iterdir():
        file.unlink()
    assert refused() == f"{recordings} has no recording with a take of 0 to 4, for the test"


def test_other_rates_channels_and_widths_are_converted():
    x = np.round(8000 * np.sin(np.arange(22050) / 20)).astype(int)
    np.testing.assert_allclose(
        fsdd.samples(sound(x, 22050)), resample_poly(x / 32768, 160, 441).astype(np.float32), atol=1e-7
    )
    stereo = np.stack([x, 3 * x // 2], axis=1)
    np.testing.assert_allclose(fsdd.samples(sound(stereo)), stereo.mean(1) / 32768, atol=1e-7)
    coarse = np.arange(256)
    np.testing.assert_allclose(fsdd.samples(sound(coarse, width=1)), (coarse - 128) / 128, atol=1e-7)


def test_the_variant_on_request_learns_from_it(recordings):
    """Two steps on a small copy, in both twins: the curves lie on each other, and each condition is scored."""
    entry = CATALOG["spectrogram_conv_net"]
    assert "fsdd" not in entry.variants
    spec = entry.spec("fsdd", batch=20)
    assert next(spec.batches())["x"].shape == (20, 8000)
    assert len(spec.condition("clean")["y"]) == 40
    rows, _ = learn("spectrogram_conv_net", "fsdd", steps=2)
    scores = {row["name"] for row in rows if row["kind"] == "metric"}
    assert {"test_accuracy", "clean_accuracy", "babble_0_db"} <= scores
    (gap,) = (row["value"] for row in rows if row["kind"] == "curves")
    assert gap < 1e-3
