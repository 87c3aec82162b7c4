"""What the archive holds, in figures: from when to when, by whom, what of late, and a picture by month. Pure functions."""

from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from index.store.article_list import Holdings
from ui.chat.archive_view import Filter
from ui.chat.suggestions import Offers, Story
from ui.chat.template import drawn
from ui.i18n import Words
from ui.markup import day

_SOURCES = 6
_COLOURS = 5
"""Sources with a colour of their own; the others share one."""
_MOST_COLUMNS = 48


@dataclass(frozen=True)
class Column:
    """A month, or a year, with the number of its articles by colour; `since` and `until` are ISO days."""

    label: str
    since: str
    until: str
    counts: tuple[int, ...]


def welcome_html(holdings: Holdings, told: Sequence[Story], offers: Offers | None, say: Words) -> str:
    """The greeting: what the archive holds, its latest stories, and questions; or how to add the first articles.

    `offers` are questions with their forms, None while they are looked for.
    """
    return drawn(
        "welcome", say, count=holdings.count, days=holdings.days, sources=holdings.sources.most_common(_SOURCES),
        others=max(0, len(holdings.sources) - _SOURCES), stories=told, offers=offers,
    )  # fmt: skip


def picture_html(holdings: Holdings, wanted: Filter, say: Words) -> str:
    """The articles by month and source; empty where that shows nothing. Pressing a bar or a source filters the list."""
    sources = holdings.sources.most_common(_COLOURS)
    made = columns(holdings, [name for name, _ in sources], say)
    if len(made) < 2:
        return ""
    return drawn(
        "picture", say, columns=made, sources=sources, others=holdings.count - sum(n for _, n in sources),
        undated=holdings.undated, wanted=wanted, tallest=max(sum(column.counts) for column in made),
    )  # fmt: skip


def columns(holdings: Holdings, sources: Sequence[str], say: Words) -> list[Column]:
    """From the first month to the last, years where those would be too many, without leaving out empty ones."""
    if not holdings.days:
        return []
    first, last = (day[:7] for day in holdings.days)
    years = range(int(first[:4]), int(last[:4]) + 1)
    periods = [month for year in years for month in _months(year) if first <= month <= last]
    if len(periods) > _MOST_COLUMNS:
        periods = [str(year) for year in years]
    found: Counter[tuple[str, int]] = Counter()
    for month, publisher, _, n, *_ in holdings.rows:
        colour = sources.index(publisher) if publisher in sources else len(sources)
        found[month[: len(periods[0])], colour] += n
    made = []
    for period in periods:
        first, last = (period, period) if len(period) == 7 else (f"{period}-01", f"{period}-12")
        counts = tuple(found[period, colour] for colour in range(len(sources) + 1))
        made.append(Column(day(period, say), f"{first}-01", f"{last}-{_days_of(last)}", counts))
    return made


def _days_of(month: str) -> int:
    return monthrange(int(month[:4]), int(month[5:]))[1]


def _months(year: int) -> list[str]:
    return [f"{year:04}-{month:02}" for month in range(1, 13)]
