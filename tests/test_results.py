"""Results on disk: whole, in two forms, and refused by name where they are damaged."""

import gzip
import json

import numpy as np
import pytest

from benchmarks import results
from benchmarks.environment import ROOT
from benchmarks.results import Results, from_lists, read, to_lines, to_lists
from benchmarks.speed import compare, statistics
from shared.errors import UsageError


def test_results_survive_a_full_disk(tmp_path, monkeypatch):
    """The file that was there is whole until the new one is."""
    file = tmp_path / "r.json"
    found = Results(file)
    found.add([{"a": 1, "b": float("nan")}])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results.os, "replace", full)
    with pytest.raises(UsageError, match="No space left on device"):
        found.add([{"a": 2}])
    assert json.loads(file.read_text())["rows"] == [{"a": 1, "b": "nan"}]
    assert list(tmp_path.iterdir()) == [file]  # no draft left behind


def test_arrays_go_to_json_and_back():
    arrays = {"x": np.arange(6, dtype=np.float32).reshape(2, 3), "nodes": [{"name": "a"}]}
    back = from_lists(json.loads(json.dumps(to_lists(arrays))))
    np.testing.assert_array_equal(back["x"], arrays["x"])
    assert back["x"].dtype == np.float32
    assert back["nodes"] == arrays["nodes"]


ROWS = [
    {"name": "a", "value": 1 / 3, "time": 1 / 3, "samples": [1e-9 / 3, 2.0], "note": None},
    {"name": "b", "value": None, "note": "x"},
]


def test_lines_give_back_their_rows_to_five_digits(tmp_path):
    file = tmp_path / "r.jsonl.gz"
    file.write_bytes(to_lines({"cpu": "a"}, ROWS, fingerprints={"a": "0"}))
    found = read(file)
    blank = dict.fromkeys(("name", "value", "time", "samples", "note"))
    rows = [
        {**blank, "name": "a", "value": 1 / 3, "time": 0.33333, "samples": [3.3333e-10, 2.0]},
        {**blank, "name": "b", "note": "x"},
    ]
    assert found == {"format": 1, "environment": {"cpu": "a"}, "fingerprints": {"a": "0"}, "rows": rows}
    assert to_lines({"cpu": "a"}, ROWS) == to_lines({"cpu": "a"}, ROWS), "the same bytes, whenever they are written"
    _, *lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    assert len(lines) == len(ROWS)
    assert not any("null" in line for line in lines)


def test_the_name_of_a_file_says_its_form(tmp_path):
    for name in ("r.json", "r.jsonl.gz"):
        Results(tmp_path / name).add(ROWS)
        assert [row["name"] for row in read(tmp_path / name)["rows"]] == ["a", "b"]
    assert json.loads((tmp_path / "r.json").read_text())["format"] == 1
    assert Results(tmp_path / "r.jsonl.gz", resume=True).rows[0]["time"] == 0.33333


def test_files_without_a_format_are_read_under_the_names_of_today(tmp_path):
    file = tmp_path / "old.json"
    old = {"rule": "Adam()", "against": "layers", "side": "static layers", "conclusion": "layers faster"}
    file.write_text(json.dumps({"environment": {}, "rows": [old]}))
    today = {"optimizer": "Adam()", "against": "baseline", "side": "static baseline", "conclusion": "baseline faster"}
    assert read(file)["rows"] == [today]


def test_rows_that_are_no_objects_are_refused(tmp_path):
    file = tmp_path / "r.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"format": 1, "environment": {}, "columns": ["a"]}\n[1]\n'))
    with pytest.raises(UsageError, match=r"r\.jsonl\.gz is not a results file: it has no rows"):
        read(file)


@pytest.mark.parametrize("other", [{"environment": {}, "rows": []}, {"tables": {}}], ids=["same", "another"])
def test_a_newer_format_is_refused_in_one_line(tmp_path, other):
    file = tmp_path / "new.json"
    file.write_text(json.dumps({"format": 2, **other}))
    with pytest.raises(UsageError, match=r"new\.json has format 2, and this version reads up to 1"):
        read(file)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (to_lines({}, ROWS)[:-12], "cut off"),
        (to_lines({}, ROWS)[:20] + b"x" + to_lines({}, ROWS)[21:], "damaged"),
        (to_lines({}, ROWS) + to_lines({}, ROWS), "follows its end"),
        (gzip.compress(b'{"columns": [[1]]}\n'), "no list of names"),
        (gzip.compress(b"[1]\n"), "no object"),
        (gzip.compress(b"\x80\x04"), "damaged"),  # a pickle is no results file
        (gzip.compress(b" " * (results.LARGEST + 1)), "holds more than"),
    ],
    ids=["cut", "altered", "appended", "columns", "list", "pickle", "bomb"],
)
def test_a_damaged_compressed_file_is_refused_by_name(tmp_path, content, why):
    file = tmp_path / "r.jsonl.gz"
    file.write_bytes(content)
    with pytest.raises(
        UsageError, match=rf"r\.jsonl\.gz is damaged: .*{why}" if why != "damaged" else "r.jsonl.gz is dam"
    ):
        read(file)


def test_a_swept_setting_is_found_again_in_lines(tmp_path):
    """It is a setting, not a measurement: rounded, its timings would not be taken for those of the job."""
    file = tmp_path / "r.jsonl.gz"
    Results(file).add([{"sweep": "learning_rate", "value": 0.00123456789, "median_s": 0.00123456789}])
    (row,) = Results(file, resume=True).rows
    assert row == {"sweep": "learning_rate", "value": 0.00123456789, "median_s": 0.0012346}


def alike(computed, written):
    """A number and its interval, to the digits that are written; an interval may be None on both sides."""
    return all(a is b is None or a == pytest.approx(b, rel=2e-4) for a, b in zip(computed, written))


SHIPPED = sorted((ROOT / "benchmarks" / "results").glob("*/speed.jsonl.gz"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_shipped_statistics_are_those_of_their_shipped_samples(path):
    """Five digits lose nothing that is shown: what is computed from the rounded samples agrees with what is written."""
    rows = [row for row in read(path)["rows"] if row["median_s"] is not None]
    pairs = {tuple(row[name] for name in compare.KEY): row for row in rows if row["against"] is None}
    ratios = 0
    for row in rows:
        median = statistics.median(row["samples"])
        assert alike(median, (row["median_s"], row["low_s"], row["high_s"]))
        key = tuple("dynamic" if name == "side" else row[name] for name in compare.KEY)
        if row["ratio"] is not None and row["side"] == "static" and key in pairs:
            ratio = statistics.ratio(row["samples"], pairs[key]["samples"])
            assert alike(ratio, (row["ratio"], row["ratio_low"], row["ratio_high"]))
            ratios += 1
    assert len(rows) > 700
    assert ratios > 100


def test_results_are_the_same_bytes_when_written_again():
    """So that git sees no change where there is none."""
    for path in SHIPPED:
        found = read(path)
        assert to_lines(found["environment"], found["rows"]) == path.read_bytes()
