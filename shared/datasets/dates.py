"""Dates from 1900 to 2099, as people write them and as 1998-05-03, character by character."""

from collections.abc import Iterable
from datetime import date
from functools import cache

import numpy as np

from shared.errors import UsageError
from shared.randomness import generator

# No text stands for two dates: the year has four digits, the day comes first with dots and the month with slashes
FORMS = (
    "{day} {month} {year}",
    "{month} {day}, {year}",
    "{weekday} {day} {month} {year}",
    "{day}.{number}.{year}",
    "{number}/{day}/{year}",
    "{day}{suffix} of {month} {year}",
    "{day} {month:.3} {year}",
    "{weekday:.3}, {month:.3} {day}, {year}",
)
MONTHS = ["January", "February", "March", "April", "May", "June"]
MONTHS += ["July", "August", "September", "October", "November", "December"]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
SUFFIXES = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}  # of all other days: "th"
LONGEST = date(2026, 9, 30), date(2026, 12, 30)  # Wednesdays: one of them is as long as any date, in every form

PADDING = 0
CHARACTERS = ("", *sorted({*" ,./0123456789", *"ofstndrdth", *"".join(MONTHS + WEEKDAYS)}))  # of each number, read
DIGITS = "0123456789-"  # of each number, written
HELD_OUT = 1000  # dates that no one is trained on


def as_written(day: date, form: str) -> str:
    """A date in one of the forms."""
    return form.format(
        day=day.day,
        suffix=SUFFIXES.get(day.day, "th"),
        number=day.month,
        month=MONTHS[day.month - 1],
        weekday=WEEKDAYS[day.weekday()],
        year=day.year,
    )


def longest(form: str) -> int:
    """The number of characters of the longest date in a form."""
    return max(len(as_written(day, form)) for day in LONGEST)


def fitting(length: int) -> tuple[str, ...]:
    """The forms in which no date has more than `length` characters."""
    sizes = {form: longest(form) for form in FORMS}
    if length < min(sizes.values()):
        raise UsageError(f"no form of a date fits into {length} characters: {min(sizes.values())} are needed")
    return tuple(form for form in FORMS if sizes[form] <= length)


@cache
def days() -> tuple[np.ndarray, np.ndarray]:
    """The days to learn from and those that are held out, by the number that `date.fromordinal` takes, in no order."""
    every = np.arange(date(1900, 1, 1).toordinal(), date(2099, 12, 31).toordinal() + 1)
    order = generator("dates", "order").permutation(every)
    return order[:-HELD_OUT], order[-HELD_OUT:]


def pairs(chosen: Iterable[int], forms: Iterable[str], length: int) -> dict[str, np.ndarray]:
    """Days, each written in its form, and as it is to be rewritten.

    x (N, length): numbers of CHARACTERS, padded with PADDING; lengths (N,); y (N, 10): numbers of DIGITS. All int64.
    """
    dates = [date.fromordinal(int(day)) for day in chosen]
    texts = [as_written(day, form) for day, form in zip(dates, forms, strict=True)]
    number = {character: i for i, character in enumerate(CHARACTERS)}
    x = np.full((len(texts), length), PADDING, np.int64)
    for row, text in zip(x, texts):
        row[: len(text)] = [number[character] for character in text]
    y = np.array([[DIGITS.index(character) for character in day.isoformat()] for day in dates], np.int64)
    return {"x": x, "lengths": np.array([len(text) for text in texts], np.int64), "y": y}


def text(numbers: Iterable[int], alphabet: tuple[str, ...] | str) -> str:
    """The text that numbers of an alphabet, CHARACTERS or DIGITS, stand for."""
    return "".join(alphabet[number] for number in numbers)
