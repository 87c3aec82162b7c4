"""Facts that code can check: the numbers, months, weekdays and proper names of a text, alike in English and French.

"$45,000", "45 000 dollars" and "45.000" hold one number; so do "7.5 years", "7,5 ans" and "seven and a half years".
Everything here is a pure function of its text.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from index.text.terms import fold, is_function_word
from index.text.text_cache import cached_by_text

Readings = frozenset[Decimal]
"""The values that one number may have: "7,500" is 7500 in English and 7.5 in French."""


@dataclass(frozen=True)
class Facts:
    """What a text states that can be looked up elsewhere. `dates` holds months and weekdays, as "month 7", "day 1"."""

    numbers: tuple[Readings, ...]
    dates: frozenset[str]
    names: tuple[str, ...]
    addresses: tuple[str, ...] = ()


def facts_of(text: str) -> Facts:
    """Every number, month, weekday, proper name and web address of a text, in order of appearance."""
    return Facts(numbers_of(text), dates_of(text), names_of(text), tuple(_ADDRESS.findall(text)))


def beyond(claim: Facts, text: str) -> Facts:
    """The claim's facts that do not stand in a text."""
    values = frozenset[Decimal]().union(*numbers_of(text))
    words = name_words(text)
    return Facts(
        tuple(readings for readings in claim.numbers if not readings & values),
        claim.dates - dates_of(text),
        tuple(name for name in claim.names if not _named(name, words)),
        tuple(address for address in claim.addresses if address not in text),
    )


def missing(claim: Facts, text: str) -> tuple[str, ...]:
    """What of a claim's facts does not stand in a text, as people would name it; empty when all of it does."""
    left = beyond(claim, text)
    return (*(_show(readings) for readings in left.numbers), *sorted(left.dates), *left.names, *left.addresses)


# Numbers

_SPACE = "\u0020\u00a0\u202f\u2009"
_DIGITS = re.compile(rf"\d{{1,3}}(?:[{_SPACE}.,’']\d{{3}})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?")
# "Helios-3" is a name, "mid-2018" is a date.
_IN_NAME = re.compile(r"(?<!\w)[A-ZÀ-ÖØ-Þ][^\W_]*-$")
_SCALES = {
    "thousand": 3, "mille": 3, "k": 3, "million": 6, "millions": 6, "m": 6, "mn": 6, "billion": 9, "billions": 9, "bn": 9,
    "milliard": 9, "milliards": 9, "md": 9, "mds": 9, "trillion": 12, "trillions": 12,
}  # fmt: skip
_SCALE = re.compile(rf"[{_SPACE}-]?({'|'.join(sorted(_SCALES, key=len, reverse=True))})\b", re.IGNORECASE)
_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "un": 1, "une": 1, "deux": 2,
    "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
    "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60,
}  # fmt: skip
_MULTIPLES = {"hundred": 100, "cent": 100, "cents": 100, "thousand": 1_000, "mille": 1_000}
_LARGE = {word: 10**power for word, power in _SCALES.items() if power >= 6 and len(word) > 3}
_NUMBER_WORDS = {*_UNITS, *_TENS, *_MULTIPLES, *_LARGE}
_ONE_WORD = f"(?:{'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))})"
_WORDED = re.compile(
    rf"\b({_ONE_WORD}(?:(?:[{_SPACE}-]|[{_SPACE}-](?:and|et)[{_SPACE}-]){_ONE_WORD})*)\b"
    rf"((?:[{_SPACE}-][a-z]+)?[{_SPACE}-](?:and[{_SPACE}-]a[{_SPACE}-]half|et[{_SPACE}-]demie?)\b)?",
    re.IGNORECASE,
)
_BEFORE_NUMBER = 16
# "One" and "un" are also a pronoun and an article, "second" a time, "cents" a coin: never counted when alone.
_UNCOUNTED = {"one", "un", "une", "second", "cents"}
# What is counted follows: "neuf mois" and "cent personnes", but "un moteur neuf" and "pour cent".
_COUNTS = re.compile(rf"[{_SPACE}](?:d['’])?([^\W\d_]+[sxz])\b")
_SHARE = re.compile(rf"\b(?:per|pour)[{_SPACE}]$", re.IGNORECASE)
# "A million people", but neither "half a million" nor "3 million", which the digits are read with.
_WHOLE = re.compile(rf"(?<!half )(?<!of )\ba[{_SPACE}-]$", re.IGNORECASE)


