"""What several test files here use."""

import json
import re
from functools import cache
from html import unescape

import numpy as np

from benchmarks import report
from benchmarks.mutants import TARGETS
from benchmarks.mutants.results import compact
from benchmarks.report.sections.pair import STAGES
from benchmarks.results import finite
from benchmarks.speed.measure import FACTS
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.differences import DIFFERENCES

ENVIRONMENT = {"python": "3.13", "cores": [0, 1], "versions": {"numpy": "2", "odd": "<b>&"}}
VARIANTS = [(name, key, variant) for name, entry in CATALOG.items() for key, variant in entry.variants.items()]
KEYS = [(name, key) for name, key, _ in VARIANTS]


def parity_rows(model, variant="plain", **changes):
    """Rows of a pair that is proven, `changes` put into the float64 row of the loss."""
    rows = []
    for dtype, apart, allowed in (("float64", 3e-16, 1e-12), ("float32", 2e-7, 6e-6)):
        for stage in STAGES[:-1]:
            row = {"model": model, "variant": variant, "dtype": dtype, "device": "cpu", "stage": stage, "step": 1}
            row |= {"mode": "training", "name": "w1", "batch": "data", "max_abs": apart, "rel_norm": apart}
            row |= {"allowed": allowed, "verdict": "rounding", "note": "", "where": "", "cause": ""}
            row |= dict.fromkeys(("static_error", "dynamic_error", "static_ulp", "dynamic_ulp"))
            row |= dict.fromkeys(("sides", "amplification", "growth"))
            if dtype == "float32":
                row |= {"static_error": 2 * apart, "dynamic_error": apart, "static_ulp": 3.4, "dynamic_ulp": 560.0}
                row |= {"sides": 2.0, "amplification": 1.7, "growth": 0.9 if stage == "tap" else None}
            rows.append(row | (changes if (dtype, stage) == ("float64", "loss") else {}))
    return rows


def speed_rows(model, variant="plain", ratio=1.5, error=None, form="plain", step=2e-3, conclusion=None, **changes):
    """Rows of both sides; with `error`, of a static arm that failed. The dynamic side's training step takes `step`.

    A conclusion that is not told is clear, or not, by the interval, of 5 % to either side.
    """
    low, high = 0.95 * ratio, 1.05 * ratio
    by_interval = "not significant" if low <= 1 <= high else "static faster" if high < 1 else "dynamic faster"
    phases = {"import": 1e3, "build": 50, "compile": 2e3, "first_step": 10, "step": 1, "resident": 0.9, "forward": 0.4}
    del phases["compile" if form == "plain" else "resident"]
    rows = []
    for side in SIDES:
        for phase, factor in phases.items():
            failed = error if side == "static" else None
            median = None if failed else step * factor * (ratio if side == "static" else 1)
            row = {"model": model, "variant": variant, "form": form, "device": "cpu", "size": "small"}
            row |= {"dtype": "float32", "threads": 1, "sweep": None, "value": None, "side": side, "phase": phase}
            row |= {"launches": 6, "median_s": median, "low_s": median, "high_s": median}
            row |= dict.fromkeys(("ratio", "ratio_low", "ratio_high", "conclusion"))
            row |= dict.fromkeys(("warm_up_runs", "warm_up_s", "runs_in_a_block", "warning", "disturbed", *FACTS))
            row |= {"samples": [] if failed else [[median] * 4] * 6, "against": None, "error": failed}
            if not error and phase in ("step", "forward", "resident"):
                row |= {"ratio": ratio, "ratio_low": low, "ratio_high": high, "conclusion": conclusion or by_interval}
            if phase == "step" and not failed:
                plain = form == "plain"
                row |= {"operations": 321 if plain else None, "kernel_s": 0.3 * median if plain else None}
                row |= {"compiled": 0 if plain else 2, "arithmetic": 4_000_000 if side == "dynamic" else None}
                row |= {"ceiling": 5e9 if side == "static" else 8e9, "precision": "float32", "harness_s": 2e-6}
                row |= {"memory_bytes": 345_000_000, "import_memory_bytes": 300_000_000}
            rows.append(row | changes)
    return rows


