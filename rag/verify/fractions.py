"""Fractions in words: "half", "two thirds", « un quart », as per cent, or of the unit that follows ("half an hour")."""

import re
from decimal import Decimal

from rag.verify.reading import SMALL, Number, Reading
from rag.verify.units import unit_after

_PARTS = {
    "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "tiers": 3, "quart": 4,
    "cinquième": 5, "sixième": 6, "septième": 7, "huitième": 8, "neuvième": 9, "dixième": 10,
}  # fmt: skip
_COUNTS = SMALL | {"le": 1, "du": 1, "au": 1}
_FRACTION = re.compile(rf"\b({'|'.join(_COUNTS)})[ \u00a0-]({'|'.join(_PARTS)})s?\b", re.IGNORECASE)
_NUMERAL = rf"\d+|{'|'.join(sorted(_COUNTS, key=len, reverse=True))}"
_IN = re.compile(
    rf"\b({_NUMERAL})(?: (?:[^\W\d_]+ )?(?:in|sur|out of(?: every)?|of the)) (?:every )?({_NUMERAL})\b"
    r"(?![ \u00a0](?:months?|years?|days?|weeks?|mois|ans|jours|semaines))",
    re.IGNORECASE,
)
_HALF = re.compile(
    r"(?<!first )(?<!second )(?<!other )(?<!and a )(?<!and-a-)(?<!last )\bhalf\b(?!-time|-year| past|-hearted| time| year)"
    r"|\b(?:la |une )?moitié\b|\bhalves\b|\bmi-(?=\d)",
    re.IGNORECASE,
)
_DEMI = re.compile(
    r"\b(?:une |un )?demi[- ](?=heure|million|mille|milliard|kilomètre|mètre|point|litre|journée)", re.IGNORECASE
)
_SCALE = re.compile(r"[ \u00a0-](?:an? |of an? |de |d['’])?(thousand|million|milliard|billion)\b", re.IGNORECASE)
_SCALES = {"thousand": 10**3, "million": 10**6, "milliard": 10**9, "billion": 10**9}
_OF_UNIT = re.compile(r"[ \u00a0-](?:of an? |an? |d['’]|de |(?=hour|mile))", re.IGNORECASE)


def fractions(text: str) -> list[Number]:
    """The fractions of a text. "A third" is also the ordinal 3; a fraction of nothing measured is per cent, roughly."""
    found = [(m.start(), m.end(), Decimal("0.5")) for pattern in (_HALF, _DEMI) for m in pattern.finditer(text)]
    for match in _FRACTION.finditer(text):
        share = Decimal(_COUNTS[match[1].lower()]) / _PARTS[match[2].lower()]
        found.append((match.start(), match.end(), share))
    return [_made(text, *one) for one in found]


def shares(text: str) -> list[Number]:
    """ "One in nine", « 41 patrons sur 46 » as per cent; their two numbers count for themselves too."""
    return [
        Number(m.start(), m.end(), (Reading(100 * _count(m[1]) / _count(m[2]), "percent"),))
        for m in _IN.finditer(text)
        if 0 < _count(m[1]) < _count(m[2])
    ]


def _count(word: str) -> Decimal:
    return Decimal(word) if word.isdigit() else Decimal(_COUNTS[word.lower()])


def _made(text: str, start: int, end: int, share: Decimal) -> Number:
    scale = _SCALE.match(text, end)
    if scale or text[end - 1] in "- ":
        scale = scale or _SCALE.match(f"-{text}", end)
    if scale:
        factor = Decimal(_SCALES[scale[1].lower()])
        return Number(start, scale.end(), (Reading(share * factor),), factor)
    of = _OF_UNIT.match(text, end)
    unit = unit_after(text, of.end() if of else end) if of or text[end - 1] in "- " else None
    if unit and unit[0] not in {"percent", "people", "job"} and unit[1] - end < 20:
        return Number(start, unit[1], (Reading(share, unit[0]),))
    readings = [Reading(share * 100, "percent")]
    if text[start:end].lower() in {f"a {part}" for part in _PARTS}:
        readings.append(Reading(Decimal(_PARTS[text[start:end].lower()[2:]]), "th"))
    return Number(start, end, tuple(readings), bound="about")
