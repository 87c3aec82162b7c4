"""Adding many articles: reading runs ahead of embedding, and chunks are embedded by the batch, not by the article."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from index.articles import Article, Chunk, Sentence
from index.store.versions import Placement, is_version
from index.text.chunks import chunks_of, embedded_text
from index.text.sentences import sentences_of

T = TypeVar("T")

CHUNKS_AT_ONCE = 64
"""A batch ends with the article that brings it to this many: a second or two of work, and all that a crash can cost."""
_LOOKS_UP_S = 0.25
_READ_AHEAD = 20_000_000  # Characters. Reading stops there until embedding follows, so that memory stays bounded.


@dataclass(frozen=True)
class Progress:
    """How far adding has come. Sizes are in characters of article text.

    `waiting` is what was read but not dealt with yet; it is all that is left once `read_all` is true.
    """

    title: str = ""
    articles: int = 0
    embedded: int = 0
    waiting: int = 0
    read_all: bool = False


OnProgress = Callable[[Progress], None]


class Stopped(Exception):  # noqa: N818 - no error: it was asked for
    """Adding was told to end."""


@dataclass(frozen=True)
class Pace:
    """How adding goes on beside others who add to the same library.

    `turn` is entered for every batch that is embedded; it may wait, or raise Stopped. `stopped` says whether to end.
    """

    turn: Callable[[], AbstractContextManager[object]] = nullcontext
    stopped: Callable[[], bool] = lambda: False


ALONE = Pace()


class Prepared(NamedTuple):
    """An article with all that is kept of it but its vectors; `texts` are what the embedding reads, chunk by chunk."""

    placement: Placement
    sentences: tuple[Sentence, ...]
    chunks: tuple[Chunk, ...]
    texts: tuple[str, ...]
    repeated: bool = False
    """Whether an article of the same id was met before in what is being added."""

    @property
    def is_kept(self) -> bool:
        return self.placement.outcome.what in ("added", "updated")


def prepare(placement: Placement, repeated: bool = False) -> Prepared:
    article = placement.article
    sentences = sentences_of(article)
    chunks = chunks_of(article, sentences)
    return Prepared(placement, sentences, chunks, tuple(embedded_text(article, chunk) for chunk in chunks), repeated)


def is_whole(batch: Sequence[Prepared]) -> bool:
    """Whether a batch is worth embedding."""
    return sum(len(prepared.chunks) for prepared in batch) >= CHUNKS_AT_ONCE


def has_version(batch: Iterable[Prepared], article: Article) -> bool:
    """Whether a batch may hold a version of that article: one is placed by the other, so they cannot be kept together."""
    kept = (prepared.placement.article for prepared in batch)
    return any(other.id == article.id or is_version(other, article) for other in kept)


def uninterrupted(work: Callable[[], T]) -> T:
    """Do it in a thread of its own: Ctrl-C reaches the main thread alone, and waits here until the work is done."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


class ReadAhead(Generic[T]):
    """Iterates over items that another thread reads meanwhile, until so much of them waits.

    What the reading raises is raised here, in its place; Stopped once `stopped` says so. Closing stops the reading after
    the item it is at. `read` is the
    size of all that was read so far, `read_all` whether that is everything.
    """

    def __init__(
        self,
        items: Iterable[T],
        size: Callable[[T], int],
        most: int = _READ_AHEAD,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._stopped = stopped
        self._items = items
        self._size = size
        self._most = most
        self._queue: queue.SimpleQueue[tuple[T] | BaseException | None] = queue.SimpleQueue()
        self._room = threading.Condition()
        self.read, self.read_all = 0, False
        self._taken = 0
        self._closed = False
        threading.Thread(target=self._read, name="reading", daemon=True).start()

    def __iter__(self) -> Iterator[T]:
        while (got := self._next()) is not None:
            if isinstance(got, BaseException):
                raise got
            with self._room:
                self._taken += self._size(got[0])
                self._room.notify()
            yield got[0]

    def _next(self) -> tuple[T] | BaseException | None:
        while not self._stopped():
            with suppress(queue.Empty):
                return self._queue.get(timeout=_LOOKS_UP_S)
        raise Stopped

    def close(self) -> None:
        with self._room:
            self._closed = True
            self._room.notify()

    def _read(self) -> None:
        try:
            for item in self._items:
                with self._room:
                    self._room.wait_for(lambda: self._closed or self.read - self._taken < self._most)
                    if self._closed:
                        return
                    self.read += self._size(item)
                self._queue.put((item,))
            self.read_all = True
            self._queue.put(None)
        except BaseException as error:
            self._queue.put(error)
