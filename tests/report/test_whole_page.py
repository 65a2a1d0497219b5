"""The page of a run in which all went well: as text, and in a browser: links, keyboard, dark colours, phones."""

import re
import shutil

import pytest

from benchmarks import report
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.differences import DIFFERENCES
from tests.conftest import FIRST
from tests.report.made_up import (
    KEYS,
    collected,
    difference_rows,
    everything,
    mutant,
    parity_rows,
    section,
    text,
    written,
)

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
    assert "def forward(self, x, lengths" in static.inner_text()
    assert "def forward(self, x, lengths" in dynamic.inner_text()
    made = section.locator(".block", has=tab.get_by_role("heading", name="LSTM.__init__", exact=True))
    assert "tf.get_variable" in made.locator(".side.static").inner_text()
    assert "torch.empty" in made.locator(".side.dynamic").inner_text()
    assert static.bounding_box()["x"] < dynamic.bounding_box()["x"]
    rows = "block => [...block.querySelectorAll('.line, .gap')].map(line => line.getBoundingClientRect().top)"
    for one in section.locator(".block").all():
        tops = one.evaluate(rows)
        if not one.locator(".missing").count():
            half = len(tops) // 2
            assert tops[:half] == tops[half:], "lines that say the same stand level, also where one of them wraps"


def test_a_variant_folds_out_where_a_link_leads_to_it(visit):
    tab = visit()
    tab.locator("#model-deep_net").scroll_into_view_if_needed()  # a model that is out of sight is not laid out
    variant = tab.locator("#deep_net-sigmoid")
    tab.locator("#deep_net-plain").wait_for()
    assert not variant.is_visible(), "of many variants the first is open"
    tab.locator("table.models").get_by_role("link", name="deep_net sigmoid").click()
    assert tab.url.endswith("#deep_net-sigmoid")
    assert variant.is_visible()
    title = tab.locator("details.more", has=variant).locator("summary").bounding_box()
    assert tab.locator(".top").bounding_box()["height"] <= title["y"] < 300, "its title is in sight"
    tab.locator("details.more", has=variant).locator("summary").press("Enter")
    assert not variant.is_visible()


def test_a_baseline_folds_out_below_the_two_texts(visit):
    tab = visit()
    library = tab.locator("#model-conv_net details.library")
    static, dynamic = (library.locator(f".side.{side}", has_text="def conv_net(") for side in SIDES)
    assert not static.is_visible()
    library.locator("summary").press("Enter")
    assert "layers.Conv2D(" in static.inner_text()
    assert "nn.Conv2d(" in dynamic.inner_text()
    assert static.bounding_box()["x"] < dynamic.bounding_box()["x"]
    assert static.locator("code span").count(), "highlighted as the twins are"


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
    static, dynamic = (one.locator(f".side.{side}").last for side in SIDES)
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
    tab.locator("#model-lstm").scroll_into_view_if_needed()
    block = tab.locator("#model-lstm .block", has=tab.get_by_role("heading", name="LSTM.forward", exact=True))
    static, dynamic = (block.locator(f".side.{side}") for side in SIDES)
    static.wait_for()
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
    static, dynamic = (one.locator(f".side.{side}").last.bounding_box() for side in SIDES)
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
    plotted = html.count('<svg role="img"') - section(html, "speed").count('<svg role="img"')
    doubled = [key for key in FIRST if CATALOG[key[0]].variants[key[1]].picture in ("graph", "reviews")]
    assert plotted == len(FIRST) + len(trained) + len(doubled)  # a graph of each side; reviews and words
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
    there = {path.name for path in whole.parent.iterdir()}
    assert there == {"index.html", "kept", *(f"{kind}.csv" for kind in report.KINDS)}


# Known differences


def test_every_known_difference_is_on_the_page_with_both_texts(whole):
    said = text(whole.read_text(), "differences")
    for name, entry in DIFFERENCES.items():
        for words_of_it in (entry.title, entry.static, entry.dynamic, entry.align, entry.note):
            assert " ".join(words_of_it.split()) in said
        assert said.count(f"def {name} (") >= 2
    assert "gru_reset" in said
    assert said.count("can be aligned: no") == sum(not entry.convertible for entry in DIFFERENCES.values())
    assert said.count("can be aligned: equal by default") == sum(entry.equal for entry in DIFFERENCES.values())
    assert "by default ∞" in said
    assert "✕" not in said
    assert "changed:" not in said
