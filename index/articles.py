"""Articles, sentences, chunks and hits as immutable values. Offsets count code points and are half-open."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Article:
    """One article as the library keeps it.

    All offsets refer to `text`, the cleaned body. `origin` is a path, an address, or a file and its record. `dropped`
    contains what cleaning removed, in order. `published` is the day of first publication, `updated` that of the last
    change: YYYY-MM-DD in the publisher's time zone, or only a month or a year. `unread` lists fields that could not be
    parsed; it is reported when the article is added, and not stored.
    """

    id: str
    title: str
    text: str
    language: str
    origin: str
    publisher: str | None = None
    author: str | None = None
    url: str | None = None
    published: str | None = None
    updated: str | None = None
    dropped: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def has_given_id(self) -> bool:
        """Whether the id came with a record, instead of being the hash of the content."""
        return self.id != content_id(self.url, self.publisher, self.title, self.text)


@dataclass(frozen=True)
class Sentence:
    """One sentence: `article.text[start:end] == text`.

    A heading is searched but never quoted as evidence. An instruction is addressed to a language model (prompt injection)
    and is never passed to one.
    """

    article_id: str
    n: int
    start: int
    end: int
    text: str
    heading: bool = False
    instruction: bool = False


@dataclass(frozen=True)
class Chunk:
    """A run of whole sentences, the unit that is embedded and searched: `article.text[start:end] == text`."""

    id: str
    article_id: str
    n: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Hit:
    """A chunk that search found, or several neighbouring ones joined under the id of the best.

    `similarity` is the cosine to the question in [-1, 1]; `score` orders the hits. `also_in` contains the ids of articles
    with a near-identical copy of this chunk.
    """

    chunk: Chunk
    article: Article
    score: float
    similarity: float
    also_in: tuple[str, ...] = ()


def revision(article: Article, earlier: Iterable[Article]) -> Article:
    """The article with the earliest publication date of its versions; its own, if later, becomes `updated`."""
    dates = sorted(date for version in [*earlier, article] if (date := version.published) and _ISO_DATE.match(date))
    if not dates or article.published == dates[0]:
        return article
    later = article.published if article.published != dates[0] else None
    return replace(article, published=dates[0], updated=article.updated or later)


_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")


def contents(article: Article) -> str:
    """The hash of an article's text and metadata, without its origin."""
    names = ["id", "title", "text", "language", "publisher", "author", "url", "published"]
    if article.updated:  # Without it, the hash equals those stored before this field existed.
        names.append("updated")
    return content_id(*(getattr(article, name) for name in names))


def content_id(*parts: str | None) -> str:
    """A hash of the parts: sixteen hexadecimal digits."""
    joined = "\0".join(part or "" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]
