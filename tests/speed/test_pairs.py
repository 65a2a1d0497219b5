"""A real pair, plain and compiled, is proven and timed."""

import json
import time

import pytest

from benchmarks.speed import PHASES, TimingSettings, measure
from shared.catalog import find
from tests.speed.planted import MODEL


def test_a_real_pair():
    heard, given = [], []
    before = time.perf_counter()
    rows = measure(
        [MODEL],
        settings=TimingSettings(launches=2, groups=2, block_seconds=0.02),
        report=lambda what, share: heard.append(share),
        on_rows=given.extend,
    )
    seconds = time.perf_counter() - before
    assert given == rows == json.loads(json.dumps(rows, allow_nan=False))
    assert heard == sorted(heard)
    assert heard[0] == 0 < heard[-1] < 1
    phases = [phase for phase in PHASES if phase != "compile"]
    assert [(row["side"], row["phase"]) for row in rows] == [(s, p) for s in ("static", "dynamic") for p in phases]
    for row in rows:
        assert row["error"] is None
        assert (row["model"], row["variant"], row["size"], row["dtype"]) == (MODEL, "plain", "small", "float32")
        assert (row["form"], row["sweep"], row["launches"]) == ("plain", None, 2)
        assert 0 < row["median_s"] < seconds
        repeated = row["phase"] in ("step", "forward", "resident")
        assert [len(blocks) for blocks in row["samples"]] == [4 if repeated else 1] * 2
        assert row["low_s"] is row["high_s"] is None  # too few launches
        if repeated:
            assert row["conclusion"] == "too few processes"
            medians = [r["median_s"] for r in rows if r["phase"] == row["phase"]]
            assert row["ratio"] == pytest.approx(medians[0] / medians[1], rel=0.4)
            assert row["warm_up_runs"] >= 20  # in two launches, in windows
            assert 0 < row["warm_up_s"] < seconds
        else:
            assert row["ratio"] is row["conclusion"] is row["warm_up_runs"] is None
        if row["phase"] != "step":
            assert row["operations"] is row["ceiling"] is None
    imports = {row["side"]: row["median_s"] for row in rows if row["phase"] == "import"}
    assert min(imports.values()) > 0.2  # in fresh processes: frameworks take their time
    static, dynamic = (next(r for r in rows if r["phase"] == "step" and r["side"] == s) for s in ("static", "dynamic"))
    forward = next(r for r in rows if r["phase"] == "forward" and r["side"] == "dynamic")
    assert forward["median_s"] < dynamic["median_s"]
    config = find(MODEL).spec().config
    products = 2 * config.batch * config.hidden * (1 + 1)  # forward, x w1 and h w2
    assert dynamic["arithmetic"] == 3 * products - 2 * config.batch * config.hidden  # x needs no gradient
    for row in (static, dynamic):
        assert row["precision"] == "float32"
        assert row["operations"] > 20
        assert 0 < row["kernel_s"] < seconds
        assert 1e8 < row["ceiling"] < 1e13
        assert row["memory_bytes"] >= row["import_memory_bytes"] > 1e8
        assert row["harness_s"] < 0.02 * row["median_s"]


def test_a_compiled_pair_is_proven_and_shows_what_compiling_took():
    rows = measure([MODEL], form="compiled", settings=TimingSettings(launches=1, groups=1, timeout=300))
    assert {row["error"] for row in rows} == {None}
    found = {(row["side"], row["phase"]): row for row in rows}
    for side in ("static", "dynamic"):
        assert found[side, "compile"]["median_s"] > 0.05
        assert found[side, "step"]["ratio"] > 0
        assert (side, "resident") not in found
    assert found["static", "step"]["compiled"] > 0  # XLA has really made programs of it
