"""Timings on the page: the parts of a step, what was not measured, and what was unsteady."""

import pytest

from benchmarks.report.sections import timings as speed
from tests.report.made_up import beside_rows, captions, section, speed_rows, spoken, sweep_rows, text, written


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


def test_what_was_not_measured_is_said_with_the_command_that_does_it(tmp_path):
    said = text(written(tmp_path, speed=speed_rows("gan")), "speed")
    assert "No GPU was measured here. On a machine that has one: python -m benchmarks speed --device cuda" in said
    assert "The compiled forms were not measured here: python -m benchmarks speed --form compiled" in said
    assert "No setting was swept here, to see where the sides cross: python -m benchmarks speed --sweep" in said
    assert "No twin was timed beside its framework's own layers here: python -m benchmarks speed --baselines" in said
    rows = [*speed_rows("gan", form="compiled"), *speed_rows("gan", device="cuda"), *sweep_rows("gan")]
    said = text(written(tmp_path, speed=[*rows, *beside_rows("lstm", "static", 1.2)]), "speed")
    for words_of_it in ("No GPU", "not measured", "No setting", "No twin"):
        assert words_of_it not in said
    assert "No GPU was measured here" in text(written(tmp_path), "speed")


def test_instability_is_no_bad_news(tmp_path):
    rows = speed_rows("gan")
    assert "unstable" not in text(written(tmp_path, speed=rows), "speed").lower()
    rows = [row | {"warning": "a <block> took long"} if row["phase"] == "forward" else row for row in rows]
    html = written(tmp_path, speed=rows)
    assert "2 timings were unstable" in text(html, "speed")
    assert "gan (cpu, float32, small): static, forward pass: a <block> took long" in text(html, "speed")
    assert "Unstable: dynamic, forward pass: a <block> took long." in text(html, "model-gan")
    assert "said bad" not in section(html, "speed")
    assert "unstable" not in captions(html)[1], "the split does not rest on the forward pass"
    rows = [row | {"warning": "it moved"} if (row["phase"], row["side"]) == ("step", "static") else row for row in rows]
    assert captions(written(tmp_path, speed=rows))[1].endswith("1 of these 2 bars is based on unstable timings.")


def test_a_pair_that_could_not_be_timed_is_named_in_the_section_too(tmp_path):
    html = written(tmp_path, speed=[*speed_rows("gan", error="it <hung>"), *speed_rows("lstm")])
    said = text(html, "speed")
    assert "Not timed, for the reason in its section: gan (cpu, float32, small) ." in said
    assert captions(html)[0].startswith("Of 1 pair ")
    assert "Not timed" not in text(written(tmp_path, speed=speed_rows("lstm")), "speed")
