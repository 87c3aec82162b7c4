"""The library: a folder of articles that can be added to, read and searched."""

import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, get_args

import numpy as np

from index import adding
from index import chunks as chunking
from index import search as ranking
from index.adding import ALONE, OnProgress, Pace, Prepared, Progress, ReadAhead, Stopped
from index.article_list import Holdings, Listed, Wanted
from index.articles import Article, Hit, Sentence, content_id
from index.catalogue import Catalogue, Mask
from index.database import Database, Removal
from index.errors import (
    EMPTY_QUESTION,
    EmbeddingMismatchError,
    LibraryLockedError,
    QuestionError,
    UnknownArticleError,
    need,
)
from index.filters import Filter
from index.folder import check_not_lost, check_readable, clear_leftovers, writer_lock
from index.lock import WriterLock
from index.nearest import NearestChunks
from index.places import other_names
from index.sentences import sentences_of
from index.sources import Options, SourceFailure, SourceNote, read_sources
from index.spelling import Bucket, bucket, respelt
from index.terms import query_terms, query_words
from index.vectors import Vector, unit_vectors
from index.versions import Outcome, Placing, Version, What, is_version, place
from index.web import PRIVATE_NETWORKS, Web

if TYPE_CHECKING:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.base.embeddings.base import BaseEmbedding

log = logging.getLogger("onrecord")
T = TypeVar("T")
_LISTS = 500
"""How many lists of articles are remembered."""

_POOL = 50
"""How many chunks each of the two searches brings before they are fused."""

_EMBEDDED_AT_ONCE = 2 * adding.CHUNKS_AT_ONCE
"""How many texts of a long article: others have their turn between, and a row of Python numbers takes eight times the
memory of a vector."""

ENTRIES = "feed_entries"
"""The fact that holds the marks of the feed entries that were taken in, so that only new ones are read."""

_DEEPEST = 800
"""How many at most, where near-copies of a few stories take all the places."""


@dataclass(frozen=True)
class Fingerprint:
    """How a library was made. Two libraries with different ones do not search alike."""

    embedding: str
    dimension: int
    chunker: str


