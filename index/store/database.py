"""library.db: the truth of a library, in SQLite. Articles, sentences, chunks, vectors and words, in one transaction."""

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
from index.store.article_list import Holdings, Listed, Wanted
from index.store.catalogue import Catalogue, Mask
from index.store.sqlite import connect, marks, sqlite_errors, transaction
from index.store.vectors import Vector
from index.store.versions import Version
from index.text import near_copies


@dataclass(frozen=True)
class Removal:
    """That an article, or a version of one, was removed: when (ISO, UTC) and why. Its text is gone."""

    id: str
    title: str
    reason: str
    removed: str


class Database:
    """One library's SQLite file. Safe to use from several threads; one at a time gets in."""

    def __init__(self, path: Path, read_only: bool) -> None:
        """Open it; a writer makes it where there is none, and brings an earlier schema forward.

        Raises DamagedLibraryError for a file that is no library's, and LibraryError for one of a newer schema.
        """
        self._path = path
        self._lock = threading.RLock()
        self._connection = schema.open_file(path, read_only)

    # What is kept

    def articles(self) -> list[Article]:
        return article_rows.find(self._rows, "ORDER BY number")

    def listed(self, wanted: Wanted, limit: int) -> list[Listed]:
        with self._lock, sqlite_errors(self._path):
            return article_list.listed(self._connection.execute, wanted, limit)

    def count(self, wanted: Wanted) -> int:
        with self._lock, sqlite_errors(self._path):
            return article_list.count(self._connection.execute, wanted)

    def holdings(self) -> Holdings:
        with self._lock, sqlite_errors(self._path):
            return article_list.holdings(self._connection.execute)

    def newest(self, n: int) -> list[Article]:
        """The latest published articles, with their texts."""
        return article_rows.newest(self._rows, n)

    def article(self, id: str) -> Article:
        """The article of that id, or the version of one."""
        if found := self.present(id):
            return found
        version = self.version_of(id)
        if version is None:
            raise UnknownArticleError(f"There is no article {id!r} in this library. List them: onrecord articles.")
        return version[1]

    def present(self, id: str) -> Article | None:
        """The article of that id, if it is no version's."""
        return next(iter(article_rows.find(self._rows, "WHERE id = ?", id)), None)

    def current(self, id: str) -> str:
        """The id under which an article is now, by that of any of its versions; an unknown id is returned as it is."""
        version = None if self._rows("SELECT 1 FROM articles WHERE id = ?", id) else self.version_of(id)
        return version[0] if version else id

    def version_of(self, id: str) -> tuple[str, Article] | None:
        """The version of that id, with the id of the article that it is of."""
        with self._lock, sqlite_errors(self._path):
            return versions.find(self._connection.execute, id)

    def versions(self, id: str) -> list[Version]:
        """What an article was before, the latest first."""
        with self._lock, sqlite_errors(self._path):
            return versions.of(self._connection.execute, self.current(id))

    def candidates(self, article: Article) -> list[Article]:
        """The articles that this one may be a version of: of the same id, origin or address, or with a similar text."""
        with self._lock, sqlite_errors(self._path):
            alike = stories.alike(self._connection.execute, near_copies.bands(near_copies.shingles(article.text)))
        return article_rows.candidates(self._rows, article, alike)

    def removals(self) -> list[Removal]:
        """What was removed, the latest first."""
        rows = self._rows("SELECT id, title, reason, removed FROM removals ORDER BY rowid DESC")
        return [Removal(*row) for row in rows]

    def sentences(self, article: Article) -> list[Sentence]:
        return article_rows.sentences(self._rows, article)

    def chunks(self, ids: Sequence[str]) -> dict[str, tuple[Chunk, Article, Vector]]:
        """The chunks of those ids that are kept, each with its article and its vector."""
        return chunk_rows.with_ids(self._rows, self.article, self._path, ids)

    def matching(self, phrases: Sequence[str], k: int, mask: Mask | None = None) -> list[tuple[str, float]]:
        """The ids of the chunks that share phrases with a query and their BM25 scores (larger is better), best first.

        A phrase is a term, or several with spaces between them. With a mask, only chunks that it lets through.
        """
        return chunk_rows.matching(self._rows, phrases, k, mask)

    def occurs(self, term: str) -> bool:
        """Whether any chunk has the term."""
        return bool(self._rows("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", f'"{term}"'))

    def terms_beginning(self, letter: str) -> list[str]:
        """Every term of the chunks that begins with a letter, in alphabetical order."""
        return chunk_rows.terms_beginning(self._rows, letter)

    def catalogue(self) -> Catalogue:
        """What filters look at, as of now."""
        with self._lock:
            return Catalogue(
                self._rows("SELECT number, published, publisher, url, id, language FROM articles"),
                self._rows("SELECT number, article FROM chunks INDEXED BY chunks_article"),
            )

    def copies(self, ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """For each of those articles that has near-copies, the ids of all of its story, in the order of addition."""
        if not self._rows("SELECT 1 FROM sqlite_master WHERE name = 'stories'"):
            return {}  # Made by an earlier version, and only a writer may file it.
        with self._lock:
            return stories.members(self._connection.execute, ids)

    def known_vectors(self, texts: Sequence[str]) -> dict[str, Vector]:
        """The vectors of those texts that were embedded before: moving or editing an article embeds only what is new."""
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
        """n vectors spread over the library, the same ones for the same library."""
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
        """The id and origin of every article whose chunks are not what their hashes say. Reads everything."""
        return chunk_rows.altered(self._rows, self.articles())

    def check_counts(self) -> None:
        """Raise DamagedLibraryError where chunks and their words are not as many: cheap, so done at every opening."""
        chunks, words = self._rows("SELECT (SELECT count(*) FROM chunks), (SELECT count(*) FROM words_docsize)")[0]
        if chunks != words:
            raise DamagedLibraryError(
                f"{str(self._path)!r} holds {chunks} chunks but the words of {words}. Mend it: onrecord --library "
                f"{str(self._path.parent)!r} rebuild."
            )

    def flaws(self) -> list[str]:
        """What SQLite finds wrong with the whole file, page by page: for the doctor, since it reads all of it."""
        found = [line for (line,) in self._rows("PRAGMA quick_check(5)") if line != "ok"]
        orphans = self._rows("PRAGMA foreign_key_check")
        return found + ([f"{len(orphans)} rows belong to no article"] if orphans else [])

    def fact(self, name: str) -> str | None:
        """Something the library remembers about itself."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", name)
        return rows[0][0] if rows else None

    def vectors_by_number(self) -> tuple[NDArray[np.int64], list[str], Vector]:
        """Every chunk's number, id and vector, in the order of the numbers."""
        with self._lock, sqlite_errors(self._path):
            return chunk_rows.vectors_by_number(self._connection)

    def version(self) -> tuple[int, int]:
        """Something that changes whenever the library is changed, by another process or by this one."""
        return int(self._rows("PRAGMA data_version")[0][0]), self._connection.total_changes

    # Changing it

    def put(
        self,
        article: Article,
        sentences: Iterable[Sentence],
        chunks: Sequence[Chunk],
        embedded: Sequence[str],
        vectors: Vector,
        replaces: Sequence[Article] = (),
    ) -> None:
        """Keep an article in place of others, which become its versions. One transaction: a reader sees old or new."""
        with self._transaction():
            self._remove([earlier.id for earlier in replaces])
            versions.keep(self._connection.execute, replaces, article, _now())
            number = article_rows.insert(self._connection, article, sentences)
            chunk_rows.insert(self._connection, number, article, chunks, embedded, vectors)
            stories.join(self._connection.execute, number, article.text)

    def file_stories(self) -> None:
        """Find the near-copies in a library made before they were kept, or by another method; otherwise do nothing."""
        if self.fact("stories") != near_copies.method():
            with self._transaction():
                stories.file_all(self._connection.execute)
                self._connection.execute("INSERT OR REPLACE INTO facts VALUES ('stories', ?)", (near_copies.method(),))

    def keep_version(self, article: Article, of: str) -> None:
        """Keep a text behind an article that stays."""
        with self._transaction():
            versions.keep(self._connection.execute, [article], self.article(of), _now())

    def remove(self, ids: Sequence[str], reason: str) -> None:
        """Delete articles and their versions so that nothing of them stays in the file: not in its free pages, its index
        of words or its log. That they were removed, and why, is kept.

        While another process reads what the log holds, it is emptied when the library is next closed.
        """
        now = _now()
        with self._transaction():
            execute = self._connection.execute
            for article in map(self.article, ids):
                title = (
                    "" if article.title.rstrip("….") in article.text else article.title
                )  # A headline made of the text.
                for id in (article.id, *(version.article.id for version in self.versions(article.id))):
                    execute("INSERT INTO removals VALUES (?, ?, ?, ?)", (id, title, reason, now))
            versions.forget(execute, ids)
            self._remove(ids)
            execute("INSERT INTO words (words) VALUES ('optimize')")  # FTS5 marks, and deletes later.
        self._rows("PRAGMA wal_checkpoint (TRUNCATE)")

    def take_records(self, other: "Database") -> None:
        """Keep what another library has beside its articles: their versions, and what was removed."""
        with self._transaction():
            for table in ("versions", "removals"):
                for row in other._rows(f"SELECT * FROM {table}"):
                    self._connection.execute(f"INSERT INTO {table} VALUES ({marks(row)})", row)

    def remember(self, name: str, value: str) -> None:
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def copy_to(self, path: Path) -> None:
        """Write the database as it is at this moment to another file; others may read and write meanwhile."""
        with self._lock, sqlite_errors(path), closing(sqlite3.connect(path)) as copy:
            self._connection.backup(copy)

    def become(self, path: Path) -> None:
        """Take over the whole content of another library's database, in one transaction of this one.

        The file is never exchanged: a reader that has it open would be left with one file's pages and the other's log.
        """
        with self._lock, sqlite_errors(self._path), closing(connect(path, read_only=True)) as other:
            other.backup(self._connection)

    def assign_library_id(self) -> None:
        """Give this library an id of its own: it is a copy of another."""
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
