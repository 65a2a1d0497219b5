"""Results on disk: whole, and read back only while they are true."""

import json

import numpy as np
import pytest

from benchmarks import results
from benchmarks.results import ResultCache, Results, from_lists, replace, to_lists
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


def test_kept_results_are_read_back_only_while_true(tmp_path):
    kept = ResultCache(tmp_path)
    kept.write("parity", "lstm", "plain", "mark", [{"a": 1}])
    assert kept.read("parity", "lstm", "plain", "mark")["rows"] == [{"a": 1}]
    assert kept.read("parity", "lstm", "plain", "other mark") is None
    replace(tmp_path / "parity-lstm-plain.json", "{ cut off")
    assert kept.read("parity", "lstm", "plain", "mark") is None


def test_a_fingerprint_changes_with_what_it_stands_for(monkeypatch):
    one = results.fingerprint("parity", "lstm", "plain")
    assert results.fingerprint("parity", "lstm", "plain") == one
    assert results.fingerprint("parity", "lstm", "while_loop") != one
    assert results.fingerprint("parity", "gan", "plain") != one
    assert results.fingerprint("learning", "lstm", "plain") != one
    monkeypatch.setattr(results.metadata, "version", lambda package: "another")
    assert results.fingerprint("parity", "lstm", "plain") != one


def test_arrays_go_to_json_and_back():
    arrays = {"x": np.arange(6, dtype=np.float32).reshape(2, 3), "nodes": [{"name": "a"}]}
    back = from_lists(json.loads(json.dumps(to_lists(arrays))))
    np.testing.assert_array_equal(back["x"], arrays["x"])
    assert back["x"].dtype == np.float32
    assert back["nodes"] == arrays["nodes"]
