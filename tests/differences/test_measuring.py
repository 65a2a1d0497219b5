"""The known differences are measured and shown: every number is pinned, and one that drifts is found."""

import inspect
import io
import itertools
import json
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import torch
from rich.console import Console

from benchmarks.differences import TREES, blocks, chosen, distance, drift, measure, page, table
from benchmarks.results import Results
from shared.differences import DIFFERENCES, INFINITE, ROUNDING, TOPICS, find
from shared.errors import UsageError
from tests.differences.helpers import shown

PROBES = {side: import_module(f"{tree}.differences").PROBES for side, tree in TREES.items()}


# The table


def test_there_are_46_in_the_order_of_their_topics():
    assert len(DIFFERENCES) == 46
    assert tuple(topic for topic, _ in itertools.groupby(row.topic for row in DIFFERENCES.values())) == TOPICS


def test_both_sides_have_a_function_for_each_in_the_same_file_and_order():
    assert PROBES["static"].keys() == PROBES["dynamic"].keys() == DIFFERENCES.keys()
    for topic in TOPICS:
        rows = [row.name for row in import_module(f"shared.differences.{topic}").ROWS]
        assert rows == [row.name for row in DIFFERENCES.values() if row.topic == topic]
        for side, tree in TREES.items():
            assert rows == [name for name, f in PROBES[side].items() if f.__module__ == f"{tree}.differences.{topic}"]


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_both_functions_take_the_same_and_one_of_them_is_told_to_align(difference):
    entry = find(difference)
    static, dynamic = (list(inspect.signature(PROBES[side][difference]).parameters) for side in TREES)
    assert [p for p in static if p != "aligned"] == [p for p in dynamic if p != "aligned"] == list(entry.inputs())
    assert ("aligned" in static + dynamic) != entry.equal


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_every_row_says_all(difference):
    entry = find(difference)
    for said in (entry.title, entry.static, entry.dynamic, entry.align):
        assert said.strip() == said != ""
        assert not said.endswith(".")


def test_inputs_are_the_same_at_every_call_and_nobody_elses():
    for entry in DIFFERENCES.values():
        first, second = entry.inputs(), entry.inputs()
        for name in first:
            np.testing.assert_array_equal(first[name], second[name])
            assert not np.shares_memory(first[name], second[name])


# The pins


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_installed_versions_differ_as_the_table_says(rows, difference):
    assert rows[difference]["drift"] == ""


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_aligned_is_equal_to_rounding_or_not_convertible(rows, difference):
    row, entry = rows[difference], find(difference)
    if row["convertible"]:
        assert row["aligned_difference"] <= ROUNDING
    else:
        assert row["aligned_difference"] > 1e-2
    assert (row["default_difference"] <= ROUNDING) == entry.equal
    assert row["topic"] == entry.topic


def test_only_the_gru_cannot_be_converted_and_two_were_found_equal(rows):
    assert [name for name, row in rows.items() if not row["convertible"]] == ["gru_reset"]
    assert [name for name, entry in DIFFERENCES.items() if entry.equal] == ["nesterov", "corners"]


def test_a_framework_that_changes_is_found(monkeypatch):
    """A leak of 0.01 in TF1, a minimum that shares its gradient, an output that is gone."""
    own = PROBES["static"]["activations"]
    monkeypatch.setitem(PROBES["static"], "activations", lambda x: {**own(x), "leaky ReLU": tf.nn.leaky_relu(x, 0.01)})
    (row,) = measure(["activations"])
    assert row["drift"].startswith("leaky ReLU by default ")
    assert ", not 2.2e-01; leaky ReLU aligned 2.2e-01, not 0" in row["drift"]
    monkeypatch.setitem(PROBES["static"], "activations", lambda x: {"leaky ReLU": tf.nn.leaky_relu(x)})
    with pytest.raises(ValueError, match=r"activations: outputs on one side only: .*'softplus'"):
        list(measure(["activations"]))


def test_drift_names_the_output_and_both_numbers():
    entry = replace(find("nesterov"), expected={"w": 0.5, "v": 0, "u": INFINITE}, residual={"v": 0.1})
    assert drift(entry, {"w": (0.51, 0), "v": (1e-13, 0.1), "u": (INFINITE, 1e-16)}) == ""
    assert drift(entry, {"w": (0.56, 0), "v": (1e-11, 0.1), "u": (INFINITE, 0)}) == (
        "w by default 5.6e-01, not 5.0e-01; v by default 1.0e-11, not 0"
    )
    assert drift(entry, {"w": (0.5, 1e-11), "v": (0, 0), "u": (3.0, 0)}) == (
        "w aligned 1.0e-11, not 0; v aligned 0, not 1.0e-01; u by default 3.0e+00, not inf"
    )
    assert drift(entry, {"w": (0.5, 0), "v": (0, 0.1)}) == "outputs in one place only: u"
    assert "not" in drift(entry, {"w": (np.nan, 0), "v": (0, 0.1), "u": (INFINITE, 0)})


