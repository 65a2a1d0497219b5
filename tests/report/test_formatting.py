"""Numbers, shares and names as words."""

from benchmarks.report import formatting, page

NOTHING = {"environment": {}, "rows": []}


# Words


def test_numbers_read_as_numbers():
    assert [formatting.duration(s) for s in (2.5, 0.0123, 4.56e-6, 0.0)] == ["2.50 s", "12.3 ms", "4.56 µs", "0 µs"]
    assert formatting.scientific(3.14e-16) == "3.1&nbsp;×&nbsp;10<sup>−16</sup>"
    assert formatting.scientific(0.0) == "0"
    assert formatting.scientific(float("nan")) == "not finite"
    assert formatting.figure(0.98765) == "0.9877"
    assert [formatting.distance(x) for x in (None, "inf", float("inf"), "nan")] == ["–", "∞", "∞", "not a number"]
    assert [formatting.distance(x) for x in (0.0, 0.594, 1.5, 1e-12)] == [
        "0",
        "0.59",
        "1.5",
        formatting.scientific(1e-12),
    ]
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
