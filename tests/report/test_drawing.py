"""Drawing tools of the report's figures: sounds."""

import base64
import io
import re
import wave

import numpy as np

from benchmarks.report.figures import picture
from benchmarks.report.figures.drawing import player
from shared.catalog import find
from shared.datasets import speech
from tests.report.made_up import arrays


def played(html):
    """The samples (S,) in -1..1 of the only sound in a text, and how many of them are played in a second."""
    (content,) = re.findall(r'<audio controls aria-label="[^"<>]+" src="data:audio/wav;base64,([^"]+)"></audio>', html)
    with wave.open(io.BytesIO(base64.b64decode(content))) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 1)
        return np.frombuffer(file.readframes(file.getnframes()), np.uint8) / 127.5 - 1, file.getframerate()


def test_a_sound_is_a_wav_file_in_the_page():
    sound = np.sin(np.linspace(0, 70, 5000))
    samples, rate = played(player(sound, 8000, "a tone"))
    assert rate == 8000
    np.testing.assert_allclose(samples, sound, atol=0.5 / 127.5 + 1e-12)
    assert set(played(player(np.array([-1.0, 1.0]), 8000, "the loudest"))[0]) == {-1, 1}


def test_the_digits_that_were_drawn_are_heard_one_after_the_other():
    spec, drawn = find("wavenet").spec(), dict(arrays("wavenet"))
    figure = picture("sampled_speech")(drawn, spec)
    assert "the same samples for 10 of the ten" in figure.caption
    waves = speech.decode(drawn["static_audio"][:, spec.config.reach :])
    samples, rate = played(figure.named("figure1"))
    assert rate == speech.RATE
    np.testing.assert_allclose(samples, waves.reshape(-1) / np.abs(waves).max(), atol=0.5 / 127.5 + 1e-6)
    other = drawn["dynamic_audio"].copy()
    other[3, -1] ^= 1
    figure = picture("sampled_speech")(drawn | {"dynamic_audio": other}, spec)
    assert "the same samples for 9 of the ten" in figure.caption
