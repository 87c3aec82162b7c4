"""Units of measure and currencies in English and French text, named from CLDR, and which of them are comparable."""

import re
from decimal import Decimal
from functools import cache

from babel.core import get_global
from babel.numbers import get_currency_name, get_territory_currencies
from babel.units import format_unit

from index.text.terms import fold, is_function_word

SPACE = "\u0020\u00a0\u202f\u2009"

_SCALED = {
    "duration-minute": ("hour", "1/60"), "duration-hour": ("hour", "1"), "duration-day": ("hour", "24"),
    "duration-week": ("hour", "168"), "duration-month": ("month", "1"), "duration-year": ("month", "12"),
    "duration-decade": ("month", "120"), "duration-century": ("month", "1200"), "duration-second": ("hour", "1/3600"),
    "length-millimeter": ("length", "1/1000"), "length-centimeter": ("length", "1/100"), "length-meter": ("length", "1"),
    "length-kilometer": ("length", "1000"), "length-mile": ("length", "1609.344"), "length-foot": ("length", "0.3048"),
    "length-inch": ("length", "0.0254"), "length-yard": ("length", "0.9144"), "length-nautical-mile": ("length", "1852"),
    "area-square-meter": ("area", "1"), "area-hectare": ("area", "10000"), "area-acre": ("area", "4046.856"),
    "area-square-kilometer": ("area", "1000000"), "area-square-mile": ("area", "2589988"), "area-square-foot": ("area", "0.0929"),
    "volume-liter": ("volume", "1"), "volume-milliliter": ("volume", "1/1000"), "volume-centiliter": ("volume", "1/100"),
    "volume-cubic-meter": ("volume", "1000"), "volume-hectoliter": ("volume", "100"), "volume-gallon": ("volume", "3.785"),
    "mass-gram": ("mass", "1/1000"), "mass-kilogram": ("mass", "1"), "mass-tonne": ("mass", "1000"),
    "mass-ton": ("mass", "1000"), "mass-milligram": ("mass", "1/1000000"),
    "speed-kilometer-per-hour": ("speed", "1"), "speed-mile-per-hour": ("speed", "1.609"), "speed-knot": ("speed", "1.852"),
    "power-kilowatt": ("power", "1"), "power-megawatt": ("power", "1000"), "power-gigawatt": ("power", "1000000"),
    "energy-kilowatt-hour": ("energy", "1"),
    "temperature-celsius": ("degree", "1"), "temperature-fahrenheit": ("fahrenheit", "1"),
    "concentr-percent": ("percent", "1"),
}  # fmt: skip
"""CLDR units with the family in which they compare and their size in it: hours, months, metres, litres, kilograms and so on."""

# What CLDR does not name, or names otherwise than newspapers do.
_ALSO = {
    "percent": "percent", "per cent": "percent", "pour cent": "percent", "%": "percent", "p. 100": "percent", "pc": "percent",
    "percentage point": "point", "percentage-point": "point", "point de pourcentage": "point", "point": "point", "pp": "point",
    "%-point": "point", "an": "year", "annee": "year", "years old": "year", "fortnight": "fortnight", "quinzaine": "fortnight",
    "people": "people", "person": "people", "personne": "people", "job": "job", "emploi": "job", "kilo": "kilogram", "h": "hour",
    "min": "minute", "mn": "minute", "km/h": "kilometer-per-hour", "kph": "kilometer-per-hour", "mph": "mile-per-hour",
    "degree": "degree", "degre": "degree", "°": "degree", "times": "times", "time": "times", "fois": "times", "cent": "cent",
    "centime": "cent", "penny": "cent", "pence": "cent", "mille marin": "nautical-mile", "mille": "nautical-mile",
    "square mile": "square-mile", "feet": "foot", "pied": "foot", "crown": "couronne", "pound": "pound", "livre": "pound",
    "pound sterling": "GBP", "livre sterling": "GBP", "american dollar": "USD", "dollar americain": "USD", "euro": "EUR",
    "€": "EUR", "£": "pound", "$": "dollar", "¥": "JPY", "quid": "pound", "buck": "dollar", "m2": "square-meter",
    "km2": "square-kilometer", "m3": "cubic-meter", "ton": "tonne", "tonne": "tonne", "demi-heure": "half-hour",
}  # fmt: skip
_SHORT = ("kilometer", "centimeter", "millimeter", "kilogram", "hectare", "square-meter", "square-kilometer", "cubic-meter",
          "megawatt", "gigawatt", "kilowatt", "celsius", "kilowatt-hour")  # fmt: skip
