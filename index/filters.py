"""Filters: restrict a search to articles of some dates, publishers or ids."""

import calendar
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from index.articles import Article
from index.errors import QuestionError, require_type
from index.text.terms import fold

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_SUFFIX = re.compile(r"(?:\.(?:co|com))?\.(?:com|org|net|info|eu|uk|fr|be|ch|ca|lu|au|ie|us|de)$")
_RECALLED = 10_000
"""Dates and names cached: most articles of an archive share theirs with others."""
_FIRST, _LAST = "0000-00-00", "9999-99-99"


@dataclass(frozen=True)
class Filter:
    """Conditions on articles. An empty filter matches every article.

    `since` and `until` are ISO dates, both included; "2018" or "2018-03" means all of its days. `sources` are
    publishers, of which one must match; capitals, accents, spaces and a leading "The" are ignored, and reuters.com is Reuters.
    `articles` are ids; None means all. A filter with dates does not match articles without an ISO date. Raises
    QuestionError for invalid dates and for a period that ends before it begins.
    """

    since: str | None = None
    until: str | None = None
    sources: tuple[str, ...] = ()
    articles: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name, value in (("since", self.since), ("until", self.until)):
            if value is not None:
                require_type(value, str, f"filter's {name}")
            if value is not None and days(value) is None:
                raise QuestionError(
                    f"The filter's {name} is {value!r}, which is not a date. Write 2018-03-31, 2018-03 or 2018."
                )
        if self.first > self.last:
            raise QuestionError(
                f"The filter begins at {self.since!r}, after it ends at {self.until!r}: no article can meet it. "
                "Exchange the two."
            )
        for source in self.sources:
            require_type(source, str, "filter's source")
        if any(not source_key(source) for source in self.sources):
            raise QuestionError(
                f"The filter's sources are {self.sources!r}; one of them is empty. Name a publisher, for example Reuters."
            )

    @property
    def first(self) -> str:
        """The first day that matches."""
        return (days(self.since or "") or (_FIRST, _LAST))[0]

    @property
    def last(self) -> str:
        return (days(self.until or "") or (_FIRST, _LAST))[1]

    @property
    def asks_for_time(self) -> bool:
        return self.since is not None or self.until is not None

    def __bool__(self) -> bool:
        return self.asks_for_time or bool(self.sources) or self.articles is not None

    def holds(self, article: Article) -> bool:
        """Whether an article matches. A date that is only a month or a year matches if any of its days does."""
        if self.articles is not None and article.id not in self.articles:
            return False
        if self.asks_for_time:
            published = days(article.published or "")
            if published is None or published[1] < self.first or published[0] > self.last:
                return False
        keys = {source_key(source) for source in self.sources}
        return not keys or bool(keys & source_keys(article.publisher, article.url))


@lru_cache(_RECALLED)
def days(date: str) -> tuple[str, str] | None:
    """The first and the last day of an ISO date, month or year; None for anything else."""
    found = _DATE.fullmatch(date)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    if year is None or not year or (month is not None and not 1 <= month <= 12):
        return None
    first, last = month or 1, month or 12
    length = calendar.monthrange(year, last)[1]
    if day is not None and not 1 <= day <= length:
        return None
    return f"{year:04}-{first:02}-{day or 1:02}", f"{year:04}-{last:02}-{day or length:02}"


def source_keys(publisher: str | None, url: str | None) -> frozenset[str]:
    """The keys of an article's publisher: of its name, and of the name of its site."""
    site = _SUFFIX.sub("", urlsplit(url or "").hostname or "").rpartition(".")[2]
    names = (publisher or "", site)
    return frozenset(key for name in names if (key := source_key(name)))


@lru_cache(_RECALLED)
def source_key(name: str) -> str:
    """A publisher's name normalized for comparison: "The Guardian" and theguardian.com have the same key."""
    plain = _SUFFIX.sub("", re.sub(r"^www\.", "", fold(name).casefold().strip()))
    letters = re.sub(r"[\W_]+", "", plain)
    return letters.removeprefix("the") or letters
