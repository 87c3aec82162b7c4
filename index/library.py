"""The library: a folder of articles that can be added to, read and searched."""

import json
import logging
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from index import chunks as chunking
from index import search as ranking
from index.articles import Article, Hit, Sentence
from index.catalogue import Catalogue, Mask
from index.database import SCHEMA_VERSION, Database
from index.errors import EmbeddingMismatchError, LibraryError, LibraryLockedError, QuestionError
from index.filters import Filter
from index.lock import WriterLock
from index.sentences import sentences_of
from index.sources import SourceFailure, read_sources
from index.terms import query_terms
from index.vectors import ChromaVectors, ExactVectors, Vector, open_chroma, unit_vectors

if TYPE_CHECKING:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.base.embeddings.base import BaseEmbedding

log = logging.getLogger("onrecord")

_POOL = 50
"""How many chunks each of the two searches brings before they are fused."""

_DEEPEST = 800
"""How many at most, where near-copies of a few stories take all the places."""


@dataclass(frozen=True)
class Fingerprint:
    """How a library was made. Two libraries with different ones do not search alike."""

    embedding: str
    dimension: int
    chunker: str
    schema: int


@dataclass(frozen=True)
class Report:
    """What became of everything that was added: article ids, and each failure with its reason."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[SourceFailure, ...] = ()


class Library:
    """An archive on disk: `library.db` is the truth, `chroma/` an index that can be rebuilt from it.

    One process writes. A second may read: it searches the stored vectors exactly and leaves Chroma alone.
    """

    @classmethod
    def open(
        cls, path: str | Path, *, embedding: "BaseEmbedding | str | None" = None, read_only: bool | None = False
    ) -> "Library":
        """Open the library in that folder; a writer creates it where there is none.

        `read_only=None` writes if nobody else does and reads otherwise. `embedding` counts when a library is created;
        afterwards it must be the one the library was made with. Raises LibraryLockedError, EmbeddingMismatchError,
        DamagedLibraryError, or LibraryError where a reader finds no library.
        """
        folder = Path(path).expanduser()
        lock = None
        if not read_only:
            lock = _lock(folder, or_read=read_only is None)
        if lock is None and not (folder / "library.db").exists():
            raise LibraryError(f"There is no library in {str(folder)!r}. Add articles first: onrecord add FILE…")
        try:
            return cls(folder, lock, embedding)
        except BaseException:
            if lock:
                lock.release()
            raise

    def __init__(self, folder: Path, lock: WriterLock | None, embedding: "BaseEmbedding | str | None") -> None:
        self.folder = folder
        self._lock = lock
        self._database = Database(folder / "library.db", read_only=lock is None)
        self._embedding = None if isinstance(embedding, str) else embedding
        self._embedding_name = embedding if isinstance(embedding, str) else None
        self._chroma: ChromaVectors | None = None
        self._exact: tuple[tuple[int, int], ExactVectors] | None = None
        self._catalogue: tuple[tuple[int, int], Catalogue] | None = None
        try:
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

    def article(self, id: str) -> Article:
        """The article with that id; raises UnknownArticleError."""
        return self._database.article(id)

    def sentences(self, article: Article) -> list[Sentence]:
        """The sentences of an article of this library, headings included."""
        return self._database.sentences(article)

    def search(
        self, question: str, k: int = 8, filter: Filter | None = None, prefer: Filter | None = None
    ) -> list[Hit]:
        """The k chunks that fit a question best, in whatever language: dense and lexical search, fused by rank.

        `filter` leaves out every article that does not meet it; `prefer` only lifts those that do. Near-copies of one
        story are one hit, which names the others in `also_in`. Raises QuestionError for an empty question, and for a
        filter on a source that no article is from.
        """
        if not question.strip():
            raise QuestionError("The question is empty. Ask something, for example: who cancelled the order?")
        if not self._database.chunk_count():
            return []
        vector = unit_vectors([self.embedding.get_query_embedding(question)], 1, self.fingerprint.dimension)[0]
        terms, mask = query_terms(question), self._mask(filter) if filter else None
        pool = _POOL
        while True:
            found = self._candidates(vector, terms, mask, pool)
            hits = ranking.lift(found, lambda hit: prefer.holds(hit.article)) if prefer else found
            stories = self._database.copies(sorted({hit.article.id for hit in hits}))
            distinct = ranking.fold_copies(hits, stories)
            if len(distinct) >= k or len(found) < pool or pool >= _DEEPEST:
                break
            pool *= 4  # The copies of one story have taken the others' places.
        chosen = ranking.balance(distinct, k)
        return [self._naming_copies(hit, stories.get(hit.article.id, ()), filter) for hit in chosen]

    def occurs(self, word: str) -> bool:
        """Whether a word, in any of its forms, stands anywhere in the library's articles."""
        return bool(self._database.matching(query_terms(word), 1))

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

    def add(self, sources: Iterable[str | Path], on_progress: Callable[[str], None] | None = None) -> Report:
        """Add files, folders and .jsonl records. What is there already costs nothing; what changed replaces its article.

        Each article is kept as soon as it is done; `on_progress` is called with its title. One bad source never stops
        the others: it is named in the report.
        """
        self._must_write()
        done: dict[str, list[str]] = {"added": [], "updated": [], "unchanged": []}
        failed: list[SourceFailure] = []
        for item in read_sources(sources):
            if isinstance(item, SourceFailure):
                failed.append(item)
                continue
            done[self._put(item)].append(item.id)
            if on_progress:
                on_progress(item.title)
        return Report(**{name: tuple(dict.fromkeys(ids)) for name, ids in done.items()}, failed=tuple(failed))

    def store(self, article: Article) -> None:
        """Split, embed and keep one article, in place of its earlier versions."""
        self._must_write()
        sentences = sentences_of(article)
        pieces = chunking.split(article, sentences)
        texts = [chunking.embedded_text(article, piece) for piece in pieces]
        vectors = self._embed(texts)
        old = self._database.chunk_ids(self._database.predecessors(article))
        new = [piece.id for piece in pieces]
        # Chroma first, SQLite second: until the transaction commits, search does not know the new ids.
        chroma = self._open_chroma()
        chroma.put(new, vectors)
        self._database.put(article, sentences, pieces, texts, vectors)
        chroma.remove(sorted(set(old) - set(new)))

    def remove(self, ids: Sequence[str]) -> None:
        """Remove articles and every trace of them; an unknown id raises UnknownArticleError and removes none."""
        self._must_write()
        for id in ids:
            self.article(id)
        chunk_ids = self._database.chunk_ids(ids)
        self._database.remove(ids)
        self._open_chroma().remove(chunk_ids)

    def close(self) -> None:
        """Free the lock and the files; closing twice is fine."""
        if self._chroma is not None:
            self._chroma.close()
            self._chroma = None
        self._database.close()
        if self._lock:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # Plumbing

    def _put(self, article: Article) -> str:
        if self._database.has(article):
            return "unchanged"
        known = bool(self._database.predecessors(article))
        self.store(article)
        return "updated" if known else "added"

    def _embed(self, texts: Sequence[str]) -> Vector:
        made = self._made()
        if made is None:
            made = self._would_make()
            self._database.remember("embedding_name", self.embedding.model_name)
            self._database.remember("fingerprint", json.dumps(asdict(made)))
        known = self._database.known_vectors(texts)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            rows = self.embedding.get_text_embedding_batch(new)
            known |= dict(zip(new, unit_vectors(rows, len(new), made.dimension), strict=True))
        return np.stack([known[text] for text in texts])

    def _candidates(self, vector: Vector, terms: Sequence[str], mask: Mask | None, pool: int) -> list[Hit]:
        """What the two searches bring together, fused, best first."""
        dense = [id for id, _ in self._nearest(vector, pool, mask)]
        lexical = [id for id, _ in self._database.matching(terms, pool, mask)]
        scores = ranking.fuse(dense, lexical)
        found = self._database.chunks(list(scores))  # What Chroma holds but SQLite does not is on its way in or out.
        return ranking.by_score(
            Hit(chunk, article, scores[id], float(its @ vector)) for id, (chunk, article, its) in found.items()
        )

    def _mask(self, filter: Filter) -> Mask:
        catalogue = self.catalogue()
        for source in filter.sources:
            if not catalogue.has_source(source):
                known = ", ".join(catalogue.publishers[:20]) or "none of its articles names one"
                raise QuestionError(f"No article in this library is from {source!r}. Its sources: {known}.")
        return catalogue.mask(filter)

    def _naming_copies(self, hit: Hit, story: Sequence[str], filter: Filter | None) -> Hit:
        others = (self.article(id) for id in story if id != hit.article.id)
        return ranking.name_copies(hit, (other for other in others if filter is None or filter.holds(other)))

    def _nearest(self, vector: Vector, k: int, mask: Mask | None) -> list[tuple[str, float]]:
        if mask is None and self._lock:
            return self._open_chroma().nearest(vector, k)
        return self._all_vectors().nearest(vector, k, mask)

    def _all_vectors(self) -> ExactVectors:
        version = self._database.version()
        if self._exact is None or self._exact[0] != version:
            self._exact = version, ExactVectors(*self._database.vectors_by_number())
        return self._exact[1]

    def _open_chroma(self) -> ChromaVectors:
        if self._chroma is None:
            self._chroma, mended = open_chroma(self.folder / "chroma", self._database)
            if mended:
                log.warning("The vector index of %s %s: it was rebuilt from library.db.", self.folder, mended)
        return self._chroma

    def _made(self) -> Fingerprint | None:
        stored = self._database.fact("fingerprint")
        return Fingerprint(**json.loads(stored)) if stored else None

    def _would_make(self) -> Fingerprint:
        from index.embed import describe

        dimension = len(self.embedding.get_query_embedding("dimension"))
        return Fingerprint(describe(self.embedding), dimension, chunking.VERSION, SCHEMA_VERSION)

    def _check_made_alike(self) -> None:
        """Refuse an embedding, chunks or a schema other than the library's own: the same dimension proves nothing."""
        made = self._made()
        if made is None:
            return
        same = [(made.chunker, chunking.VERSION), (str(made.schema), str(SCHEMA_VERSION))]
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