_EXTRA = {"fortnight": ("hour", Decimal(336)), "half-hour": ("hour", Decimal("0.5"))}
_NOT_MONEY = {"won", "sum", "sums", "gold", "real", "reals", "mark", "marks", "nouveau", "nouveaux", "sol", "sols"}
"""Currencies whose bare name is a frequent word of English or French."""
_SAME_MONEY = {"pound": frozenset({"GBP", "EGP", "LBP", "SDG", "SYP"})}

_WORDS = re.compile(rf"[{SPACE}-]*(%-points?\b|%|°C?|[€£$¥]|[^\W\d_]+[²³23]?(?:/[^\W\d_]+)?)")
_PHRASE = 4
_CENT = "cent"
_HOURS_A_MONTH = Decimal("730.5")
_LINK = re.compile(rf"[{SPACE}]+(?:d['’]|de[{SPACE}]+|of[{SPACE}]+a[{SPACE}]+|of[{SPACE}]+an[{SPACE}]+)")
_MONEY_BEFORE = re.compile(
    rf"(?:\b([A-Z]{{3}})[{SPACE}]?|(?:\b(US|C|A|AU|CA|NZ|HK|S|R))?([$€£¥])[{SPACE}]?)(?:[{SPACE}]*[-–])?$"
)
_DOLLARS = {
    "US": "USD", "C": "CAD", "CA": "CAD", "A": "AUD", "AU": "AUD", "NZ": "NZD", "HK": "HKD", "S": "SGD", "R": "BRL",
}  # fmt: skip
_NOT_BETWEEN = {"last", "next", "past", "previous", "late", "early", "whole"}
"""Words that begin a time of its own after a number: "96,000 last year"."""
_BETWEEN = {"more", "other", "others", "autres", "autre", "full", "further"}
"""Function words that may be between a number and its unit: "two more years"."""


def unit_after(text: str, at: int) -> tuple[str, int] | None:
    """The unit that follows offset `at`, with the offset where it ends; at most one other word may come before it."""
    link = _LINK.match(text, at)
    at = link.end() if link else at
    found = _unit_at(text, at)
    if found:
        return found
    word = _WORDS.match(text, at)
    if not word or not word[1].isalpha() or word.start() == word.start(1):
        return None
    if word[1].lower() in _NOT_BETWEEN or (is_function_word(word[1].lower()) and word[1].lower() not in _BETWEEN):
        return None
    found = _unit_at(text, word.end())
    return found if found and found[0] not in {"times", "point"} else None


def money_before(text: str, at: int) -> str:
    """The currency whose sign or code ends at offset `at`: "C$" is CAD, "£" pound; empty without one."""
    match = _MONEY_BEFORE.search(text, max(0, at - 8), at)
    if not match:
        return ""
    if match[1]:
        return match[1] if match[1] in _codes() else ""
    return _DOLLARS[match[2]] if match[2] and match[3] == "$" else _ALSO[match[3]]


def family(unit: str) -> tuple[str, Decimal]:
    """What a unit is compared in and its size there: ("hour", 24) for a day."""
    return _families().get(unit, (unit, Decimal(1)))


def compatible(said: str, told: str) -> bool:
    """Whether amounts in the two units can be of one thing; an amount without a unit fits every unit but points."""
    if said == told or not said or not told:
        return True
    if is_money(said) and is_money(told):
        return bool(_money(said) & _money(told))
    if _CENT in {said, told} and (is_money(said) or is_money(told)):
        return True
    kinds = {family(said)[0], family(told)[0]}
    return len(kinds) == 1 or kinds == {"hour", "month"}