def sweep_rows(model, times=None, setting="batch", **changes):
    """Rows of a swept setting: value -> the seconds of a training step, static and dynamic."""
    times = times or {1: (4e-3, 1e-3), 8: (5e-3, 3e-3), 64: (8e-3, 2e-2)}
    rows = []
    for value, (static, dynamic) in times.items():
        rows += speed_rows(model, ratio=static / dynamic, step=dynamic, sweep=setting, value=value, **changes)
    return rows


def beside_rows(model, side, ratio, **changes):
    """Rows of one side's twin and of the same model made of its framework's own layers."""
    rows = speed_rows(model, ratio=ratio, against="baseline", **changes)
    names = {"static": side, "dynamic": f"{side} layers"}
    return [{**row, "side": names[row["side"]]} for row in rows]


def machine(folder, name, rows, **environment):
    """A file with the timings of another machine."""
    folder.mkdir(exist_ok=True)
    facts = {"cpu": f"Chip {name}", "cores": 2, "python": "3.12.1", "tensorflow": "2.21.0", "torch": "2.13.0"}
    facts |= {"date": "2026-11-20T10:00:00+00:00", **environment}
    (folder / name).mkdir(exist_ok=True)
    (folder / name / "speed.jsonl.gz").write_text(json.dumps({"environment": facts, "rows": rows}))
    return folder


def learning_rows(model, variant="plain", verdict="met"):
    """Rows of both sides, trained to the targets of the catalogue."""
    learning = CATALOG[model].variants[variant].learning
    if learning is None:
        return []
    same = {"model": model, "variant": variant, "dtype": "float32"}
    rows = []
    for side in SIDES:
        for step in range(0, 200, 2):
            value = 2.0 * np.exp(-step / 40) + 0.01 + (1e-7 * step if side == "static" else 0)
            row = {"side": side, "kind": "loss", "step": step, "name": "loss", "value": value}
            rows.append({**same, **row, "bound": None, "verdict": None})
        for target in learning.targets:
            row = {"side": side, "kind": "metric", "step": 200, "name": target.metric, "value": target.bound}
            rows.append({**same, **row, "bound": target.bound, "verdict": verdict})
    row = {"side": "both", "kind": "curves", "step": 200, "name": "gap", "value": 1e-6, "bound": 1e-2}
    return [*rows, {**same, **row, "verdict": "together"}]


@cache
def difference_rows():
    """A row for each known difference, as the table of them expects it."""
    rows = []
    for name, entry in DIFFERENCES.items():
        apart = {output: (x, entry.residual.get(output, 0.0)) for output, x in entry.expected.items()}
        row = {"name": name, "topic": entry.topic, "convertible": entry.convertible, "drift": ""}
        row |= {"default_difference": float(max(x for x, _ in apart.values()))}
        row |= {"aligned_difference": float(max(y for _, y in apart.values()))}
        row |= {what: getattr(entry, what) for what in ("title", "static", "dynamic", "align", "note")}
        row["outputs"] = "; ".join(f"{output}: {x:.1e}, aligned {y:.1e}" for output, (x, y) in apart.items())
        rows.append({column: finite(value) for column, value in row.items()})
    return rows


def mutant(what, caught=True, **changes):
    """The record of one planted fault."""
    record = {"path": "static_tf/m.py", "line": 7, "method": "M.forward", "operator": "swapped", "what": what}
    record |= {"equivalent": None, "caught": caught, "raised": False, "how": "", "located": caught, "named": ""}
    return record | changes


def mutant_rows(target, spared=(), **changes):
    """Rows of a target of which everything is caught but those `spared`, as the campaign has them."""
    rows = []
    for side in SIDES:
        found = [mutant("a -> b"), mutant("b -> c", located=False), mutant("c -> d", raised=True), *spared]
        caught = [one for one in found if one["caught"]]
        row = {"model": target, "side": side, "planted": len(found), "caught": len(caught), "raised": 1}
        row |= {"equivalent": sum(one["equivalent"] is not None for one in found)}
        row |= {"located": sum(bool(one["located"]) for one in caught), "mutants": found}
        row |= {"ran_located": sum(bool(one["located"]) for one in caught if not one["raised"])}
        rows.append(row | changes)
    return rows


def collected(*targets, **changes):
    """Rows as the report has them, of these targets."""
    facts = {"date": "2026-11-23T10:00:00", "numpy": "2", "tensorflow": "2.21", "torch": "2.13"}
    facts |= {"origin": "shipped", "changed": False}
    return [{**compact(row), **facts, **changes} for target in targets for row in mutant_rows(target)]


