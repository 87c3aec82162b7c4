"""Batches of articles to add: prepared one by one, embedded and stored together."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from index.articles import Article, Chunk, Sentence
from index.store.versions import Placement, is_version
from index.text.chunks import chunks_of, embedded_text
from index.text.sentences import sentences_of

T = TypeVar("T")

CHUNKS_AT_ONCE = 64
"""A batch ends with the article that reaches this number: a second or two of work, the most that a crash loses."""


@dataclass(frozen=True)
class Progress:
    """How far adding has come. Sizes are in characters of article text.

    `waiting` was read but not processed yet; once `read_all` is true, nothing else is left.
    """

    title: str = ""
    articles: int = 0
    embedded: int = 0
    waiting: int = 0
    read_all: bool = False


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class Pace:
    """How several threads share adding to one library.

    `turn` is entered for every batch that is embedded; it may wait, or raise Stopped. `stopped` tells adding to end.
    """

    turn: Callable[[], AbstractContextManager[object]] = nullcontext
    stopped: Callable[[], bool] = lambda: False


ALONE = Pace()


class Prepared(NamedTuple):
    """An article ready to be embedded and stored; `texts` are what is embedded for each chunk."""

    placement: Placement
    sentences: tuple[Sentence, ...]
    chunks: tuple[Chunk, ...]
    texts: tuple[str, ...]
    repeated: bool = False
    """Whether the same call to add had an article of this id before."""

    @property
    def is_kept(self) -> bool:
        return self.placement.outcome.what in ("added", "updated")


def prepare(placement: Placement, repeated: bool = False) -> Prepared:
    article = placement.article
    sentences = sentences_of(article)
    chunks = chunks_of(article, sentences)
    return Prepared(placement, sentences, chunks, tuple(embedded_text(article, chunk) for chunk in chunks), repeated)


def is_whole(batch: Sequence[Prepared]) -> bool:
    """Whether a batch has enough chunks to be embedded."""
    return sum(len(prepared.chunks) for prepared in batch) >= CHUNKS_AT_ONCE


def has_version(batch: Iterable[Prepared], article: Article) -> bool:
    """Whether a batch may contain a version of that article: it must be stored before this one is compared with it."""
    kept = (prepared.placement.article for prepared in batch)
    return any(other.id == article.id or is_version(other, article) for other in kept)


def uninterrupted(work: Callable[[], T]) -> T:
    """Run in another thread, so that Ctrl-C in the main thread takes effect only when the work is done."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()
