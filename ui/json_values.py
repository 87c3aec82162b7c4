"""Articles and search hits as JSON values, for all interfaces."""

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from index.addresses import is_address

if TYPE_CHECKING:
    from index import Article, Hit, Version

_ABOUT = ("title", "publisher", "author", "url", "published", "language")


def article_values(article: "Article") -> dict[str, Any]:
    """An article without its text."""
    names = ("id", "title", "language", "publisher", "author", "url", "published", "updated", "origin")
    return {name: getattr(article, name) for name in names}


def for_visitors(values: dict[str, Any]) -> dict[str, Any]:
    """The same without the server's folders: `origin` is reduced to the file's name."""
    origin = values["origin"]
    return {**values, "origin": origin if is_address(origin) else PurePath(origin).name}


def without_folders(message: str) -> str:
    """A message with its paths reduced to the last part, for visitors of a server."""
    quoted = re.sub(r"(?<!\w)'(?!\w+:/)[^'\n]*/([^'/\n]+)'", r"'\1'", message)
    return re.sub(r"(?<![\w:/.<'])~?/(?:[^\s'\"/]+/)+([^\s'\"/]+)", r"\1", quoted)


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
