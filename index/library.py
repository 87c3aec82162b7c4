"""The library: a folder of articles that can be added to, read and searched."""

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
from index.store.article_list import Holdings, Listed, Wanted
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
"""The fact that holds the marks of the feed entries that were taken in, so that only new ones are read."""


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
        self._opening = threading.RLock()  # The embedding is loaded when first needed, and once.
        self._vectors = NearestChunks(
            folder, self._database, chroma, lock is not None, self._check_made_alike, self._mend_as_writer
        )
        self._store = storing.Store(self._database, self._vectors, lambda: self.embedding)
        self._search_data = hybrid.SearchData(self._database, self._vectors, VersionCache(self._database.version))
        self._lists = VersionCache(self._database.version)
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
        return self._lists.get(("listed", wanted, limit), lambda: self._database.listed(wanted, limit))

    def count(self, wanted: Wanted) -> int:
        """How many articles fit."""
        return self._lists.get(("count", wanted), lambda: self._database.count(wanted))

    def newest(self, n: int) -> Sequence[Article]:
        """The n articles that were published last."""
        return self._lists.get(("newest", n), lambda: self._database.newest(n))

    def holdings(self) -> Holdings:
        """What the library holds in numbers."""
        return self._lists.get(("holdings",), self._database.holdings)

    def article(self, id: str) -> Article:
        """The article with that id, or the version of one as it was; raises UnknownArticleError."""
        require_type(id, str, "article's id")
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
        vector = self._vector(question, k)
        return [] if vector is None else hybrid.search(self._search_data, question, vector, k, filter, prefer)

    def candidates(
        self, question: str, k: int = 12, filter: Filter | None = None, prefer: Filter | None = None
    ) -> list[Hit]:
        """The k chunks likeliest to answer a question, with a fixed share for each of the two languages with most articles.

        Lexical search cannot reach articles in another language, and dense search prefers the question's own: each
        language is searched by itself, and gives its best in turn. Otherwise as `search`; chunks are not joined.
        """
        vector = self._vector(question, k)
        return (
            []
            if vector is None
            else hybrid.candidates_by_language(self._search_data, question, vector, k, filter, prefer)
        )

    def occurs(self, word: str) -> bool:
        """Whether a word stands anywhere in the library's articles: in any of its forms, spelled nearly so, or as a place's
        name in the other language.
        """
        return self._lists.get(("occurs", word), lambda: hybrid.occurs(self._search_data, word))

    def catalogue(self) -> Catalogue:
        """When and by whom the articles were published, for filters; read anew when the library has changed."""
        return hybrid.catalogue(self._search_data)

    def as_retriever(self, k: int = 8, filter: Filter | None = None) -> "BaseRetriever":
        """This library's search as a LlamaIndex retriever."""
        from index.search.retriever import LibraryRetriever

        return LibraryRetriever(self, k, filter)

    @property
    def embedding(self) -> "BaseEmbedding":
        """The embedding this library is made with, loaded when first needed."""
        with self._opening:
            if self._embedding is None:
                self._embedding = fingerprint.open_own(self.folder, self._database, self._embedding_name)
                self._check_made_alike()
            return self._embedding

    @property
    def fingerprint(self) -> Fingerprint:
        """How this library was made; where nothing was added yet, how it would be."""
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
        yield from (article for article, _ in storing.put_all(self._store, articles, compare=False))

    def restore(self, version: str) -> Article:
        """Bring back a version of an article by its id; the text that it replaces becomes a version in turn.

        Raises UnknownArticleError for an id that is no version's.
        """
        self._must_write()
        return storing.restore_version(self._store, version)

    def remove(self, ids: Sequence[str], reason: str = "") -> None:
        """Remove articles with their versions and every trace of them but a record of the removal: ids, title and reason.

        The id of a version stands for its article; an unknown id raises UnknownArticleError and removes none. The page's
        conversations are not the library's: `ui.removing` also takes the answers that quote the articles out of them.
        """
        self._must_write()
        with self._store.writing:
            ids = list(dict.fromkeys(map(self.current, ids)))
            chunk_ids = self._database.chunk_ids(ids)
            self._vectors.writable()  # What cannot be opened is told before anything is removed.
            self._database.remove(ids, reason)
            self._vectors.forget(chunk_ids)
            self._store.changes += 1

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

    def _vector(self, question: str, k: int) -> Vector | None:
        """The question's vector; None where there is nothing to compare it with."""
        require_type(question, str, "question")
        require_type(k, int, "number of passages")
        if not question.strip():
            raise QuestionError(EMPTY_QUESTION)
        if not self._database.chunk_count():
            return None
        embedded = self.embedding.get_query_embedding(question)
        vector: Vector = unit_vectors([embedded], 1, self.fingerprint.dimension)[0]
        return vector

    def _mend_as_writer(self) -> None:
        with Library.open(self.folder, chroma=self._server) as writer:
            writer.mend()

    def _check_made_alike(self) -> None:
        fingerprint.check(self.folder, self._database, self._embedding, self._embedding_name)

    def _must_write(self) -> None:
        if self._lock is None:
            raise LibraryLockedError(f"The library {str(self.folder)!r} was opened for reading only.")