@cached_by_text
def numbers_of(text: str) -> tuple[Readings, ...]:
    """The numbers of a text, written in digits or in words, each as the values it may stand for."""
    found: list[tuple[int, Readings]] = []
    for match in _DIGITS.finditer(text):
        if _IN_NAME.search(text, max(0, match.start() - _LONG_NAME), match.start()):
            continue
        scale = _SCALE.match(text, match.end())
        power = _SCALES[scale[1].lower()] if scale else 0
        found.append((match.start(), frozenset(value.scaleb(power).normalize() for value in _readings(match[0]))))
    found += [(start, frozenset({value.normalize()})) for start, _, value in _spelled(text)]
    return tuple(readings for _, readings in sorted(found, key=lambda pair: pair[0]))


def _readings(digits: str) -> set[Decimal]:
    plain = re.sub(rf"[{_SPACE}’']", "", digits)
    marks = re.findall(r"[.,]", plain)
    readings = set()
    if not marks:
        readings.add(Decimal(plain))
    if marks and re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", plain) and len(set(marks)) == 1:
        readings.add(Decimal(re.sub(r"[.,]", "", plain)))
    if marks and marks.count(marks[-1]) == 1:
        whole, fraction = re.split(r"[.,](?=\d+$)", plain)
        if fraction == "000" and readings:  # Nobody writes 45 as "45,000" in French.
            return readings
        readings.add(Decimal(f"{re.sub(r'[.,]', '', whole)}.{fraction}"))
    return readings


def _spelled(text: str) -> list[tuple[int, int, Decimal]]:
    """Numbers in words and where they stand: "seven and a half" is 7.5, "sept ans et demi" too, "deux cent mille" 200 000."""
    found = []
    for match in _WORDED.finditer(text):
        run = [word for word in re.findall(r"[a-z]+", fold(match[1].lower())) if word not in {"and", "et"}]
        if len(run) == 1 and not match[2] and not _is_number(run[0], text, match.start(), match.end()):
            continue
        half = Decimal("0.5") if match[2] else Decimal(0)
        unit_between = half and not re.match(rf"[{_SPACE}-](?:and|et)\b", match[2])  # "seven years and a half"
        found.append((match.start(), match.end(1 if unit_between else 0), _value(run) + half))
    return found


def _is_number(word: str, text: str, start: int, end: int) -> bool:
    """Whether a lone number word is a number where it stands."""
    before = text[max(0, start - _BEFORE_NUMBER) : start]
    if word in ("neuf", "cent"):
        counted = _COUNTS.match(text, end)
        return counted is not None and not is_function_word(counted[1].lower()) and not _SHARE.search(before)
    if word in _LARGE or word in _MULTIPLES:
        return word == "mille" or bool(_WHOLE.search(before))
    return word not in _UNCOUNTED


def _value(run: list[str]) -> Decimal:
    total, part = Decimal(0), Decimal(0)
    for word in run:
        if word in _UNITS or word in _TENS:
            step = _UNITS.get(word, _TENS.get(word, 0))
            part = part * 20 if word in {"vingt", "vingts"} and part == 4 else part + step
        elif word in {"hundred", "cent", "cents"}:
            part = (part or Decimal(1)) * 100
        elif word in _MULTIPLES or word in _LARGE:
            total += (part or Decimal(1)) * _MULTIPLES.get(word, _LARGE.get(word, 1))
            part = Decimal(0)
    return total + part


def _show(readings: Readings) -> str:
    return f"{min(readings):f}"


# Months and weekdays

_MONTHS = (
    "january janvier jan janv", "february fevrier feb fev fevr", "march mars", "april avril apr avr", "may mai",
    "june juin jun", "july juillet jul juil", "august aout aug", "september septembre sep sept", "october octobre oct",
    "november novembre nov", "december decembre dec",
)  # fmt: skip
_DAYS = (
    "monday lundi", "tuesday mardi", "wednesday mercredi", "thursday jeudi", "friday vendredi", "saturday samedi",
    "sunday dimanche",
)  # fmt: skip
_DATE_WORDS = {word: f"month {n}" for n, names in enumerate(_MONTHS, 1) for word in names.split()} | {
    word: f"day {n}" for n, names in enumerate(_DAYS, 1) for word in names.split()
}
# "may", "mars" and "sept" are also a verb, a planet and a number: they count only beside a number.
_DOUBTFUL = {
    "may",
    "mars",
    "march",
    "sept",
    "jan",
    "jun",
    "dec",
    "nov",
    "oct",
    "sep",
    "feb",
    "fev",
    "mai",
    "aug",
    "jul",
    "apr",
    "avr",
}


@cached_by_text
def dates_of(text: str) -> frozenset[str]:
    """The months and weekdays that a text names, in either language."""
    words = re.findall(r"[^\W_]+", fold(text).lower())
    return frozenset(
        _DATE_WORDS[word]
        for at, word in enumerate(words)
        if word in _DATE_WORDS
        and (
            word not in _DOUBTFUL
            or any(near.isdigit() for near in (*words[max(0, at - 1) : at], *words[at + 1 : at + 2]))
        )
    )


