"""The report: it says what the rows say, also when there are few, none or failed ones, and opens without a network."""

import json
import re
import shutil
from functools import cache
from html import unescape

import numpy as np
import pytest

from benchmarks import report
from benchmarks.mutants import TARGETS, fingerprint_of
from benchmarks.mutants.equivalent import EQUIVALENT
from benchmarks.report import differences, formatting, learning_figures, mutants, page, pictures, speed
from benchmarks.results import finite
from benchmarks.speed import Job, TimingSettings
from benchmarks.speed.measure import FACTS, Measured
from shared.catalog import CATALOG
from shared.deep.deep_net import RACES
from shared.differences import DIFFERENCES
from shared.errors import UsageError

ENVIRONMENT = {"python": "3.13", "cores": [0, 1], "versions": {"numpy": "2", "odd": "<b>&"}}
NOTHING = {"environment": {}, "rows": []}
VARIANTS = [(name, key, variant) for name, entry in CATALOG.items() for key, variant in entry.variants.items()]
KEYS = [(name, key) for name, key, _ in VARIANTS]


def parity_rows(model, variant="plain", **changes):
    """Rows of a pair that is proven, `changes` put into the float64 row of the loss."""
    rows = []
    for dtype, apart, allowed in (("float64", 3e-16, 1e-12), ("float32", 2e-7, 6e-6)):
        for stage in page.STAGES[:-1]:
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
    for side in page.SIDES:
        for phase, factor in phases.items():
            failed = error if side == "static" else None
            median = None if failed else step * factor * (ratio if side == "static" else 1)
            row = {"model": model, "variant": variant, "form": form, "device": "cpu", "size": "small"}
            row |= {"dtype": "float32", "threads": 1, "sweep": None, "value": None, "side": side, "phase": phase}
            row |= {"launches": 6, "median_s": median, "low_s": median, "high_s": median}
            row |= dict.fromkeys(("ratio", "ratio_low", "ratio_high", "conclusion"))
            row |= dict.fromkeys(("warm_up_runs", "warm_up_s", "runs_in_a_block", "warning", *FACTS))
            row |= {"samples": [] if failed else [[median] * 4] * 6, "error": failed}
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
    rows = speed_rows(model, ratio=ratio, against="layers", **changes)
    names = {"static": side, "dynamic": f"{side} layers"}
    return [{**row, "side": names[row["side"]]} for row in rows]


def machine(folder, name, rows, **environment):
    """A file with the timings of another machine."""
    folder.mkdir(exist_ok=True)
    facts = {"cpu": f"Chip {name}", "cores": 2, "python": "3.12.1", "tensorflow": "2.21.0", "torch": "2.13.0"}
    facts |= {"date": "2026-11-20T10:00:00+00:00", **environment}
    (folder / f"{name}.json").write_text(json.dumps({"environment": facts, "rows": rows}))
    return folder


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
    for side in page.SIDES:
        found = [mutant("a -> b"), mutant("b -> c", located=False), mutant("c -> d", raised=True), *spared]
        caught = [one for one in found if one["caught"]]
        row = {"model": target, "side": side, "planted": len(found), "caught": len(caught), "raised": 1}
        row |= {"equivalent": sum(one["equivalent"] is not None for one in found)}
        row |= {"located": sum(bool(one["located"]) for one in caught), "mutants": found}
        rows.append(row | changes)
    return rows


def collected(*targets, **changes):
    """Rows as the report has them, of these targets."""
    facts = {"date": "2026-11-23T10:00:00", "numpy": "2", "tensorflow": "2.21", "torch": "2.13"}
    facts |= {"origin": "shipped", "changed": False}
    return [{**mutants.compact(row), **facts, **changes} for target in targets for row in mutant_rows(target)]


DRAWN = {"lengths": (10,), "reconstruction": (8, 8, 1)}  # of one example; coupling coefficients are 10 by 64


@cache
def arrays(model, variant="plain"):
    """What a picture is drawn from, with outputs that depend on the inputs in some way."""
    entry = CATALOG[model]
    if entry.variants[variant].picture == "graph":
        leaf = {"name": "a", "operation": "leaf", "inputs": [], "value": 2.0, "derivative": 2.0}
        root = {"name": "e", "operation": "mul", "inputs": ["a"], "value": 6.0, "derivative": 1.0}
        return {"static_nodes": [leaf, root], "dynamic_nodes": [leaf, root]}
    spec = entry.spec(variant)
    view = spec.plot_inputs()
    size = len(next(iter(view.values())))
    random = np.random.default_rng(0)
    shape = dict.fromkeys(("confusion", "digits", "filters", "series"), (10,))
    shape |= {"samples": (2,), "reconstructions": (64,), "matrix": (2, 36)}
    output = random.normal(0, 1, (size, *shape.get(entry.variants[variant].picture, (1,))))
    if entry.variants[variant].picture == "plane":
        output = np.sin(view["x"]) @ np.array([[1.0, -1.0], [-1.0, 1.0]])
    initial = spec.initial()
    plotted = {
        name: initial[name] if name in initial else random.uniform(0, 1, (size, *DRAWN.get(name, (10, 64))))
        for name in spec.plotted
    }
    both = {"static": output} | {f"static_{name}": value for name, value in plotted.items()}
    return {**view, **both, **{name.replace("static", "dynamic"): value + 1e-6 for name, value in both.items()}}


def results(rows_of):
    return {"environment": ENVIRONMENT, "rows": [row for key in KEYS for row in rows_of(*key)]}


