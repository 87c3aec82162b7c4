"""The library: a folder of articles. Add, read, search, remove."""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from index.articles import Article, Hit, Sentence
from index.errors import EMPTY_QUESTION, LibraryLockedError, QuestionError, require_type
from index.filters import Filter
from index.ingest.sources import Options, SourceNote, read_sources
from index.ingest.web import PRIVATE_NETWORKS, Web
from index.lock import WriterLock
from index.search import hybrid
from index.store import fingerprint, storing
from index.store.adding import ALONE, OnProgress, Pace
from index.store.article_list import ArticleQuery, ArticleSummary, Holdings
from index.store.catalogue import Catalogue
from index.store.database import Database, Removal
from index.store.fingerprint import Fingerprint
from index.store.folder import check_not_lost, check_readable, clear_leftovers, writer_lock
from index.store.nearest import NearestChunks
from index.store.storing import Report
from index.store.vectors import Vector, unit_vectors
from index.store.version_cache import VersionCache
from index.store.versions import Version
from index.text.sentences import sentences_of

if TYPE_CHECKING:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.base.embeddings.base import BaseEmbedding

ENTRIES = "feed_entries"
"""The name under which the database stores the marks of feed entries already added."""


class Library:
    """An archive on disk: `library.db` is authoritative, `chroma/` an index that can be rebuilt from it.

    One process writes. Others may read: they search the stored vectors exactly, without Chroma.
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

        `read_only=None` writes unless another process does. `embedding` is chosen when a library is created; afterwards
        it must be the same. `chroma` is the address of a Chroma server that stores the
        vectors, or "cloud"; without it they are in the folder. Raises LibraryLockedError, EmbeddingMismatchError,
        DamagedLibraryError, or LibraryError if a reader finds no library.
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
        self._opening = threading.RLock()  # So that the embedding is loaded once.
        self._vectors = NearestChunks(
            folder, self._database, chroma, lock is not None, self._check_fingerprint, self._sync_as_writer
        )
        self._store = storing.Store(self._database, self._vectors, lambda: self.embedding)
        self._search_data = hybrid.SearchData(self._database, self._vectors, VersionCache(self._database.version))
        self._lists = VersionCache(self._database.version)
        try:
            self._database.check_counts()
            self._check_fingerprint()
            if lock:
                self._database.file_stories()
        except BaseException:
            self._database.close()
            raise

    # Reading

    def articles(self) -> list[Article]:
        """Every article, in the order in which they were added."""
        return self._database.articles()

    def listed(self, wanted: ArticleQuery, limit: int) -> Sequence[ArticleSummary]:
        """The first `limit` articles that match, newest first, without their texts."""
        return self._lists.get(("listed", wanted, limit), lambda: self._database.listed(wanted, limit))

    def count(self, wanted: ArticleQuery) -> int:
        """How many articles match."""
        return self._lists.get(("count", wanted), lambda: self._database.count(wanted))

    def newest(self, n: int) -> Sequence[Article]:
        """The n latest published articles."""
        return self._lists.get(("newest", n), lambda: self._database.newest(n))

    def holdings(self) -> Holdings:
        """Counts of articles by month, publisher and language."""
        return self._lists.get(("holdings",), self._database.holdings)

    def article(self, id: str) -> Article:
        """The article or the earlier version with that id; raises UnknownArticleError."""
        require_type(id, str, "article's id")
        return self._database.article(id.encode("utf-8", "replace").decode("utf-8"))

    def current(self, id: str) -> str:
        """The article's current id, given the id of any of its versions."""
        return self._database.current(self.article(id).id)

    def versions(self, id: str) -> list[Version]:
        """The stored earlier and shorter texts of an article, latest first; raises UnknownArticleError."""
        return self._database.versions(self.article(id).id)

    def removals(self) -> list[Removal]:
        """The removed articles with the reasons, without texts, latest first."""
        return self._database.removals()

    def sentences(self, article: Article) -> list[Sentence]:
        """The sentences of an article or of a version, headings included."""
        return self._database.sentences(article) or list(sentences_of(article))

    def search(
        self, question: str, k: int = 8, filter: Filter | None = None, prefer: Filter | None = None
    ) -> list[Hit]:
        """The k passages that match a question best, in any language: dense and lexical search combined.

        A passage is a chunk, or neighbouring chunks that were all found. `filter` excludes articles that do not match;
        `prefer` raises the score of those that do. Near-copies of one story are one hit, with the others in `also_in`.
        Raises QuestionError for an empty question, and for a filter on a source that the library lacks.
        """
        vector = self._vector(question, k)
        return [] if vector is None else hybrid.search(self._search_data, question, vector, k, filter, prefer)

    def candidates(
        self, question: str, k: int = 12, filter: Filter | None = None, prefer: Filter | None = None
    ) -> list[Hit]:
        """The k chunks likeliest to answer a question, taken in turn from the two languages with most articles.

        Lexical search does not find articles in another language, and dense search prefers the question's own, so each
        language is searched separately. Otherwise as `search`, but neighbouring chunks are not joined.
        """
        vector = self._vector(question, k)
        return (
            []
            if vector is None
            else hybrid.candidates_by_language(self._search_data, question, vector, k, filter, prefer)
        )

    def occurs(self, word: str) -> bool:
        """Whether a word occurs in any article, also inflected, misspelled, or as a place's name in the other language."""
        return self._lists.get(("occurs", word), lambda: hybrid.occurs(self._search_data, word))

    def catalogue(self) -> Catalogue:
        """Dates and publishers of all articles, for filters; reread when the library has changed."""
        return hybrid.catalogue(self._search_data)

    def as_retriever(self, k: int = 8, filter: Filter | None = None) -> "BaseRetriever":
        """This library's search as a LlamaIndex retriever."""
        from index.search.retriever import LibraryRetriever

        return LibraryRetriever(self, k, filter)

    @property
    def embedding(self) -> "BaseEmbedding":
        """The embedding of this library, loaded when first needed."""
        with self._opening:
            if self._embedding is None:
                self._embedding = fingerprint.open_own(self.folder, self._database, self._embedding_name)
                self._check_fingerprint()
            return self._embedding

    @property
    def fingerprint(self) -> Fingerprint:
        """The embedding and the chunking of this library; before the first article, those that it would get."""
        return fingerprint.stored(self._database) or fingerprint.fingerprint_of(self.embedding)

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
        """Add files, folders, web addresses, feeds, or "-" for standard input; docs/sources.md lists what is read.

        Unchanged articles are skipped. A text replaces an article only if it is the same story of the same source and not
        an excerpt of it; the replaced text is kept as a version. Articles are stored in batches; `on_progress` is called
        for each stored article. After an interruption, adding the same sources again continues from there. A bad source
        is reported and does not stop the others. Private addresses are refused unless allowed. `fields` maps our names to
        the fields of an export: {"title": "headline"}. `force` adds pages that look like a paywall's teaser, a form or a
        list of articles; `follow_links` follows links out of a folder. Several threads may add at once; `pace` makes them
        take turns and can stop one.
        """
        self._must_write()
        notes: list[SourceNote] = []
        known = self.entries()
        seen = set(known)
        web = Web(PRIVATE_NETWORKS if allow_private_addresses else ())
        read = read_sources(sources, web, seen, Options(fields or {}, force, follow_links), notes)
        report = storing.add(self._store, read, notes, on_progress, pace)
        if seen != known:
            with self._store.writing:
                self.remember_entries(self.entries() | seen)
        return report

    def entries(self) -> frozenset[str]:
        """The marks of the feed entries already added; removed articles do not come back with their feed."""
        return frozenset(json.loads(self._database.fact(ENTRIES) or "[]"))

    def remember_entries(self, marks: Iterable[str]) -> None:
        self._database.remember(ENTRIES, json.dumps(sorted(marks)))

    def store(self, article: Article) -> None:
        """Split, embed and store one article as it is. It replaces only an article of the same id."""
        list(self.store_all([article]))

    def store_all(self, articles: Iterable[Article]) -> Iterator[Article]:
        """Store articles as `store` does; yields each when it is stored."""
        self._must_write()
        yield from (article for article, _ in storing.put_all(self._store, articles, compare=False))

    def restore(self, version: str) -> Article:
        """Restore a version of an article by the version's id; the text that it replaces becomes a version.

        Raises UnknownArticleError if there is no such version.
        """
        self._must_write()
        return storing.restore_version(self._store, version)

    def remove(self, ids: Sequence[str], reason: str = "") -> None:
        """Remove articles with all their versions. Only a record of the removal remains: ids, title and reason.

        Takes ids of articles or versions; an unknown id raises UnknownArticleError, and nothing is removed. Conversations
        are not part of the library: `ui.removing` also deletes the answers that quote the articles.
        """
        self._must_write()
        with self._store.writing:
            ids = list(dict.fromkeys(map(self.current, ids)))
            chunk_ids = self._database.chunk_ids(ids)
            self._vectors.writable()  # If it cannot be opened, fail before anything is removed.
            self._database.remove(ids, reason)
            self._vectors.forget(chunk_ids)
            self._store.changes += 1

    def take_records(self, other: Database) -> None:
        """Copy the versions and removals of another library whose articles were copied."""
        self._must_write()
        self._database.take_records(other)

    def sync_vectors(self, from_scratch: bool = False) -> int:
        """Make Chroma agree with library.db now, as the first search or change would; returns the number of vectors.

        `from_scratch` deletes Chroma's vectors first.
        """
        self._must_write()
        return self._vectors.sync(from_scratch)

    def close(self) -> None:
        """Release the lock and the files; may be called twice."""
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

    def _vector(self, question: str, k: int) -> Vector | None:
        """The question's vector; None if the library is empty."""
        require_type(question, str, "question")
        require_type(k, int, "number of passages")
        if not question.strip():
            raise QuestionError(EMPTY_QUESTION)
        if not self._database.chunk_count():
            return None
        embedded = self.embedding.get_query_embedding(question)
        vector: Vector = unit_vectors([embedded], 1, self.fingerprint.dimension)[0]
        return vector

    def _sync_as_writer(self) -> None:
        with Library.open(self.folder, chroma=self._server) as writer:
            writer.sync_vectors()

    def _check_fingerprint(self) -> None:
        fingerprint.check(self.folder, self._database, self._embedding, self._embedding_name)

    def _must_write(self) -> None:
        if self._lock is None:
            raise LibraryLockedError(f"The library {str(self.folder)!r} was opened for reading only.")
