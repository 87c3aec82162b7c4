"""The chunks of library.db, their vectors, and their words for BM25: queries of `Database`, which documents them."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.articles import Article, Chunk, content_id
from index.errors import DamagedLibraryError
from index.store.catalogue import Mask
from index.store.sqlite import Connection, Rows, marks
from index.store.vectors import Vector
from index.text.chunks import chunk_id
from index.text.terms import terms

_SLICE = 10_000  # SQLite takes 32,766 values in one statement.
_FREQUENCIES = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.frequencies USING fts5vocab ('main', 'words', 'row')"

_VECTORS_AT_ONCE = 4_000
_SCORED = 20_000
"""Occurrences of a question's words that are scored at most: in a large archive its commonest words are left out."""


def with_ids(
    rows: Rows, article_of: Callable[[str], Article], path: Path, ids: Sequence[str]
) -> dict[str, tuple[Chunk, Article, Vector]]:
    found: dict[str, tuple[Chunk, Article, Vector]] = {}
    articles: dict[str, Article] = {}
    for id, n, start, end, vector, article_id in rows(
        "SELECT c.id, c.n, c.start, c.end, c.vector, a.id FROM chunks c JOIN articles a ON a.number = c.article "
        f"WHERE c.id IN ({marks(ids)})",
        *ids,
    ):
        article = articles.get(article_id) or article_of(article_id)
        articles[article_id] = article
        chunk = Chunk(id, article_id, n, start, end, article.text[start:end])
        if chunk_id(article, n, chunk.text) != id:  # Its id is its hash: never quote altered text.
            raise DamagedLibraryError(
                f"The text of the article {article.id!r} in {str(path)!r} is not what was stored. "
                "Remove the article and add it again: onrecord doctor names the commands."
            )
        found[id] = (chunk, article, np.frombuffer(vector, np.float32))
    return found


def matching(rows: Rows, phrases: Sequence[str], k: int, mask: Mask | None = None) -> list[tuple[str, float]]:
    """See `Database.matching`."""
    query = " OR ".join(f'"{term}"' for term in _rarest(rows, phrases))
    if not query:
        return []
    # No join here: FTS5 would look up every match. "+rank" makes SQLite apply the mask first and keep only the k best,
    # instead of FTS5 scoring and sorting every match.
    let_through, masks = ("", ()) if mask is None else ("AND substr(?, rowid + 1, 1) = x'01'", (mask.tobytes(),))
    ranked = f"SELECT rowid, rank FROM words WHERE words MATCH ? {let_through} ORDER BY +rank, rowid LIMIT ?"
    best = rows(ranked, query, *masks, k)
    ids: dict[int, str] = dict(
        rows(f"SELECT number, id FROM chunks WHERE number IN ({marks(best)})", *(n for n, _ in best))
    )
    return [(ids[number], -score) for number, score in best]


def terms_beginning(rows: Rows, letter: str) -> list[str]:
    rows(_FREQUENCIES)
    query = "SELECT term FROM temp.frequencies WHERE term >= ? AND term < ?"
    return [term for (term,) in rows(query, letter, chr(ord(letter) + 1))]


def known_vectors(rows: Rows, texts: Sequence[str]) -> dict[str, Vector]:
    hashes = {content_id(text): text for text in texts}
    known = rows(f"SELECT embedded, vector FROM chunks WHERE embedded IN ({marks(hashes)})", *hashes)
    return {hashes[embedded]: np.frombuffer(vector, np.float32) for embedded, vector in known}