def everything():
    """Results in which all went well."""
    found = {"parity": results(parity_rows), "speed": results(speed_rows), "learning": results(learning_rows)}
    more = [*speed_rows("gan", form="compiled"), *speed_rows("lstm", device="cuda"), *sweep_rows("gan")]
    found["speed"]["rows"] += more
    found["differences"] = {"environment": ENVIRONMENT, "rows": difference_rows()}
    return found | {"mutants": {"rows": collected(*TARGETS)}}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The page of a run in which all went well."""
    learned = {key: arrays(*key) for key in KEYS}
    folder = tmp_path_factory.mktemp("report")
    rows = [row for key in KEYS for row in speed_rows(*key, ratio=0.5)] + sweep_rows("gan")
    machines = machine(folder / "machines", "a", rows)
    machine(machines, "b", speed_rows("lstm", device="cuda", form="cuda_graphs"), gpu="Card b")
    return report.write(folder / "new", everything(), learned, machines)


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


def test_every_model_appears_with_all_that_was_found(whole):
    html = whole.read_text()
    assert len(re.findall('<section class="model"', html)) == len(CATALOG)
    for name, entry in CATALOG.items():
        assert f'<a href="#model-{name}">' in html
        said = text(html, f"model-{name}")
        assert "not measured" not in said.lower()
        for tree in ("static_tf", "dynamic_torch"):
            assert entry.path(tree) in said
        for variant in entry.variants.values():
            assert variant.data in said
        for symbol, (_, meaning) in entry.spec().symbols.items():
            assert symbol in said
            assert " ".join(meaning.split()) in said
    trained = [key for key in KEYS if CATALOG[key[0]].variants[key[1]].learning]
    graphs = [key for key in KEYS if CATALOG[key[0]].variants[key[1]].picture == "graph"]
    plotted = html.count('<svg role="img"') - section(html, "speed").count('<svg role="img"')
    assert plotted == len(KEYS) + len(trained) + len(graphs) + len(RACES)  # a graph is drawn once a side
    assert f"{len(KEYS)} of {len(KEYS)} pairs are proven" in html


def test_the_page_needs_no_network(whole):
    html = whole.read_text()
    for link in re.findall(r"""(?:src|href|srcset|data|action)\s*=\s*["']?([^"'\s>]+)""", html):
        assert link.startswith(("#", "data:")), link
    assert not re.findall(r"@import|url\((?!#)", html)
    assert "fetch(" not in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="|url\()#([\w-]+)', html)) <= set(ids)


def test_the_csv_files_hold_every_row(whole):
    import pandas as pd

    for kind, expected in everything().items():
        rows = expected["rows"]
        table = pd.read_csv(whole.parent / f"{kind}.csv")
        assert len(table) == len(rows)
        assert list(table.columns) == [column for column in rows[0] if column != "mutants"], "flat records only"
    assert {p.name for p in whole.parent.iterdir()} == {"index.html", *(f"{kind}.csv" for kind in report.KINDS)}


def test_no_results_are_said_to_be_missing(tmp_path):
    html = written(tmp_path)
    table = text(html, "models")
    for name in CATALOG:
        assert name in table
    assert f"0 of {len(KEYS)} pairs are proven to compute the same function, {len(KEYS)} were not measured" in html
    timed = [key for key in KEYS if CATALOG[key[0]].variants[key[1]].timed]  # the others take as long as plain
    assert table.count("not measured") >= 2 * len(KEYS) + 3 * len(timed)
    assert "No ratio was measured." in text(html, "speed")
    assert "Not recorded." in text(html, "environment")
    assert "Not measured: python -m benchmarks mutants does it" in text(html, "mutants")
    assert "Not measured: python -m benchmarks differences does it" in text(html, "differences")
    assert "good" not in re.findall(r'class="said (\w+)"', html)


def test_results_of_one_model_leave_the_others_as_they_are(tmp_path):
    name = "shallow_regressor"
    html = written(tmp_path, parity_rows(name), speed_rows(name), learning_rows(name), {(name, "plain"): arrays(name)})
    assert "not measured" not in text(html, f"model-{name}").lower()
    assert "same function" in text(html, f"model-{name}")
    assert "Not measured." in text(html, "model-lstm")
    assert "same function," not in text(html, "model-lstm")


def test_a_difference_is_said_first_and_named(tmp_path):
    rows = parity_rows("lstm", verdict="different", rel_norm=0.25)
    html = written(tmp_path, [*parity_rows("gan"), *rows])
    assert "different: loss w1 at step 1, relative distance 2.5 × 10 −1" in text(html, "model-lstm")
    assert "same function" not in text(html, "model-lstm").replace("same function as plain", "")
    assert "1 are not" in html


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_not_passed_over(tmp_path, value):
    rows = parity_rows("gan", verdict="different", rel_norm=value, max_abs=value, note="only the static side has it")
    said = text(written(tmp_path, rows, speed_rows("gan")), "model-gan")
    assert "different: loss w1 at step 1, only the static side has it" in said


def test_an_arm_that_failed_is_said_to_have_failed(tmp_path):
    name, failure = "gan", "static arm: killed by <signal> 9"
    parity = [
        {"model": name, "variant": "plain", "dtype": "float64", "verdict": "different", "error": "no <room> left"}
    ]
    learning = [row for row in learning_rows(name) if row["side"] == "dynamic"]
    learning.append({"model": name, "variant": "plain", "side": "static", "kind": "loss", "error": "hung"})
    html = written(tmp_path, parity, speed_rows(name, error=failure), learning)
    said = text(html, f"model-{name}")
    assert "failed: no <room> left" in said
    assert said.count(f"failed: {failure}") == 2, "in the facts, and below the times"
    assert "failed: hung" in said
    assert "2.00 ms" in said, "what the other side has shown stays"
    assert "<signal>" not in html, "text of an error is text, not markup"
    assert text(html, "models").count("failed") >= 3
    assert "Loss by training step: dynamic." in said


def test_a_proof_that_broke_off_has_failed(tmp_path):
    row = parity_rows("gan")[0] | {"stage": "run", "name": "ValueError", "verdict": "different", "note": "no shape"}
    row |= dict.fromkeys(("max_abs", "rel_norm"))
    assert "failed: ValueError, no shape" in text(written(tmp_path, [row]), "model-gan")


@pytest.mark.parametrize(
    "bad",
    [
        {"parity": parity_rows("lstm", "while_loop", verdict="different")},
        {"speed": speed_rows("lstm", "while_loop", error="it died")},
        {"learning": learning_rows("shallow_classifier", "xor", verdict="missed")},
    ],
)
def test_bad_news_of_a_variant_is_not_folded_away(tmp_path, bad):
    (rows,) = bad.values()
    (model,) = {row["model"] for row in rows}
    assert section(written(tmp_path, **bad), f"model-{model}").count('<details class="more" open>') == 1
    good = {"parity": parity_rows(model), "speed": speed_rows(model), "learning": learning_rows(model)}
    assert '<details class="more" open>' not in written(tmp_path, **good)


def test_what_is_not_timed_on_its_own_says_why(tmp_path):
    html = written(tmp_path, speed=speed_rows("shallow_classifier"))
    assert "The same work as plain." in text(html, "model-shallow_classifier")
    assert "The same work as plain." not in text(html, "model-lstm")


def test_what_races_is_a_variant():
    assert all(name in CATALOG["deep_net"].variants for _, names in RACES.values() for name in names)


def test_variants_race_on_one_plot(tmp_path):
    slow = [row | {"value": 3 * row["value"]} for row in learning_rows("deep_net", "adam")]
    rows = [*slow, *learning_rows("deep_net", "gradient_descent")]
    said = text(written(tmp_path, learning=rows), "model-deep_net")
    assert "under each optimizer, the dynamic side inside the static one, at most 5.9e-05 apart" in said
    assert "from the lowest: gradient descent, adam." in said
    alone = text(written(tmp_path, learning=slow), "model-deep_net")
    assert "under each optimizer" not in alone  # one is no race
    eight = [row for name in ("deep_relu", "deep_sigmoid") for row in learning_rows("deep_net", name)]
    said = text(written(tmp_path, learning=[*eight, *slow]), "model-deep_net")
    assert "Loss by training step of eight layers, by what helps them to learn, the dynamic side" in said
    assert "under each optimizer" not in said


def test_every_racer_is_named_at_its_end():
    from benchmarks.report.learning_figures import race

    def curves(*ends):
        return {f"rule_{i}": dict.fromkeys(page.SIDES, ([0, 1], [1.0, end])) for i, end in enumerate(ends)}

    for ends in ([1e-6, *np.linspace(0.8, 1, 7)], [1.0, *np.linspace(1e-6, 1.1e-6, 7)], np.ones(8)):
        named = re.findall(r"<text[^>]*>(optimizer \d)</text>", race(curves(*ends), "by optimizer").svg)
        assert sorted(named) == [f"optimizer {i}" for i in range(8)], (
            "next to each other, at the top and at the bottom too"
        )


def test_a_loss_that_is_no_number_is_said_to_be_none(tmp_path):
    rows = learning_rows("gan")
    rows[3] |= {"value": "nan"}  # as results on disk have it, since JSON has no NaN
    html = written(tmp_path, learning=[row | {"value": "nan"} if row["kind"] == "metric" else row for row in rows])
    assert "The loss of the static side was not a finite number at some steps." in html
    assert "not finite / not finite (modes covered at least 7)" in text(html, "model-gan")


def test_a_missed_target_and_parted_curves_are_bad_news(tmp_path):
    rows = learning_rows("gan", verdict="missed")
    assert "7 / 7 (modes covered at least 7): missed" in text(written(tmp_path, learning=rows), "model-gan")
    rows = [row | {"verdict": "apart"} if row["kind"] == "curves" else row for row in learning_rows("gan")]
    html = written(tmp_path, learning=rows)
    assert '<span class="said bad">loss curves apart' in html
    assert "0 of" in html
    rows = [row for row in learning_rows("gan") if row["side"] != "dynamic"]
    assert "7 / not measured (modes covered at least 7): missed" in text(written(tmp_path, learning=rows), "model-gan")


@pytest.mark.parametrize("key", {variant.picture: (name, v) for name, v, variant in VARIANTS}.values())
def test_one_trained_side_is_drawn_alone(key):
    entry = CATALOG[key[0]]
    half = {name: value for name, value in arrays(*key).items() if not name.startswith("dynamic")}
    picture = pictures.PICTURES[entry.variants[key[1]].picture](half, entry.spec(key[1]))
    assert picture.svg.count("<svg") == 1
    assert "var(--" in picture.svg
    assert "#0000" not in picture.svg


def test_nothing_learned_is_not_drawn(tmp_path):
    html = written(tmp_path, learned={key: {} for key in KEYS})
    assert "<svg" not in html
    assert html.count("There is no trained pair to draw.") == sum(v.learning is not None for *_, v in VARIANTS)


def test_results_beyond_the_catalogue_are_not_hidden(tmp_path):
    rows = parity_rows("gan") + [row | {"variant": "compiled"} for row in parity_rows("gan")]
    html = written(tmp_path, [*rows, *(row | {"model": "no_such_model"} for row in parity_rows("gan"))])
    assert "compiled" in text(html, "models")
    assert "not in the catalogue" in text(html, "model-gan")
    assert "no_such_model" in html


def test_sizes_and_devices_stand_apart(tmp_path):
    rows = [row | {"size": "large", "device": "cuda"} for row in speed_rows("gan", ratio=4.0)]
    said = text(written(tmp_path, speed=[*speed_rows("gan"), *rows]), "model-gan")
    assert "cpu, float32, small" in said
    assert "cuda, float32, large" in said
    assert "4.00 (3.80 to 4.20) dynamic faster" in said


class Counted:
    """A progress bar that counts."""

    def __init__(self):
        self.finished = 0

    def tell(self, what, share):
        assert 0 <= share <= 1

    def done(self):
        self.finished += 1


def test_what_is_still_true_is_not_measured_again(tmp_path, monkeypatch):
    """The second report measures nothing; one whose fingerprint has changed, or that is asked for afresh, does."""
    from benchmarks.report import make

    measured, spoilt, drifted, planted = [], {}, {}, []

    def fake(kind, name, variant, device, tell, hosts):
        measured.append(kind)
        return (parity_rows(name, **spoilt) if kind == "parity" else []), {}

    def probe(name):
        measured.append("differences")
        (row,) = (row for row in difference_rows() if row["name"] == name)
        return {**row, **drifted}

    def report_on(fresh=False):
        measured.clear()
        bar = Counted()
        page, well = make.make([("gan", "plain")], "cpu", tmp_path, fresh, bar, lambda line: None)
        assert page.exists()
        assert well == (not spoilt and not drifted and not planted)
        assert bar.finished == 4, "of one pair three kinds, and the known differences"
        assert measured.count("differences") in (0, len(DIFFERENCES))
        return list(dict.fromkeys(measured))

    monkeypatch.setattr(make, "_measure", fake)
    monkeypatch.setattr(differences, "attempt", probe)
    monkeypatch.setattr(mutants, "collect", lambda folder: planted)
    assert report_on() == ["differences", "parity", "learning", "speed"]
    assert report_on() == []
    assert report_on(fresh=True) == ["differences", "parity", "learning", "speed"]
    whole = make.fingerprint
    for changed in ("speed", "differences"):
        new = {changed: "new"}
        monkeypatch.setattr(make, "fingerprint", lambda kind, *rest, new=new: whole(kind, *rest) + new.get(kind, ""))
        assert report_on() == [changed]
        monkeypatch.setattr(make, "fingerprint", whole)
        assert report_on() == [changed]
    (tmp_path / "kept" / "parity-gan-plain.json").write_text("{ cut off")
    assert report_on() == ["parity"]
    drifted["drift"] = "w by default 0, not 1"
    assert report_on(fresh=True) == ["differences", "parity", "learning", "speed"]
    assert report_on() == ["differences"]  # what failed is tried again
    drifted.clear()
    spoilt["verdict"] = "different"
    assert report_on(fresh=True) == ["differences", "parity", "learning", "speed"]
    assert report_on() == ["parity"]
    spoilt.clear()
    assert report_on() == ["parity"]
    planted += collected("gan", equivalent=0, mutants=[mutant("x -> y", caught=False)])
    assert report_on() == []


def test_a_report_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    written(tmp_path)
    before = (tmp_path / "index.html").read_text()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(UsageError, match="No space left on device"):
        written(tmp_path, parity_rows("gan"))
    assert (tmp_path / "index.html").read_text() == before
    assert not list(tmp_path.glob(".*"))


# The proof


def table_rows(html, part, title):
    """The rows of one of a part's tables of parity, as a reader sees them."""
    label = f'aria-label="Parity of {part} in {title}"'
    table = html[html.index(label) : html.index("</table>", html.index(label))]
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in table.split("<tr>")[1:]]


