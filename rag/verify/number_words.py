"""Numbers written in words, read by text2num, with the words that it does not read. The only user of text2num."""

import re
from dataclasses import dataclass
from decimal import Decimal

from text_to_num import find_numbers

LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pt")
"""Languages whose number words are read; in others only digits count."""

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_SCALE_WORDS = {
    "million", "millions", "billion", "billions", "milliard", "milliards", "mille", "thousand", "trillion", "hundred",
}  # fmt: skip
_ABOUT = {
    "huitaine": 8, "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20, "trentaine": 30, "quarantaine": 40,
    "cinquantaine": 50, "soixantaine": 60, "centaine": 100, "millier": 1000,
}  # fmt: skip
_DOZENS = re.compile(r"\b(half a |a half[- ]|une demi-)?(?:(a|an|une|un) )?(dozen|\w+aine|millier)s?\b", re.IGNORECASE)
_COUNTED = re.compile(r"[ \u00a0](?:d['’])?([^\W\d_]+[sxz])\b")

_NOUN_BEFORE = re.compile(r"\b(?:une?|le|du|au|de|ce|son|leur|tout|à|[ld]['’])\s?(?:\w+\s)?$")
_NO_NUMBERS = {
    "cents", "second", "seconds", "seconde", "milles", "point", "ones", "tens", "hundreds", "thousands", "millions", "billions",
    "milliards", "trillions", "o", "oh", "neufs", "uns", "unes",
}  # fmt: skip


@dataclass(frozen=True)
class Spelled:
    """A number in words at text[start:end]; `scale` is 10^3, 10^6… if it ends in such a word, `about` for « une dizaine »."""

    start: int
    end: int
    value: Decimal
    scale: Decimal = Decimal(1)
    ordinal: bool = False
    about: bool = False


class _Token:
    """A word as text2num wants it."""

    def __init__(self, text: str, apart: bool) -> None:
        self._text = text
        self._apart = apart

    def text(self) -> str:
        return self._text

    def text_lowercase(self) -> str:
        return self._text.lower()

    def nt_separated(self, previous: "_Token") -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return self._apart


def spelled(text: str, language: str) -> list[Spelled]:
    """The numbers in words of a text, in order, "one" and "un" included; the caller decides which of these count."""
    if language not in LANGUAGES:
        return []
    found = _years(text, _read(text, language)) if language == "en" else _read(text, language)
    return sorted(_dozens(text, found), key=lambda number: number.start)


def _read(text: str, language: str) -> list[Spelled]:
    matches = list(_TOKEN.finditer(text))
    words = [match[0] for match in matches]
    tokens = [_Token(word, _apart(word, before)) for word, before in zip(words, ["", *words], strict=False)]
    numbers = []
    for found in find_numbers(tokens, language, threshold=0):
        first, last = matches[found.start], matches[found.end - 1]
        value = Decimal(found.text) if re.fullmatch(r"\d+(\.\d+)?", found.text) else Decimal(str(found.value))
        scale = Decimal(1)
        if last[0].lower() in _SCALE_WORDS and value:
            scale = next((Decimal(10) ** n for n in (12, 9, 6, 3) if value % 10**n == 0), scale)
        number = Spelled(first.start(), last.end(), value, scale, found.is_ordinal)
        if not _is_word(text, number):
            numbers.append(number)
    return numbers


def _apart(word: str, before: str) -> bool:
    """Whether a word is no part of a number in words: digits, their "million", the miles of « dix milles »."""
    return word.isdigit() or word.lower() == "milles" or (before.isdigit() and word.lower() in _SCALE_WORDS)


def _is_word(text: str, number: Spelled) -> bool:
    """Whether it is another word: « un moteur neuf », the coin of "50 cents", the "cent" of "per cent", "second"."""
    word = text[number.start : number.end].lower()
    if word in {"neuf", "cent"}:
        counted = _COUNTED.match(text, number.end)
        before = text[max(0, number.start - 30) : number.start].lower()
        adjective = counted is None and (word == "cent" or _NOUN_BEFORE.search(before))
        return bool(adjective) or before.endswith(("pour ", "per "))
    return word in _NO_NUMBERS


def _years(text: str, numbers: list[Spelled]) -> list[Spelled]:
    """The numbers with "nineteen eighty-four" made one: text2num reads 19 and 84."""
    joined: list[Spelled] = []
    for number in numbers:
        before = joined[-1] if joined else None
        if (
            before
            and not before.ordinal
            and 10 <= before.value <= 20
            and 10 <= number.value <= 99
            and re.fullmatch(r"[ \u00a0-]", text[before.end : number.start])
        ):
            value = before.value * 100 + number.value
            joined[-1] = Spelled(before.start, number.end, value, ordinal=number.ordinal)
        else:
            joined.append(number)
    return joined


def _dozens(text: str, numbers: list[Spelled]) -> list[Spelled]:
    """The numbers with "two dozen" and « une soixantaine » among them; "dozens" counts nothing."""
    for match in _DOZENS.finditer(text):
        word = match[3].lower()
        each = 12 if word == "dozen" else _ABOUT.get(word)
        before = next(
            (n for n in numbers if text[n.end : match.start(3)].strip(" -") == "" and n.end <= match.start(3)), None
        )
        if each is None or not (match[1] or match[2] or before):
            continue
        times = Decimal("0.5") if match[1] else before.value if before else Decimal(1)
        start = before.start if before and not match[1] else match.start()
        made = Spelled(start, match.end(), times * each, Decimal(1), about=word != "dozen")
        numbers = [n for n in numbers if n.end <= made.start or n.start >= made.end] + [made]
    return numbers
