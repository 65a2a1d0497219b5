"""The figures of speed: what a dot, a line and an open circle mean."""

import re

import pytest

from benchmarks.report.figures import speed as figures
from benchmarks.speed import Job, TimingSettings
from benchmarks.speed.measure import Measured
from benchmarks.twins import SIDES
from tests.report.made_up import beside_rows, captions, machine, section, speed_rows, spoken, sweep_rows, text, written


def test_the_rows_here_have_the_columns_of_the_harness():
    job = Job("gan", "plain", "plain", "cpu", "small", "float32", 1)
    sides = {side: side for side in SIDES}
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
        "3 times, lstm), in 1 neither side is significantly faster and 1 was timed in too few processes for a "
        "conclusion."
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
    from benchmarks.report.figures.speed import Dot, ratios

    def hollow(*interval):
        svg = ratios([("gan", [Dot(1.5, *interval, "●", "here")])], "So.").svg
        return svg.count("fill: var(--paper)"), svg.count("fill: var(--dynamic)")

    assert hollow(1.4, 1.6)[0] == 0
    assert hollow(1.4, 1.6)[1] > 0
    for interval in ((0.9, 2.0), (None, None)):
        assert hollow(*interval)[0] > 0
        assert hollow(*interval)[1] == 0


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
        assert ("beside its framework's own layers here: python -m benchmarks speed --baselines" in said) is asked
        assert "No ratio was measured." in said, "that is no ratio of a pair"
        assert "Not measured." in text(page_of_it, "model-lstm"), "nor a time of one"
    within = written(tmp_path, speed=beside_rows("lstm", "dynamic", 1.55), machines=machines)
    assert "Of 1 twin none takes more" in captions(within)[0], "its interval reaches below"
    swept = written(tmp_path, speed=beside_rows("lstm", "dynamic", 1.9, sweep="batch", value=8))
    assert captions(swept) == []


def test_a_dot_of_one_side_has_its_colour():
    from benchmarks.report.figures.speed import Dot, beside

    for side, other in (("static", "dynamic"), ("dynamic", "static")):
        svg = beside([("gan", [Dot(0.7, 0.6, 0.8, "●", "here", side)])], 1.5, "So.").svg
        assert f"fill: var(--{side})" in svg
        assert f"var(--{other})" not in svg
        assert "fill: var(--paper)" in beside([("gan", [Dot(1, 0.9, 1.1, "●", "here", side)])], 1.5, "So.").svg


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
    svg = figures.sweep([figures.Line("static", points, "●", "static", True)], "batch", None, "So.").svg
    ticks = re.findall(r">([\d.]+ (?:s|ms|µs))<", svg)
    assert 2 <= len(set(ticks)) == len(ticks) <= 12


def test_a_sweep_from_zero_on_has_no_logarithmic_axis():
    line = figures.Line("static", [(value, 1e-3, None, None) for value in (0, 1, 2)], "●", "static", True)
    svg = figures.sweep([line], "noise", None, "So.").svg
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
