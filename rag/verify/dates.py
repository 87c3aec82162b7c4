"""The dates of a text as ISO at the precision that it gives, relative ones counted from the publication date."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from babel.dates import get_day_names

from index.text.months import month_of
from index.text.terms import fold
from rag.verify.reading import SMALL

MONTHS_OF_A_YEAR = 12
_LOCALES = ("en", "fr")


@dataclass(frozen=True)
class Day:
    """A date at text[start:end]. `iso` is "2025-10-02", "2025-10", "2025", "2025-W40", or without the year "--10-02", "--10";
    "-W-4" is a Thursday, "199X" a decade. Two readings ("Thursday", last or next) are two days with the same offsets.
    """

    iso: str
    start: int
    end: int


def dates(text: str, language: str, published: date | None) -> tuple[Day, ...]:
    """Every date of a text in order. Without `published`, relative dates ("last month") are left out and weekdays undated."""
    found: list[Day] = []
    for finder in (_numeric, _with_month, _weekdays, _relative, _decades, _years):
        taken = tuple(found)
        for day in finder(text, published):
            if not any(day.start < other.end and other.start < day.end for other in taken):
                found.append(day)
    found += _beside(text, published, found)
    return tuple(sorted(set(found), key=lambda day: (day.start, day.end, day.iso)))


@cache
def _day_names() -> dict[str, int]:
    """The folded lower-case names of the weekdays; Monday is 1."""
    return {
        fold(name.lower()): number + 1
        for locale in _LOCALES
        for number, name in get_day_names("wide", locale=locale).items()
    }


_YEAR = r"(?:1[0-9]|20|21)\d\d"
_ISO = re.compile(rf"\b({_YEAR})-(0\d|1[0-2])-([0-3]\d)\b")
_SLASHED = re.compile(rf"\b([0-3]?\d)[/.]([01]?\d)[/.]({_YEAR})\b")
_DAY = r"\d{1,2}(?:st|nd|rd|th|er)?"
_MONTH = r"[^\W\d_]{3,9}\.?"
_DAYS_MONTH = re.compile(
    rf"\b({_DAY}(?:(?:,|[ ]?[-–]| to| and| or| au| et| ou)[ \u00a0]?(?:le )?{_DAY})*)[ \u00a0-](?:of )?({_MONTH})"
    rf"(?:,?[ \u00a0]({_YEAR})\b)?"
)
_MONTH_DAYS = re.compile(
    rf"\b({_MONTH})[ \u00a0]({_DAY}(?:(?: to| and|[-–])[ ]?{_DAY})?)\b(?!\d|[.,]\d)(?:,?[ \u00a0]({_YEAR})\b)?"
)
_MONTH_ALONE = re.compile(rf"\b({_MONTH})(?:,?[ \u00a0](?:of |de )?({_YEAR})\b)?")
# "May" and « mars » are other words too: alone they are months only after one of these.
_DOUBTFUL = {
    "may", "march", "mars", "mai", "sept", "mar", "jan", "jun", "dec", "oct", "nov", "sep", "feb", "fev", "aug", "jul",
    "apr", "avr",
}  # fmt: skip
_BEFORE_MONTH = re.compile(
    r"\b(?:in|since|until|by|from|of|to|last|next|late|early|mid|end of|en|depuis|fin|début|mi|de|d['’]|avant|before|after|à|"
    r"and|et|this|every|during)[ \u00a0-]$",
    re.IGNORECASE,
)


def _numeric(text: str, published: date | None) -> Iterator[Day]:
    for match in _ISO.finditer(text):
        yield Day(match[0], *match.span())
    for match in _SLASHED.finditer(text):
        for day, month in {(int(match[1]), int(match[2])), (int(match[2]), int(match[1]))}:
            if month <= MONTHS_OF_A_YEAR and day <= 31:
                yield Day(f"{match[3]}-{month:02}-{day:02}", *match.span())


def _with_month(text: str, published: date | None) -> Iterator[Day]:
    taken: list[tuple[int, int]] = []
    for pattern, days_at, month_at in ((_DAYS_MONTH, 1, 2), (_MONTH_DAYS, 2, 1)):
        for match in pattern.finditer(text):
            month = month_of(match[month_at])
            if month and not any(start < match.end() and match.start() < end for start, end in taken):
                taken.append(match.span())
                for number in re.finditer(r"\d+", match[days_at]):
                    offset = match.start(days_at)
                    last = number.end() >= len(match[days_at]) - 2
                    start = min(match.start(), offset) if number.start() == 0 else offset + number.start()
                    span = (start, match.end() if last else offset + number.end())
                    yield from _dated(int(number[0]), month, match[3], published, span)
    for match in _MONTH_ALONE.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        yield from _month_alone(text, match, published)


def _month_alone(text: str, match: re.Match[str], published: date | None) -> Iterator[Day]:
    word = fold(match[1].lower()).rstrip(".")
    month = month_of(word)
    if month is None or (word in {"may", "march"} and not match[1][0].isupper()):
        return
    start, end = match.span()
    if match[2]:
        yield Day(f"{match[2]}-{month:02}", start, end)
    elif word not in _DOUBTFUL or (word != "sept" and _in_month(text, match)):
        end = match.end(1) - match[1].endswith(".")
        for year in _near_years(month, published):
            yield Day(f"{year}-{month:02}", start, end)


def _in_month(text: str, match: re.Match[str]) -> bool:
    """Whether "May" or « mars » is a month where it is: after such a word as "in", or for "May" after any in lower case."""
    before = text[: match.start()]
    return bool(_BEFORE_MONTH.search(before) or (match[1] in {"May", "March"} and re.search(r"\b[a-z]+ $", before)))


def _dated(day: int, month: int, year: str | None, published: date | None, span: tuple[int, int]) -> Iterator[Day]:
    if not 1 <= day <= 31:
        return
    for one in [year] if year else _near_years(month, published):
        yield Day(f"{one}-{month:02}-{day:02}", *span)


def _near_years(month: int, published: date | None) -> list[str]:
    """The years in which a month without a year may be: the last such month or the next; "-" where nothing tells."""
    if not published:
        return ["-"]
    this = published.year
    return [str(this), str(this + 1 if month <= published.month else this - 1)]


_WEEKDAY = re.compile(r"\b[^\W\d_]{5,9}\b")
_LAST_NEXT = re.compile(r"[ \u00a0](?:dernier|passé|prochain)\b")
_WEEK = timedelta(days=7)


def _weekdays(text: str, published: date | None) -> Iterator[Day]:
    for match in _WEEKDAY.finditer(text):
        number = _day_names().get(fold(match[0].lower()).removesuffix("s")) or _day_names().get(fold(match[0].lower()))
        if not number:
            continue
        if not published or match[0].lower().endswith("s"):  # "On Sundays" is no single day.
            yield Day(f"-W-{number}", *match.span())
            continue
        last = published - timedelta(days=(published.isoweekday() - number) % 7)
        for day in (last - _WEEK, last, last + _WEEK):
            yield Day(day.isoformat(), *match.span())


_RELATIVE = re.compile(
    r"\b(?:(?P<last>last|this|next|the previous|the following)[ \u00a0](?P<unit>week|month|year|spring|summer|autumn|winter)"
    r"|(?:la |l['’]|le |cette |ce |d['’])?(?P<fr>semaine|mois|an|année)[ \u00a0](?P<frlast>derni[eè]re?|passée?|prochaine?)"
    r"|(?P<this>cette semaine|ce mois-ci|cette année)"
    r"|(?P<day>yesterday|last night|tomorrow|hier|demain|avant-hier|après-demain)"
    r"|(?P<count>(?<![\d.,])\d+|an?|une?|two|three|four|five|six|seven|eight|nine|ten|deux|trois|quatre|cinq|sept|huit|neuf|dix)"
    r" years? ago"
    r"|il y a (?P<frcount>\d+|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix) ans?)\b",
    re.IGNORECASE,
)
_STEPS = {
    "last": -1, "the previous": -1, "this": 0, "next": 1, "the following": 1, "derni": -1, "passe": -1, "proch": 1,
}  # fmt: skip
_DAY_STEPS = {
    "yesterday": -1, "last night": -1, "tomorrow": 1, "hier": -1, "demain": 1, "avant-hier": -2, "apres-demain": 2,
}  # fmt: skip


def _relative(text: str, published: date | None) -> Iterator[Day]:
    if not published:
        return
    for match in _RELATIVE.finditer(text):
        part = match.groupdict()
        if part["day"]:
            step = _DAY_STEPS.get(fold(part["day"].lower()))
            if step:
                yield Day((published + timedelta(days=step)).isoformat(), *match.span())
        elif part["count"] or part["frcount"]:
            number = (part["count"] or part["frcount"]).lower()
            years = int(number) if number.isdigit() else SMALL[number]
            yield Day(str(published.year - years), *match.span())
        else:
            yield from _stepped(part, published, match)


def _stepped(part: dict[str, str | None], published: date, match: re.Match[str]) -> Iterator[Day]:
    unit = fold((part["unit"] or part["fr"] or part["this"] or "").lower())
    said = part["last"].lower() if part["last"] else fold((part["frlast"] or "").lower())[:5]
    step = _STEPS.get(said, 0)
    if "week" in unit or "semaine" in unit:
        year, week, _ = (published + step * _WEEK).isocalendar()
        yield Day(f"{year}-W{week:02}", *match.span())
    elif "month" in unit or "mois" in unit:
        count = published.year * MONTHS_OF_A_YEAR + published.month - 1 + step
        yield Day(f"{count // MONTHS_OF_A_YEAR}-{count % MONTHS_OF_A_YEAR + 1:02}", *match.span())
    elif unit in {"year", "an", "annee", "cette annee"}:
        yield Day(str(published.year + step), *match.span())
    else:
        for year in {published.year, published.year + step}:
            yield Day(str(year), *match.span())


_BESIDE = re.compile(r"\b(?:the day (before|after)|(la veille)|(le lendemain))\b", re.IGNORECASE)


def _beside(text: str, published: date | None, found: list[Day]) -> list[Day]:
    """ "The day before", counted from the last full date that the text names earlier, else from the publication."""
    beside = []
    for match in _BESIDE.finditer(text):
        earlier = [day for day in found if day.end <= match.start() and whole_day(day.iso)]
        last = max((day.start for day in earlier), default=0)
        starts = [whole_day(day.iso) for day in earlier if day.start == last] or [published]
        step = -1 if match[2] or (match[1] or "").lower() == "before" else 1
        beside += [Day((day + timedelta(days=step)).isoformat(), *match.span()) for day in starts if day]
    return beside


_DECADE = re.compile(
    r"\b(?:the |les |des )?(?:années )?((?:1[5-9]|20)\d)0s\b"
    r"|\bannées[ \u00a0]((?:1[5-9]|20)\d)0\b|\bannées[ \u00a0]([2-9])0\b|\bthe (?:19)?([2-9])0s\b"
)
_YEAR_ALONE = re.compile(
    rf"(?<![\w.,$€£:/+-])({_YEAR})(?![\w%]|[.,]\d|"
    r"[ \u00a0]?(?:€|£|\$|%|euros?|dollars?|pounds?|livres|people|personnes|km|m\b|tonnes?|francs?|ans\b|years?\b|jobs|emplois))"
    r"(?:[-–](\d\d(?:\d\d)?)\b)?"
)


def _decades(text: str, published: date | None) -> Iterator[Day]:
    for match in _DECADE.finditer(text):
        digits = match[1] or match[2] or f"19{match[3] or match[4]}"
        yield Day(f"{digits}X", *match.span())


def _years(text: str, published: date | None) -> Iterator[Day]:
    """Bare years, and both of "2024-25"."""
    for match in _YEAR_ALONE.finditer(text):
        yield Day(match[1], match.start(1), match.end(1))
        if match[2] and int(f"{match[1][:2]}{match[2][-2:]}") > int(match[1]):
            yield Day(f"{match[1][:2]}{match[2][-2:]}", match.start(2), match.end(2))


def covers(told: str, said: str) -> bool:
    """Whether a date `told` shows that `said` is right: "2025-10-02" shows "2025-10", "-W-4", "--10-02" and "2025-W40"."""
    if told == said or (said.endswith("X") and told.startswith(said[:-1])):
        return True
    if said.startswith("-W-"):
        return (day := whole_day(told)) is not None and day.isoweekday() == int(said[-1])
    if "W" in said:
        day = whole_day(told)
        return day is not None and "{}-W{:02}".format(*day.isocalendar()[:2]) == said
    if said.startswith("--"):
        return told.partition("-")[2].startswith(said[2:]) if not told.startswith("-") else told.startswith(said)
    return (told.startswith(f"{said}-") and "W" not in told[len(said) + 1 :]) or (
        told.startswith(f"{said}-W") and len(said) == 4
    )


def whole_day(iso: str) -> date | None:
    """The day of a date that gives year, month and day; None for another or one that is in no calendar."""
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", iso)
    if not match or not 1 <= int(match[2]) <= MONTHS_OF_A_YEAR:
        return None
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    return date(year, month, day) if 1 <= day <= monthrange(year, month)[1] else None
