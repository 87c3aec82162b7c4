"""Dates as exports and people write them. The home of dateparser."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from index.metadata import day

_NUMERIC = re.compile(r"\s*(\d{1,2})([/.-])(\d{1,2})\2(\d{4})\b")
_EPOCH = re.compile(r"\s*(\d{9,10})(?:\d{3})?(?:\.\d+)?\s*")


def day_of(value: str | None, language: str | None = None) -> str | None:
    """YYYY-MM-DD of a date in any common form, or None: 03/04/2024 is a day only where the language tells the order."""
    if value is None or (iso := day(value)):
        return iso if value else None
    if epoch := _EPOCH.fullmatch(value):
        return datetime.fromtimestamp(int(epoch[1]), UTC).date().isoformat()
    if numeric := _NUMERIC.match(value):
        return _numeric(int(numeric[1]), int(numeric[3]), int(numeric[4]), numeric[2] == "." or language == "fr")
    if compact := re.match(r"\s*((?:19|20)\d\d)(\d\d)(\d\d)(?:\D|\Z)", value):
        return day("-".join(compact.groups()))
    try:
        return day(parsedate_to_datetime(value).isoformat())
    except ValueError:
        return _in_words(value)


def _numeric(first: int, second: int, year: int, day_first: bool) -> str | None:
    if first > 12 or first == second or (day_first and second <= 12):
        return day(f"{year:04d}-{second:02d}-{first:02d}")
    return day(f"{year:04d}-{first:02d}-{second:02d}") if second > 12 else None


def _in_words(value: str) -> str | None:
    if len(value) > 60 or not re.search(r"\b(?:1[6-9]|2\d)\d\d\b", value):
        return None
    import dateparser

    parts = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}
    found = dateparser.parse(value, languages=["en", "fr"], settings=parts)
    return day(found.isoformat()) if found else None
