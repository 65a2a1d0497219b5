"""Pairs are proven equal, and every twin repeats itself bit for bit."""

import random
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest

from benchmarks.mutants.sample import commit
from benchmarks.proof import from_bytes, passed, prove
from benchmarks.rows import ParityRow
from benchmarks.summary import proof
from shared.catalog import CATALOG
from tests.conftest import FIRST, PAIRS

COLUMNS = {column.name for column in fields(ParityRow)}


DRAWN = random.Random(commit()).sample(PAIRS, 6)  # others with another commit


def cases():
    """The first variant of each model in float64, in a graph as it is written, which is quicker to build; some pairs as
    they are used: in both types, in an optimized graph. `make report` and `make test-all` prove every pair so."""
    for pair in PAIRS:
        if pair in FIRST:
            yield pytest.param(pair, False, id="-".join(pair))
        yield pytest.param(
            pair, True, id="-".join(pair) + "-optimized", marks=[] if pair in DRAWN else [pytest.mark.slow]
        )


@pytest.mark.parametrize(("pair", "optimized"), [*cases()])
def test_a_pair_is_proven(pair, optimized):
    dtypes = ("float64", "float32") if optimized else ("float64",)
    rows = prove(*pair, dtypes=dtypes, optimized=optimized)
    assert passed(rows), proof(rows)  # where it is not, the message names the tap, the method and the cause
    exact = [row for row in rows if row["dtype"] == "float64"]
    assert {row["stage"] for row in exact} == {"tap", "loss", "gradient", "tap_gradient", "state"}
    assert {row["step"] for row in exact} == set(range(21))
    assert max(row["rel_norm"] for row in exact) <= 1e-12
    assert all(set(row) == COLUMNS for row in rows)
    assert {row["dtype"] for row in rows} == set(dtypes)
    assert all(row["static_error"] < 1e-3 for row in rows if row["dtype"] == "float32")


TRACES = """
import sys
from pathlib import Path
from benchmarks import twin
from benchmarks.proof import to_bytes, trace
from shared.catalog import CATALOG
for name in CATALOG:
    for side in ("static", "dynamic"):
        with twin(side, name, "float32", size="proof", threads=1) as arm:
            Path(sys.argv[1], f"{name} {side}").write_bytes(to_bytes(trace(arm, 3)))
"""


@pytest.mark.slow
def test_arms_repeat_themselves_bit_for_bit(tmp_path):
    """Two fresh interpreters. (Not this one and a fresh one: TensorFlow's oneDNN sums a convolution's float32 gradient
    in another order when some other Session has run in the process before.)"""
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    runs = [subprocess.Popen([sys.executable, "-c", TRACES, str(folder)]) for folder in folders]
    assert [run.wait() for run in runs] == [0, 0]
    for name in CATALOG:
        for side in ("static", "dynamic"):
            first, second = (from_bytes((folder / f"{name} {side}").read_bytes()) for folder in folders)
            assert first.keys() == second.keys()
            assert [(name, side, key) for key in first if not np.array_equal(first[key], second[key])] == []


def test_a_pair_is_proven_at_the_size_at_which_it_is_timed():
    small, medium = (
        prove("linear_regression", dtypes=("float64",), steps=1, size=size) for size in ("proof", "medium")
    )
    assert passed(medium)
    assert [row["name"] for row in medium] == [row["name"] for row in small]
    assert max(max(row["index"], default=0) for row in medium) > max(max(row["index"], default=0) for row in small)
