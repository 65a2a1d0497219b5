"""The report: it says what the rows say, also when there are few, none or failed ones, and opens without a network."""

import re
import shutil
from functools import cache
from html import unescape

import numpy as np
import pytest

from benchmarks import report
from benchmarks.report import figures, page
from shared.catalog import CATALOG
from shared.errors import UsageError

ENVIRONMENT = {"python": "3.13", "cores": [0, 1], "versions": {"numpy": "2", "odd": "<b>&"}}
NOTHING = {"environment": {}, "rows": []}
VARIANTS = [(name, key, variant) for name, entry in CATALOG.items() for key, variant in entry.variants.items()]
KEYS = [(name, key) for name, key, _ in VARIANTS]


def parity_rows(model, variant="plain", **changes):
    """Rows of a pair that is proven, `changes` put into the float64 row of the loss."""
    rows = []
    for dtype, apart, verdict in (("float64", 3e-16, "rounding"), ("float32", 2e-7, "rounding")):
        for stage in page.STAGES[:-1]:
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


@cache
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


def text(html, identifier):
    """What a reader sees of one section, without tags."""
    start = html.index(f'id="{identifier}"')
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html[start : html.index("</section>", start)])).split())


def written(folder, parity=(), speed=(), learning=(), learned=None):
    """The page from some rows."""
    rows = [{"environment": {}, "rows": list(found)} for found in (parity, speed, learning)]
    return report.write(folder, *rows, learned or {}).read_text()


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
    assert html.count('<svg role="img"') == 1 + len(KEYS) + len(trained) + len(graphs)  # a graph is drawn once a side
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

    for name, rows_of in (("parity", parity_rows), ("speed", speed_rows), ("learning", learning_rows)):
        expected = results(rows_of)["rows"]
        table = pd.read_csv(whole.parent / f"{name}.csv")
        assert len(table) == len(expected)
        assert list(table.columns) == list(expected[0])
    assert sorted(p.name for p in whole.parent.iterdir()) == ["index.html", "learning.csv", "parity.csv", "speed.csv"]


def test_no_results_are_said_to_be_missing(tmp_path):
    html = written(tmp_path)
    table = text(html, "models")
    for name in CATALOG:
        assert name in table
    assert f"0 of {len(KEYS)} pairs are proven to compute the same function, {len(KEYS)} were not measured" in html
    assert table.count("not measured") >= 5 * len(KEYS)
    assert "No ratio was measured." in text(html, "speed")
    assert "Not recorded." in text(html, "environment")
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
    picture = figures.PICTURES[entry.variants[key[1]].picture](half, entry.spec(key[1]))
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


def test_what_is_still_true_is_not_measured_again(tmp_path, monkeypatch):
    """The second report measures nothing; one whose fingerprint has changed, or that is asked for afresh, does."""
    from benchmarks.report import make

    measured, spoilt = [], {}

    def fake(kind, name, variant, device, tell):
        measured.append(kind)
        return (parity_rows(name, **spoilt) if kind == "parity" else []), {}

    class Quiet:
        def tell(self, what, share):
            pass

        def done(self):
            pass

    def report_on(fresh=False):
        measured.clear()
        page, well = make.make([("gan", "plain")], "cpu", tmp_path, fresh, Quiet(), lambda line: None)
        assert page.exists()
        assert well != bool(spoilt)
        return list(measured)

    monkeypatch.setattr(make, "_measure", fake)
    assert report_on() == ["parity", "learning", "speed"]
    assert report_on() == []
    assert report_on(fresh=True) == ["parity", "learning", "speed"]
    fingerprint = make.fingerprint
    monkeypatch.setattr(make, "fingerprint", lambda kind, *rest: fingerprint(kind, *rest) + (kind == "speed") * "new")
    assert report_on() == ["speed"]
    (tmp_path / "kept" / "parity-gan-plain.json").write_text("{ cut off")
    assert report_on() == ["parity"]
    spoilt["verdict"] = "different"
    assert report_on(fresh=True) == ["parity", "learning", "speed"]
    assert report_on() == ["parity"]  # what failed is tried again


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


def test_numbers_read_as_numbers():
    assert [page.duration(s) for s in (2.5, 0.0123, 4.56e-6, 0.0)] == ["2.50 s", "12.3 ms", "4.56 µs", "0 µs"]
    assert page.scientific(3.14e-16) == "3.1&nbsp;×&nbsp;10<sup>−16</sup>"
    assert page.scientific(0.0) == "0"
    assert page.scientific(float("nan")) == "not finite"
    assert page.figure(0.98765) == "0.9877"


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
    steps, apart = figures.difference(([0, 1, 2, 4], [3.0, 2.0, 1.0, float("nan")]), ([1, 2, 3, 4], [2.5, 1, 0, 0]))
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
    """Opens the page from disk; at the end, it must have asked for nothing else and complained of nothing."""
    complaints, requests, opened = [], [], []

    def open_page(width=1280):
        tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="light")
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(whole.as_uri())
        opened.append(tab)
        return tab

    yield open_page
    for tab in opened:
        tab.close()
    assert not complaints
    assert {url for url in requests if not url.startswith("data:")} == {whole.as_uri()}


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
