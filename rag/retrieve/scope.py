"""Scope: which of the articles a question asks for, read from its words in both languages. Pure functions; today is given.

"In 2018" mostly says when something happened, and a later article may tell it: such words lift the articles of that time
and exclude none. Only words that speak of the publication itself exclude: "according to Reuters", where the library has
articles from Reuters, and "in last week's articles".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import islice

from index.filters import Filter, days
from index.text.months import month_of

_MARGIN = {"day": 2, "week": 3, "month": 7, "year": 31}
"""Days after a time in which it is still being reported."""


@dataclass(frozen=True)
class Scope:
    """What to search for, in which articles (`filter`), and which of them to lift (`prefer`).

    `question` is the question without the name of a source that became the filter: the source's articles need not
    name it.
    """

    question: str
    filter: Filter = field(default_factory=Filter)
    prefer: Filter | None = None


def scope_of(question: str, today: date, has_source: Callable[[str], bool]) -> Scope:
    """Read a question's scope; `has_source` tells whether the library has articles from a publisher of that name."""
    found = _time(question, today)
    asked, source = _without_source(question, has_source)
    sources = (source,) if source else ()
    if found is None:
        return Scope(asked, Filter(sources=sources))
    first, last, unit, place = found
    if _of_publication(question, place):
        return Scope(asked, Filter(str(first), str(last), sources))
    later = min(last, date.max - timedelta(days=_MARGIN[unit])) + timedelta(days=_MARGIN[unit])
    return Scope(asked, Filter(sources=sources), Filter(str(first), str(later)))


def narrowed(given: Filter, asked: Filter) -> Filter:
    """The filter that was given from outside, with what the question adds to it where it says nothing itself."""
    both = given if given.asks_for_time else replace(given, since=asked.since, until=asked.until)
    return both if both.sources else replace(both, sources=asked.sources)


# Sources

_ATTRIBUTED = re.compile(
    r"[,;]?\s*\b(?:according to|as reported by|as told by|selon|d['’]apr[èe]s)\s+(?P<name>)"
    r"(?:(?:the|le|la|les)\s+|l['’])?(?P<bare>)",  # Le Monde has its article, Libération has none.
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w.&'’-]*\w")


def _without_source(question: str, has_source: Callable[[str], bool]) -> tuple[str, str | None]:
    """The question without "according to X" and X, if X is a source of the library; else as it is."""
    for attribution in _ATTRIBUTED.finditer(question):
        for start in (attribution.start("name"), attribution.start("bare")):
            for word in reversed(list(islice(_WORD.finditer(question, start), 5))):  # The longest name first.
                source = question[start : word.end()]
                if has_source(source):
                    return _joined(question[: attribution.start()], question[word.end() :]), source
    return question, None


def _joined(before: str, after: str) -> str:
    """What is left around words that were taken out, as a sentence again."""
    if before.strip():
        return f"{before.rstrip()}{after}".strip()
    rest = after.lstrip(" ,;:\u00a0\u202f")
    return rest[:1].upper() + rest[1:]


# Times

_MONTH_NAME = r"[^\W\d_]{3,9}\.?"
_YEAR = r"(?P<year>(?:1[89]|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er)?"
_DATES = tuple(
    re.compile(rf"\b{pattern}\b", re.IGNORECASE)
    for pattern in (
        rf"(?:on |le )?{_DAY}(?: of)? (?P<month>{_MONTH_NAME}),? {_YEAR}",
        rf"(?:on )?(?P<month>{_MONTH_NAME}) {_DAY},? {_YEAR}",
        rf"(?:in |during |en |de |d['’])?(?P<month>{_MONTH_NAME}),?(?: of| de)? {_YEAR}",
        rf"(?:in|during|throughout|en|durant|pendant|courant)(?: the year| l['’]ann[ée]e| l['’]an)? {_YEAR}",
    )
)
_RELATIVE = tuple(
    (unit, back, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for unit, back, words in (
        ("day", 0, r"today|aujourd['’]hui"),
        ("day", 1, r"yesterday|hier"),
        ("week", 0, r"this week|cette semaine"),
        ("week", 1, r"last week|la semaine (?:derni[èe]re|pass[ée]e)"),
        ("month", 0, r"this month|ce mois-ci"),
        ("month", 1, r"last month|le mois (?:dernier|pass[ée])"),
        ("year", 0, r"this year|cette ann[ée]e"),
        ("year", 1, r"last year|l['’]an(?:n[ée]e)? (?:derni[èe]re?|pass[ée]e?)"),
    )
)
_ARTICLES = r"(?:articles?|stories|coverage|dispatch(?:es)?|d[ée]p[êe]ches?)"
_PUBLISHED = re.compile(
    rf"\b{_ARTICLES}(?:\s+(?:that|which|were|was|qui|ont|[ée]t[ée]|published|printed|released|from|of|in|on|publi[ée]e?s?"
    r"|parue?s?|du|de|d['’]|en|le|la)){0,4}[\s'’]*$",
    re.IGNORECASE,
)
_POSSESSED = re.compile(rf"['’]s\s+(?:[\w-]+\s+)?{_ARTICLES}\b", re.IGNORECASE)


def _time(question: str, today: date) -> tuple[date, date, str, re.Match[str]] | None:
    """The first and last day of the time that a question names, its unit, and where it stands; None if it names none,
    or more than one, since what they mean together is not for code to guess."""
    found: list[tuple[date, date, str, re.Match[str]]] = []
    for pattern in _DATES:
        for place in pattern.finditer(question):
            written = _written(place)
            if written and not any(place.start() < other.end() and other.start() < place.end() for *_, other in found):
                found.append((*written, place))
    for unit, back, relative in _RELATIVE:
        found += [(*_back(today, unit, back), unit, place) for place in relative.finditer(question)]
    return found[0] if len(found) == 1 else None


def _written(place: re.Match[str]) -> tuple[date, date, str] | None:
    parts = place.groupdict()
    if "month" not in parts:
        return *_days(parts["year"]), "year"
    month = month_of(parts["month"])
    if month is None:
        return None
    text = f"{parts['year']}-{month:02}"
    if "day" not in parts:
        return *_days(text), "month"
    text += f"-{int(parts['day']):02}"
    return (*_days(text), "day") if days(text) else None


def _days(text: str) -> tuple[date, date]:
    first, last = days(text) or (text, text)
    return date.fromisoformat(first), date.fromisoformat(last)


def _back(today: date, unit: str, back: int) -> tuple[date, date]:
    """The day, week (from Monday), month or year of today, or the one before it."""
    if unit == "day":
        return (today - timedelta(days=back),) * 2
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return monday, monday + timedelta(days=6)
    months = today.year * 12 + today.month - 1 - back
    return _days(f"{months // 12:04}-{months % 12 + 1:02}" if unit == "month" else f"{today.year - back:04}")


def _of_publication(question: str, place: re.Match[str]) -> bool:
    """Whether a time says when articles were published: "the articles of March 2021", "yesterday's coverage"."""
    return bool(_PUBLISHED.search(question[: place.start()]) or _POSSESSED.match(question, place.end()))
