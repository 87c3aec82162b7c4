"""Lists and counts of articles, by SQL, without reading their texts."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from index.store.migrations import Execute
from index.store.sqlite import marks
from index.text.terms import fold, query_words

_DIGIT = "[0-9]"
DAY = f"CASE WHEN published GLOB '{_DIGIT * 4}-{_DIGIT * 2}-{_DIGIT * 2}*' THEN substr(published, 1, 10) ELSE '' END"
"""The day of publication, "" if unknown."""
SCHEMA = f"""
CREATE INDEX IF NOT EXISTS articles_listed ON articles ({DAY}, number, publisher, language);
CREATE INDEX IF NOT EXISTS articles_counted ON articles (published, publisher, language);
CREATE INDEX IF NOT EXISTS articles_author ON articles (author) WHERE author IS NOT NULL;
"""
_MOST_NAMES = 500


@dataclass(frozen=True)
class ArticleQuery:
    """Which articles to list. Empty means any; `since` and `until` are ISO days, both included.

    `search` are words or prefixes that must occur in text, headline, publisher or author.
    """

    search: str = ""
    source: str = ""
    language: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class ArticleSummary:
    """An article in a list."""

    id: str
    title: str
    publisher: str | None
    language: str
    published: str | None


@dataclass(frozen=True)
class Holdings:
    """Rows of (month, publisher, language, count, first day, last day); the month is "" for articles without a date."""

    rows: tuple[tuple[str, str | None, str, int, str, str], ...] = ()

    @cached_property
    def count(self) -> int:
        return sum(n for _, _, _, n, _, _ in self.rows)

    @cached_property
    def days(self) -> tuple[str, ...]:
        """The first and the last day of publication, if any is known."""
        dated = [row for row in self.rows if row[0]]
        return (min(row[4] for row in dated), max(row[5] for row in dated)) if dated else ()

    @cached_property
    def sources(self) -> Counter[str]:
        return _counted((row[1] or "", row[3]) for row in self.rows)

    @cached_property
    def languages(self) -> Counter[str]:
        return _counted((row[2], row[3]) for row in self.rows)

    @cached_property
    def undated(self) -> int:
        return sum(row[3] for row in self.rows if not row[0])


def holdings(execute: Execute) -> Holdings:
    """Scans an index of all articles: cache the result until the library changes."""
    rows = execute(
        f"SELECT substr({DAY}, 1, 7), publisher, language, count(*), min({DAY}), max({DAY}) FROM articles "
        "GROUP BY 1, 2, 3 ORDER BY min(number)"
    )
    return Holdings(tuple(rows))


def listed(execute: Execute, wanted: ArticleQuery, limit: int) -> list[ArticleSummary]:
    """The newest first; those without a date last, the latest added first."""
    condition, values = _condition(execute, wanted)
    rows = execute(
        f"SELECT id, title, publisher, language, published FROM articles WHERE {condition} "
        f"ORDER BY {DAY} DESC, number DESC LIMIT ?",
        (*values, limit),
    )
    return [ArticleSummary(*row) for row in rows]


def count(execute: Execute, wanted: ArticleQuery) -> int:
    condition, values = _condition(execute, wanted)
    rows = execute(f"SELECT count(*) FROM articles WHERE {condition}", values).fetchone()
    return int(rows[0])


def _condition(execute: Execute, wanted: ArticleQuery) -> tuple[str, list[object]]:
    parts, values = ["1"], list[object]()
    for condition, value in (
        ("publisher = ?", wanted.source),
        ("language = ?", wanted.language),
        (f"{DAY} >= ?", wanted.since),
        (f"{DAY} BETWEEN '0' AND ?", wanted.until),
    ):
        if value:
            parts.append(condition)
            values.append(value)
    for word in wanted.search.split()[:20]:
        condition, more = _holding(execute, word)
        parts.append(condition)
        values += more
    return " AND ".join(parts), values


def _holding(execute: Execute, word: str) -> tuple[str, list[object]]:
    """SQL for: the word, or one with this prefix, occurs in the text or in the name of the publisher or author."""
    stems = [" OR ".join(f'"{stem}" *' for stem in dict.fromkeys(forms)) for forms in query_words(word)]
    if not stems:
        return "1", []  # Nearly every text has a function word.
    folded = re.sub(r"^\W+|\W+$", "", fold(word).lower())
    named, names = list[str](), list[object]()
    for column in ("publisher", "author"):
        every = execute(f"SELECT DISTINCT {column} FROM articles WHERE {column} IS NOT NULL")
        fitting = [name for (name,) in every if folded in fold(name).lower()][:_MOST_NAMES]
        named.append(f"{column} IN ({marks(fitting)})")
        names += fitting
    match = " AND ".join(f"({stem})" for stem in stems)
    held = "number IN (SELECT article FROM chunks WHERE number IN (SELECT rowid FROM words WHERE words MATCH ?))"
    return f"({held} OR {' OR '.join(named)})", [match, *names]


def _counted(named: Iterable[tuple[str, int]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name, n in named:
        if name:
            counts[name] += n
    return counts
