"""library.db: the truth of a library, in SQLite. Articles, sentences, chunks, vectors and words, in one transaction."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import copies, stories
from index.articles import Article, Chunk, Sentence, content_id
from index.catalogue import Catalogue, Mask
from index.errors import DamagedLibraryError, UnknownArticleError
from index.terms import terms
from index.vectors import Vector

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, content TEXT NOT NULL, origin TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, publisher TEXT, author TEXT, url TEXT,
    published TEXT, dropped TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS articles_origin ON articles (origin);
CREATE INDEX IF NOT EXISTS articles_published ON articles (published, publisher, url);
CREATE TABLE IF NOT EXISTS sentences (
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE, n INTEGER NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, heading INTEGER NOT NULL, PRIMARY KEY (article, n)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chunks (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    n INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, embedded TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS chunks_article ON chunks (article, n);
CREATE INDEX IF NOT EXISTS chunks_embedded ON chunks (embedded);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (terms, tokenize = "unicode61 remove_diacritics 0");
"""
_FREQUENCIES = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.frequencies USING fts5vocab ('main', 'words', 'row')"
_ARTICLE = "id, title, text, language, origin, publisher, author, url, published, dropped"

_SCORED = 20_000
"""How many occurrences of a question's words are scored: in a large archive its commonest words, which tell chunks apart
least, are left out. Below some thousands of chunks, all of them count."""