def sample_vectors(rows: Rows, n: int) -> tuple[list[str], Vector]:
    first, last = rows("SELECT min(number), max(number) FROM chunks")[0]
    if first is None:
        return _vectors([])
    places = sorted({first + (last - first) * i // max(1, n - 1) for i in range(n)})
    nearest = "SELECT id, vector FROM chunks WHERE number >= ? ORDER BY number LIMIT 1"
    return _vectors(list(dict.fromkeys(row for place in places for row in rows(nearest, place))))


def vectors_of(rows: Rows, ids: Sequence[str]) -> tuple[list[str], Vector]:
    found: list[tuple[Any, ...]] = []
    for at in range(0, len(ids), _SLICE):
        part = ids[at : at + _SLICE]
        found += rows(f"SELECT id, vector FROM chunks WHERE id IN ({marks(part)})", *part)
    return _vectors(found)


def all_vectors(rows: Rows) -> tuple[list[str], Vector]:
    return _vectors(rows("SELECT id, vector FROM chunks ORDER BY number"))


def altered(rows: Rows, kept: Sequence[Article]) -> list[tuple[str, str]]:
    spans = rows("SELECT a.id, c.id, c.n, c.start, c.end FROM chunks c JOIN articles a ON a.number = c.article")
    articles = {article.id: article for article in kept}
    wrong = {
        owner: articles[owner].origin
        for owner, id, n, start, end in spans
        if chunk_id(articles[owner], n, articles[owner].text[start:end]) != id
    }
    return sorted(wrong.items())


def vectors_by_number(connection: Connection) -> tuple[NDArray[np.int64], list[str], Vector]:
    count = connection.execute("SELECT count(*) FROM chunks").fetchone()[0]
    first = connection.execute("SELECT length(vector) FROM chunks LIMIT 1").fetchone()
    matrix = np.empty((count, first[0] // 4 if first else 0), np.float32)
    numbers, ids = np.empty(count, np.int64), list[str]()
    rows = connection.execute("SELECT number, id, vector FROM chunks ORDER BY number")
    while part := rows.fetchmany(_VECTORS_AT_ONCE):  # In parts, to limit memory.
        places = slice(len(ids), len(ids) + len(part))
        numbers[places] = [number for number, _, _ in part]
        matrix[places] = np.frombuffer(b"".join(vector for _, _, vector in part), np.float32).reshape(len(part), -1)
        ids += [id for _, id, _ in part]
    return numbers, ids, matrix


def insert(
    connection: Connection,
    number: int,
    article: Article,
    chunks: Sequence[Chunk],
    embedded: Sequence[str],
    vectors: Vector,
) -> None:
    """Called within a transaction."""
    for chunk, text, vector in zip(chunks, embedded, vectors, strict=True):
        row = connection.execute(
            "INSERT INTO chunks (id, article, n, start, end, embedded, vector) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (chunk.id, number, chunk.n, chunk.start, chunk.end, content_id(text), vector.tobytes()),
        )
        connection.execute(
            "INSERT INTO words (rowid, terms) VALUES (?, ?)",
            (row.lastrowid, " ".join(terms(text, article.language))),
        )


def _rarest(rows: Rows, phrases: Sequence[str]) -> list[str]:
    """The phrases whose terms occur, the rarest first, up to `_SCORED` occurrences."""
    counts = [(min((_frequency(rows, term) for term in phrase.split()), default=0), phrase) for phrase in phrases]
    known = sorted((count, phrase) for count, phrase in counts if count)
    scored = accumulate(count for count, _ in known)
    return [
        phrase for n, ((_, phrase), so_far) in enumerate(zip(known, scored, strict=True)) if not n or so_far <= _SCORED
    ]


def _frequency(rows: Rows, term: str) -> int:
    """The number of chunks with a term."""
    rows(_FREQUENCIES)
    found = rows("SELECT doc FROM temp.frequencies WHERE term = ?", term)
    return int(found[0][0]) if found else 0


def _vectors(rows: Sequence[tuple[Any, ...]]) -> tuple[list[str], Vector]:
    ids = [id for id, _ in rows]
    matrix = np.frombuffer(b"".join(vector for _, vector in rows), np.float32)
    return ids, matrix.reshape(len(ids), -1) if ids else matrix.reshape(0, 0)