def test_what_was_observed_stands_beside_what_is_allowed(tmp_path):
    html = written(tmp_path, parity_rows("gan"))
    head, *rows = table_rows(html, "gan", "float64")
    assert head.endswith("largest distance allowed verdict")
    assert rows[0] == "tap 1 w1 1 data 3.0 × 10 −16 3.0 × 10 −16 1.0 × 10 −12 rounding"
    head, *rows = table_rows(html, "gan", "float32")
    assert head.endswith("static error dynamic error allowed ULP sides amplified growth verdict")
    assert rows[0] == "tap 1 w1 1 data 4.0 × 10 −7 2.0 × 10 −7 6.0 × 10 −6 560 2 1.7 0.9 rounding"
    assert rows[1].endswith("1.7 – rounding"), "only taps have a tap before them"
    for word in ("ULP", "sides", "amplified", "growth"):
        assert f"<i>{word}</i>" in html, "a title that is short is explained below"


def test_of_each_stage_the_value_is_shown_that_is_nearest_to_what_is_allowed(tmp_path):
    near = {"name": "near", "static_error": 1e-6, "allowed": 2e-6, "rel_norm": 1e-9}
    far = {"name": "far", "static_error": 1e-5, "allowed": 1e-3, "rel_norm": 1e-5}
    wild = {"name": "wild", "static_error": None, "dynamic_error": None, "rel_norm": None, "verdict": "different"}
    rows = [row for row in parity_rows("gan") if row["dtype"] == "float32"]
    found = [row | change for row in rows for change in (near, far)]
    assert all("near" in row for row in table_rows(written(tmp_path, found), "gan", "float32")[1:])
    found += [row | change for row in rows for change in (near | {"verdict": "different"}, wild)]
    assert all("4 wild" in row for row in table_rows(written(tmp_path, found), "gan", "float32")[1:])


def test_the_hard_batches_are_named(tmp_path):
    rows = [row | {"batch": batch} for batch in ("data", "one word", "zeros") for row in parity_rows("lstm")]
    said = text(written(tmp_path, rows), "model-lstm")
    assert "on the data and on 2 hard batches: one word, zeros." in said
    assert "hard batches" not in text(written(tmp_path, parity_rows("lstm")), "model-lstm")


def test_the_first_divergence_and_its_cause_are_said(tmp_path):
    where = "first divergence: forward, tap 'h'\n  static  static_tf/<b>.py:7 Gan.forward"
    rows = parity_rows("gan", verdict="different", where=where, cause="weight_decay: explains 2e-3 & more")
    html = written(tmp_path, rows)
    assert (
        "<pre>first divergence: forward, tap &#39;h&#39;\n  static  static_tf/&lt;b&gt;.py:7 Gan.forward</pre>" in html
    )
    assert "Cause: weight_decay: explains 2e-3 & more" in text(html, "model-gan")
    html = written(tmp_path, parity_rows("gan", verdict="different", where=where))
    assert "Cause:" not in text(html, "model-gan")
    assert "<pre>" not in written(tmp_path, parity_rows("gan"))


# Planted faults


def test_planted_faults_are_counted(tmp_path):
    excused = mutant("a + b -> b + a", caught=False, equivalent="the same <sum>")
    rows = [mutants.compact(row) for row in mutant_rows("lstm", spared=[excused])]
    assert [[one["what"] for one in row["mutants"]] for row in rows] == [["a + b -> b + a"]] * 2, "the rest is counts"
    html = written(tmp_path, mutants=[row | {"changed": False} for row in rows])
    said = text(html, "mutants")
    assert "lstm static 4 1 3 100 % 2 66.6 % dynamic 4 1 3 100 % 2 66.6 %" in said
    assert "sum of what is measured and true 8 2 6 100 % 4 66.6 %" in said
    assert "2 of the caught ended in an error, and are located by its traceback" in said
    assert "Of the other 4 the proof has located 50 %" in said
    assert "Missed None." in said
    assert "2 equivalent, each with the reason" in said
    assert "static_tf/m.py:7 M.forward a + b -> b + a the same <sum>" in said
    assert "not measured: python -m benchmarks mutants gan" in said
    assert (
        "catches 6 of 6 faults that were planted into the twins (100 %), and names the method of 66.6 %"
        in html.replace("\u00a0", " ")
    )
    assert "That is not enough" not in said


