"""Times of day in a text, as hours from midnight: "8.30 p.m.", « 20h30 », "noon"."""

import re
from collections.abc import Iterator
from decimal import Decimal

from rag.verify.number_words import spelled
from rag.verify.reading import Number, Reading

_TWELVE = re.compile(
    r"(?<![\w.])(\d{1,2})(?:[.:](\d\d))?[ \u00a0]?(?:([ap])\.?[ ]?m\b\.?|(?:in the (morning|evening|afternoon)|at (night)))",
    re.IGNORECASE,
)
_FRENCH = re.compile(r"(?<![\w.])([01]?\d|2[0-4])[ \u00a0\u202f]?(?:h|heures?)(?:[ \u00a0\u202f]?([0-5]\d))?(?!\w)")
_COLON = re.compile(r"(?<![\w.:])([01]?\d|2[0-3]):([0-5]\d)(?![\w:])")
_NAMED = re.compile(r"\b(noon|midday|midi|midnight|minuit)\b")
_AT = re.compile(r"(?:\b(?:à|dès|vers|jusqu['’]à|avant|après|at|by|from|until|before|after)[ \u00a0])$", re.IGNORECASE)
_CLOCK = re.compile(r"[ \u00a0](?:o['’]clock|heures?)\b", re.IGNORECASE)
_EVENING = re.compile(r"[ \u00a0](?:du soir|de l['’]après-midi|in the (?:evening|afternoon))\b", re.IGNORECASE)


def times(text: str, language: str) -> list[Number]:
    """The times of day of a text; « 8 heures » without « à » may also last eight hours."""
    found = [
        Number(m.start(), m.end(), (Reading(_hours(int(m[1]) % 12 + 12 * _late(m), m[2]), "clock"),))
        for m in _TWELVE.finditer(text)
    ]
    found += [Number(m.start(), m.end(), (Reading(_hours(int(m[1]), m[2]), "clock"),)) for m in _COLON.finditer(text)]
    found += [
        Number(m.start(), m.end(), (Reading(Decimal(0 if m[1][:4] in {"midn", "minu"} else 12), "clock"),))
        for m in _NAMED.finditer(text)
    ]
    found += [_french(text, match) for match in _FRENCH.finditer(text)]
    return found + list(_worded(text, language))


def _late(match: re.Match[str]) -> bool:
    return (match[3] or "").lower() == "p" or (match[4] or match[5] or "morning").lower() != "morning"


def _french(text: str, match: re.Match[str]) -> Number:
    hours, later = _hours(int(match[1]), match[2]), _EVENING.match(text, match.end())
    if later and hours < 12:
        hours += 12
    readings = [Reading(hours, "clock")]
    if not match[2]:
        readings.append(Reading(hours, "hour"))
    return Number(match.start(), match.end(), tuple(readings))


def _worded(text: str, language: str) -> Iterator[Number]:
    """ "Eight o'clock", « à huit heures »."""
    for number in spelled(text, language):
        clock = _CLOCK.match(text, number.end) or (
            _AT.search(text[: number.start]) and _EVENING.match(text, number.end)
        )
        if clock and number.value <= 24 and ("clock" in clock[0] or _AT.search(text[: number.start])):
            late = _EVENING.match(text, clock.end()) or _EVENING.fullmatch(clock[0])
            value = number.value + 12 if late and number.value < 12 else number.value
            yield Number(number.start, clock.end(), (Reading(value, "clock"), Reading(number.value, "hour")))


def _hours(hours: int, minutes: str | None) -> Decimal:
    return Decimal(hours) + Decimal(minutes or 0) / 60
