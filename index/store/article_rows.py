"""The articles of library.db and their sentences."""

import json
from collections.abc import Iterable
from typing import Any

from index.articles import Article, Sentence, contents
from index.store import article_list
from index.store.sqlite import Connection, Rows, marks
from index.text.sentences import Span, sentence

COLUMNS = "id, title, text, language, origin, publisher, author, url, published, updated, dropped"


def find(rows: Rows, condition: str = "", *values: object) -> list[Article]:
    """The articles that match an SQL condition, in its order."""
    return [_article(row) for row in rows(f"SELECT {COLUMNS} FROM articles {condition}", *values)]


def newest(rows: Rows, n: int) -> list[Article]:
    """The latest published articles, with their texts."""
    order = f"ORDER BY {article_list.DAY} DESC, number DESC LIMIT ?"
    return find(rows, order, n)


def candidates(rows: Rows, article: Article, alike: list[int]) -> list[Article]:
    """The articles that this one may be a version of: with the same id, origin or address, or a number in `alike`."""
    return find(
        rows,
        f"WHERE id = ? OR origin = ? OR url = ? OR number IN ({marks(alike)}) ORDER BY number DESC",
        article.id,
        article.origin,
        article.url,
        *alike,
    )


def sentences(rows: Rows, article: Article) -> list[Sentence]:
    found = rows(
        "SELECT n, start, end, heading FROM sentences WHERE article = (SELECT number FROM articles WHERE id = ?) "
        "ORDER BY n",
        article.id,
    )
    return [sentence(article, n, Span(start, end, bool(heading))) for n, start, end, heading in found]


def insert(connection: Connection, article: Article, sentences: Iterable[Sentence]) -> int:
    """Insert an article; returns its number. Called within a transaction."""
    values = [getattr(article, name) for name in COLUMNS.split(", ")[:-1]]
    cursor = connection.execute(
        f"INSERT INTO articles ({COLUMNS}, content) VALUES ({marks(values)}, ?, ?)",
        [*values, json.dumps(article.dropped, ensure_ascii=False), contents(article)],
    )
    number = int(cursor.lastrowid or 0)
    connection.executemany(
        "INSERT INTO sentences VALUES (?, ?, ?, ?, ?)",
        [(number, s.n, s.start, s.end, s.heading) for s in sentences],
    )
    return number


def _article(row: tuple[Any, ...]) -> Article:
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    return Article(**{**values, "dropped": tuple(json.loads(values["dropped"]))})
