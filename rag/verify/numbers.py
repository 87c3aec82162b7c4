"""The amounts of a text: numbers in digits or words with their unit, range and bound, in English and French."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from index.text.text_cache import cached_by_text
from rag.verify.fractions import fractions, shares
from rag.verify.number_words import spelled
from rag.verify.reading import Number, Reading
from rag.verify.times import times
from rag.verify.units import SPACE, family, money_before, unit_after

Bound = Literal["exact", "about", "over", "least", "under", "most"]


@dataclass(frozen=True)
class Amount:
    """A number at text[start:end], unit included: `low` to `high`, equal unless it is a range.

    `unit` is a CLDR unit ("year", "meter"), an ISO 4217 code or the bare name of a currency, "people", "job", "point"
    (percentage points), "cent" (of any currency), "clock" (hours of the day), "th" (an ordinal), "century" for the nth one,
    or empty. Two readings of one number ("7,500") are two amounts with the same offsets. `per` is the time
    of a rate: "day" in "$60 a day".
    """

    low: Decimal
    high: Decimal
    unit: str
    start: int
    end: int
    bound: Bound = "exact"
    per: str = ""


@cached_by_text
def amounts(text: str, language: str) -> tuple[Amount, ...]:
    """Every amount of a text in order of its offsets, alternative readings included; calendar years are numbers too."""
    numbers = _with_units(text, _numbers(text, language))
    ranges, absorbed = _ranges(text, numbers)
    found = [amount for number in numbers if number not in absorbed for amount in _of(number, text)] + ranges
    found += [Amount(r.value, r.value, r.unit, n.start, n.end, "about") for n in shares(text) for r in n.readings]
    return tuple(sorted(found, key=lambda amount: (amount.start, amount.end)))


_SIGN = re.compile(rf"([A-Z$€£¥][A-Z$€£¥{SPACE}]*)$")
_DIGITS = re.compile(rf"(?<![\w.])(?:\d{{1,3}}(?:[{SPACE}.,’']\d{{3}})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)")
_IN_NAME = re.compile(r"(?<!\w)[A-ZÀ-ÖØ-Þ][^\W_]*-$")
_SCALES = {
    "thousand": 3, "mille": 3, "k": 3, "million": 6, "millions": 6, "m": 6, "mn": 6, "mm": 6, "billion": 9, "billions": 9,
    "bn": 9,
    "milliard": 9, "milliards": 9, "md": 9, "mds": 9, "trillion": 12, "trillions": 12, "tn": 12, "hundred": 2,
}  # fmt: skip
_SCALE = re.compile(
    rf"[{SPACE}-]?(thousand|mille|millions?|billions?|milliards?|trillions?|hundred|bn|mn|tn|Mds?|[kKmM](?=€|£|\$|\b))"
    rf"(?=\b|€|£|\$)",
)
_ORDINAL = re.compile(r"(?:st|nd|rd|th|ers?|re|è?mes?|es?|ᵉ)\b")
_ROMAN = re.compile(r"\b([XVI]+)(?:e|è?me|th)?[ \u00a0\u202f](?:siècle|century)\b")
_CENTURY = re.compile(rf"[{SPACE}-](?:century|siècle)\b")
_AND_A_HALF = re.compile(
    r"[ \u00a0-]and[ -]a[ -]half\b|[ \u00a0-](?:[^\W\d_]+[ \u00a0])?et[ -]demie?\b|½", re.IGNORECASE
)
_ZERO = re.compile(
    r"\b(?:none|nobody|no one|zéro|zero|aucune?|personne n['’e]|n['’e][^.,;]{1,30}? personne|nul|no)\b", re.IGNORECASE
)
_A_UNIT = re.compile(
    r"\b(?:an?|une?|(?:the|this|la) (?=(?:last |past |dernière )?(?:decade|décennie)))(?=[ \u00a0-]|last|past|d)",
    re.IGNORECASE,
)
_TWICE = re.compile(r"\b(twice|(?:doubl|tripl)(?:e[ds]?|ée?s?|er|ing))\b", re.IGNORECASE)
_COUNTED_AS_ONE = {"hour", "month", "length", "mass", "area", "point", "percent"}
_ONE = {"one", "un", "une"}
_LENGTHY = re.compile(
    r"\s*(?:tall|high|long|wide|deep|away|from|above|below|across|freestyle|hurdles|sprint|"
    r"de (?:haut|long|large|profondeur|hauteur)|"
    r"d['’](?:altitude|épaisseur)|up|down|off)\b|\s*[.,;)]|\s*$",
    re.IGNORECASE,
)


def _numbers(text: str, language: str) -> list[Number]:
    """The plain numbers of a text without units, none inside another."""
    special = [*times(text, language), *fractions(text), *_centuries(text)]
    found = [*special, *_digits(text)]
    for word in spelled(text, language):
        unit = "century" if word.ordinal and _CENTURY.match(text, word.end) else "th" if word.ordinal else ""
        if word.ordinal and word.value < 3:
            continue
        about: Literal["exact", "about"] = "about" if word.about else "exact"
        found.append(Number(word.start, word.end, (Reading(word.value, unit),), word.scale, about))
    kept = _outermost(found)
    kept += [Number(m.start(), m.end(), (Reading(Decimal(0)),)) for m in _ZERO.finditer(text)]
    kept += [Number(m.start(), m.end(), (Reading(Decimal(1)),)) for m in _A_UNIT.finditer(text)]
    kept += [
        Number(m.start(), m.end(), (Reading(Decimal(3 if m[1][0] in "tT" and m[1][1] == "r" else 2), "times"),))
        for m in _TWICE.finditer(text)
    ]
    return _outermost(kept)


def _outermost(numbers: Iterable[Number]) -> list[Number]:
    kept: list[Number] = []
    for number in numbers:
        if all(number.end <= other.start or number.start >= other.end for other in kept):
            kept.append(number)
    return sorted(kept, key=lambda number: number.start)


def _centuries(text: str) -> list[Number]:
    """« XIXe siècle »."""
    digits = {"I": 1, "V": 5, "X": 10}
    found = []
    for match in _ROMAN.finditer(text):
        values = [digits[letter] for letter in match[1]]
        signed = [-a if b > a else a for a, b in zip(values, [*values[1:], 0], strict=True)]
        found.append(Number(match.start(), match.end(), (Reading(Decimal(sum(signed)), "century"),)))
    return found


def _digits(text: str) -> list[Number]:
    found = []
    for match in _DIGITS.finditer(text):
        if _IN_NAME.search(text, max(0, match.start() - 40), match.start()):
            continue
        ordinal = _ORDINAL.match(text, match.end())
        if ordinal:
            value = Decimal(re.sub(r"\D", "", match[0]))
            unit = "century" if _CENTURY.match(text, ordinal.end()) else "th"
            if value >= 3:
                found.append(Number(match.start(), ordinal.end(), (Reading(value, unit),)))
        else:
            found.append(_scaled(text, match))
    return found


def _scaled(text: str, match: re.Match[str]) -> Number:
    """A number in digits with the "million", "bn", "m" or "k" that follows it; a lone "m" or "k" may be a length."""
    values, scale = _values(match[0]), _SCALE.match(text, match.end())
    if not scale:
        return Number(match.start(), match.end(), tuple(Reading(value) for value in values))
    mark = scale[1]
    factor = Decimal(10) ** _SCALES[mark.lower()]
    million = tuple(Reading(value * factor) for value in values)
    money = money_before(text, match.start()) or re.match(
        rf"[{SPACE}]?(?:[€£$]|euros?\b|dollars?\b|d['’])", text[scale.end() :]
    )
    if mark in "kmK" and not money:
        length = "meter" if mark == "m" else "kilometer"
        lengths = tuple(Reading(value, length) for value in values)
        apart = text[match.end()] != mark
        plain = apart or (_LENGTHY.match(text, scale.end()) and mark == "m")
        return Number(match.start(), scale.end(), lengths if plain else lengths + million)
    return Number(match.start(), scale.end(), million, factor)


def _values(digits: str) -> list[Decimal]:
    """The values that digits may have: 7500 and 7.5 for "7,500"; French and English differ on the comma."""
    plain = re.sub(rf"[{SPACE}’']", "", digits)
    marks = re.findall(r"[.,]", plain)
    values = [] if marks else [Decimal(plain)]
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", plain) and len(set(marks)) == 1:
        values.append(Decimal(re.sub(r"[.,]", "", plain)))
    if marks and marks.count(marks[-1]) == 1:
        whole, fraction = re.split(r"[.,](?=\d+$)", plain)
        if not (fraction == "000" and values):  # Nobody writes 45 as "45,000".
            values.append(Decimal(f"{re.sub(r'[.,]', '', whole)}.{fraction}"))
    return values or [Decimal(re.sub(r"[.,]", "", plain))]


def _with_units(text: str, numbers: list[Number]) -> list[Number]:
    found = []
    for number in numbers:
        half = _AND_A_HALF.match(text, number.end)
        made = _and_a_half(text, number, half) if half else _united(text, number)
        if half or not _is_article(text, number, made):
            found.append(made)
    return found


def _and_a_half(text: str, number: Number, half: re.Match[str]) -> Number:
    """ "Seven and a half years", « sept ans et demi », "one and a half million"."""
    scale = _SCALE.match(text, half.end())
    factor = Decimal(10) ** _SCALES[scale[1].lower()] if scale and len(scale[1]) > 2 else Decimal(1)
    readings = tuple(replace(r, value=(r.value + number.scale / 2) * factor) for r in number.readings)
    whole = replace(
        number, readings=readings, end=scale.end() if scale and factor > 1 else half.end(), scale=number.scale * factor
    )
    inner = unit_after(text, number.end)
    if inner and inner[1] < half.end():
        return replace(whole, readings=tuple(replace(reading, unit=inner[0]) for reading in readings))
    return _united(text, whole)


def _united(text: str, number: Number) -> Number:
    """A number with its unit, where it has none yet; its end is then the end of the unit."""
    if all(reading.unit for reading in number.readings):
        return number
    money = money_before(text, number.start)
    unit, end = (money, number.end) if money else unit_after(text, number.end) or ("", number.end)
    readings = tuple(reading if reading.unit else replace(reading, unit=unit) for reading in number.readings)
    sign = _SIGN.search(text[: number.start]) if money else None
    start = sign.start(1) if sign else number.start
    return replace(number, readings=readings, start=start, end=max(end, number.end))


def _is_article(text: str, number: Number, united: Number) -> bool:
    """Whether "one", "un" or "a" counts nothing: no unit follows at once."""
    word = text[number.start : number.end].lower()
    if word in {"a", "an"} or word in _ONE:
        direct = unit_after(text, number.end)
        if direct is None or (" " in text[number.end : direct[1]].strip() and word not in _ONE):
            return True
        kind = family(united.readings[0].unit)[0]
        return kind not in _COUNTED_AS_ONE and word not in {"one"}
    return False


# Ranges and bounds

_LINK = re.compile(rf"[{SPACE}]?[-–—][{SPACE}]?|[{SPACE}](?:and|to|et|à|or|ou)[{SPACE}]", re.IGNORECASE)
_OPENS = re.compile(r"\b(between|entre|from|de|d['’])[ \u00a0]?$", re.IGNORECASE)
_ARTICLES = rf"[{SPACE}]?(?:the|a|an|les|la|l['’]|un|une|de|d['’]|of)?[{SPACE}]?"
_BOUNDS: tuple[tuple[Bound, re.Pattern[str]], ...] = tuple(
    (bound, re.compile(rf"(?:{words}){_ARTICLES}$", re.IGNORECASE))  # type: ignore[misc]
    for bound, words in (
        ("about", r"\b(?:just|a little|slightly|a bit) (?:over|under|more than|less than)|un peu (?:plus|moins) (?:de|d['’])"),
        ("most", r"\b(?:up to|at most|(?:no|not) more than|as (?:many|much) as|maximum(?: of)?|jusqu['’](?:à|aux?|en)|"
                 r"au plus|au maximum|pas plus (?:de|d['’])|(?:not|never|pas|jamais) (?:exceed|dépass)\w*|ne dépass\w+ pas|"
                 r"capped at|plafonnée?s? à|maxim(?:um|al)e? (?:of|de|d['’]))"),
        ("least", r"\b(?:at least|over|above|(?:no|not) (?:fewer|less) than|minimum(?: of)?|au moins|"
                  r"au minimum|pas moins (?:de|d['’]))"),
        ("over", r"\b(?:more than|exceed\w*|upwards of|in excess of|plus (?:de|des|du|d['’])|au-delà (?:de|d['’])|"
                 r"au-dessus (?:de|d['’])|supérieure?s? à|dépass\w+)"),
        ("under", r"\b(?:fewer than|less than|under|below|moins (?:de|d['’])|en dessous (?:de|d['’])|inférieure?s? à)"),
        ("about", r"\b(?:about|around|roughly|some|approximately|nearly|almost|close to|or so|environ|quelques?|"
                  r"près (?:de|d['’])|presque|autour (?:de|d['’])|à peu près|approximativement|vers|estimated|quasi|quasiment)"),
    )
)  # fmt: skip
_BOUNDS_AFTER: tuple[tuple[Bound, re.Pattern[str]], ...] = (
    ("least", re.compile(r"[ \u00a0](?:or more|ou plus|at least|au moins|minimum|au minimum)\b")),
    (
        "most",
        re.compile(
            r"[ \u00a0](?:or less|or fewer|ou moins|at most|au plus|tout au plus|maximum|au maximum)\b(?! tard)"
        ),
    ),
    ("about", re.compile(r"[ \u00a0](?:or so|environ)\b")),
)
_LOOK_BACK = 32
_RATE = re.compile(r"[ \u00a0](?:an?|per|par|each|every|chaque)(?=[ \u00a0])", re.IGNORECASE)


def _of(number: Number, text: str) -> list[Amount]:
    bound = _bound(text, number.start, number.end)
    bound = number.bound if bound == "exact" else bound
    if any(r.unit == "day" and r.value == 15 for r in number.readings):
        bound = "about" if bound == "exact" else bound  # « Quinze jours » are two weeks.
    rate = _RATE.match(text, number.end)
    unit = unit_after(text, rate.end()) if rate else None
    per = unit[0] if unit and family(unit[0])[0] in {"hour", "month"} else ""
    return [Amount(r.value, r.value, r.unit, number.start, number.end, bound, per) for r in number.readings]


def _bound(text: str, start: int, end: int) -> Bound:
    before = text[max(0, start - _LOOK_BACK) : start]
    for bound, pattern in _BOUNDS:
        if pattern.search(before):
            return bound
    return next((bound for bound, pattern in _BOUNDS_AFTER if pattern.match(text, end)), "exact")


def _ranges(text: str, numbers: list[Number]) -> tuple[list[Amount], list[Number]]:
    """The ranges of a text, and the numbers that are nothing but their ends: both of "two to three years", but "7-4" may be
    a score and "from 5 to 8 per cent" a rise. The unit and scale of the second number hold for the first.
    """
    found: list[Amount] = []
    absorbed: list[Number] = []
    for first, second in pairwise(numbers):
        link = _LINK.fullmatch(text, first.end, second.start)
        opens = _OPENS.search(text, max(0, first.start - 12), first.start)
        opener = opens[1].lower() if opens else ""
        both = opener in {"between", "entre"}
        if not link or (not both and link[0].strip().lower() in {"and", "et"}):
            continue
        start = opens.start() if opens else first.start
        made = [_range(a, b, first, second) for a in first.readings for b in second.readings]
        bound = _bound(text, start, second.end)
        ranges = [Amount(low, high, unit, start, second.end, bound) for low, high, unit in made if low < high]
        found += ranges
        if ranges and (both or (not opener and ranges[0].unit and link[0].strip().lower() in {"to", "à"})):
            absorbed += [first, second]
    return found, absorbed


def _range(low: Reading, high: Reading, first: Number, second: Number) -> tuple[Decimal, Decimal, str]:
    """Its ends and unit; empty, with the first above the second, where the two numbers are no range."""
    unit, least = high.unit or low.unit, low.value
    if unit in {"th", "clock", "century"} or (low.unit and low.unit != unit):
        return high.value, low.value, ""
    if first.scale == 1 and second.scale > 1 and least * second.scale < high.value:
        least *= second.scale
    return least, high.value, unit
