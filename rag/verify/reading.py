"""A number of a text before its bound and range are known."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


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
