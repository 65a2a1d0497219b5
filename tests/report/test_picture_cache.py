"""A figure is drawn once for what it shows, in a run and across runs."""

import numpy as np
import pytest

from benchmarks.report.figures.drawing import Picture
from benchmarks.report.figures.picture_cache import _PICTURES, cached_in, cached_picture
from shared.catalog import CATALOG

CALLS = []


def draw(*shown):
    CALLS.append(shown)
    return Picture(f"<svg>{len(CALLS)}</svg>", "a caption")


@pytest.fixture(autouse=True)
def forgotten():
    CALLS.clear()
    before = dict(_PICTURES)
    _PICTURES.clear()
    yield
    _PICTURES.clear()
    _PICTURES.update(before)


def test_what_shows_the_same_is_drawn_once_and_what_differs_is_not():
    spec = CATALOG["lstm"].spec()
    first = cached_picture(draw, {"static": np.arange(3.0)}, spec)
    assert cached_picture(draw, {"static": np.arange(3.0)}, CATALOG["lstm"].spec()) is first
    others = [
        ({"static": np.arange(3.0) + 1e-12}, spec),
        ({"static": np.arange(3)}, spec),
        ({"static": np.arange(3.0)[:, None]}, spec),
        ({"dynamic": np.arange(3.0)}, spec),
        ({"static": np.arange(3.0)}, CATALOG["lstm"].spec(hidden=3)),
        ({"static": np.arange(3.0)}, CATALOG["lstm"].spec(seed=1)),
    ]
    assert len({cached_picture(draw, *other).svg for other in others} | {first.svg}) == 1 + len(others)


def test_a_later_run_finds_it_in_the_folder_unless_the_file_is_damaged_or_the_code_has_changed(tmp_path, monkeypatch):
    with cached_in(tmp_path):
        first = cached_picture(draw, [1.0])
        _PICTURES.clear()
        assert cached_picture(draw, [1.0]) == first
        assert len(CALLS) == 1
        (file,) = tmp_path.glob("*.json")
        for damaged in ("{ cut off", "[]", '{"svg": 3, "caption": ""}'):
            file.write_text(damaged)
            _PICTURES.clear()
            cached_picture(draw, [1.0])
        assert len(CALLS) == 4
        monkeypatch.setattr("benchmarks.report.figures.picture_cache._code", lambda: "other code")
        cached_picture(draw, [1.0])
        assert len(CALLS) == 5


def test_the_folder_keeps_those_that_were_used_last(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.report.figures.picture_cache.MOST", 2)
    with cached_in(tmp_path):
        for i in range(4):
            cached_picture(draw, [i])
    assert len(list(tmp_path.glob("*.json"))) == 2
