"""Learning on the page: curves, races, targets that were missed."""

import re
from dataclasses import asdict

import numpy as np
import pytest

from benchmarks.experiments import every, optimizers
from benchmarks.report.figures import picture
from benchmarks.report.figures.learning import difference, race
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from tests.experiments.test_experiments import LOSSES, made_up
from tests.report.made_up import KEYS, VARIANTS, arrays, learning_rows, text, written


def test_experiments_are_on_the_page(tmp_path):
    said = text(written(tmp_path), "experiments")
    assert all(one.claim.split(".")[0] in said for one in every())
    assert said.count("not measured") == 2
    rows = [asdict(row) | {"a later column": 1} for row in made_up(optimizers.EXPERIMENT, LOSSES)]
    html = written(tmp_path, experiments=rows)
    said = text(html, "experiments")
    assert "holds" in said
    assert "from the lowest: bfgs, momentum, nesterov, gradient descent" in html
    assert "The loss after 150 steps: bfgs 0.001, momentum 0.4" in said
    rows = [asdict(row) for row in made_up(optimizers.EXPERIMENT, LOSSES | {"bfgs": 1.0})]
    assert '<span class="said bad">does not hold</span>' in written(tmp_path, experiments=rows)


def test_every_racer_is_named_at_its_end():
    def curves(*ends):
        return {f"optimizer_{i}": dict.fromkeys(SIDES, ([0, 1], [1.0, end])) for i, end in enumerate(ends)}

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
    assert "not finite / not finite (modes covered at least 8)" in text(html, "model-gan")


def test_a_missed_target_and_parted_curves_are_bad_news(tmp_path):
    rows = learning_rows("gan", verdict="missed")
    assert "8 / 8 (modes covered at least 8): missed" in text(written(tmp_path, learning=rows), "model-gan")
    rows = [row | {"verdict": "apart"} if row["kind"] == "curves" else row for row in learning_rows("gan")]
    html = written(tmp_path, learning=rows)
    assert '<span class="said bad">loss curves apart' in html
    assert "0 of" in html
    rows = [row for row in learning_rows("gan") if row["side"] != "dynamic"]
    assert "8 / not measured (modes covered at least 8): missed" in text(written(tmp_path, learning=rows), "model-gan")


@pytest.mark.parametrize("key", {variant.picture: (name, v) for name, v, variant in VARIANTS}.values())
def test_one_trained_side_is_drawn_alone(key):
    entry = CATALOG[key[0]]
    half = {name: value for name, value in arrays(*key).items() if not name.startswith("dynamic")}
    drawn = picture(entry.variants[key[1]].picture)(half, entry.spec(key[1]))
    assert drawn.svg.count("<svg") == (2 if entry.variants[key[1]].picture == "reviews" else 1)
    assert "var(--" in drawn.svg
    assert "#0000" not in drawn.svg


def test_nothing_learned_is_not_drawn(tmp_path):
    html = written(tmp_path, learned={key: {} for key in KEYS})
    assert "<svg" not in html
    assert html.count("There is no trained pair to draw.") == sum(v.learning is not None for *_, v in VARIANTS)


def test_the_curves_are_compared_where_both_were_recorded():
    steps, apart = difference(([0, 1, 2, 4], [3.0, 2.0, 1.0, float("nan")]), ([1, 2, 3, 4], [2.5, 1, 0, 0]))
    assert steps.tolist() == [1, 2]
    assert apart.tolist() == [0.5, 0.0]