@dataclass(frozen=True)
class Report:
    """What became of everything that was added: article ids, each failure with its reason, and `outcomes` article by article.

    `left_out` holds the ids of the articles behind which a shorter or earlier text was left, `notes` what is to be known of
    whole sources.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    failed: tuple[SourceFailure, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    notes: tuple[SourceNote, ...] = ()


class Library:
    """An archive on disk: `library.db` is the truth, `chroma/` an index that can be rebuilt from it.

    One process writes. A second may read: it searches the stored vectors exactly and leaves Chroma alone.
    """

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        embedding: "BaseEmbedding | str | None" = None,
        read_only: bool | None = False,
        chroma: str | None = None,
    ) -> "Library":
        """Open the library in that folder; a writer creates it where there is none.

        `read_only=None` writes if nobody else does and reads otherwise. `embedding` counts when a library is created;
        afterwards it must be the one the library was made with. `chroma` is the address of a Chroma server that keeps the
        vectors, or "cloud"; without it they are kept in the folder. Raises LibraryLockedError, EmbeddingMismatchError,
        DamagedLibraryError, or LibraryError where a reader finds no library.
        """
        folder = Path(path).expanduser()
        lock = None
        if not read_only:
            lock = writer_lock(folder, or_read=read_only is None)
        try:
            if lock is None:
                check_readable(folder)
            else:
                check_not_lost(folder)
                clear_leftovers(folder)
            return cls(folder, lock, embedding, chroma)
        except BaseException:
            if lock:
                lock.release()
            raise

    def __init__(
        self, folder: Path, lock: WriterLock | None, embedding: "BaseEmbedding | str | None", chroma: str | None
    ) -> None:
        self.folder = folder
        self._lock = lock
        self._server = chroma
        self._database = Database(folder / "library.db", read_only=lock is None)
        self._embedding = None if isinstance(embedding, str) else embedding
        self._embedding_name = embedding if isinstance(embedding, str) else None
        self._writing = threading.RLock()  # Held to place and keep a batch, not while it is read or embedded.
        self._changes = 0
        self._opening = threading.RLock()  # The embedding is loaded when first needed, and once.
        self._vectors = NearestChunks(
            folder, self._database, chroma, lock is not None, self._check_made_alike, self._mend_as_writer
        )
        self._catalogue: tuple[tuple[int, int], Catalogue] | None = None
        self._lists: tuple[tuple[int, int], dict[Any, Any]] = (-1, -1), {}
        self._vocabulary: tuple[tuple[int, int], dict[str, Bucket]] = (-1, -1), {}
        try:
            self._database.check_counts()
            self._check_made_alike()
            if lock:
                self._database.file_stories()
        except BaseException:
            self._database.close()
            raise

    # Reading

    def articles(self) -> list[Article]:
        """Every article, in the order in which they were added."""
        return self._database.articles()

    def listed(self, wanted: Wanted, limit: int) -> Sequence[Listed]:
        """The articles that fit, the newest first, no more than so many, without their texts."""
        return self._remembered(("listed", wanted, limit), lambda: self._database.listed(wanted, limit))

    def count(self, wanted: Wanted) -> int:
        """How many articles fit."""
        return self._remembered(("count", wanted), lambda: self._database.count(wanted))

    def newest(self, n: int) -> Sequence[Article]:
        """The n articles that were published last."""
        return self._remembered(("newest", n), lambda: self._database.newest(n))

    def holdings(self) -> Holdings:
        """What the library holds in numbers."""
        return self._remembered(("holdings",), self._database.holdings)

    def article(self, id: str) -> Article:
        """The article with that id, or the version of one as it was; raises UnknownArticleError."""
        need(id, str, "article's id")
        return self._database.article(id.encode("utf-8", "replace").decode("utf-8"))

    def current(self, id: str) -> str:
        """The id of the article as it is now, by that of any of its versions."""
        return self._database.current(self.article(id).id)

    def versions(self, id: str) -> list[Version]:
        """The earlier and shorter texts that are kept of an article, the latest first; raises UnknownArticleError."""
        return self._database.versions(self.article(id).id)

    def removals(self) -> list[Removal]:
        """What was removed from this library and why, without the texts; the latest first."""
        return self._database.removals()

    def sentences(self, article: Article) -> list[Sentence]:
        """The sentences of an article of this library, or of a version of one, headings included."""
        return self._database.sentences(article) or list(sentences_of(article))

    def search(
        self, question: str, k: int = 8, filter: Filter | None = None, prefer: Filter | None = None
    ) -> list[Hit]:
        """The k passages that fit a question best, in whatever language: dense and lexical search together.

        A passage is a chunk, or two neighbouring ones that were both found. `filter` leaves out every article that does
        not meet it; `prefer` only lifts those that do. Near-copies of one story are one hit, which names the others in
        `also_in`. Raises QuestionError for an empty question, and for a filter on a source that no article is from.
        """
        need(question, str, "question")
        need(k, int, "number of passages")
        if not question.strip():
            raise QuestionError(EMPTY_QUESTION)
        if not self._database.chunk_count():
            return []
        vector = unit_vectors([self.embedding.get_query_embedding(question)], 1, self.fingerprint.dimension)[0]
        terms, mask = self._phrases(question), self._mask(filter) if filter else None
        pool = _POOL
        while True:
            found = self._candidates(vector, terms, mask, pool)
            hits = ranking.lift(found, lambda hit: prefer.holds(hit.article)) if prefer else found
            stories = self._database.copies(sorted({hit.article.id for hit in hits}))
            distinct = ranking.fold_copies(hits, stories)
            if len(distinct) >= k or len(found) < pool or pool >= _DEEPEST:
                break
            pool *= 4  # The copies of one story have taken the others' places.
        chosen = ranking.balance(ranking.joined(distinct, k), k)
        return [self._naming_copies(hit, stories.get(hit.article.id, ()), filter) for hit in chosen]

    def candidates(
        self, question: str, k: int = 12, filter: Filter | None = None, prefer: Filter | None = None
    ) -> list[Hit]:
        """The k chunks likeliest to answer a question, with a fixed share for each of the two languages with most articles.

        Lexical search cannot reach articles in another language, and dense search prefers the question's own: each
        language is searched by itself, and gives its best in turn. Otherwise as `search`; chunks are not joined.
        """
        need(question, str, "question")
        need(k, int, "number of passages")
        if not question.strip():
            raise QuestionError(EMPTY_QUESTION)
        if not self._database.chunk_count():
            return []
        vector = unit_vectors([self.embedding.get_query_embedding(question)], 1, self.fingerprint.dimension)[0]
        terms, languages = self._phrases(question), self.catalogue().languages
        sides: list[list[Hit]] = []
        for language in languages[:2] if len(languages) > 1 else (None,):
            mask = self._mask(filter or Filter(), language) if filter or language else None
            found = self._candidates(vector, terms, mask, _POOL)
            sides.append(ranking.lift(found, lambda hit: prefer.holds(hit.article)) if prefer else found)
        hits = ranking.in_turn(sides)
        stories = self._database.copies(sorted({hit.article.id for hit in hits}))
        chosen = ranking.fold_copies(hits, stories)[:k]
        return [self._naming_copies(hit, stories.get(hit.article.id, ()), filter) for hit in chosen]

    def occurs(self, word: str) -> bool:
        """Whether a word stands anywhere in the library's articles: in any of its forms, spelled nearly so, or as a place's
        name in the other language.
        """
        return self._remembered(("occurs", word), lambda: bool(self._database.matching(self._phrases(word), 1)))

    def catalogue(self) -> Catalogue:
        """When and by whom the articles were published, for filters; read anew when the library has changed."""
        version = self._database.version()
        if self._catalogue is None or self._catalogue[0] != version:
            self._catalogue = version, self._database.catalogue()
        return self._catalogue[1]

    def as_retriever(self, k: int = 8, filter: Filter | None = None) -> "BaseRetriever":
        """This library's search as a LlamaIndex retriever."""
        from index.retriever import LibraryRetriever

        return LibraryRetriever(self, k, filter)

    @property
    def embedding(self) -> "BaseEmbedding":
        """The embedding this library is made with, loaded when first needed."""
        with self._opening:
            if self._embedding is None:
                # LlamaIndex takes seconds to import: only who searches pays for it.
                from index.embed import EMBEDDED, is_known, open_embedding

                made_with = self._database.fact("embedding_name")
                if made_with and not self._embedding_name and not is_known(made_with):
                    raise self._made_otherwise(made_with, EMBEDDED)
                self._embedding = open_embedding(self._embedding_name or made_with or EMBEDDED)
                self._check_made_alike()
            return self._embedding

    @property
    def fingerprint(self) -> Fingerprint:
        """How this library was made; where nothing was added yet, how it would be."""
        return self._made() or self._would_make()

    @property
    def read_only(self) -> bool:
        return self._lock is None

    # Changing

    def add(
        self,
        sources: Iterable[str | Path],
        on_progress: OnProgress | None = None,
        *,
        allow_private_addresses: bool = False,
        fields: Mapping[str, str] | None = None,
        force: bool = False,
        pace: Pace = ALONE,
        follow_links: bool = False,
    ) -> Report:
        """Add files, folders, web addresses, feeds, or "-" for standard input; docs/sources.md says what goes in.

        Unchanged articles are skipped. A text replaces an article only if it is the same story of the same source, and
        no excerpt of it; what it replaces is kept as a version. Articles are kept a batch of some dozens of chunks at a
        time; `on_progress` is told of each that is. Interrupted, what it was told of is kept, and adding
        the same sources again goes on from there. One bad source never stops the others: it is named in the report.
        Addresses of this machine and of private networks are refused unless they are allowed. `fields` names the fields of
        exports: {"title": "headline"}. `force` adds what looks like a paywall's teaser, a form or a list of articles;
        `follow_links` reads files outside of a folder that links in it lead to. Several threads may add at once; `pace` says
        how they take turns and when one ends early.
        """
        self._must_write()
        outcomes: list[Outcome] = []
        failed: list[SourceFailure] = []
        notes: list[SourceNote] = []
        known = self.entries()
        seen = set(known)
        web = Web(PRIVATE_NETWORKS if allow_private_addresses else ())
        options = Options(fields or {}, force, follow_links)
        dealt_with = embedded = 0
        read = read_sources(sources, web, seen, options, notes)
        with closing(ReadAhead(read, _size, stopped=pace.stopped)) as items, suppress(Stopped):
            for article, outcome in self._put_all(_articles(items, failed), pace=pace):
                outcomes.append(outcome)
                dealt_with += len(article.text)
                embedded += len(article.text) if outcome.what in ("added", "updated") else 0
                if on_progress:
                    waiting = items.read - dealt_with
                    on_progress(Progress(article.title, len(outcomes), embedded, waiting, items.read_all))
        if seen != known:
            with self._writing:
                self.remember_entries(self.entries() | seen)
        ids = {
            what: tuple(dict.fromkeys(outcome.article for outcome in outcomes if outcome.what == what))
            for what in get_args(What)
        }
        return Report(**ids, failed=tuple(failed), outcomes=tuple(outcomes), notes=tuple(notes))

    def entries(self) -> frozenset[str]:
        """The marks of the feed entries that were taken in: what was removed since does not come back with its feed."""
        return frozenset(json.loads(self._database.fact(ENTRIES) or "[]"))

    def remember_entries(self, marks: Iterable[str]) -> None:
        self._database.remember(ENTRIES, json.dumps(sorted(marks)))

    def store(self, article: Article) -> None:
        """Split, embed and keep one article as it is; only one of the same id becomes its version."""
        list(self.store_all([article]))

    def store_all(self, articles: Iterable[Article]) -> Iterator[Article]:
        """Split, embed and keep articles as `store` does; yields each when it is kept."""
        self._must_write()
        yield from (article for article, _ in self._put_all(articles, compare=False))

    def restore(self, version: str) -> Article:
        """Bring back a version of an article by its id; the text that it replaces becomes a version in turn.

        Raises UnknownArticleError for an id that is no version's.
        """
        self._must_write()
        found = self._database.version_of(version)
        if found is None:
            raise UnknownArticleError(
                f"There is no version {version!r} in this library. List an article's: onrecord article ID --versions."
            )
        present, article = self.article(found[0]), found[1]
        article = replace(article, id=present.id if present.has_given_id else article.id)
        outcome = Outcome(article.origin, "updated", article.id, article.title)
        list(self._put_batch([adding.prepare(Placing(article, outcome, (present,)))], self._changes, False))
        return article

    def remove(self, ids: Sequence[str], reason: str = "") -> None:
        """Remove articles with their versions and every trace of them but a record of the removal: ids, title and reason.

        The id of a version stands for its article; an unknown id raises UnknownArticleError and removes none. The page's
        conversations are not the library's: `ui.removing` also takes the answers that quote the articles out of them.
        """
        self._must_write()
        with self._writing:
            ids = list(dict.fromkeys(map(self.current, ids)))
            chunk_ids = self._database.chunk_ids(ids)
            self._vectors.writable()  # What cannot be opened is told before anything is removed.
            self._database.remove(ids, reason)
            self._vectors.forget(chunk_ids)
            self._changes += 1

    def take_records(self, other: Database) -> None:
        """Keep the versions and removals of another library, whose articles this one has."""
        self._must_write()
        self._database.take_records(other)

    def mend(self, anew: bool = False) -> int:
        """Bring the vectors to agree with library.db now, as the first search or change would; returns how many it holds.

        `anew` throws away what Chroma holds first.
        """
        self._must_write()
        return self._vectors.mended(anew)

    def close(self) -> None:
        """Free the lock and the files; closing twice is fine."""
        self._vectors.close()
        self._database.close()
        if self._lock:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # Plumbing

    def _put_all(
        self, articles: Iterable[Article], compare: bool = True, pace: Pace = ALONE
    ) -> Iterator[tuple[Article, Outcome]]:
        """Keep articles by the batch; yields each with what became of it, once that is certain."""
        batch: list[Prepared] = []
        met: set[str] = set()
        as_of = self._changes
        for article in articles:
            if adding.is_whole(batch) or adding.has_version(batch, article):
                yield from self._put_batch(batch, as_of, compare, pace)
                batch = []
            as_of = as_of if batch else self._changes
            prepared = self._prepared(article, article.id in met, compare)
            met.add(article.id)
            if prepared.is_kept:
                batch.append(prepared)
            else:
                yield prepared.placing.article, prepared.placing.outcome
        yield from self._put_batch(batch, as_of, compare, pace)

    def _prepared(self, article: Article, repeated: bool, compare: bool) -> Prepared:
        """What becomes of an article beside what is kept now. A text that is left out is kept as a version at once."""
        with self._writing:
            if compare:
                placing = self._place(article, repeated)
            else:
                placing = place(article, [same] if (same := self._database.present(article.id)) else [])
            if placing.outcome.what == "left_out" and not self._database.version_of(placing.article.id):
                self._database.keep_version(placing.article, placing.outcome.article)
        if placing.outcome.what in ("added", "updated"):
            return adding.prepare(placing, repeated)
        return Prepared(placing, (), (), ())

    def _place(self, article: Article, repeated: bool) -> Placing:
        candidates = self._database.candidates(article)
        taken = next((other for other in candidates if other.id == article.id), None)
        if taken and not is_version(taken, article, repeated):
            key = content_id(article.url, article.publisher, article.title, article.text)
            note = f"its id {article.id!r} is another article's, with another text; it is kept as {key}"
            return self._place(replace(article, id=key, unread=(*article.unread, note)), False)
        of = None if taken or article.has_given_id else self._database.version_of(article.id)
        if of:
            why = f"it is a version of the article {of[0]}; to bring it back: onrecord article {of[0]} --restore {article.id}"
            return Placing(article, Outcome(article.origin, "left_out", of[0], article.title, why=why))
        placing = place(article, [other for other in candidates if is_version(other, article, repeated)])
        removal = next((gone for gone in self.removals() if gone.id == article.id), None)
        if removal and placing.outcome.what == "added":
            note = f"it was removed on {removal.removed[:10]} ({removal.reason or 'no reason given'}) and is back"
            placing = replace(placing, outcome=replace(placing.outcome, notes=(*placing.outcome.notes, note)))
        return placing

    def _put_batch(
        self, batch: Sequence[Prepared], as_of: int, compare: bool, pace: Pace = ALONE
    ) -> Iterator[tuple[Article, Outcome]]:
        """Embed a batch, beside others who add; then keep it, placed again where they changed anything since `as_of`."""
        if not batch:
            return
        vectors = self._embed([text for prepared in batch for text in prepared.texts], pace)
        with self._writing:
            if self._changes != as_of:
                batch = [self._prepared(p.placing.article, p.repeated, compare) for p in batch]
            kept = [prepared for prepared in batch if prepared.is_kept]
            texts = [text for prepared in kept for text in prepared.texts]
            vectors |= self._embed([text for text in texts if text not in vectors])
            if kept:
                rows = np.stack([vectors[text] for text in texts])
                adding.uninterrupted(lambda: self._keep(kept, rows))
                self._changes += 1
        for prepared in batch:
            yield prepared.placing.article, prepared.placing.outcome

    def _keep(self, batch: Sequence[Prepared], vectors: Vector) -> None:
        # Chroma first, SQLite second: until the transaction commits, search does not know the new ids.
        self._vectors.writable().put([chunk.id for prepared in batch for chunk in prepared.chunks], vectors)
        at = 0
        for placing, sentences, chunks, texts, _ in batch:
            old = self._database.chunk_ids([earlier.id for earlier in placing.replaces])
            rows = vectors[at : at + len(chunks)]
            self._database.put(placing.article, sentences, chunks, texts, rows, placing.replaces)
            self._vectors.forget(sorted(set(old) - {chunk.id for chunk in chunks}))
            at += len(chunks)

    def _embed(self, texts: Sequence[str], pace: Pace = ALONE) -> dict[str, Vector]:
        made = self._made()
        if made is None:
            made = self._would_make()
            self._database.remember("embedding_name", self.embedding.model_name)
            self._database.remember("fingerprint", json.dumps(asdict(made)))
        known = self._database.known_vectors(texts)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for at in range(0, len(new), _EMBEDDED_AT_ONCE):
            part = new[at : at + _EMBEDDED_AT_ONCE]
            if pace.stopped():
                raise Stopped
            with pace.turn():
                rows = self.embedding.get_text_embedding_batch(part)
            known |= dict(zip(part, unit_vectors(rows, len(part), made.dimension), strict=True))
        return known

    def _candidates(self, vector: Vector, terms: Sequence[str], mask: Mask | None, pool: int) -> list[Hit]:
        """What the two searches bring together, fused, best first."""
        words = dict(self._database.matching(terms, pool, mask))
        near = (id for id, _ in self._vectors.nearest(vector, pool, mask))
        found = self._database.chunks(list(dict.fromkeys([*near, *words])))
        # What Chroma holds but SQLite does not is on its way in or out.
        hits = [Hit(chunk, article, 0.0, float(its @ vector)) for chunk, article, its in found.values()]
        return ranking.fused(hits, words)

    def _remembered(self, key: object, make: Callable[[], T]) -> T:
        """What was made under that key and is asked for often, made again when the library has changed."""
        version = self._database.version()
        if self._lists[0] != version or len(self._lists[1]) >= _LISTS:
            self._lists = version, {}
        made = self._lists[1]
        if key not in made:
            made[key] = make()
        return made[key]  # type: ignore[no-any-return]

    def _phrases(self, question: str) -> tuple[str, ...]:
        """What lexical search looks for: the question's terms, as the articles spell them and in both languages."""
        words = query_words(question)
        near = respelt(words, self._database.occurs, self._beginning)
        return tuple(dict.fromkeys([*query_terms(question), *near, *other_names(words)]))

    def _beginning(self, letter: str) -> Bucket:
        """The stems in the articles that begin with a letter; read again when the library has changed."""
        version = self._database.version()
        if self._vocabulary[0] != version:
            self._vocabulary = version, {}
        stems = self._vocabulary[1]
        if letter not in stems:
            stems[letter] = bucket(self._database.terms_beginning(letter))
        return stems[letter]

    def _mask(self, filter: Filter, language: str | None = None) -> Mask:
        catalogue = self.catalogue()
        for source in filter.sources:
            if not catalogue.has_source(source):
                known = ", ".join(catalogue.publishers[:20]) or "none of its articles names one"
                raise QuestionError(f"No article in this library is from {source!r}. Its sources: {known}.")
        if filter.articles:  # Whoever holds the id of an earlier version means the article.
            filter = replace(filter, articles=tuple(map(self._database.current, filter.articles)))
        return catalogue.mask(filter, language)

    def _naming_copies(self, hit: Hit, story: Sequence[str], filter: Filter | None) -> Hit:
        others = (self.article(id) for id in story if id != hit.article.id)
        return ranking.name_copies(hit, (other for other in others if filter is None or filter.holds(other)))

    def _mend_as_writer(self) -> None:
        with Library.open(self.folder, chroma=self._server) as writer:
            writer.mend()

    def _made(self) -> Fingerprint | None:
        stored = self._database.fact("fingerprint")
        return Fingerprint(**json.loads(stored)) if stored else None

    def _would_make(self) -> Fingerprint:
        from index.embed import describe

        dimension = len(self.embedding.get_query_embedding("dimension"))
        return Fingerprint(describe(self.embedding), dimension, chunking.VERSION)

    def _check_made_alike(self) -> None:
        """Refuse an embedding or chunks other than the library's own: the same dimension proves nothing."""
        made = self._made()
        if made is None:
            return
        same = [(made.chunker, chunking.VERSION)]
        if self._embedding:
            from index.embed import describe

            same.append((made.embedding, describe(self._embedding)))
        elif self._embedding_name:
            same.append((self._database.fact("embedding_name") or "", self._embedding_name))
        for theirs, ours in same:
            if theirs != ours:
                raise self._made_otherwise(theirs, ours)

    def _made_otherwise(self, theirs: str, ours: str) -> EmbeddingMismatchError:
        return EmbeddingMismatchError(
            f"The library {str(self.folder)!r} was made with {theirs!r}, not with {ours!r}. Use the one it was "
            f"made with, or make it anew: onrecord --library {str(self.folder)!r} rebuild."
        )

    def _must_write(self) -> None:
        if self._lock is None:
            raise LibraryLockedError(f"The library {str(self.folder)!r} was opened for reading only.")


def _size(item: Article | SourceFailure) -> int:
    return len(item.text) if isinstance(item, Article) else 0


def _articles(items: Iterable[Article | SourceFailure], failed: list[SourceFailure]) -> Iterator[Article]:
    """The articles among the items; what failed joins the list."""
    for item in items:
        if isinstance(item, SourceFailure):
            failed.append(item)
        else:
            yield item