def test_a_missed_fault_is_told_in_full_and_is_bad_news(tmp_path):
    rows = collected("gan")
    for row in rows:
        row["mutants"] = [mutant("x < y -> x > y", caught=False, line=31)]
    said = text(written(tmp_path, mutants=rows), "mutants")
    assert "Missed static_tf/m.py:31 M.forward x < y -> x > y" in said
    assert "gan static 3 0 2 66.6 %" in said
    assert "That is not enough: 99% of those not equivalent must be caught" in said


def test_an_equivalent_that_is_caught_after_all_is_bad_news(tmp_path):
    caught = mutant("a -> b", equivalent="it was thought so")
    rows = [mutants.compact(row) | {"changed": False} for row in mutant_rows("gan", spared=[caught])]
    said = text(written(tmp_path, mutants=rows), "mutants")
    assert "Called equivalent, and caught static_tf/m.py:7 M.forward a -> b it was thought so" in said
    assert "That is not enough" in said


def test_a_share_is_whole_only_if_all_of_it_is_there():
    assert formatting.share(3, 3) == "100\u00a0%"
    assert formatting.share(99_999, 100_000) == "99.9\u00a0%"
    assert formatting.share(0, 0) == "–"


def test_results_whose_sources_have_changed_do_not_look_true(tmp_path):
    old = collected("lstm", changed=True)
    for row in old:
        row["mutants"] = [mutant("x -> y", caught=False)]
    html = written(tmp_path, mutants=[*collected("gan"), *old])
    said = text(html, "mutants")
    assert "lstm changed since: python -m benchmarks mutants lstm" in said
    assert "gan changed since" not in said
    assert "sum of what is measured and true 6 0 6" in said
    assert "M.forward changed since x -> y" in said
    assert "That is not enough" not in said
    assert "catches 6 of 6" in html
    html = written(tmp_path, mutants=old)
    assert "catches" not in html, "nothing of it is true"
    assert "sum" not in text(html, "mutants")


def test_own_results_come_before_those_that_ship_while_they_are_true(tmp_path):
    here, shipped = tmp_path / "report", tmp_path / "shipped" / "mutants.json"
    assert mutants.collect(here, shipped) == []
    for target in TARGETS:
        mutants.keep(here, target, fingerprint_of(target), mutant_rows(target))
    mutants.ship(here, shipped)
    other = tmp_path / "other"
    rows = mutants.collect(other, shipped)
    assert [(row["model"], row["side"]) for row in rows] == [(t, side) for t in TARGETS for side in page.SIDES]
    assert {(row["origin"], row["changed"]) for row in rows} == {("shipped", False)}
    assert "sum of what" not in text(written(tmp_path, mutants=rows), "mutants"), "all was measured, and is true"

    first = TARGETS[0]

    def origin():
        rows = [row for row in mutants.collect(other, shipped) if row["model"] == first]
        return {(row["origin"], row["changed"], row["planted"]) for row in rows}

    mutants.keep(other, first, fingerprint_of(first), mutant_rows(first, planted=11))
    assert origin() == {("kept", False, 11)}
    mutants.keep(other, first, "of other sources", mutant_rows(first, planted=11))
    assert origin() == {("shipped", False, 3)}
    shipped.write_text(shipped.read_text().replace(fingerprint_of(first), "of other sources"))
    assert origin() == {("kept", True, 11)}
    with pytest.raises(UsageError, match=f"not measured, or changed since: python -m benchmarks mutants {first} "):
        mutants.ship(other, shipped)
    shipped.write_text(shipped.read_text()[:-9])
    with pytest.raises(UsageError, match=r"mutants\.json is damaged"):
        mutants.collect(other, shipped)


def test_a_campaign_depends_on_its_model_and_the_proof_and_on_no_other_model(tmp_path, monkeypatch):
    from benchmarks import results

    for tree in ("shared", "static_tf", "dynamic_torch", "benchmarks"):
        shutil.copytree(results.ROOT / tree, tmp_path / tree, ignore=shutil.ignore_patterns("__pycache__", "*.npz"))
    monkeypatch.setattr(results, "ROOT", tmp_path)

    def moved(path):
        """Which fingerprints an edit of a file changes."""
        jobs = [("mutants", "lstm"), ("mutants", "gan"), ("mutants", "optimizers"), ("differences",), ("parity", "gan")]
        before = [results.fingerprint(*job) for job in jobs]
        with (tmp_path / path).open("a") as file:
            file.write("# edited\n")
        return [" ".join(job) for job, mark in zip(jobs, before) if results.fingerprint(*job) != mark]

    assert moved("static_tf/recurrent/lstm.py") == ["mutants lstm", "mutants optimizers"]
    assert moved("shared/recurrent/lstm.py") == ["mutants lstm", "mutants optimizers"]
    assert moved("dynamic_torch/generative/gan.py") == ["mutants gan", "mutants optimizers", "parity gan"]
    campaigns = ["mutants lstm", "mutants gan", "mutants optimizers"]
    assert moved("static_tf/optimizers.py") == [*campaigns, "parity gan"]
    assert moved("dynamic_torch/twin.py") == [*campaigns, "parity gan"]
    assert moved("benchmarks/parity/verdicts.py") == [*campaigns, "parity gan"]
    assert moved("benchmarks/faults/operators.py") == campaigns
    assert moved("static_tf/differences.py") == ["differences"]
    assert moved("shared/differences.py") == ["differences"]
    assert moved("benchmarks/differences.py") == ["differences"]
    assert moved("shared/randomness.py") == [*campaigns, "differences", "parity gan"]
    assert moved("benchmarks/learning/learn.py") == []
    assert moved("static_tf/baselines.py") == moved("dynamic_torch/cost.py") == []


def test_a_campaign_depends_on_what_is_said_of_its_own_mutants(monkeypatch):
    before = {model: fingerprint_of(model) for model in ("lstm", "gan")}
    (key, *_) = (key for key in EQUIVALENT if "lstm" in key[0])
    monkeypatch.setitem(EQUIVALENT, key, "for another reason")
    assert fingerprint_of("lstm") != before["lstm"]
    assert fingerprint_of("gan") == before["gan"]


# Speed


def spoken(html):
    """What is read out of each figure of the section on speed."""
    return [unescape(label) for label in re.findall(r'<svg role="img" aria-label="([^"]*)"', section(html, "speed"))]


def captions(html):
    return [unescape(words) for words in re.findall(r"<figcaption[^>]*>(.*?)</figcaption>", section(html, "speed"))]


def test_the_rows_here_have_the_columns_of_the_harness():
    job = Job("gan", "plain", "plain", "cpu", "small", "float32", 1)
    sides = {side: side for side in page.SIDES}
    (row, *_) = Measured(job, TimingSettings(), sides, prove=False).rows()
    assert set(speed_rows("gan")[0]) == set(row)