def _lock(folder: Path, or_read: bool) -> WriterLock | None:
    try:
        if or_read and not folder.exists():
            return None
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return WriterLock(folder)
    except LibraryLockedError:
        if or_read:
            return None
        raise
    except OSError as error:
        if or_read:
            return None
        raise LibraryError(
            f"The library {str(folder)!r} cannot be written ({error.strerror}). Choose another folder with --library."
        ) from error


def rebuild(
    folder: str | Path, embedding: "BaseEmbedding | str | None" = None, on_progress: Callable[[str], None] | None = None
) -> int:
    """Split and embed every article of a library anew and put the result in its place; returns how many there are.

    For a library made with another embedding or an earlier version's chunks. The old one stays until the new one is
    whole; interrupted, nothing has changed.
    """
    folder = Path(folder).expanduser()
    if not (folder / "library.db").exists():
        raise LibraryError(f"There is no library in {str(folder)!r}. Add articles first: onrecord add FILE…")
    lock = WriterLock(folder)
    try:
        old = Database(folder / "library.db", read_only=False)
        articles = old.articles()
        old.close()
        fresh = folder / "rebuilding"
        shutil.rmtree(fresh, ignore_errors=True)
        with Library.open(fresh, embedding=embedding) as library:
            for article in articles:
                library.store(article)
                if on_progress:
                    on_progress(article.title)
        (fresh / "library.db").replace(folder / "library.db")
        shutil.rmtree(folder / "chroma", ignore_errors=True)
        (fresh / "chroma").replace(folder / "chroma")
        shutil.rmtree(fresh, ignore_errors=True)
        return len(articles)
    finally:
        lock.release()