def factor(told: str, said: str) -> Decimal:
    """What to multiply an amount in unit `told` by to have it in the compatible unit `said`; 1 where one has no unit.

    Examples: 7 from weeks to days, 0.01 from cents to euros, 30.4375 from months to days.
    """
    if told == said or not told or not said:
        return Decimal(1)
    if _CENT in {told, said}:
        return Decimal("0.01") if told == _CENT else Decimal(100)
    if is_money(said):
        return Decimal(1)
    (kind, size), (wanted, unit) = family(told), family(said)
    if kind == wanted:
        return size / unit
    return size * _HOURS_A_MONTH / unit if kind == "month" else size / _HOURS_A_MONTH / unit


def is_money(unit: str) -> bool:
    """Whether a unit is a currency."""
    return unit in _codes() or unit in _currency_words()


def _unit_at(text: str, at: int) -> tuple[str, int] | None:
    words: list[str] = []
    best, end = None, at
    while len(words) < _PHRASE and (match := _WORDS.match(text, end)):
        words.append(match[1])
        end = match.end()
        unit = _unit_of(words)
        best = (unit, end) if unit else best
    return best


def _unit_of(words: list[str]) -> str:
    if len(words) == 1 and words[0] in _codes():
        return words[0]
    phrase = fold(" ".join(words).lower())
    single = _singular(phrase)
    return _unit_names().get(phrase) or (_unit_names().get(single, "") if len(single) > 2 or single == "an" else "")


def _singular(phrase: str) -> str:
    return " ".join(re.sub(r"(?<=..)s$", "", word) for word in phrase.split(" "))


@cache
def _unit_names() -> dict[str, str]:
    """The folded lower-case name of each unit, singular and as CLDR has it in the plural, in English and French."""
    names: dict[str, str] = {}
    for full in _SCALED:
        unit = full.partition("-")[2]
        for locale in ("en", "en_GB", "fr"):
            for number in (1, 5):
                names.setdefault(_name(full, "long", locale, number), unit)
            if unit in _SHORT:
                names[_name(full, "short", locale, 5)] = unit
    for code in sorted(_codes()):
        for locale in ("en", "fr"):
            for number in (1, 5):
                words = fold(get_currency_name(code, number, locale).lower())
                names.setdefault(words, code)
    for word in _currency_words():
        names.setdefault(word, _singular(word) if _singular(word) in _currency_words() else word)
    return {_singular(name): unit for name, unit in names.items()} | names | _ALSO


def _name(unit: str, length: str, locale: str, number: int) -> str:
    shown = format_unit(number, unit, length="long" if length == "long" else "short", locale=locale)
    return fold(re.sub(rf"^\d+[{SPACE}]?", "", shown).lower().replace("\u00a0", " "))


@cache
def _codes() -> frozenset[str]:
    """The currencies in use somewhere today, by ISO 4217 code."""
    return frozenset(
        code for territory in get_global("territory_currencies") for code in get_territory_currencies(territory)
    )


@cache
def _currency_words() -> dict[str, frozenset[str]]:
    """The bare names of currencies with the codes they may mean: "dollar", "couronne", "franc"."""
    words: dict[str, set[str]] = {}
    for code in _codes():
        for number in (1, 5):
            english = fold(get_currency_name(code, number, "en").lower()).split(" ")
            french = fold(get_currency_name(code, number, "fr").lower()).split(" ")
            for word in {english[-1], french[0]}:
                if len(word) > 2 and word.isalpha() and word not in _NOT_MONEY:
                    words.setdefault(word, set()).add(code)
    return {word: frozenset(codes) for word, codes in words.items()} | _SAME_MONEY


@cache
def _money(unit: str) -> frozenset[str]:
    return _currency_words().get(unit, frozenset({unit}))


@cache
def _families() -> dict[str, tuple[str, Decimal]]:
    sizes = {}
    for full, (kind, size) in _SCALED.items():
        over, _, under = size.partition("/")
        sizes[full.partition("-")[2]] = (kind, Decimal(over) / Decimal(under or 1))
    return sizes | _EXTRA
