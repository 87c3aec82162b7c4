"""Parse publication dates: ISO, RFC 822, seconds since 1970, and words, in the publisher's time zone."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate
from typing import NamedTuple

from index.filters import days

_YEAR_FIRST = re.compile(r"(\d{4})([-/.]?)(\d\d?)\2(\d\d?)(?=\D|\Z)")
_YEAR_LAST = re.compile(r"(\d\d?)([-/.])(\d\d?)\2(\d{4})(?=\D|\Z)")
_RFC_822 = re.compile(r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Z][a-z]{2}\s+\d{4}\s+\d")
_EPOCH = re.compile(r"(\d{9,10})(?:\.\d+|\d{3})?")
_LONGEST = 100
_MONTH = (
    r"(?:jan(?:uary|vier|v)?|f[eé](?:b(?:ruary)?|v(?:rier)?)|mar(?:ch|s)?|a(?:pr(?:il)?|vr(?:il)?)|ma[iy]|ju(?:ne?|in)|ju(?:ly?|il(?:let)?)"
    r"|a(?:ug(?:ust)?|o[uû]t)|sept?(?:ember|embre)?|oct(?:ober|obre)?|nov(?:ember|embre)?|d[eé]c(?:ember|embre)?)\b\.?"
)
DAY = re.compile(
    rf"\b(?:\d{{1,2}}(?:er|st|nd|rd|th)? (?:of )?{_MONTH},? \d{{4}}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    r"|\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{4})\b",
    re.IGNORECASE,
)
"""A day as it is written in a line of English or French."""


class Dates(NamedTuple):
    """`unread` describes dates that could not be parsed."""

    published: str | None
    updated: str | None
    unread: tuple[str, ...] = ()


def read_dates(published: str | None, updated: str | None, language: str | None) -> Dates:
    """Parse both. An update on or before the day of publication is ignored."""
    said = {"published": published or "", "updated": updated or ""}
    first, last = (read_day(value, language) for value in said.values())
    unread = tuple(
        f"its {name!r} {value[:40]!r} could not be read as a day; write it as 2024-04-30"
        for (name, value), day in zip(said.items(), (first, last), strict=True)
        if value.strip() and not day
    )
    return Dates(first, last if last and last > (first or "") else None, unread)


def read_day(value: str, language: str | None = None) -> str | None:
    """YYYY-MM-DD, or the ISO month or year that the value is; None if it is not one day.

    A time with a zone keeps its own day. 04/05/2024 is read in the order of the language's region; in English without a region
    only if one order is not a date. With points, the day is first.
    """
    value = " ".join(value.split())
    if days(value):
        return value
    if found := _YEAR_FIRST.match(value):
        year, _, month, day = found.groups()
        return _iso(int(year), int(month), int(day))
    if found := _YEAR_LAST.match(value):
        return _year_last(int(found[1]), int(found[3]), int(found[4]), language, found[2] == ".")
    if found := _EPOCH.fullmatch(value):
        return datetime.fromtimestamp(int(found[1]), UTC).date().isoformat()
    if _RFC_822.match(value) and (parsed := parsedate(value)):
        return _iso(*parsed[:3])
    return _in_words(value, language) if len(value) <= _LONGEST and re.search(r"[^\W\d_]", value) else None


def _year_last(first: int, second: int, year: int, language: str | None, points: bool) -> str | None:
    by_day, by_month = _iso(year, second, first), _iso(year, first, second)
    if not (by_day and by_month):
        return by_day or by_month
    if points or by_day == by_month:
        return by_day
    if language is None or language.lower() == "en":
        return None
    return by_month if _month_first(language) else by_day


def _month_first(language: str) -> bool:
    from babel import Locale, UnknownLocaleError

    try:
        pattern = Locale.parse(language.replace("_", "-"), sep="-").date_formats["short"].pattern
    except (UnknownLocaleError, ValueError):
        return False
    return bool(pattern.find("M") < pattern.find("d"))


def _in_words(value: str, language: str | None) -> str | None:
    import dateparser

    value = found[0] if (found := DAY.search(value)) else value  # without "Published on" and the time
    code = (language or "en").lower()[:2]
    settings = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}
    for languages in ([code], [other for other in ("en", "fr") if other != code]):
        try:
            parsed = dateparser.parse(value, languages=languages, settings=settings)
        except ValueError:  # A language that it does not know.
            continue
        if parsed:
            return _iso(parsed.year, parsed.month, parsed.day)
    return None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat() if year >= 1600 else None  # Before there were newspapers.
    except ValueError:
        return None
