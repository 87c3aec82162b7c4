"""The values that the index is made of. All are immutable; offsets count code points and are half-open."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Article:
    """One article as the library keeps it.

    `text` is the cleaned body, and the only text that offsets count in. `origin` says where it was read (a path,
    an address, or a file and its record), so that a changed source replaces its earlier version. `dropped` holds what
    cleaning left out, in order, so that nothing is lost unseen.
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
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sentence:
    """One sentence: `article.text[start:end] == text`. A heading is kept for its words but never quoted as evidence."""

    article_id: str
    n: int
    start: int
    end: int
    text: str
    heading: bool = False


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
    """A chunk that search found. `similarity` is the cosine to the question in [-1, 1]; `score` orders the hits.

    `also_in` names the articles whose near-identical copies of this chunk were folded into it.
    """

    chunk: Chunk
    article: Article
    score: float
    similarity: float
    also_in: tuple[str, ...] = ()


def content_id(*parts: str | None) -> str:
    """Sixteen hexadecimal digits that name this content and no other."""
    joined = "\0".join(part or "" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]