def test_every_configuration_has_a_figure_with_its_own_meaning(tmp_path):
    rows = [*speed_rows("gan", ratio=0.4), *speed_rows("lstm", ratio=3), *speed_rows("lstm", "while_loop", ratio=1.02)]
    rows += [*speed_rows("shallow_regressor", conclusion="too few processes", ratio_low=None, ratio_high=None)]
    rows += [*speed_rows("gan", form="compiled"), *speed_rows("gan", device="cuda")]
    html = written(tmp_path, speed=rows)
    titles = re.findall(r"<h4>(.*?)</h4>", section(html, "speed"))
    assert titles[:3] == ["CPU, plain, small, float32", "CPU, compiled, small, float32", "GPU, plain, small, float32"]
    plain, compiled, *_ = captions(html)
    assert plain == (
        "Of 4 pairs 1 is faster on the static side (up to 2.5 times, gan), 1 is faster on the dynamic side (up to "
        "3 times, lstm), 1 shows neither side to be faster and 1 ran in too few processes to say."
    )
    assert compiled == "Of 1 pair 1 is faster on the dynamic side (up to 1.5 times, gan)."
    assert "lstm, while_loop 1.02 (0.97 to 1.07) here; gan 0.40 (0.38 to 0.42) here" in spoken(html)[0]
    assert "shallow_regressor 1.50 here" in spoken(html)[0], "without an interval there is none to show"
    for caption, words_of_it in zip(captions(html), spoken(html)):
        assert caption
        assert words_of_it.startswith(caption), "what a figure means is read out too"
    assert (
        "A training step: static faster in 1, dynamic faster in 1, not significant in 1, too few processes in 1" in html
    )


def test_a_dot_is_hollow_where_no_side_is_shown_to_be_faster():
    from benchmarks.report.speed_figures import Dot, ratios

    def hollow(*interval):
        svg = ratios([("gan", [Dot(1.5, *interval, "●", "here")])], "So.").svg
        return svg.count("fill: var(--paper)"), svg.count("fill: var(--dynamic)")

    assert hollow(1.4, 1.6)[0] == 0
    assert hollow(1.4, 1.6)[1] > 0
    for interval in ((0.9, 2.0), (None, None)):
        assert hollow(*interval)[0] > 0
        assert hollow(*interval)[1] == 0


def test_other_machines_stand_beside_the_users_own(tmp_path):
    machines = machine(tmp_path / "machines", "a", [*speed_rows("gan", ratio=0.5), *speed_rows("lstm", ratio=2)])
    machine(machines, "b", speed_rows("lstm", ratio=4, device="cuda", form="cuda_graphs"), gpu="Card b", cores=16)
    own = [*speed_rows("gan", ratio=2), *speed_rows("lstm", ratio=3)]
    html = written(tmp_path, speed=own, machines=machines)
    said = text(html, "speed")
    assert "◆ Chip a, 2 cores, Python 3.12.1, TensorFlow 2.21.0, PyTorch 2.13.0, 2026-11-20" in said
    assert "■ Chip b, 16 cores, Card b, Python 3.12.1" in said
    shown, elsewhere, *_ = spoken(html)
    assert "gan 2.00 (1.90 to 2.10) here, 0.50 (0.47 to 0.53) on Chip a" in shown
    assert captions(html)[0].endswith("; ◆ Chip a says the opposite of gan.")
    assert "1 more, that were measured on other machines only" in said
    assert elsewhere.startswith(
        "Not measured here; on Card b, of 1 pair 1 is faster on the dynamic side (up to 4 times"
    )
    assert "No GPU was measured here" in said, "what others have does not count"
    agreeing = machine(tmp_path / "machines", "a", own)
    html = written(tmp_path, speed=own, machines=agreeing)
    assert captions(html)[0].endswith("; ◆ Chip a says the opposite of none of 2.")


def test_twins_stand_beside_their_frameworks_own_layers(tmp_path):
    machines = machine(tmp_path / "machines", "a", beside_rows("conv_net", "static", 1.02))
    own = beside_rows("lstm", "dynamic", 1.9)
    html = written(tmp_path, speed=own, machines=machines)
    assert "Are the twins as fast as their frameworks allow?" in text(html, "speed")
    assert captions(html) == [
        "Of 1 twin 1 takes more than 1.5 times as long as the layers (at most 1.9 times as long, lstm, dynamic)."
    ]
    assert "conv_net 1.02 (0.97 to 1.07) static on Chip a; lstm 1.90 (1.80 to 1.99) dynamic here" in spoken(html)[0]
    elsewhere = written(tmp_path, machines=machines)
    assert captions(elsewhere) == [
        "Not measured here; on Chip a, of 1 twin none takes more than 1.5 times as long as the layers "
        "(at most 1.02 times as long, conv_net, static)."
    ]
    for page_of_it, asked in ((html, False), (elsewhere, True)):
        said = text(page_of_it, "speed")
        assert ("beside its framework's own layers here: python -m benchmarks speed --layers" in said) is asked
        assert "No ratio was measured." in said, "that is no ratio of a pair"
        assert "Not measured." in text(page_of_it, "model-lstm"), "nor a time of one"
    within = written(tmp_path, speed=beside_rows("lstm", "dynamic", 1.55), machines=machines)
    assert "Of 1 twin none takes more" in captions(within)[0], "its interval reaches below"
    swept = written(tmp_path, speed=beside_rows("lstm", "dynamic", 1.9, sweep="batch", value=8))
    assert captions(swept) == []


def test_a_dot_of_one_side_has_its_colour():
    from benchmarks.report.speed_figures import Dot, beside

    for side, other in (("static", "dynamic"), ("dynamic", "static")):
        svg = beside([("gan", [Dot(0.7, 0.6, 0.8, "●", "here", side)])], 1.5, "So.").svg
        assert f"fill: var(--{side})" in svg
        assert f"var(--{other})" not in svg
        assert "fill: var(--paper)" in beside([("gan", [Dot(1, 0.9, 1.1, "●", "here", side)])], 1.5, "So.").svg


def test_only_what_ran_alike_is_held_against_each_other(tmp_path):
    for other in ({"threads": 4}, {"size": "large"}, {"dtype": "float64"}, {"form": "compiled"}, {"device": "cuda"}):
        machines = machine(tmp_path / "machines", "a", speed_rows("gan", ratio=0.5, **other))
        html = written(tmp_path, speed=speed_rows("gan"), machines=machines)
        assert "on Chip a" not in spoken(html)[0]
        assert "on Chip a" in spoken(html)[1]
    assert "cpu, float32, large, 4 threads" in written(tmp_path, speed=speed_rows("gan", size="large", threads=4))


def test_without_timings_of_ones_own_those_of_others_are_open(tmp_path):
    machines = machine(tmp_path / "machines", "a", speed_rows("gan", ratio=0.5))
    html = written(tmp_path, machines=machines)
    assert "No ratio was measured." in text(html, "speed")
    assert "<details open>" in section(html, "speed")
    assert "Not measured here; on Chip a, of 1 pair 1 is faster on the static side (up to 2 times, gan)." in html
    assert "<details open>" not in section(written(tmp_path, speed=speed_rows("gan"), machines=machines), "speed")


ROW = {"model": "gan", "variant": "plain", "form": "plain", "device": "cpu", "size": "small", "dtype": "float32"}
ROW |= {"threads": 1, "side": "static", "phase": "step"}


