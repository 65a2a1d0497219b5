"""Dates as people write them: read by Python's own parser, each text one date, and some dates held out."""

import re
from datetime import date, datetime

import numpy as np
import pytest

from shared.catalog import CATALOG
from shared.datasets import dates
from shared.errors import UsageError

# What datetime.strptime calls each form
FORMATS = dict(
    zip(
        dates.FORMS,
        ("%d %B %Y", "%B %d, %Y", "%A %d %B %Y", "%d.%m.%Y", "%m/%d/%Y", "%d of %B %Y", "%d %b %Y", "%a, %b %d, %Y"),
        strict=True,
    )
)


@pytest.mark.parametrize("form", dates.FORMS)
def test_python_reads_the_date_that_was_written(form):
    """And the weekday is right, which strptime reads but does not use."""
    weekday = FORMATS[form].split()[0].strip(",")
    for day in map(date.fromordinal, dates.days()[1].tolist()):
        text = dates.as_written(day, form)
        assert datetime.strptime(re.sub(r"(?<=\d)(st|nd|rd|th) ", " ", text), FORMATS[form]).date() == day
        if weekday in ("%A", "%a"):
            assert text.startswith(day.strftime(weekday))


def test_ordinal_numbers():
    first = "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 13th 14th 15th 16th 17th 18th 19th 20th"
    said = [dates.as_written(date(1998, 5, day), "{day}{suffix}") for day in range(1, 32)]
    assert " ".join(said[:20]) == first
    assert " ".join(said[20:]) == "21st 22nd 23rd 24th 25th 26th 27th 28th 29th 30th 31st"


def test_no_text_stands_for_two_dates_and_none_is_longer_than_the_longest():
    every = [date.fromordinal(int(day)) for part in dates.days() for day in part]
    assert (min(every), max(every)) == (date(1900, 1, 1), date(2099, 12, 31))
    seen: dict[str, date] = {}
    for form in dates.FORMS:
        texts = {dates.as_written(day, form): day for day in every}
        assert len(texts) == len(every) == 73049
        assert all(seen.get(text, day) == day for text, day in texts.items())  # May has no other short form
        assert max(map(len, texts)) == dates.longest(form)
        assert set().union(*texts) <= set(dates.CHARACTERS)
        seen |= texts


def test_no_one_learns_from_a_held_out_date():
    learned, held_out = (set(part.tolist()) for part in dates.days())
    assert not learned & held_out
    assert len(held_out) == dates.HELD_OUT
    spec = CATALOG["attention"].spec()
    answers = {row.tobytes() for row in spec.held_out()["y"]}
    assert len(answers) == dates.HELD_OUT
    for _, batch in zip(range(100), spec.batches()):
        assert not answers & {row.tobytes() for row in batch["y"]}


def test_numbers_stand_for_the_text():
    found = dates.pairs([date(1998, 5, 3).toordinal()] * 2, [dates.FORMS[2], dates.FORMS[3]], 20)
    assert [dates.text(row[:n], dates.CHARACTERS) for row, n in zip(found["x"], found["lengths"])] == [
        "Sunday 3 May 1998",
        "3.5.1998",
    ]
    assert [dates.text(row, dates.DIGITS) for row in found["y"]] == ["1998-05-03"] * 2
    assert not found["x"][0, 17:].any()
    assert not found["x"][1, 8:].any()


def test_a_form_that_does_not_fit_is_left_out():
    assert dates.fitting(27) == dates.FORMS
    assert dates.fitting(26) == tuple(form for form in dates.FORMS if not form.startswith("{weekday} "))
    assert dates.fitting(10) == ("{day}.{number}.{year}", "{number}/{day}/{year}")
    with pytest.raises(UsageError, match="no form of a date fits into 9 characters: 10 are needed"):
        dates.fitting(9)


def test_held_out_dates_are_in_every_form_that_fits():
    for size, count in (("proof", 3), ("small", 8)):
        spec = CATALOG["attention"].spec(size=size)
        forms, held_out = dates.fitting(spec.config.length), spec.held_out()
        assert len(forms) == count
        texts = {dates.text(row[:n], dates.CHARACTERS) for row, n in zip(held_out["x"], held_out["lengths"])}
        for form in forms:
            share = np.mean([dates.as_written(date.fromordinal(int(day)), form) in texts for day in dates.days()[1]])
            assert share == pytest.approx(1 / count, abs=0.05)
