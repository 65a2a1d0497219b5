"""Learning on the page: curves, races, targets that were missed."""

import re

import numpy as np
import pytest

from benchmarks.report import learning_figures, page, pictures
from shared.catalog import CATALOG
from shared.deep.deep_net import RACES
from tests.report.made_up import KEYS, VARIANTS, arrays, learning_rows, text, written


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
        return {f"optimizer_{i}": dict.fromkeys(page.SIDES, ([0, 1], [1.0, end])) for i, end in enumerate(ends)}

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


def test_the_curves_are_compared_where_both_were_recorded():
    steps, apart = learning_figures.difference(
        ([0, 1, 2, 4], [3.0, 2.0, 1.0, float("nan")]), ([1, 2, 3, 4], [2.5, 1, 0, 0])
    )
    assert steps.tolist() == [1, 2]
    assert apart.tolist() == [0.5, 0.0]
