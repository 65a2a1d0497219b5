"""Workers that die, hang, cheat or do other work than was proven: no time without proof."""

import time

import pytest

from benchmarks import forks, twins
from benchmarks.speed import measure
from shared.errors import UsageError
from tests.speed.planted import MODEL, errors_of, quick


def test_a_killed_arm_costs_its_own_rows_only(tmp_path, monkeypatch):
    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    monkeypatch.setattr(forks, "CAN_FORK", False)  # a parent to fork from would import the frameworks
    rows = measure([MODEL, MODEL], settings=quick(static="planted_killed"))
    first, second = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    assert errors_of(first, "static") == "static: killed by SIGKILL"
    assert errors_of(first, "dynamic") is None
    assert {row["ratio"] for row in first} == {None}
    assert next(row for row in first if row["phase"] == "step" and row["side"] == "dynamic")["launches"] == 1
    assert errors_of(second, "static") is errors_of(second, "dynamic") is None
    assert all(row["ratio"] > 0 for row in second if row["phase"] in ("step", "forward"))


def test_without_its_other_half_an_arm_is_not_proven():
    rows = measure([MODEL], settings=quick(dynamic="planted_killed_at_start"))
    died = "dynamic: killed by SIGABRT: the last thing it said"
    assert errors_of(rows, "dynamic") == died
    assert errors_of(rows, "static") == f"no time without proof ({died})"


def test_a_hanging_arm_is_given_up():
    before = time.perf_counter()
    rows = measure([MODEL], settings=quick(static="planted_hang", timeout=3))
    assert time.perf_counter() - before < 30
    assert errors_of(rows, "static") == "static: no answer to 'block' within 3 s"
    assert errors_of(rows, "dynamic") is None


def test_an_arm_that_compiles_too_long_is_given_up_and_told_what_would_do():
    rows = measure([MODEL], form="compiled", settings=quick(static="planted_slow_compiler", timeout=2))
    advice = "no answer to 'start' within 2 s, in which it compiled its first step: with --limit 8 it has 8 s"
    assert advice in errors_of(rows, "static")


def test_an_arm_that_raises_says_what():
    rows = measure([MODEL], settings=quick(static="planted_error"))
    assert errors_of(rows, "static") == "static: ValueError: a planted error, on two lines"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("still", "no time without proof: float32 loss loss at step 1 differs"),
        ("half_still", "no time without proof: float32 loss loss at step 1 differs"),
        ("half_precision", "no time without proof: float32 loss loss at step 0 differs"),
        ("tf32", "no time without proof: the static arm computes in tf32; the dynamic arm computes in float32"),
        ("not_finite", "no time without proof: float32 loss loss at step 1 differs, not finite on the static side"),
    ],
)
def test_an_arm_that_does_other_work_than_was_proven_is_not_timed(fault, error):
    """It skips its update, or part of it, or computes in another precision: the very twin that is timed is judged."""
    rows = measure([MODEL], settings=quick(static=f"planted_{fault}"))
    assert errors_of(rows, "static").startswith(error)
    assert errors_of(rows, "static") == errors_of(rows, "dynamic")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("still_later", "the timed steps did not change w1, b1, w2, b2"),
        ("half_still_later", "the timed steps did not change w2"),
        ("other_rate", "the timed steps gave a different state than equally many untimed steps: w1, b1, w2, b2"),
        (
            "other_rate_resident",
            "the timed steps on a resident batch gave a different state than equally many untimed steps: w1, ",
        ),
        ("growing", "a step adds 3 operations to the graph"),
    ],
)
def test_an_arm_that_does_other_work_under_the_clock_is_caught(fault, error):
    rows = measure([MODEL], settings=quick(static=f"planted_{fault}"))
    assert errors_of(rows, "static").startswith(f"static: {error}")
    assert errors_of(rows, "dynamic") is None


@pytest.mark.parametrize(
    ("trap", "error"),
    [
        ("pruned", "no time without proof: float32 loss loss at step 1 differs"),
        pytest.param(  # as the planted arm that grows, above
            "operations_in_the_loop", "static: a step adds 1 operations to the graph", marks=pytest.mark.slow
        ),
    ],
)
def test_the_traps_of_tensorflow_are_seen(trap, error):
    settings = quick(static=f"planted_{trap}")
    rows = measure([MODEL], settings=settings)
    assert errors_of(rows, "static").startswith(error)


def test_a_finished_graph_takes_no_more_operations():
    import tensorflow.compat.v1 as tf

    with twins.twin("static", MODEL) as arm, arm.graph.as_default(), pytest.raises(RuntimeError, match="finalized"):
        tf.constant(1.0)


def test_an_arm_that_differs_from_process_to_process_is_caught(tmp_path, monkeypatch):
    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    rows = measure([MODEL], settings=quick(static="planted_moody", launches=2))
    assert errors_of(rows, "static") == "static: the timed steps gave a different state than in an earlier process"


def test_no_time_without_proof():
    rows = measure([MODEL], settings=quick(dynamic="planted_wrong_sign"))
    assert errors_of(rows, "static") == errors_of(rows, "dynamic")
    assert errors_of(rows, "static").startswith("no time without proof: float64 gradient b1 at step 0 differs")
    rows = measure([MODEL], settings=quick(dynamic="planted_other_names"))
    assert "nothing to compare" in errors_of(rows, "static") == errors_of(rows, "dynamic")


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (["shallow_regresor"], {}, "did you mean 'shallow_regressor'?"),
        ([MODEL], {"variants": ["plain", "fancy"]}, "unknown variant of shallow_regressor 'fancy'"),
        ([MODEL], {"dtype": "float23"}, "did you mean 'float32'?"),
        ([MODEL], {"device": "abacus"}, "unknown device 'abacus'"),
        ([MODEL], {"size": "vast"}, "unknown size 'vast'"),
        ([MODEL], {"threads": 0}, "0 threads"),
        ([MODEL], {"threads": 10_000}, "ask for fewer threads"),
        ([MODEL], {"settings": quick(static="planted_refusal")}, "no such device: use another"),
    ],
)
def test_what_cannot_be_measured_is_refused(names, options, message):
    given = []
    with pytest.raises(UsageError) as refused:
        measure(names, **{"settings": quick()} | options, on_rows=given.extend)
    assert message in str(refused.value)
    assert given == []  # refused at once, not after an hour