# The shapes of one example's; those of coupling coefficients are (10, 64)
DRAWN = {"lengths": (10,), "reconstruction": (8, 8, 1), "attention": (10, 27), "readings": (15, 10), "image": (64,)}


@cache
def arrays(model, variant="plain"):
    """What a picture is drawn from, with outputs that depend on the inputs in some way."""
    entry = CATALOG[model]
    if entry.variants[variant].picture == "graph":
        leaf = {"name": "a", "operation": "leaf", "inputs": [], "value": 2.0, "derivative": 2.0}
        root = {"name": "e", "operation": "mul", "inputs": ["a"], "value": 6.0, "derivative": 1.0}
        return {"static_nodes": [leaf, root], "dynamic_nodes": [leaf, root]}
    spec = entry.spec(variant)
    view = {name: value for name, value in spec.plot_inputs().items() if name not in spec.not_kept}
    size = len(next(iter(view.values())))
    random = np.random.default_rng(0)
    shape = dict.fromkeys(("confusion", "digits", "filters", "series", "spoken"), (10,))
    shape |= {"samples": (2,), "reconstructions": (64,), "matrix": (2, 36), "alignment": (10, 11)}
    shape |= {"predictive_band": (201, 1), "calibration": (1077, 10)}
    output = random.normal(0, 1, (size, *shape.get(entry.variants[variant].picture, (1,))))
    if entry.variants[variant].picture == "connected":
        output = random.normal(0, 1, (size, spec.config.steps(spec.config.samples), 11))
    if entry.variants[variant].picture == "digits_from_noise":
        output = random.uniform(0, 1, (size, 64))
    if entry.variants[variant].picture == "plane":
        output = np.sin(view["x"]) @ np.array([[1.0, -1.0], [-1.0, 1.0]])
    initial = spec.initial()
    plotted = {
        name: initial[name] if name in initial else random.uniform(0, 1, (size, *DRAWN.get(name, (10, 64))))
        for name in spec.plotted
    }
    if entry.variants[variant].picture == "verse":
        plotted["text"] = random.integers(0, spec.config.characters, (size, 300))
    if entry.variants[variant].picture == "sampled_speech":
        plotted["audio"] = random.integers(0, spec.config.codes, (size, spec.config.reach + 900))
    both = {"static": output} | {f"static_{name}": value for name, value in plotted.items()}
    others = {name.replace("static", "dynamic"): value for name, value in both.items()}
    return {**view, **both, **{name: v + 1e-6 if v.dtype.kind == "f" else v for name, v in others.items()}}


def results(rows_of):
    return {"environment": ENVIRONMENT, "rows": [row for key in KEYS for row in rows_of(*key)]}


def everything():
    """Results in which all went well."""
    found = {"parity": results(parity_rows), "speed": results(speed_rows), "learning": results(learning_rows)}
    more = [*speed_rows("gan", form="compiled"), *speed_rows("lstm", device="cuda"), *sweep_rows("gan")]
    found["speed"]["rows"] += more
    found["differences"] = {"environment": ENVIRONMENT, "rows": difference_rows()}
    return found | {"mutants": {"rows": collected(*TARGETS)}}


def text(html, identifier):
    """What a reader sees of one section, without tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", section(html, identifier))).split())


def section(html, identifier):
    """One section, with tags."""
    start = html.index(f'id="{identifier}"')
    return html[start : html.index("</section>", start)]


def written(folder, parity=(), speed=(), learning=(), learned=None, machines=None, **more):
    """The page from some rows, and from the timings of other machines in a folder."""
    rows = {"parity": parity, "speed": speed, "learning": learning, **more}
    found = {kind: {"environment": {}, "rows": list(rows)} for kind, rows in rows.items()}
    return report.write(folder, found, learned or {}, machines or folder / "no machines").read_text()


# Speed


def spoken(html):
    """What is read out of each figure of the section on speed."""
    return [unescape(label) for label in re.findall(r'<svg role="img" aria-label="([^"]*)"', section(html, "speed"))]


def captions(html):
    return [unescape(words) for words in re.findall(r"<figcaption[^>]*>(.*?)</figcaption>", section(html, "speed"))]