# Proper names

_SHORT_NAME = 4
_LONG_NAME = 40

_NAME = re.compile(r"(?<!\w)[a-z]{0,2}[A-ZÀ-ÖØ-Þ][\w’'-]*(?:[ \u00a0][A-ZÀ-ÖØ-Þ][\w’'-]*)*|\b\d+[A-Z]+\w*")
_OPENS = re.compile(r"(?:^|[.!?…:;]\s*[\"“”«»'’)\]]*\s*|[\"“«]\s*|[—–•]\s*)$")
# What a person is differs from one language to the other ("CEO", "PDG") and says nothing of who it is.
_TITLES = {"ceo", "pdg", "cfo", "coo", "cto", "dg", "mr", "mrs", "ms", "dr", "mme", "mm"}


@cached_by_text
def names_of(text: str) -> tuple[str, ...]:
    """The proper names of a text: runs of capitalised words. A lone word that opens a sentence proves nothing and is left."""
    found: list[str] = []
    for match in _NAME.finditer(text):
        words = [re.sub(r"^(?:[LDNJMTSC]|Qu)['’]|['’]s?$", "", word) for word in re.split(r"[ \u00a0]", match[0])]
        proper = [word for word in words if word and not _common(word)]
        if not proper or (len(words) == 1 and not words[0].isupper() and _OPENS.search(text[: match.start()])):
            continue
        found.append(" ".join(proper))
    return tuple(dict.fromkeys(found))


@cached_by_text
def name_words(text: str) -> frozenset[str]:
    """Every word of a text as names are compared: folded, lower case, without the ’s of possession."""
    return frozenset(_key(word) for word in re.findall(r"[\w’'-]+", text)) | frozenset(
        _key(word) for word in re.findall(r"\w+", text)
    )


def _named(name: str, words: frozenset[str]) -> bool:
    """Whether a name stands among a text's words: of a person's name, the last part is enough ("Musk" for "Elon Musk"),
    and of a people's the singular or the plural.
    """
    last = _key(name.rsplit(" ", maxsplit=1)[-1])
    return last in words or f"{last}s" in words or (len(last) > _SHORT_NAME and last.removesuffix("s") in words)


def _key(word: str) -> str:
    return re.sub(r"^(?:[ldnjmtsc]|qu)['’]|['’]s?$", "", fold(word.lower()))


def _common(word: str) -> bool:
    key = fold(word.lower())
    return (
        is_function_word(re.sub(r"['’].*$", "", word.lower())) or key in _DATE_WORDS or key in _TITLES or key in _SCALES
    )


# Addresses

_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|(?<![\w:])//)[^\s<>()\[\]\"”»]*[^\s<>()\[\]\"”».,;:!?]", re.IGNORECASE
)

# Amounts

_UNIT = re.compile(rf"[{_SPACE}-]*(?:d['’]|de[{_SPACE}]+)?(%|€|£|\$|[^\W\d_]+)")
_BEFORE = re.compile(rf"([$€£])[{_SPACE}]*$")
_SAME_UNIT = {
    "$": "dollar", "€": "euro", "£": "pound", "livre": "pound", "%": "percent", "per": "percent", "pour": "percent",
    "an": "year", "annee": "year", "mois": "month", "semaine": "week", "jour": "day", "heure": "hour",
    "personne": "people", "person": "people", "mort": "people", "dead": "people", "death": "people", "victim": "people",
    "victime": "people", "emploi": "job",
}  # fmt: skip


def amounts_of(text: str) -> dict[str, frozenset[Decimal]]:
    """The numbers of a text by their unit: {"dollar": {45000}, "year": {7.5}}. Calendar years have none."""
    found = [(start, end, frozenset({value.normalize()})) for start, end, value in _spelled(text)]
    for match in _DIGITS.finditer(text):
        scale = _SCALE.match(text, match.end())
        power = _SCALES[scale[1].lower()] if scale else 0
        values = frozenset(value.scaleb(power).normalize() for value in _readings(match[0]))
        found.append((match.start(), scale.end() if scale else match.end(), values))
    amounts: dict[str, frozenset[Decimal]] = {}
    for start, end, values in found:
        before, after = _BEFORE.search(text[:start]), _UNIT.match(text, end)
        unit = _unit(before[1] if before else after[1] if after else "")
        if unit:
            amounts[unit] = amounts.get(unit, frozenset()) | values
    return amounts


def _unit(word: str) -> str:
    whole = fold(word.lower())
    one = re.sub(r"(?<=..)s$", "", whole)
    return _SAME_UNIT.get(whole) or _SAME_UNIT.get(one) or ("" if is_function_word(word.lower()) else one)
