"""Articles and search hits as plain values for JSON, alike at every door."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index import Article, Hit, Version

_ABOUT = ("title", "publisher", "author", "url", "published", "language")


def article_values(article: "Article") -> dict[str, Any]:
    """An article without its text."""
    names = ("id", "title", "language", "publisher", "author", "url", "published", "updated", "origin")
    return {name: getattr(article, name) for name in names}


def whole_article_values(article: "Article") -> dict[str, Any]:
    """An article with its text, in which offsets count code points, and with what cleaning left out of it."""
    return {**article_values(article), "text": article.text, "dropped": list(article.dropped)}


def version_values(version: "Version") -> dict[str, Any]:
    """A version of an article with its text, and since when it is one."""
    return {**whole_article_values(version.article), "kept": version.kept}


def hit_values(hit: "Hit") -> dict[str, Any]:
    """A passage that search found, shaped as a citation: `article.text[start:end] == quote`."""
    about = {name: getattr(hit.article, name) for name in _ABOUT}
    place = {"quote": hit.chunk.text, "start": hit.chunk.start, "end": hit.chunk.end}
    found = {"score": hit.score, "similarity": hit.similarity, "also_in": list(hit.also_in)}
    return {"article_id": hit.article.id, **about, **place, **found}
