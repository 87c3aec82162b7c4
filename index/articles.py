"""The values that the index is made of. All are immutable; offsets count code points and are half-open."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Article:
    """One article as the library keeps it.

    `text` is the cleaned body, and the only text that offsets count in. `origin` says where it was read (a path,
    an address, or a file and its record). `dropped` holds what cleaning left out, in order, so that nothing is lost
    unseen. `published` is the day on which it first appeared, `updated` the later one of its last change: YYYY-MM-DD on
    the paper's own clock, or a month or a year. `unread` names the fields that could not be read, for the report of
    adding; the library does not keep it.
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
        """Whether its id was given by a record, and not made from its content."""
        return self.id != content_id(self.url, self.publisher, self.title, self.text)


@dataclass(frozen=True)
class Sentence:
    """One sentence: `article.text[start:end] == text`.

    A heading is kept for its words but never quoted as evidence. An instruction speaks to a language model, not to
    readers: it must not reach one as evidence.
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
    """A chunk that search found, or neighbouring ones as one, with the id of the best.

    `similarity` is the cosine to the question in [-1, 1]; `score` orders the hits. `also_in`
    names the articles whose near-identical copies of this chunk were folded into it.
    """

    chunk: Chunk
    article: Article
    score: float
    similarity: float
    also_in: tuple[str, ...] = ()


def revision(article: Article, earlier: Iterable[Article]) -> Article:
    """The article as it replaces earlier versions: it first appeared when the first of them did."""
    dates = sorted(date for version in [*earlier, article] if (date := version.published) and _ISO_DATE.match(date))
    if not dates or article.published == dates[0]:
        return article
    later = article.published if article.published != dates[0] else None
    return replace(article, published=dates[0], updated=article.updated or later)


_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")


def contents(article: Article) -> str:
    """What an article says about itself, hashed; where it was read is not part of it."""
    names = ["id", "title", "text", "language", "publisher", "author", "url", "published"]
    if article.updated:  # Where there is no such date, the hash is what it was before there were any.
        names.append("updated")
    return content_id(*(getattr(article, name) for name in names))


def content_id(*parts: str | None) -> str:
    """Sixteen hexadecimal digits that name this content and no other."""
    joined = "\0".join(part or "" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]