@pytest.mark.parametrize(
    "content",
    [
        b"{ cut off",
        b"\xff\xfe",
        b"[]",
        b'{"rows": []}',
        b'{"environment": {}, "rows": {}}',
        b'{"environment": {}, "rows": [1]}',
        *(json.dumps({"environment": {}, "rows": [{**ROW, name: []}]}).encode() for name in ROW),
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_of_a_machine_is_named_and_left_out(tmp_path, content):
    machines = machine(tmp_path / "machines", "whole", speed_rows("gan", ratio=0.5))
    (machines / "bad <one>.json").write_bytes(content)
    html = written(tmp_path, speed=speed_rows("gan"), machines=machines)
    assert "bad <one>.json is damaged: it is left out." in text(html, "speed")
    assert "Chip whole says the opposite of gan" in captions(html)[0], "the others are there"
    assert len(speed.references(machines)[0]) == 1


def test_a_machine_of_which_little_is_known_is_shown_all_the_same(tmp_path):
    machines = tmp_path / "machines"
    machines.mkdir()
    odd = [{**ROW, "ratio": "nan", "median_s": "inf"}, {**ROW, "model": "gone", "ratio": 2.0}, ROW]
    (machines / "odd.json").write_text(json.dumps({"environment": {}, "rows": [*odd, {**ROW, "ratio": -1.0}]}))
    html = written(tmp_path, speed=speed_rows("gan"), machines=machines)
    assert "a machine without a name" in text(html, "speed")
    assert "damaged" not in text(html, "speed")
    assert "gone" not in spoken(html)[0]


def test_what_ships_of_other_machines_is_sound():
    machines, damaged = speed.references()
    assert not damaged
    for one in machines:
        assert one.environment.get("cpu")
        assert one.pairs


def test_the_time_of_a_step_is_split(tmp_path):
    html = written(tmp_path, speed=speed_rows("gan", ratio=1.5))
    _, split = spoken(html)
    assert (
        "gan, static: 3.00 ms, of it 30\u00a0% inside operations, 60\u00a0% between operations, 10\u00a0% feeding"
        in split
    )
    assert "gan, dynamic: 2.00 ms, of it 30\u00a0% inside" in split
    assert captions(html)[1].replace("\u00a0", " ") == (
        "On the static side more than half of a step is spent between operations in 1 of 1 pairs, and inside them in "
        "0; on the dynamic side more than half of a step is spent between operations in 1 of 1 pairs, and inside them "
        "in 0; feeding takes 10 % of it at most (gan, static)."
    )
    said = text(html, "speed")
    assert "gan static 3.00 ms 900 µs 1.80 ms 300 µs 321 17 % 45 MB" in said, "4 MFLOP in 3 ms, of the faster 8 GFLOP/s"
    assert "gan dynamic 2.00 ms 600 µs 1.20 ms 200 µs 321 25 % 45 MB" in said
    assert (
        "The best use of the machine is made by gan, dynamic: 25 % of the 8 GFLOP/s that a product of two large "
        "matrices reaches; the harness adds at most 0.1 % to a step." in said
    )
    assert "GPU memory" not in said
    html = written(tmp_path, speed=speed_rows("gan", device="cuda", device_memory_bytes=3_200_000_000))
    assert "GPU memory" in text(html, "speed")
    assert "45 MB 3.2 GB" in text(html, "speed")


def test_parts_of_a_step_are_never_more_than_the_step():
    for step, feeding, traced in ((1.0, 0.1, 0.3), (1.0, 0.0, 0.3), (1.0, 0.3, 5.0), (1.0, 0.0, 1.1)):
        split = speed.Split(step, feeding, traced)
        assert sum(split.parts) == pytest.approx(step)
        assert min(split.parts) >= 0
    assert speed.Split(1.0, 0.3, 5.0).parts == pytest.approx((0.7, 0.0, 0.3))


def test_what_feeding_costs_is_asked_of_each_process():
    def feeding(**samples):
        rows = [row | {"samples": samples.get(row["phase"], [])} for row in speed_rows("gan", ratio=1.0)]
        (timing,) = speed.timings(rows)
        return timing.split("static").feeding / 2e-3

    assert feeding() == pytest.approx(0.1), "of the medians, if there is no more"
    slow_and_fast = {"step": [[9.0], [4.0, 4.2, 4.4], [1.0, 1.0]], "resident": [[9.0], [3.36, 3.36, 9.0], [0.7, 0.7]]}
    assert feeding(**slow_and_fast) == pytest.approx(0.2)
    assert feeding(step=[[1.0], [2.0]], resident=[[3.0]]) == pytest.approx(0.1), "not of the same processes"
    assert feeding(step=[[1.0]], resident=[[1.5]]) == 0.0


def test_a_compiled_step_has_no_split_and_says_how_much_is_compiled(tmp_path):
    html = written(tmp_path, speed=speed_rows("gan", form="compiled"))
    assert len(spoken(html)) == 1, "the ratio only"
    said = text(html, "speed")
    assert "gan static 3.00 ms – – – – (2 compiled) 17 % 45 MB" in said


def test_every_phase_has_its_line_in_the_section_of_the_model(tmp_path):
    said = text(written(tmp_path, speed=[*speed_rows("gan"), *speed_rows("gan", form="compiled")]), "model-gan")
    plain, compiled = said.index("cpu, float32, small"), said.index("cpu, compiled, float32, small")
    for phase, words_of_it in speed.PHASES.items():
        assert (words_of_it in said[plain:compiled]) == (phase != "compile")
        assert (words_of_it in said[compiled:]) == (phase != "resident")
    assert "training step, its batch already on the device 2.70 ms 1.80 ms 1.50 (1.42 to 1.58) dynamic faster" in said


def test_the_plain_form_is_the_one_in_the_table_of_models(tmp_path):
    html = written(tmp_path, speed=[*speed_rows("gan", form="compiled", ratio=9), *speed_rows("gan", ratio=2)])
    assert "2.00 (1.90 to 2.10) dynamic faster" in text(html, "models")
    assert "9.00" not in text(html, "models")


def test_a_sweep_is_drawn_with_the_place_where_the_sides_cross(tmp_path):
    html = written(tmp_path, speed=[*speed_rows("gan"), *sweep_rows("gan"), *sweep_rows("lstm", setting="hidden")])
    assert "gan, batch: CPU, plain, small, float32" in text(html, "speed")
    assert "lstm, hidden: CPU, plain, small, float32" in text(html, "speed")
    *_, batch, hidden = captions(html)
    assert batch == "Dynamic is faster up to batch 16.8, static beyond."
    assert hidden == "Dynamic is faster up to hidden 16.8, static beyond."
    assert section(html, "speed").count("equal at 16.8") == 2
    said = spoken(html)[-2]
    assert (
        "static: 4.00 ms at 1, 5.00 ms at 8, 8.00 ms at 64; dynamic: 1.00 ms at 1, 3.00 ms at 8, 20.0 ms at 64" in said
    )
    assert "5.00 ms" not in text(html, "model-gan"), "a sweep is no row of the model's table"
    html = written(tmp_path, speed=sweep_rows("gan", {1: (1e-3, 2e-3), 8: (2e-3, 3e-3)}))
    assert "equal at" not in html
    assert captions(html) == ["Static is faster at every batch from 1 to 8."]


@pytest.mark.parametrize("spread", [1.05, 3, 8, 40, 1e4])
def test_the_times_of_a_sweep_can_be_read_off(spread):
    points = [(1, 1e-3, 0.9e-3, None), (64, 1e-3 * spread, None, None)]
    svg = speed.figures.sweep([speed.figures.Line("static", points, "●", "static", True)], "batch", None, "So.").svg
    ticks = re.findall(r">([\d.]+ (?:s|ms|µs))<", svg)
    assert 2 <= len(set(ticks)) == len(ticks) <= 12


def test_a_sweep_from_zero_on_has_no_logarithmic_axis():
    line = speed.figures.Line("static", [(value, 1e-3, None, None) for value in (0, 1, 2)], "●", "static", True)
    svg = speed.figures.sweep([line], "noise", None, "So.").svg
    first, second, third = (float(x) for x in re.findall(r'<use [^>]*\bx="([-\d.e+]+)"', svg)[:3])
    assert second - first == pytest.approx(third - second)
    assert second > first


def test_what_cannot_be_told_of_a_sweep_is_not_told(tmp_path):
    (said,) = captions(written(tmp_path, speed=sweep_rows("gan", {8: (1e-3, 2e-3)})))
    assert said == "Static time over dynamic time is 0.5 at 8 of batch."
    rows = sweep_rows("gan", {0: (1e-3, 2e-3), 1: (2e-3, 1e-3)}, "noise_rate")
    html = written(tmp_path, speed=rows)
    assert captions(html) == ["Static is faster up to noise_rate 0.5, dynamic beyond."]
    assert "equal at 0.5" in html
    half = [row | {"error": "hung", "ratio": None} if row["side"] == "static" else row for row in sweep_rows("gan")]
    half = [row | dict.fromkeys(("ratio", "ratio_low", "ratio_high", "conclusion")) for row in half]
    assert captions(written(tmp_path, speed=half)) == ["Only one side could be timed."]
    assert captions(written(tmp_path, speed=[row | {"error": "hung", "median_s": None} for row in rows])) == []
    assert captions(written(tmp_path, speed=[row | {"ratio": "nan"} for row in rows])) == [
        "Static time over dynamic time is 0.5 at 0 and 2 at 1 of noise rate."
    ]


def test_sweeps_of_other_machines_are_drawn_in_the_same_figure(tmp_path):
    slower = {1: (8e-3, 2e-3), 64: (1e-2, 5e-3)}
    machines = machine(tmp_path / "machines", "a", [*sweep_rows("gan", slower), *sweep_rows("lstm")])
    html = written(tmp_path, speed=sweep_rows("gan"), machines=machines)
    both, other = captions(html)
    assert both == (
        "Dynamic is faster up to batch 16.8, static beyond. ◆ Chip a: Dynamic is faster at every batch from 1 to 64."
    )
    assert other == "◆ Chip a: Dynamic is faster up to batch 16.8, static beyond."
    assert "dynamic on Chip a: 2.00 ms at 1, 5.00 ms at 64" in spoken(html)[0]


def test_what_was_not_measured_is_said_with_the_command_that_does_it(tmp_path):
    said = text(written(tmp_path, speed=speed_rows("gan")), "speed")
    assert "No GPU was measured here. On a machine that has one: python -m benchmarks speed --device cuda" in said
    assert "The compiled forms were not measured here: python -m benchmarks speed --form compiled" in said
    assert "No setting was swept here, to see where the sides cross: python -m benchmarks speed --sweep" in said
    assert "No twin was timed beside its framework's own layers here: python -m benchmarks speed --layers" in said
    rows = [*speed_rows("gan", form="compiled"), *speed_rows("gan", device="cuda"), *sweep_rows("gan")]
    said = text(written(tmp_path, speed=[*rows, *beside_rows("lstm", "static", 1.2)]), "speed")
    for words_of_it in ("No GPU", "not measured", "No setting", "No twin"):
        assert words_of_it not in said
    assert "No GPU was measured here" in text(written(tmp_path), "speed")


def test_unrest_is_told_quietly(tmp_path):
    rows = speed_rows("gan")
    assert "restless" not in text(written(tmp_path, speed=rows), "speed").lower()
    rows = [row | {"warning": "a <block> took long"} if row["phase"] == "forward" else row for row in rows]
    html = written(tmp_path, speed=rows)
    assert "2 timings were restless" in text(html, "speed")
    assert "gan (cpu, float32, small): static, forward pass: a <block> took long" in text(html, "speed")
    assert "Restless: dynamic, forward pass: a <block> took long." in text(html, "model-gan")
    assert "said bad" not in section(html, "speed")
    assert "restless" not in captions(html)[1], "the split does not rest on the forward pass"
    rows = [row | {"warning": "it moved"} if (row["phase"], row["side"]) == ("step", "static") else row for row in rows]
    assert captions(written(tmp_path, speed=rows))[1].endswith("1 of these 2 bars rests on restless timings.")


def test_a_pair_that_could_not_be_timed_is_named_in_the_section_too(tmp_path):
    html = written(tmp_path, speed=[*speed_rows("gan", error="it <hung>"), *speed_rows("lstm")])
    said = text(html, "speed")
    assert "Not timed, for the reason in its section: gan (cpu, float32, small) ." in said
    assert captions(html)[0].startswith("Of 1 pair ")
    assert "Not timed" not in text(written(tmp_path, speed=speed_rows("lstm")), "speed")


# Known differences


def test_every_known_difference_is_on_the_page_with_both_texts(whole):
    said = text(whole.read_text(), "differences")
    for name, entry in DIFFERENCES.items():
        for words_of_it in (entry.title, entry.static, entry.dynamic, entry.align, entry.note):
            assert " ".join(words_of_it.split()) in said
        assert said.count(f"def {name} (") >= 2
    assert "gru_reset" in said
    assert said.count("can be aligned: no") == sum(not entry.convertible for entry in DIFFERENCES.values())
    assert said.count("can be aligned: equal as it is") == sum(entry.equal for entry in DIFFERENCES.values())
    assert "by default ∞" in said
    assert "✕" not in said
    assert "changed:" not in said


def test_a_difference_that_has_drifted_is_bad_news(tmp_path):
    rows = [
        row | ({"drift": "w by default 0, not 0.2"} if row["name"] == "nesterov" else {}) for row in difference_rows()
    ]
    html = written(tmp_path, differences=rows)
    assert '<span class="said bad">changed: w by default 0, not 0.2</span>' in html
    assert html.count("changed: w by default") == 1
    assert "1 have changed: nesterov." in html
    assert differences.line(rows) == f"{len(rows)} known differences measured; DRIFTED: nesterov"
    assert differences.line(difference_rows()) == f"{len(rows)} known differences measured"


def test_a_probe_that_no_longer_runs_has_drifted(tmp_path, monkeypatch):
    from static_tf.differences import PROBES

    assert differences.attempt("nesterov")["drift"] == ""

    def gone(**_):
        raise AttributeError("no such <function>\nany more")

    monkeypatch.setitem(PROBES, "nesterov", gone)
    row = differences.attempt("nesterov")
    assert row.keys() == difference_rows()[0].keys()
    assert row["drift"] == "AttributeError: no such <function>"
    assert (
        "nesterov Nesterov's momentum: equal changed: AttributeError: no such <function> by default – aligned –"
        in text(written(tmp_path, differences=[row]), "differences")
    )


# Words


def test_numbers_read_as_numbers():
    assert [page.duration(s) for s in (2.5, 0.0123, 4.56e-6, 0.0)] == ["2.50 s", "12.3 ms", "4.56 µs", "0 µs"]
    assert page.scientific(3.14e-16) == "3.1&nbsp;×&nbsp;10<sup>−16</sup>"
    assert page.scientific(0.0) == "0"
    assert page.scientific(float("nan")) == "not finite"
    assert page.figure(0.98765) == "0.9877"
    assert [formatting.apart(x) for x in (None, "inf", float("inf"), "nan")] == ["–", "∞", "∞", "not a number"]
    assert [formatting.apart(x) for x in (0.0, 0.594, 1.5, 1e-12)] == ["0", "0.59", "1.5", page.scientific(1e-12)]
    assert [formatting.short(x) for x in (None, 0.0018, 1.0, 9.44, 563.2, 56e6)] == [
        "–",
        "0.0018",
        "1",
        "9.4",
        "560",
        "56,000,000",
    ]


def test_shares_factors_and_names_read_as_words():
    assert [formatting.percent(x) for x in (0.0, 0.00012, 0.034, 0.0949, 0.0951, 0.5, 1.0)] == [
        f"{x}\u00a0%" for x in ("0", "0.012", "3.4", "9.5", "10", "50", "100")
    ]
    assert [formatting.times(x) for x in (1.02, 3.14159, 42.4, 1234.5)] == [
        "1.02 times",
        "3.14 times",
        "42 times",
        "1,234 times",
    ]
    assert [formatting.listed(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert [formatting.size(x) for x in (None, 45e6, 999.6e6, 3.21e9)] == [
        "–",
        "45\u00a0MB",
        "1.0\u00a0GB",
        "3.2\u00a0GB",
    ]


def test_what_the_commands_ran_on_is_said_once():
    runs = {
        "parity": {"date": "1", "cpu": {"cores": [0, 1]}},
        "speed": {"date": "2", "cpu": {"cores": [0, 1]}, "gpu": None},
    }
    found = page.environments(
        {name: {"environment": settings} for name, settings in runs.items()} | {"learning": NOTHING}
    )
    assert found == [("parity, speed", {"cpu.cores": "0, 1"}), ("parity", {"date": "1"}), ("speed", {"date": "2"})]


def test_the_curves_are_compared_where_both_were_recorded():
    steps, apart = learning_figures.difference(
        ([0, 1, 2, 4], [3.0, 2.0, 1.0, float("nan")]), ([1, 2, 3, 4], [2.5, 1, 0, 0])
    )
    assert steps.tolist() == [1, 2]
    assert apart.tolist() == [0.5, 0.0]


# In a browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = "no-sandbox disable-gpu disable-background-networking disable-component-update disable-sync no-first-run"


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: chromium, chromium-browser or google-chrome would do")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=[f"--{flag}" for flag in QUIET.split()])
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, whole):
    """Opens a page from disk; at the end, it must have asked for nothing else and complained of nothing."""
    complaints, requests, opened = [], [], {}

    def open_page(width=1280, path=whole):
        tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="light")
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(path.as_uri())
        opened[tab] = path.as_uri()
        return tab

    yield open_page
    for tab in opened:
        tab.close()
    assert not complaints
    assert {url for url in requests if not url.startswith("data:")} == set(opened.values())


def test_from_the_table_to_a_models_verdict_and_both_codes(visit):
    tab = visit()
    tab.locator("table.models").get_by_role("link", name="lstm").first.click()
    assert tab.url.endswith("#model-lstm")
    section = tab.locator("#model-lstm")
    assert section.get_by_role("heading", name="lstm", exact=True).is_visible()
    assert 0 <= section.locator("h2").bounding_box()["y"] < 300
    assert "same function, 3.0 × 10−16" in section.locator(".facts").first.inner_text().replace("\u00a0", " ")
    block = section.locator(".block", has=tab.get_by_role("heading", name="LSTM.forward", exact=True))
    static, dynamic = block.locator(".side.static"), block.locator(".side.dynamic")
    assert "def forward(self, words" in static.inner_text()
    assert "def forward(self, words" in dynamic.inner_text()
    assert "tf." in static.inner_text()
    assert "torch." in dynamic.inner_text()
    assert static.bounding_box()["x"] < dynamic.bounding_box()["x"]
    rows = "block => [...block.querySelectorAll('.line, .gap')].map(line => line.getBoundingClientRect().top)"
    for one in section.locator(".block").all():
        tops = one.evaluate(rows)
        if not one.locator(".missing").count():
            half = len(tops) // 2
            assert tops[:half] == tops[half:], "lines that say the same stand level, also where one of them wraps"


def test_a_variant_folds_out_where_a_link_leads_to_it(visit):
    tab = visit()
    variant = tab.locator("#deep_net-deep_sigmoid")
    assert not variant.is_visible(), "of many variants the first is open"
    assert tab.locator("#deep_net-plain").is_visible()
    tab.locator("table.models").get_by_role("link", name="deep_net deep_sigmoid").click()
    assert tab.url.endswith("#deep_net-deep_sigmoid")
    assert variant.is_visible()
    title = tab.locator("details.more", has=variant).locator("summary").bounding_box()
    assert tab.locator(".top").bounding_box()["height"] <= title["y"] < 300, "its title is in sight"
    tab.locator("details.more", has=variant).locator("summary").press("Enter")
    assert not variant.is_visible()


def test_by_keyboard(visit):
    tab = visit()
    paper = "getComputedStyle(document.body).backgroundColor"
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    assert tab.locator(".skip").bounding_box()["x"] >= 0
    for _ in range(10):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.id") == "theme":
            break
    assert tab.evaluate("document.activeElement.id") == "theme"
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    light = tab.evaluate(paper)
    tab.keyboard.press("Enter")
    assert tab.evaluate(paper) != light
    tab.reload()
    assert tab.evaluate(paper) != light, "the choice is remembered"
    tab.locator("#theme").press("Space")
    assert tab.evaluate(paper) == light


def test_a_known_difference_folds_out_by_keyboard(visit):
    tab = visit()
    tab.get_by_role("link", name="Differences").press("Enter")
    assert tab.url.endswith("#differences")
    assert 0 <= tab.locator("#differences h2").bounding_box()["y"] < 300
    one = tab.locator("#difference-lstm_gates")
    for title, cell in zip(tab.locator(".columns span").all()[1:], one.locator("summary .number").all()):
        assert abs(title.bounding_box()["x"] - cell.bounding_box()["x"]) < 1, "a number stands below its title"
    static, dynamic = (one.locator(f".side.{side}").last for side in page.SIDES)
    assert not static.is_visible()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.parentElement.id") == "difference-rmsprop"
    one.locator("summary").focus()
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    assert "tf." in static.inner_text()
    assert "torch." in dynamic.inner_text()
    assert static.bounding_box()["x"] < dynamic.bounding_box()["x"]
    tab.keyboard.press("Enter")
    assert not static.is_visible()


def test_a_title_in_the_bar_leads_to_its_section(visit):
    for width in (390, 1280):
        tab = visit(width)
        links = tab.locator(".top a")
        assert len({link.bounding_box()["y"] for link in links.all()}) == 1, "one line"
        for link in links.all():
            link.click()
            heading = tab.locator(f"{link.get_attribute('href')} h2")
            assert heading.bounding_box()["y"] >= tab.locator(".top").bounding_box()["height"], "nothing covers it"


def test_dark_where_the_reader_prefers_it(visit):
    paper = "getComputedStyle(document.body).backgroundColor"
    tab = visit()
    light = tab.evaluate(paper)
    tab.emulate_media(color_scheme="dark")
    assert tab.evaluate(paper) != light
    tab.emulate_media(color_scheme="dark", media="print")
    assert tab.evaluate(paper) == "rgb(255, 255, 255)"
    assert tab.evaluate("getComputedStyle(document.body).color") == "rgb(29, 28, 26)"


def test_on_a_phone_nothing_sticks_out(visit):
    tab = visit(width=390)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    block = tab.locator("#model-lstm .block", has=tab.get_by_role("heading", name="LSTM.forward", exact=True))
    static, dynamic = (block.locator(f".side.{side}") for side in page.SIDES)
    assert static.locator(".label").inner_text() == "static"
    assert static.bounding_box()["y"] + static.bounding_box()["height"] <= dynamic.bounding_box()["y"]
    table = tab.locator("table.models")
    assert table.evaluate("t => t.scrollWidth > t.parentElement.clientWidth"), "it scrolls inside its own box"


def test_on_a_phone_bad_news_and_what_folds_out_do_not_stick_out(visit, tmp_path):
    where = f"first divergence: forward, tap 'h'\n  static  static_tf/{'long_' * 30}.py:7 Gan.forward"
    rows = parity_rows("gan", verdict="different", where=where, cause="weight_decay: explains the residual")
    planted = collected("gan", mutants=[mutant(f"{'x' * 200} -> y", caught=False), mutant("", False, equivalent="so")])
    drifted = [row | {"drift": "w by default 1.2e-01, not 3.7e-02"} for row in difference_rows()]
    written(tmp_path, rows, mutants=[*planted, *collected("lstm", changed=True)], differences=drifted)
    tab = visit(390, tmp_path / "index.html")
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.evaluate("[...document.querySelectorAll('pre')].every(p => p.scrollWidth <= p.clientWidth)")
    one = tab.locator("#difference-rmsprop")
    assert "by default 0.59" in " ".join(one.locator("summary").inner_text().split()), "each number with its title"
    static, dynamic = (one.locator(f".side.{side}").last.bounding_box() for side in page.SIDES)
    assert static["y"] + static["height"] <= dynamic["y"]


def test_the_section_on_speed_fits_a_phone_and_folds_out_by_keyboard(visit):
    for width in (390, 1280):
        tab = visit(width)
        speed_section = tab.locator("#speed")
        for summary in speed_section.locator("summary").all():
            summary.focus()
            tab.keyboard.press("Enter")
        assert all(one.evaluate("d => d.open") for one in speed_section.locator("details").all())
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        sides = [figure.bounding_box() for figure in speed_section.locator("figure").all()]
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in sides)
        texts = "[...document.querySelectorAll('#speed svg text')].map(t => t.getBoundingClientRect())"
        boxes = tab.evaluate(f"{texts}.map(b => [b.left, b.right])")
        assert len(boxes) > 50
        assert all(left >= 0 and right <= width for left, right in boxes), "no label sticks out"


def test_the_colours_of_the_speed_figures_follow_the_page(visit):
    tab = visit()
    colours = (
        "[...new Set([...document.querySelectorAll('#speed svg path')].map(p => getComputedStyle(p).stroke))].sort()"
    )
    light = tab.evaluate(colours)
    tab.emulate_media(color_scheme="dark")
    dark = tab.evaluate(colours)
    assert len(light) == len(dark) >= 4
    assert set(light) & set(dark) <= {"none"}
