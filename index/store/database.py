"""library.db (SQLite), the authoritative data of a library: articles, sentences, chunks, vectors, terms."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.articles import Article, Chunk, Sentence
from index.errors import DamagedLibraryError, UnknownArticleError
from index.store import article_list, article_rows, chunk_rows, migrations, schema, stories, versions
from index.store.article_list import ArticleQuery, ArticleSummary, Holdings
from index.store.catalogue import Catalogue, Mask
from index.store.sqlite import connect, marks, sqlite_errors, transaction
from index.store.vectors import Vector
from index.store.versions import Version
from index.text import near_copies


@dataclass(frozen=True)
class Removal:
    """The record of a removed article or version: when (ISO, UTC) and why, without its text."""

    id: str
    title: str
    reason: str
    removed: str


class Database:
    """One library's SQLite file. Safe to use from several threads, by a lock."""

    def __init__(self, path: Path, read_only: bool) -> None:
        """See `schema.open_file`."""
        self._path = path
        self._lock = threading.RLock()
        self._connection = schema.open_file(path, read_only)

    # Reading

    def articles(self) -> list[Article]:
        return article_rows.find(self._rows, "ORDER BY number")

    def listed(self, wanted: ArticleQuery, limit: int) -> list[ArticleSummary]:
        with self._lock, sqlite_errors(self._path):
            return article_list.listed(self._connection.execute, wanted, limit)

    def count(self, wanted: ArticleQuery) -> int:
        with self._lock, sqlite_errors(self._path):
            return article_list.count(self._connection.execute, wanted)

    def holdings(self) -> Holdings:
        with self._lock, sqlite_errors(self._path):
            return article_list.holdings(self._connection.execute)

    def newest(self, n: int) -> list[Article]:
        return article_rows.newest(self._rows, n)

    def article(self, id: str) -> Article:
        """The article or the version of that id."""
        if found := self.present(id):
            return found
        version = self.version_of(id)
        if version is None:
            raise UnknownArticleError(f"There is no article {id!r} in this library. List them: onrecord articles.")
        return version[1]

    def present(self, id: str) -> Article | None:
        """The article of that id; None for versions and unknown ids."""
        return next(iter(article_rows.find(self._rows, "WHERE id = ?", id)), None)

    def current(self, id: str) -> str:
        """An article's current id, given that of any of its versions; an unknown id is returned unchanged."""
        version = None if self._rows("SELECT 1 FROM articles WHERE id = ?", id) else self.version_of(id)
        return version[0] if version else id

    def version_of(self, id: str) -> tuple[str, Article] | None:
        """The version of that id, with the id of its article."""
        with self._lock, sqlite_errors(self._path):
            return versions.find(self._connection.execute, id)

    def versions(self, id: str) -> list[Version]:
        """The versions of an article, latest first."""
        with self._lock, sqlite_errors(self._path):
            return versions.of(self._connection.execute, self.current(id))

    def candidates(self, article: Article) -> list[Article]:
        """The articles that this one may be a version of: with the same id, origin or address, or a similar text."""
        with self._lock, sqlite_errors(self._path):
            alike = stories.alike(self._connection.execute, near_copies.bands(near_copies.shingles(article.text)))
        return article_rows.candidates(self._rows, article, alike)

    def removals(self) -> list[Removal]:
        """The removed articles, latest first."""
        rows = self._rows("SELECT id, title, reason, removed FROM removals ORDER BY rowid DESC")
        return [Removal(*row) for row in rows]

    def sentences(self, article: Article) -> list[Sentence]:
        return article_rows.sentences(self._rows, article)

    def chunks(self, ids: Sequence[str]) -> dict[str, tuple[Chunk, Article, Vector]]:
        """The stored chunks among those ids, each with its article and its vector."""
        return chunk_rows.with_ids(self._rows, self.article, self._path, ids)

    def matching(self, phrases: Sequence[str], k: int, mask: Mask | None = None) -> list[tuple[str, float]]:
        """The ids of the chunks that share phrases with a query and their BM25 scores (larger is better), best first.

        A phrase is a term, or several with spaces between them. With a mask, only chunks in it.
        """
        return chunk_rows.matching(self._rows, phrases, k, mask)

    def occurs(self, term: str) -> bool:
        """Whether any chunk has the term."""
        return bool(self._rows("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", f'"{term}"'))

    def terms_beginning(self, letter: str) -> list[str]:
        """Every term of the chunks that begins with a letter, in alphabetical order."""
        return chunk_rows.terms_beginning(self._rows, letter)

    def catalogue(self) -> Catalogue:
        """Dates and publishers of all articles, for filters."""
        with self._lock:
            return Catalogue(
                self._rows("SELECT number, published, publisher, url, id, language FROM articles"),
                self._rows("SELECT number, article FROM chunks INDEXED BY chunks_article"),
            )

    def copies(self, ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """For each of those articles that has near-copies: the ids of its story, in the order of addition."""
        if not self._rows("SELECT 1 FROM sqlite_master WHERE name = 'stories'"):
            return {}  # Made by an earlier version; only a writer can index it.
        with self._lock:
            return stories.members(self._connection.execute, ids)

    def known_vectors(self, texts: Sequence[str]) -> dict[str, Vector]:
        """The vectors of those texts that were embedded before, so that an edited article embeds only what is new."""
        return chunk_rows.known_vectors(self._rows, texts)

    def article_count(self) -> int:
        return int(self._rows("SELECT count(*) FROM articles")[0][0])

    def chunk_count(self) -> int:
        return int(self._rows("SELECT count(*) FROM chunks")[0][0])

    def chunk_ids(self, article_ids: Sequence[str]) -> list[str]:
        query = (
            f"SELECT c.id FROM chunks c JOIN articles a ON a.number = c.article WHERE a.id IN ({marks(article_ids)})"
        )
        return [id for (id,) in self._rows(query, *article_ids)]

    def sample_vectors(self, n: int) -> tuple[list[str], Vector]:
        """n vectors spread over the library, always the same."""
        return chunk_rows.sample_vectors(self._rows, n)

    def all_vectors(self) -> tuple[list[str], Vector]:
        return chunk_rows.all_vectors(self._rows)

    def all_ids(self) -> list[str]:
        """The ids of the articles and of their versions."""
        return [id for (id,) in self._rows("SELECT id FROM articles UNION ALL SELECT id FROM versions")]

    def all_chunk_ids(self) -> set[str]:
        return {id for (id,) in self._rows("SELECT id FROM chunks")}

    def vectors_of(self, ids: Sequence[str]) -> tuple[list[str], Vector]:
        """The stored vectors of those chunks."""
        return chunk_rows.vectors_of(self._rows, ids)

    def altered(self) -> list[tuple[str, str]]:
        """The id and origin of every article whose text does not match its chunks' hashes. Reads everything."""
        return chunk_rows.altered(self._rows, self.articles())

    def check_counts(self) -> None:
        """Raise DamagedLibraryError if the numbers of chunks and of indexed texts differ. Cheap: done at every opening."""
        chunks, words = self._rows("SELECT (SELECT count(*) FROM chunks), (SELECT count(*) FROM words_docsize)")[0]
        if chunks != words:
            raise DamagedLibraryError(
                f"{str(self._path)!r} has {chunks} chunks, but the words of {words}. Repair it: onrecord --library "
                f"{str(self._path.parent)!r} rebuild."
            )

    def flaws(self) -> list[str]:
        """What SQLite finds wrong with the file; reads all of it."""
        found = [line for (line,) in self._rows("PRAGMA quick_check(5)") if line != "ok"]
        orphans = self._rows("PRAGMA foreign_key_check")
        return found + ([f"{len(orphans)} rows belong to no article"] if orphans else [])

    def fact(self, name: str) -> str | None:
        """A stored property of the library; None if it was never set."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", name)
        return rows[0][0] if rows else None

    def vectors_by_number(self) -> tuple[NDArray[np.int64], list[str], Vector]:
        """Every chunk's number, id and vector, in the order of the numbers."""
        with self._lock, sqlite_errors(self._path):
            return chunk_rows.vectors_by_number(self._connection)

    def version(self) -> tuple[int, int]:
        """A value that changes whenever the library does, by this process or another."""
        return int(self._rows("PRAGMA data_version")[0][0]), self._connection.total_changes

    # Changing

    def put(
        self,
        article: Article,
        sentences: Iterable[Sentence],
        chunks: Sequence[Chunk],
        embedded: Sequence[str],
        vectors: Vector,
        replaces: Sequence[Article] = (),
    ) -> None:
        """Store an article in place of others, which become its versions, in one transaction."""
        with self._transaction():
            self._remove([earlier.id for earlier in replaces])
            versions.keep(self._connection.execute, replaces, article, _now())
            number = article_rows.insert(self._connection, article, sentences)
            chunk_rows.insert(self._connection, number, article, chunks, embedded, vectors)
            stories.join(self._connection.execute, number, article.text)

    def file_stories(self) -> None:
        """Find the near-copies of all articles again, unless they were found by the present method."""
        if self.fact("stories") != near_copies.method():
            with self._transaction():
                stories.file_all(self._connection.execute)
                self._connection.execute("INSERT OR REPLACE INTO facts VALUES ('stories', ?)", (near_copies.method(),))

    def keep_version(self, article: Article, of: str) -> None:
        """Store a text as a version of the article `of`, which does not change."""
        with self._transaction():
            versions.keep(self._connection.execute, [article], self.article(of), _now())

    def remove(self, ids: Sequence[str], reason: str) -> None:
        """Delete articles and their versions, also from free pages, the index of words and the log; record the removal.

        If another process is reading the log, it is emptied when the library is next closed.
        """
        now = _now()
        with self._transaction():
            execute = self._connection.execute
            for article in map(self.article, ids):
                # A headline made from the text must go with it.
                title = "" if article.title.rstrip("….") in article.text else article.title
                for id in (article.id, *(version.article.id for version in self.versions(article.id))):
                    execute("INSERT INTO removals VALUES (?, ?, ?, ?)", (id, title, reason, now))
            versions.forget(execute, ids)
            self._remove(ids)
            execute("INSERT INTO words (words) VALUES ('optimize')")  # FTS5 only marks rows as deleted until then.
        self._rows("PRAGMA wal_checkpoint (TRUNCATE)")

    def take_records(self, other: "Database") -> None:
        """Copy the versions and removals of another library."""
        with self._transaction():
            for table in ("versions", "removals"):
                for row in other._rows(f"SELECT * FROM {table}"):
                    self._connection.execute(f"INSERT INTO {table} VALUES ({marks(row)})", row)

    def remember(self, name: str, value: str) -> None:
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def copy_to(self, path: Path) -> None:
        """Write a snapshot of the database to another file; others may read and write meanwhile."""
        with self._lock, sqlite_errors(path), closing(sqlite3.connect(path)) as copy:
            self._connection.backup(copy)

    def become(self, path: Path) -> None:
        """Replace the whole content by that of another library's database, in one transaction.

        Replacing the file instead would leave open readers with one file's pages and the other's log.
        """
        with self._lock, sqlite_errors(self._path), closing(connect(path, read_only=True)) as other:
            other.backup(self._connection)

    def assign_library_id(self) -> None:
        """Assign a new library id, to a copy of another library."""
        with self._transaction():
            migrations.assign_library_id(self._connection.execute)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # Plumbing

    def _remove(self, ids: Sequence[str]) -> None:
        numbers = [number for (number,) in self._rows(f"SELECT number FROM articles WHERE id IN ({marks(ids)})", *ids)]
        for number in numbers:
            stories.leave(self._connection.execute, number)
            self._connection.execute(
                "DELETE FROM words WHERE rowid IN (SELECT number FROM chunks WHERE article = ?)", (number,)
            )
            self._connection.execute("DELETE FROM articles WHERE number = ?", (number,))

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock, sqlite_errors(self._path):
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, sqlite_errors(self._path), transaction(self._connection):
            yield


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