class Database:
    """One library's SQLite file. Safe to use from several threads; one at a time gets in."""

    def __init__(self, path: Path, read_only: bool) -> None:
        self._path = path
        self._lock = threading.RLock()
        if path.exists() and not path.stat().st_size:  # SQLite would take it for a new one, and the archive for empty.
            raise DamagedLibraryError(
                f"{str(path)!r} is empty. Restore it from a copy, or delete it and add the articles again."
            )
        mode = "ro" if read_only else "rwc"
        self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA foreign_keys = ON")
            if not read_only:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                self._connection.executescript(_SCHEMA + stories.SCHEMA)
            self._connection.execute("SELECT count(*) FROM articles")
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise DamagedLibraryError(
                f"{str(path)!r} is not a library's database ({error}). Restore it from a copy, or add the articles to a "
                "new library: onrecord --library DIR add …"
            ) from error

    # What is kept

    def articles(self) -> list[Article]:
        return [_article(row) for row in self._rows(f"SELECT {_ARTICLE} FROM articles ORDER BY number")]

    def article(self, id: str) -> Article:
        rows = self._rows(f"SELECT {_ARTICLE} FROM articles WHERE id = ?", id)
        if not rows:
            raise UnknownArticleError(f"There is no article {id!r} in this library. List them: onrecord articles.")
        return _article(rows[0])

    def has(self, article: Article) -> bool:
        """Whether this very article, content and metadata, is kept already."""
        return bool(self._rows("SELECT 1 FROM articles WHERE id = ? AND content = ?", article.id, _content(article)))

    def predecessors(self, article: Article) -> list[str]:
        """The ids of the earlier versions that this article replaces: the same id, or the same origin."""
        return [
            id for (id,) in self._rows("SELECT id FROM articles WHERE id = ? OR origin = ?", article.id, article.origin)
        ]

    def sentences(self, article: Article) -> list[Sentence]:
        rows = self._rows(
            "SELECT n, start, end, heading FROM sentences WHERE article = (SELECT number FROM articles WHERE id = ?) "
            "ORDER BY n",
            article.id,
        )
        return [
            Sentence(article.id, n, start, end, article.text[start:end], bool(head)) for n, start, end, head in rows
        ]

    def chunks(self, ids: Sequence[str]) -> dict[str, tuple[Chunk, Article, Vector]]:
        """The chunks of those ids that are kept, each with its article and its vector."""
        found: dict[str, tuple[Chunk, Article, Vector]] = {}
        articles: dict[str, Article] = {}
        for id, n, start, end, vector, article_id in self._rows(
            "SELECT c.id, c.n, c.start, c.end, c.vector, a.id FROM chunks c JOIN articles a ON a.number = c.article "
            f"WHERE c.id IN ({_marks(ids)})",
            *ids,
        ):
            article = articles.get(article_id) or self.article(article_id)
            articles[article_id] = article
            chunk = Chunk(id, article_id, n, start, end, article.text[start:end])
            found[id] = (chunk, article, np.frombuffer(vector, np.float32))
        return found

    def matching(self, query_terms: Sequence[str], k: int, mask: Mask | None = None) -> list[tuple[str, float]]:
        """The ids of the chunks that share words with a query and their BM25 scores (larger is better), best first.

        With a mask, only chunks that it lets through.
        """
        query = " OR ".join(f'"{term}"' for term in self._rarest(query_terms))
        if not query:
            return []
        # FTS5 scores before it joins: with the join inside, each of the many matches would be looked up.
        ranked = "SELECT rowid, rank FROM words WHERE words MATCH ? ORDER BY rank"
        with self._lock:
            if mask is None:
                rows = self._rows(f"{ranked} LIMIT ?", query, k)
            else:
                every = self._connection.execute(ranked, (query,))
                rows = list(islice((row for row in every if row[0] < len(mask) and mask[row[0]]), k))
                every.close()
        ids = dict(self._rows(f"SELECT number, id FROM chunks WHERE number IN ({_marks(rows)})", *(n for n, _ in rows)))
        return [(ids[number], -score) for number, score in rows]

    def catalogue(self) -> Catalogue:
        """What filters look at, as of now."""
        with self._lock:
            return Catalogue(
                self._rows("SELECT number, published, publisher, url FROM articles"),
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
        hashes = {content_id(text): text for text in texts}
        rows = self._rows(f"SELECT embedded, vector FROM chunks WHERE embedded IN ({_marks(hashes)})", *hashes)
        return {hashes[embedded]: np.frombuffer(vector, np.float32) for embedded, vector in rows}

    def chunk_count(self) -> int:
        return int(self._rows("SELECT count(*) FROM chunks")[0][0])

    def chunk_ids(self, article_ids: Sequence[str]) -> list[str]:
        marks = _marks(article_ids)
        query = f"SELECT c.id FROM chunks c JOIN articles a ON a.number = c.article WHERE a.id IN ({marks})"
        return [id for (id,) in self._rows(query, *article_ids)]

    def sample_vectors(self, n: int) -> tuple[list[str], Vector]:
        """n vectors spread over the library, the same ones for the same library."""
        step = max(1, self.chunk_count() // n)
        return _vectors(self._rows("SELECT id, vector FROM chunks WHERE number % ? = 0 LIMIT ?", step, n))

    def all_vectors(self) -> tuple[list[str], Vector]:
        return _vectors(self._rows("SELECT id, vector FROM chunks ORDER BY number"))

    def fact(self, name: str) -> str | None:
        """Something the library remembers about itself."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", name)
        return rows[0][0] if rows else None

    def vectors_by_number(self) -> tuple[NDArray[np.int64], list[str], Vector]:
        """Every chunk's number, id and vector, in the order of the numbers."""
        with self._lock:
            count = self.chunk_count()
            first = self._rows("SELECT length(vector) FROM chunks LIMIT 1")
            matrix = np.empty((count, first[0][0] // 4 if first else 0), np.float32)
            numbers, ids = np.empty(count, np.int64), []
            rows = self._connection.execute("SELECT number, id, vector FROM chunks ORDER BY number")
            for place, (number, id, vector) in enumerate(rows):  # Row by row: a large library should not be held twice.
                numbers[place], matrix[place] = number, np.frombuffer(vector, np.float32)
                ids.append(id)
        return numbers, ids, matrix

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
    ) -> None:
        """Keep an article in place of its earlier versions, in one transaction: a reader sees the old or the new."""
        with self._transaction():
            self._remove(self.predecessors(article))
            values = [getattr(article, name) for name in _ARTICLE.split(", ")[:-1]]
            cursor = self._connection.execute(
                f"INSERT INTO articles ({_ARTICLE}, content) VALUES ({_marks(values)}, ?, ?)",
                [*values, json.dumps(article.dropped, ensure_ascii=False), _content(article)],
            )
            number = int(cursor.lastrowid or 0)
            self._connection.executemany(
                "INSERT INTO sentences VALUES (?, ?, ?, ?, ?)",
                [(number, s.n, s.start, s.end, s.heading) for s in sentences],
            )
            for chunk, text, vector in zip(chunks, embedded, vectors, strict=True):
                row = self._connection.execute(
                    "INSERT INTO chunks (id, article, n, start, end, embedded, vector) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (chunk.id, number, chunk.n, chunk.start, chunk.end, content_id(text), vector.tobytes()),
                )
                self._connection.execute(
                    "INSERT INTO words (rowid, terms) VALUES (?, ?)",
                    (row.lastrowid, " ".join(terms(text, article.language))),
                )
            stories.join(self._connection.execute, number, article.text)

    def file_stories(self) -> None:
        """Find the near-copies in a library made before they were kept, or by another method; otherwise do nothing."""
        if self.fact("stories") != copies.method():
            with self._transaction():
                stories.file_all(self._connection.execute)
                self._connection.execute("INSERT OR REPLACE INTO facts VALUES ('stories', ?)", (copies.method(),))

    def remove(self, ids: Sequence[str]) -> None:
        with self._transaction():
            self._remove(ids)

    def remember(self, name: str, value: str) -> None:
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # Plumbing

    def _remove(self, ids: Sequence[str]) -> None:
        numbers = [number for (number,) in self._rows(f"SELECT number FROM articles WHERE id IN ({_marks(ids)})", *ids)]
        for number in numbers:
            stories.leave(self._connection.execute, number)
            self._connection.execute(
                "DELETE FROM words WHERE rowid IN (SELECT number FROM chunks WHERE article = ?)", (number,)
            )
            self._connection.execute("DELETE FROM articles WHERE number = ?", (number,))

    def _rarest(self, query_terms: Sequence[str]) -> list[str]:
        """The terms that occur, the rarest first, until so many occurrences are to be scored."""
        self._rows(_FREQUENCIES)
        counts = [(self._rows("SELECT doc FROM temp.frequencies WHERE term = ?", term), term) for term in query_terms]
        known = sorted((rows[0][0], term) for rows, term in counts if rows)
        scored = accumulate(count for count, _ in known)
        return [
            term for n, ((_, term), so_far) in enumerate(zip(known, scored, strict=True)) if not n or so_far <= _SCORED
        ]

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _article(row: tuple[Any, ...]) -> Article:
    values = dict(zip(_ARTICLE.split(", "), row, strict=True))
    return Article(**{**values, "dropped": tuple(json.loads(values["dropped"]))})


def _content(article: Article) -> str:
    """What an article says about itself, hashed; where it was read is not part of it."""
    names = ("id", "title", "text", "language", "publisher", "author", "url", "published")
    return content_id(*(getattr(article, name) for name in names))


def _vectors(rows: Sequence[tuple[Any, ...]]) -> tuple[list[str], Vector]:
    ids = [id for id, _ in rows]
    matrix = np.frombuffer(b"".join(vector for _, vector in rows), np.float32)
    return ids, matrix.reshape(len(ids), -1) if ids else matrix.reshape(0, 0)


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)
