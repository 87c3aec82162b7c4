"""Add articles to the library in batches: compare with stored versions, split, embed, store in one transaction."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from index.articles import Article, content_id
from index.errors import UnknownArticleError
from index.ingest.sources import SourceFailure, SourceNote
from index.store import adding, fingerprint
from index.store.adding import ALONE, OnProgress, Pace, Prepared, Progress
from index.store.database import Database
from index.store.nearest import NearestChunks
from index.store.read_ahead import ReadAhead, Stopped
from index.store.vectors import Vector, unit_vectors
from index.store.versions import Outcome, Placement, What, is_version, place

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

_EMBEDDED_AT_ONCE = 2 * adding.CHUNKS_AT_ONCE
"""Texts embedded at once: between them other threads get a turn, and lists of floats take eight times a vector's memory."""


@dataclass(frozen=True)
class Report:
    """The result of adding: article ids by outcome, failures with reasons, and `outcomes` article by article.

    `left_out` has the ids of articles of which a shorter or earlier text was read, `notes` remarks on whole sources.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    failed: tuple[SourceFailure, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    notes: tuple[SourceNote, ...] = ()


@dataclass
class Store:
    """The database, the vectors and the embedding of a library. `changes` counts batches and removals of this process."""

    database: Database
    vectors: NearestChunks
    embedding: "Callable[[], BaseEmbedding]"
    writing: threading.RLock = field(default_factory=threading.RLock)
    """Held to compare and store a batch, not while it is read or embedded."""
    changes: int = 0


def add(
    store: Store,
    read: Iterator[Article | SourceFailure],
    notes: Sequence[SourceNote],
    on_progress: OnProgress | None = None,
    pace: Pace = ALONE,
) -> Report:
    """Store what is read, in batches. `notes` is filled while reading."""
    outcomes: list[Outcome] = []
    failed: list[SourceFailure] = []
    dealt_with = embedded = 0
    with closing(ReadAhead(read, _size, stopped=pace.stopped)) as items, suppress(Stopped):
        for article, outcome in put_all(store, _articles(items, failed), pace=pace):
            outcomes.append(outcome)
            dealt_with += len(article.text)
            embedded += len(article.text) if outcome.what in ("added", "updated") else 0
            if on_progress:
                waiting = items.read - dealt_with
                on_progress(Progress(article.title, len(outcomes), embedded, waiting, items.read_all))
    ids = {
        what: tuple(dict.fromkeys(outcome.article for outcome in outcomes if outcome.what == what))
        for what in get_args(What)
    }
    return Report(**ids, failed=tuple(failed), outcomes=tuple(outcomes), notes=tuple(notes))


def put_all(
    store: Store, articles: Iterable[Article], compare: bool = True, pace: Pace = ALONE
) -> Iterator[tuple[Article, Outcome]]:
    """Store articles in batches; yields each with its outcome once that is final.

    Without `compare`, only an article of the same id is replaced.
    """
    batch: list[Prepared] = []
    met: set[str] = set()
    as_of = store.changes
    for article in articles:
        if adding.is_whole(batch) or adding.has_version(batch, article):
            yield from _put_batch(store, batch, as_of, compare, pace)
            batch = []
        as_of = as_of if batch else store.changes
        prepared = _prepared(store, article, article.id in met, compare)
        met.add(article.id)
        if prepared.is_kept:
            batch.append(prepared)
        else:
            yield prepared.placement.article, prepared.placement.outcome
    yield from _put_batch(store, batch, as_of, compare, pace)


def restore_version(store: Store, version: str) -> Article:
    """Restore a version of an article by its id; raises UnknownArticleError."""
    found = store.database.version_of(version)
    if found is None:
        raise UnknownArticleError(
            f"There is no version {version!r} in this library. List an article's: onrecord article ID --versions."
        )
    present, article = store.database.article(found[0]), found[1]
    article = replace(article, id=present.id if present.has_given_id else article.id)
    outcome = Outcome(article.origin, "updated", article.id, article.title)
    list(_put_batch(store, [adding.prepare(Placement(article, outcome, (present,)))], store.changes, False))
    return article


def _prepared(store: Store, article: Article, repeated: bool, compare: bool) -> Prepared:
    """Compare an article with the stored ones and prepare it. A shorter text is stored as a version at once."""
    database = store.database
    with store.writing:
        if compare:
            placement = _place(database, article, repeated)
        else:
            placement = place(article, [same] if (same := database.present(article.id)) else [])
        if placement.outcome.what == "left_out" and not database.version_of(placement.article.id):
            database.keep_version(placement.article, placement.outcome.article)
    if placement.outcome.what in ("added", "updated"):
        return adding.prepare(placement, repeated)
    return Prepared(placement, (), (), ())


def _place(database: Database, article: Article, repeated: bool) -> Placement:
    candidates = database.candidates(article)
    taken = next((other for other in candidates if other.id == article.id), None)
    if taken and not is_version(taken, article, repeated):
        key = content_id(article.url, article.publisher, article.title, article.text)
        note = f"its id {article.id!r} is another article's, with another text; it is kept as {key}"
        return _place(database, replace(article, id=key, unread=(*article.unread, note)), False)
    of = None if taken or article.has_given_id else database.version_of(article.id)
    if of:
        why = (
            f"it is a version of the article {of[0]}; to bring it back: onrecord article {of[0]} --restore {article.id}"
        )
        return Placement(article, Outcome(article.origin, "left_out", of[0], article.title, why=why))
    placement = place(article, [other for other in candidates if is_version(other, article, repeated)])
    removal = next((gone for gone in database.removals() if gone.id == article.id), None)
    if removal and placement.outcome.what == "added":
        note = f"it was removed on {removal.removed[:10]} ({removal.reason or 'no reason given'}) and is back"
        placement = replace(placement, outcome=replace(placement.outcome, notes=(*placement.outcome.notes, note)))
    return placement


def _put_batch(
    store: Store, batch: Sequence[Prepared], as_of: int, compare: bool, pace: Pace = ALONE
) -> Iterator[tuple[Article, Outcome]]:
    """Embed a batch, then store it. If other threads stored anything since `as_of`, compare its articles again first."""
    if not batch:
        return
    vectors = _embed(store, [text for prepared in batch for text in prepared.texts], pace)
    with store.writing:
        if store.changes != as_of:
            batch = [_prepared(store, p.placement.article, p.repeated, compare) for p in batch]
        kept = [prepared for prepared in batch if prepared.is_kept]
        texts = [text for prepared in kept for text in prepared.texts]
        vectors |= _embed(store, [text for text in texts if text not in vectors])
        if kept:
            rows = np.stack([vectors[text] for text in texts])
            adding.uninterrupted(lambda: _keep(store, kept, rows))
            store.changes += 1
    for prepared in batch:
        yield prepared.placement.article, prepared.placement.outcome


def _keep(store: Store, batch: Sequence[Prepared], vectors: Vector) -> None:
    # Chroma first: search ignores its new ids until the SQLite transaction commits.
    store.vectors.writable().put([chunk.id for prepared in batch for chunk in prepared.chunks], vectors)
    at = 0
    for placement, sentences, chunks, texts, _ in batch:
        old = store.database.chunk_ids([earlier.id for earlier in placement.replaces])
        rows = vectors[at : at + len(chunks)]
        store.database.put(placement.article, sentences, chunks, texts, rows, placement.replaces)
        store.vectors.forget(sorted(set(old) - {chunk.id for chunk in chunks}))
        at += len(chunks)


def _embed(store: Store, texts: Sequence[str], pace: Pace = ALONE) -> dict[str, Vector]:
    made = fingerprint.stored(store.database) or fingerprint.remember(store.database, store.embedding())
    known = store.database.known_vectors(texts)
    new = [text for text in dict.fromkeys(texts) if text not in known]
    for at in range(0, len(new), _EMBEDDED_AT_ONCE):
        part = new[at : at + _EMBEDDED_AT_ONCE]
        if pace.stopped():
            raise Stopped
        with pace.turn():
            rows = store.embedding().get_text_embedding_batch(part)
        known |= dict(zip(part, unit_vectors(rows, len(part), made.dimension), strict=True))
    return known


def _size(item: Article | SourceFailure) -> int:
    return len(item.text) if isinstance(item, Article) else 0


def _articles(items: Iterable[Article | SourceFailure], failed: list[SourceFailure]) -> Iterator[Article]:
    """The articles among the items; failures are appended to `failed`."""
    for item in items:
        if isinstance(item, SourceFailure):
            failed.append(item)
        else:
            yield item