# How far apart


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([3.0, 4.0], [3.0, 4.0], 0),
        ([0.0, 0.0], [0.0, 0.0], 0),
        ([0.0, 0.0], [0.0, 1e-100], 1),
        ([3.0, 4.0], [3.0, 9.0], 5 / np.sqrt(90)),
        ([1.0], [-1.0], 2),
        ([np.nan, 1.0], [np.nan, 1.0], 0),
        ([np.nan, 1.0], [2.0, 1.0], INFINITE),
        ([1.0, 2.0], [1.0, np.nan], INFINITE),
        ([np.inf, 1.0], [np.inf, 2.0], 0.5),
        ([np.inf], [-np.inf], INFINITE),
        ([np.inf], [np.nan], INFINITE),
        ([1.0, 1.0], [1.0], INFINITE),
        ([1.0], 1.0, INFINITE),
        ([1j], [1.0], np.sqrt(2)),
        ([True], [1], 0),
        ([], [], 0),
    ],
)
def test_distance(a, b, expected):
    assert distance(np.array(a), np.array(b)) == pytest.approx(expected, rel=1e-12)
    assert distance(np.array(b), np.array(a)) == pytest.approx(expected, rel=1e-12)


def test_float32_is_compared_in_float64():
    a = np.full(100, 1e30, np.float32)
    assert distance(a, a * np.float32(1.5)) == pytest.approx(1 / 3, rel=1e-6)


# Asking for one


def test_an_unknown_name_is_refused_before_anything_runs():
    with pytest.raises(UsageError, match="unknown difference 'rmsprop_slott': did you mean 'rmsprop_slot'"):
        measure(["nesterov", "rmsprop_slott"])


def test_rows_come_once_each_in_the_order_asked_for():
    assert [row["name"] for row in measure(["selu_at_zero", "max_ties", "selu_at_zero"])] == [
        "selu_at_zero",
        "max_ties",
    ]


def test_all_are_measured_if_none_is_named():
    assert [entry.name for entry in chosen()] == list(DIFFERENCES)


def test_rows_survive_being_kept(rows, tmp_path):
    """JSON has no infinity: what is shown is the same before and after."""
    results = Results(tmp_path / "differences.json")
    results.add(rows.values())
    kept = json.loads((tmp_path / "differences.json").read_text())["rows"]
    keys = ["name", "topic", "default_difference", "aligned_difference", "convertible"]
    assert all(list(row)[:5] == keys for row in kept)
    assert all(isinstance(value, (str, float, int, bool)) for row in kept for value in row.values())
    assert shown(table(kept)) == shown(table(rows.values()))
    assert shown(table(kept)).count(" inf ") == 3


def test_measuring_leaves_the_frameworks_as_they_were():
    def settings():
        return (
            tf.config.experimental.tensor_float_32_execution_enabled(),
            torch.backends.cudnn.allow_tf32,
            torch.backends.cuda.matmul.allow_tf32,
            tf.logging.get_verbosity(),
            torch.get_rng_state().tolist(),
            len(tf.get_default_graph().get_operations()),
            torch.get_default_dtype(),
        )

    before = settings()
    list(measure(["reduced_precision", "dropout", "initialisers", "control_flow"]))
    assert settings() == before


def test_measuring_is_quiet(measured):
    assert measured[1] == []


def test_the_table_shows_both_numbers_and_what_is_wrong(rows):
    text = shown(table([{**rows["rmsprop_slot"], "drift": "w by default 1.0, not 2.0"}, rows["gru_reset"]]))
    assert [line.strip() for line in text.splitlines() if line.strip() in TOPICS] == ["optimizers", "recurrent"]
    (slot,) = (line for line in text.splitlines() if line.startswith("rmsprop_slot"))
    assert "2.0e-01" in slot
    assert slot.rstrip().endswith("DRIFTED: w by default 1.0, not 2.0")
    (gru,) = (line for line in text.splitlines() if line.startswith("gru_reset"))
    assert gru.count("9.4e-02") == 2
    assert "(not convertible)" in gru


@pytest.mark.parametrize("width", [100, 200])
def test_the_page_has_formulas_numbers_and_both_sources(rows, width):
    console = Console(width=width, file=io.StringIO())
    page(rows["selu_at_zero"], console)
    text = console.file.getvalue()
    entry = find("selu_at_zero")
    for said in (entry.title, entry.static, entry.dynamic, entry.align, "gradient at 0: 4.0e-01, aligned 0"):
        assert said in text
    assert "def selu_at_zero(x, zero):" in text
    assert "def selu_at_zero(x, zero, aligned):" in text
    assert text.count("def slope(y, x):") == 2


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_every_difference_is_shown_with_its_helpers_only(difference):
    found = [block for of_file in blocks(difference).values() for block in of_file]
    (own,) = (block for block in found if block.key == ("", difference))
    assert own.static[0][1] == own.dynamic[0][1] == "@probe"
    assert all(lines[-1][1].startswith(" ") for block in found for lines in (block.static, block.dynamic) if lines)
    assert not {block.title for block in found} & (DIFFERENCES.keys() - {difference} | {"run", "imports"})
    if "descend(" in "".join(text for _, text in own.static):
        assert "descend" in {block.title for block in found}
