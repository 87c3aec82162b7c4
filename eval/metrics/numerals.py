"""Numbers as they are written and spelled in English and French, read off a list of folded words."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from eval.metrics.lexicon import BELOW_HUNDRED, GROUPS, LONGEST, MEASURES, SCALES, SPANS, UNITS

_FRENCH_MULTIPLES = ("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf")


class Read(NamedTuple):
    """A number and how many words it takes."""

    value: Decimal
    length: int


def read_number(words: Sequence[str], at: int) -> Read | None:
    """The number that begins there, in digits or words, with its scale (14.2 milliards) and its half (et demi)."""
    if words[at] == "sept" and _word(words, at + 1)[:1].isdigit():
        return None  # Sept 2018 is a month; French has no number that goes on in digits.
    read = _digits(words, at) or _half_of_something(words, at) or _one_of_something(words, at) or _spelled(words, at)
    return _scaled(words, at, read) if read else None


def is_half(words: Sequence[str]) -> bool:
    """Whether the words after an "and" say a half."""
    return tuple(words[:1]) in (("demi",), ("demie",)) or tuple(words[:2]) == ("a", "half")


def plain(value: Decimal) -> str:
    """A decimal without what says nothing: 7.50 is 7.5, and 45000.0 is 45000."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _digits(words: Sequence[str], at: int) -> Read | None:
    return Read(Decimal(words[at]), 1) if words[at].lstrip("-")[:1].isdigit() else None


def _half_of_something(words: Sequence[str], at: int) -> Read | None:
    """Half a million, half an hour, un demi-million."""
    if words[at] not in ("half", "demi", "demie"):
        return None
    length = 2 if _word(words, at + 1) in ("a", "an") else 1
    noun = _word(words, at + length)
    return Read(Decimal("0.5"), length) if noun in SCALES or MEASURES.get(noun, noun) in UNITS else None


def _one_of_something(words: Sequence[str], at: int) -> Read | None:
    """A, an, un and une count before a unit of time or a scale: a year, un million, une dizaine, un et demi."""
    if words[at] in GROUPS:
        return Read(Decimal(GROUPS[words[at]]), 1)
    if words[at] not in ("a", "an", "un", "une"):
        return None
    after = _word(words, at + 1)
    if after in GROUPS:
        return Read(Decimal(GROUPS[after]), 2)
    counts = after in SCALES or MEASURES.get(after, after) in SPANS
    halved = words[at] in ("un", "une") and after == "et" and is_half(words[at + 2 :])
    return Read(Decimal(1), 1) if counts or halved else None


def _spelled(words: Sequence[str], at: int) -> Read | None:
    """A number in words: parts below a thousand, each with its scale, the largest first."""
    total, length, least = 0, 0, 10**15
    while True:
        joint = int(length > 0 and _word(words, at + length) in ("and", "et"))
        part = _below_thousand(words, at + length + joint, first=length == 0)
        if part is None and _word(words, at + length) == "mille" and least > 1000:
            part, joint = Read(Decimal(1), 0), 0
        if part is None or (length and part.value >= least):
            break
        after = at + length + joint + part.length
        scale = SCALES.get(_word(words, after), 1)
        if (joint and scale > 1) or scale >= least:
            break
        total += int(part.value) * scale
        length += joint + part.length + int(scale > 1)
        least = scale
        if scale == 1:
            break
    return Read(Decimal(total), length) if length else None


def _below_thousand(words: Sequence[str], at: int, first: bool) -> Read | None:
    """Seventy-four, nineteen eighty-four, three hundred and five, deux cent trois, cent vingt."""
    small = _below_hundred(words, at)
    if small and _is_hundred(words, at + small.length, words[at + small.length - 1]):
        return _with_rest(words, at, Read(small.value * 100, small.length + 1))
    if small is None:
        alone = _word(words, at) == "cent" and not (first and at and words[at - 1][:1].isdigit())
        return _with_rest(words, at, Read(Decimal(100), 1)) if alone else None
    rest = _below_hundred(words, at + small.length)
    if rest and 13 <= small.value <= 20 and rest.value >= 10:
        return Read(small.value * 100 + rest.value, small.length + rest.length)
    return small


def _with_rest(words: Sequence[str], at: int, hundreds: Read) -> Read:
    """What follows the hundreds: and five, trois."""
    after = at + hundreds.length
    joint = int(_word(words, after) == "and")
    rest = _below_hundred(words, after + joint)
    return Read(hundreds.value + rest.value, hundreds.length + joint + rest.length) if rest else hundreds


def _is_hundred(words: Sequence[str], at: int, before: str) -> bool:
    """Cent is a hundred after a French number and a coin after an English one, six being both."""
    word = _word(words, at)
    return word == "hundred" or (word in ("cent", "cents") and before in _FRENCH_MULTIPLES)


def _below_hundred(words: Sequence[str], at: int) -> Read | None:
    for length in range(min(LONGEST, len(words) - at), 0, -1):
        value = BELOW_HUNDRED.get(tuple(words[at : at + length]))
        if value is not None:
            return Read(Decimal(value), length)
    return None


def _scaled(words: Sequence[str], at: int, read: Read) -> Read:
    """The number times the scale words after it, and with the half that may follow."""
    value, length, scale = read.value, read.length, 1
    while (after := _word(words, at + length)) in SCALES or after in GROUPS:
        factor = SCALES.get(after) or GROUPS[after]
        value, scale, length = value * factor, factor, length + 1
    if after in ("and", "et") and is_half(words[at + length + 1 :]):
        value += Decimal(scale) / 2
        length += 3 if _word(words, at + length + 1) == "a" else 2
        return _scaled(words, at, Read(value, length)) if scale == 1 else Read(value, length)
    return Read(value, length)


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""
