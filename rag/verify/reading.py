"""A number of a text before its bound and range are known."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

SMALL = {
    "a": 1, "an": 1, "one": 1, "un": 1, "une": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """One value that a number may have, and its unit if the number itself shows it."""

    value: Decimal
    unit: str = ""


@dataclass(frozen=True)
class Number:
    """A number at text[start:end] with its readings; `scale` is the thousand, million… that it ends in, else 1."""

    start: int
    end: int
    readings: tuple[Reading, ...]
    scale: Decimal = Decimal(1)
    bound: Literal["exact", "about"] = "exact"
