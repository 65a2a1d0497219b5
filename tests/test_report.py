"""The report: it says what the rows say, also when there are few, none or failed ones, and opens without a network."""

import importlib.util
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks import report
from benchmarks.report import page
from shared.catalog import CATALOG

ENVIRONMENT = {"python": "3.13", "cores": [0, 1], "versions": {"numpy": "2", "odd": "<b>&"}}
NOTHING = {"environment": {}, "rows": []}
KEYS = [(name, variant) for name, entry in CATALOG.items() for variant in entry.variants]


def parity_rows(model, variant="plain", **changes):
    """Rows of a pair that is proven, `changes` put into the float64 row of the loss."""
    rows = []
    for dtype, apart, verdict in (("float64", 3e-16, "rounding"), ("float32", 2e-7, "rounding")):
        for stage in page.STAGES:
            error = 2 * apart if dtype == "float32" else None
            row = {"model": model, "variant": variant, "dtype": dtype, "device": "cpu", "stage": stage, "step": 1}
            row |= {"mode": "training", "name": "w1", "max_abs": apart, "rel_norm": apart, "verdict": verdict}
            row |= {"static_error": error, "dynamic_error": error, "note": ""}
            rows.append(row | (changes if (dtype, stage) == ("float64", "loss") else {}))
    return rows


def speed_rows(model, variant="plain", ratio=1.5, error=None):
    """Rows of both sides; with `error`, of a static arm that failed."""
    rows = []
    for side in page.SIDES:
        for phase in page.PHASES:
            failed = error if side == "static" else None
            median = None if failed else 2e-3 * (ratio if side == "static" else 1)
            row = {"model": model, "side": side, "variant": variant, "device": "cpu", "size": "small", "phase": phase}
            row |= {"dtype": "float32", "median_s": median, "low_s": median, "high_s": median, "threads": 2}
            row |= {"samples": [] if failed else [median] * 3, "error": failed}
            row |= dict.fromkeys(("ratio", "ratio_low", "ratio_high", "conclusion"))
            if not error and phase in ("step", "forward"):
                row |= {"ratio": ratio, "ratio_low": 0.95 * ratio, "ratio_high": 1.05 * ratio}
                row["conclusion"] = "dynamic faster" if ratio > 1.05 else "not significant"
            rows.append(row)
    return rows


def learning_rows(model, variant="plain", verdict="met"):
    """Rows of both sides, trained to the targets of the catalogue."""
    learning = CATALOG[model].variants[variant].learning
    if learning is None:
        return []
    same = {"model": model, "variant": variant, "dtype": "float32"}
    rows = []
    for side in page.SIDES:
        for step in range(0, 200, 2):
            value = 2.0 * np.exp(-step / 40) + 0.01 + (1e-7 * step if side == "static" else 0)
            row = {"side": side, "kind": "loss", "step": step, "name": "loss", "value": value}
            rows.append({**same, **row, "bound": None, "verdict": None})
        for target in learning.targets:
            row = {"side": side, "kind": "metric", "step": 200, "name": target.metric, "value": target.bound}
            rows.append({**same, **row, "bound": target.bound, "verdict": verdict})
    row = {"side": "both", "kind": "curves", "step": 200, "name": "gap", "value": 1e-6, "bound": 1e-2}
    return [*rows, {**same, **row, "verdict": "together"}]


def arrays(model, variant="plain"):
    """What a picture is drawn from, with outputs that depend on the inputs in some way."""
    entry = CATALOG[model]
    if entry.variants[variant].picture == "graph":
        leaf = {"name": "a", "operation": "leaf", "inputs": [], "value": 2.0, "derivative": 2.0}
        root = {"name": "e", "operation": "mul", "inputs": ["a"], "value": 6.0, "derivative": 1.0}
        return {"static_nodes": [leaf, root], "dynamic_nodes": [leaf, root]}
    spec = entry.spec(variant)
    view = spec.view()
    size = len(next(iter(view.values())))
    random = np.random.default_rng(0)
    shape = {"digits": (size, 10), "samples": (size, 2)}.get(entry.variants[variant].picture, (size, 1))
    output = random.normal(0, 1, shape)
    if entry.variants[variant].picture == "plane":
        output = np.sin(view["x"]) @ np.array([[1.0, -1.0], [-1.0, 1.0]])
    return {**view, "static": output, "dynamic": output + 1e-6}


def results(rows_of, **options):
    return {"environment": ENVIRONMENT, "rows": [row for key in KEYS for row in rows_of(*key, **options)]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The page of a run in which all went well."""
    learned = {key: arrays(*key) for key in KEYS}
    folder = tmp_path_factory.mktemp("report") / "new"
    return report.write(folder, results(parity_rows), results(speed_rows), results(learning_rows), learned)
