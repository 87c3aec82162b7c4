"""library.db: the truth of a library, in SQLite. Articles, sentences, chunks, vectors and words, in one transaction."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import article_list, copies, migrations, stories, versions
from index.article_list import Holdings, Listed, Wanted
from index.articles import Article, Chunk, Sentence, content_id, contents
from index.catalogue import Catalogue, Mask
from index.chunks import chunk_id
from index.errors import DamagedLibraryError, UnknownArticleError
from index.sentences import Span, sentence
from index.sqlite import bring_back, connect, create, told
from index.terms import terms
from index.vectors import Vector
from index.versions import Version

_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, content TEXT NOT NULL, origin TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, publisher TEXT, author TEXT, url TEXT,
    published TEXT, updated TEXT, dropped TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS articles_origin ON articles (origin);
CREATE INDEX IF NOT EXISTS articles_url ON articles (url);
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
    + stories.SCHEMA
    + versions.SCHEMA
    + article_list.SCHEMA
)
_SLICE = 10_000  # SQLite takes 32,766 values in one statement.
_ARTICLE = "id, title, text, language, origin, publisher, author, url, published, updated, dropped"
_FREQUENCIES = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.frequencies USING fts5vocab ('main', 'words', 'row')"

_VECTORS_AT_ONCE = 4_000
_SCORED = 20_000
"""How many occurrences of a question's words are scored: in a large archive its commonest words, which tell chunks apart
least, are left out. Below some thousands of chunks, all of them count."""


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
        if not path.exists() and not read_only:
            create(path, _SCHEMA)
        elif path.exists() and not path.stat().st_size:  # SQLite would take it for a new one, the archive for empty.
            raise DamagedLibraryError(f"{str(path)!r} is empty: {bring_back(path.parent)}")
        with told(path):
            self._connection = connect(path, read_only)
        try:
            with told(path):
                self._prepare(read_only)
        except BaseException:
            self._connection.close()
            raise

    # What is kept

    def articles(self) -> list[Article]:
        return [_article(row) for row in self._rows(f"SELECT {_ARTICLE} FROM articles ORDER BY number")]

    def listed(self, wanted: Wanted, limit: int) -> list[Listed]:
        with self._lock, told(self._path):
            return article_list.listed(self._connection.execute, wanted, limit)

    def count(self, wanted: Wanted) -> int:
        with self._lock, told(self._path):
            return article_list.count(self._connection.execute, wanted)

    def holdings(self) -> Holdings:
        with self._lock, told(self._path):
            return article_list.holdings(self._connection.execute)

    def newest(self, n: int) -> list[Article]:
        """The latest published articles, with their texts."""
        order = f"ORDER BY {article_list.DAY} DESC, number DESC LIMIT ?"
        return [_article(row) for row in self._rows(f"SELECT {_ARTICLE} FROM articles {order}", n)]

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
        return next(map(_article, self._rows(f"SELECT {_ARTICLE} FROM articles WHERE id = ?", id)), None)

    def current(self, id: str) -> str:
        """The id under which an article is now, by that of any of its versions; an unknown id is returned as it is."""
        version = None if self._rows("SELECT 1 FROM articles WHERE id = ?", id) else self.version_of(id)
        return version[0] if version else id

    def version_of(self, id: str) -> tuple[str, Article] | None:
        """The version of that id, with the id of the article that it is of."""
        with self._lock, told(self._path):
            return versions.find(self._connection.execute, id)

    def versions(self, id: str) -> list[Version]:
        """What an article was before, the latest first."""
        with self._lock, told(self._path):
            return versions.of(self._connection.execute, self.current(id))

    def candidates(self, article: Article) -> list[Article]:
        """The articles that this one may be a version of: of the same id, origin or address, or with a similar text."""
        with self._lock, told(self._path):
            numbers = stories.alike(self._connection.execute, copies.bands(copies.shingles(article.text)))
        rows = self._rows(
            f"SELECT {_ARTICLE} FROM articles WHERE id = ? OR origin = ? OR url = ? OR number IN ({_marks(numbers)}) "
            "ORDER BY number DESC",
            article.id,
            article.origin,
            article.url,
            *numbers,
        )
        return [_article(row) for row in rows]

    def removals(self) -> list[Removal]:
        """What was removed, the latest first."""
        rows = self._rows("SELECT id, title, reason, removed FROM removals ORDER BY rowid DESC")
        return [Removal(*row) for row in rows]

    def sentences(self, article: Article) -> list[Sentence]:
        rows = self._rows(
            "SELECT n, start, end, heading FROM sentences WHERE article = (SELECT number FROM articles WHERE id = ?) "
            "ORDER BY n",
            article.id,
        )
        return [sentence(article, n, Span(start, end, bool(heading))) for n, start, end, heading in rows]

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
            if chunk_id(article, n, chunk.text) != id:  # Its id is its hash: a flipped bit must not be quoted.
                raise DamagedLibraryError(
                    f"The text of the article {article.id!r} in {str(self._path)!r} is not what was stored. "
                    "Remove the article and add it again: onrecord doctor names the commands."
                )
            found[id] = (chunk, article, np.frombuffer(vector, np.float32))
        return found

    def matching(self, phrases: Sequence[str], k: int, mask: Mask | None = None) -> list[tuple[str, float]]:
        """The ids of the chunks that share phrases with a query and their BM25 scores (larger is better), best first.

        A phrase is a term, or several with spaces between them. With a mask, only chunks that it lets through.
        """
        query = " OR ".join(f'"{term}"' for term in self._rarest(phrases))
        if not query:
            return []
        # FTS5 scores before it joins: with the join inside, each of the many matches would be looked up. It would also score and
        # sort every match before the mask is asked: "+rank" leaves the order to SQLite, which keeps the k best as they come.
        let_through, masks = ("", ()) if mask is None else ("AND substr(?, rowid + 1, 1) = x'01'", (mask.tobytes(),))
        ranked = f"SELECT rowid, rank FROM words WHERE words MATCH ? {let_through} ORDER BY +rank, rowid LIMIT ?"
        rows = self._rows(ranked, query, *masks, k)
        ids = dict(self._rows(f"SELECT number, id FROM chunks WHERE number IN ({_marks(rows)})", *(n for n, _ in rows)))
        return [(ids[number], -score) for number, score in rows]

    def occurs(self, term: str) -> bool:
        """Whether any chunk has the term."""
        return bool(self._rows("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", f'"{term}"'))

    def terms_beginning(self, letter: str) -> list[str]:
        """Every term of the chunks that begins with a letter, in alphabetical order."""
        self._rows(_FREQUENCIES)
        query = "SELECT term FROM temp.frequencies WHERE term >= ? AND term < ?"
        return [term for (term,) in self._rows(query, letter, chr(ord(letter) + 1))]

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
        hashes = {content_id(text): text for text in texts}
        rows = self._rows(f"SELECT embedded, vector FROM chunks WHERE embedded IN ({_marks(hashes)})", *hashes)
        return {hashes[embedded]: np.frombuffer(vector, np.float32) for embedded, vector in rows}

    def article_count(self) -> int:
        return int(self._rows("SELECT count(*) FROM articles")[0][0])

    def chunk_count(self) -> int:
        return int(self._rows("SELECT count(*) FROM chunks")[0][0])

    def chunk_ids(self, article_ids: Sequence[str]) -> list[str]:
        marks = _marks(article_ids)
        query = f"SELECT c.id FROM chunks c JOIN articles a ON a.number = c.article WHERE a.id IN ({marks})"
        return [id for (id,) in self._rows(query, *article_ids)]

    def sample_vectors(self, n: int) -> tuple[list[str], Vector]:
        """n vectors spread over the library, the same ones for the same library."""
        first, last = self._rows("SELECT min(number), max(number) FROM chunks")[0]
        if first is None:
            return _vectors([])
        places = sorted({first + (last - first) * i // max(1, n - 1) for i in range(n)})
        nearest = "SELECT id, vector FROM chunks WHERE number >= ? ORDER BY number LIMIT 1"
        return _vectors(list(dict.fromkeys(row for place in places for row in self._rows(nearest, place))))

    def all_vectors(self) -> tuple[list[str], Vector]:
        return _vectors(self._rows("SELECT id, vector FROM chunks ORDER BY number"))

    def all_ids(self) -> list[str]:
        """The ids of the articles and of their versions."""
        return [id for (id,) in self._rows("SELECT id FROM articles UNION ALL SELECT id FROM versions")]

    def all_chunk_ids(self) -> set[str]:
        return {id for (id,) in self._rows("SELECT id FROM chunks")}

    def vectors_of(self, ids: Sequence[str]) -> tuple[list[str], Vector]:
        """The stored vectors of those chunks."""
        rows: list[tuple[Any, ...]] = []
        for at in range(0, len(ids), _SLICE):
            part = ids[at : at + _SLICE]
            rows += self._rows(f"SELECT id, vector FROM chunks WHERE id IN ({_marks(part)})", *part)
        return _vectors(rows)

    def altered(self) -> list[tuple[str, str]]:
        """The id and origin of every article whose chunks are not what their hashes say. Reads everything."""
        spans = self._rows(
            "SELECT a.id, c.id, c.n, c.start, c.end FROM chunks c JOIN articles a ON a.number = c.article"
        )
        articles = {article.id: article for article in self.articles()}
        wrong = {
            owner: articles[owner].origin
            for owner, id, n, start, end in spans
            if chunk_id(articles[owner], n, articles[owner].text[start:end]) != id
        }
        return sorted(wrong.items())

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
        with self._lock:
            count = self.chunk_count()
            first = self._rows("SELECT length(vector) FROM chunks LIMIT 1")
            matrix = np.empty((count, first[0][0] // 4 if first else 0), np.float32)
            numbers, ids = np.empty(count, np.int64), list[str]()
            rows = self._connection.execute("SELECT number, id, vector FROM chunks ORDER BY number")
            while part := rows.fetchmany(_VECTORS_AT_ONCE):  # In parts: a large library should not be held twice.
                places = slice(len(ids), len(ids) + len(part))
                numbers[places] = [number for number, _, _ in part]
                matrix[places] = np.frombuffer(b"".join(vector for _, _, vector in part), np.float32).reshape(
                    len(part), -1
                )
                ids += [id for _, id, _ in part]
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
        replaces: Sequence[Article] = (),
    ) -> None:
        """Keep an article in place of others, which become its versions. One transaction: a reader sees old or new."""
        with self._transaction():
            self._remove([earlier.id for earlier in replaces])
            versions.keep(self._connection.execute, replaces, article, _now())
            values = [getattr(article, name) for name in _ARTICLE.split(", ")[:-1]]
            cursor = self._connection.execute(
                f"INSERT INTO articles ({_ARTICLE}, content) VALUES ({_marks(values)}, ?, ?)",
                [*values, json.dumps(article.dropped, ensure_ascii=False), contents(article)],
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
                    self._connection.execute(f"INSERT INTO {table} VALUES ({_marks(row)})", row)

    def remember(self, name: str, value: str) -> None:
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def copy_to(self, path: Path) -> None:
        """Write the database as it is at this moment to another file; others may read and write meanwhile."""
        with self._lock, told(path), closing(sqlite3.connect(path)) as copy:
            self._connection.backup(copy)

    def become(self, path: Path) -> None:
        """Take over the whole content of another library's database, in one transaction of this one.

        The file is never exchanged: a reader that has it open would be left with one file's pages and the other's log.
        """
        with self._lock, told(self._path), closing(connect(path, read_only=True)) as other:
            other.backup(self._connection)

    def name_anew(self) -> None:
        """Give this library an id of its own: it is a copy of another."""
        with self._transaction():
            migrations.name_anew(self._connection.execute)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # Plumbing

    def _prepare(self, read_only: bool) -> None:
        execute = self._connection.execute
        execute("PRAGMA foreign_keys = ON")
        stored = migrations.stored_version(execute)
        if not stored:
            raise DamagedLibraryError(
                f"{str(self._path)!r} is not a library's database: nothing was changed. Choose another folder: onrecord "
                f"--library DIR …; or {bring_back(self._path.parent)}"
            )
        migrations.refuse_newer(stored, str(self._path.parent))
        older = stored < migrations.SCHEMA_VERSION
        if read_only and older:  # Only a writer may change the file, and the doctor and a backup read it as it is.
            with closing(self._connection) as file:
                self._connection = sqlite3.connect(":memory:", check_same_thread=False)
                file.backup(self._connection)
            execute = self._connection.execute
            migrations.migrate(execute, stored)
            self._connection.commit()
        if read_only:
            return
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        execute("PRAGMA secure_delete = ON")  # What is deleted is overwritten.
        if older:
            with self._transaction():
                migrations.migrate(execute, stored)
        self._connection.executescript(_SCHEMA)

    def _remove(self, ids: Sequence[str]) -> None:
        numbers = [number for (number,) in self._rows(f"SELECT number FROM articles WHERE id IN ({_marks(ids)})", *ids)]
        for number in numbers:
            stories.leave(self._connection.execute, number)
            self._connection.execute(
                "DELETE FROM words WHERE rowid IN (SELECT number FROM chunks WHERE article = ?)", (number,)
            )
            self._connection.execute("DELETE FROM articles WHERE number = ?", (number,))

    def _rarest(self, phrases: Sequence[str]) -> list[str]:
        """The phrases that can occur, the rarest first, until so many occurrences are to be scored."""
        counts = [(min(map(self._frequency, phrase.split()), default=0), phrase) for phrase in phrases]
        known = sorted((count, phrase) for count, phrase in counts if count)
        scored = accumulate(count for count, _ in known)
        return [
            phrase
            for n, ((_, phrase), so_far) in enumerate(zip(known, scored, strict=True))
            if not n or so_far <= _SCORED
        ]

    def _frequency(self, term: str) -> int:
        """In how many chunks a term occurs."""
        self._rows(_FREQUENCIES)
        rows = self._rows("SELECT doc FROM temp.frequencies WHERE term = ?", term)
        return int(rows[0][0]) if rows else 0

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock, told(self._path):
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, told(self._path):
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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _vectors(rows: Sequence[tuple[Any, ...]]) -> tuple[list[str], Vector]:
    ids = [id for id, _ in rows]
    matrix = np.frombuffer(b"".join(vector for _, vector in rows), np.float32)
    return ids, matrix.reshape(len(ids), -1) if ids else matrix.reshape(0, 0)


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)
