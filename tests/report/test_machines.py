"""Timings of several machines: the user's own come first, what ships is sound, a damaged file is left out."""

import json

import pytest

from benchmarks.report.sections.machines import references
from tests.report.made_up import captions, machine, section, speed_rows, spoken, text, written


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
    assert captions(html)[0].endswith("; ◆ Chip a shows the opposite for gan.")
    assert "1 more, that were measured on other machines only" in said
    assert elsewhere.startswith(
        "Not measured here; on Card b, of 1 pair 1 is faster on the dynamic side (up to 4 times"
    )
    assert "No GPU was measured here" in said, "what others have does not count"
    agreeing = machine(tmp_path / "machines", "a", own)
    html = written(tmp_path, speed=own, machines=agreeing)
    assert captions(html)[0].endswith("; ◆ Chip a shows the opposite for none of 2.")


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
    (machines / "bad <one>").mkdir()
    (machines / "bad <one>" / "speed.jsonl.gz").write_bytes(content)
    html = written(tmp_path, speed=speed_rows("gan"), machines=machines)
    assert "bad <one>/speed.jsonl.gz is damaged: it is left out." in text(html, "speed")
    assert "Chip whole shows the opposite for gan" in captions(html)[0], "the others are there"
    assert len(references(machines)[0]) == 1


def test_a_machine_of_which_little_is_known_is_shown_all_the_same(tmp_path):
    machines = tmp_path / "machines"
    (machines / "odd").mkdir(parents=True)
    odd = [{**ROW, "ratio": "nan", "median_s": "inf"}, {**ROW, "model": "gone", "ratio": 2.0}, ROW]
    (machines / "odd" / "speed.jsonl.gz").write_text(
        json.dumps({"environment": {}, "rows": [*odd, {**ROW, "ratio": -1.0}]})
    )
    html = written(tmp_path, speed=speed_rows("gan"), machines=machines)
    assert "a machine without a name" in text(html, "speed")
    assert "damaged" not in text(html, "speed")
    assert "gone" not in spoken(html)[0]


def test_what_ships_of_other_machines_is_sound():
    machines, damaged = references()
    assert not damaged
    for one in machines:
        assert one.environment.get("cpu")
        assert one.pairs
