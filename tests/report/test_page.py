"""The page: it says what the rows say, also when there are few, none or failed ones, and opens without a network."""

import re
from html import unescape

import pytest

from shared.catalog import CATALOG
from tests.report.made_up import (
    KEYS,
    arrays,
    learning_rows,
    parity_rows,
    section,
    speed_rows,
    text,
    written,
)


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
    name, failure = "gan", "static: killed by <signal> 9"
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


def test_a_baseline_folds_out_below_the_two_texts_or_the_page_says_why_there_is_none(tmp_path):
    html = written(tmp_path)
    (folded,) = re.findall(r'<details class="more library">.*?</details>', section(html, "model-conv_net"), re.DOTALL)
    said = " ".join(unescape(re.sub(r"<[^>]*>", "", folded)).split())
    assert said.startswith("As the library has it")
    for name in ("def conv_net(config: Any) -> Baseline:", "layers.MaxPooling2D()", "nn.MaxPool2d(2)"):
        assert name in said
    assert "nn.LSTM" not in said, "no other model's"
    without = section(html, "model-gan")
    assert "library" not in without
    assert f"No baseline made of the frameworks' own layers: {CATALOG['gan'].without_baseline}." in unescape(without)


def test_a_model_links_to_the_parts_that_it_uses(tmp_path):
    html = written(tmp_path, parity_rows("batch_norm_net"))
    assert '<a href="#part-normalization">normalization</a>' in section(html, "model-batch_norm_net")
    assert "Parts that this model uses" not in section(html, "model-conv_net")
    part = section(html, "parts")
    assert '<details class="more library" id="part-normalization">' in part
    said = text(html, "parts")
    assert "static_tf/parts/normalization.py" in said
    assert "dynamic_torch/parts/normalization.py" in said
    assert "residual_net" in said
