"""The metadata of a page: JSON-LD (schema.org), OpenGraph and plain <meta>, in that order."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from index.ingest.heads import without_by

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_ARTICLE = re.compile(r"(?:\w*Article|BlogPosting|LiveBlogPosting|Report|Review)\Z")
_LINK = re.compile(r"https?:|#")
MAX_JSON = 2_000_000


@dataclass(frozen=True)
class Metadata:
    """Dates are unparsed. `free` is False if the page is declared to be for subscribers; `words` is the declared count."""

    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    updated: str | None = None
    language: str | None = None
    url: str | None = None
    free: bool | None = None
    words: int | None = None


def read_metadata(tree: "HtmlElement") -> Metadata:
    meta = _meta(tree)
    article = _its_own(list(articles_in(tree)), meta.get("og:title"), tree.findtext(".//title"), tree.findtext(".//h1"))
    canonical = next((link.get("href") for link in tree.iter("link") if link.get("rel") == "canonical"), None)
    return Metadata(
        title=_text(article.get("headline")) or meta.get("og:title"),
        author=_names(article.get("author")) or _names(meta.get("author")) or _names(meta.get("article:author")),
        publisher=_names(article.get("publisher")) or meta.get("og:site_name"),
        published=_date(article.get("datePublished"), meta.get("article:published_time")),
        updated=_date(article.get("dateModified"), meta.get("article:modified_time"), meta.get("og:updated_time")),
        language=_text(article.get("inLanguage")) or tree.get("lang") or meta.get("og:locale"),
        url=canonical or meta.get("og:url") or _text(article.get("url")) or _text(article.get("mainEntityOfPage")),
        free=_free(article, meta),
        words=_count(article.get("wordCount")),
    )


def _its_own(articles: Sequence[dict[str, Any]], *titles: str | None) -> dict[str, Any]:
    """Of the articles in a page's JSON-LD, its own: the one with its title, or else the first."""
    names = " ".join(filter(None, titles)).casefold()
    named = (article for article in articles if (_text(article.get("headline")) or "\0").casefold() in names)
    return next(named, articles[0] if articles else {})


def articles_in(tree: "HtmlElement") -> Iterator[dict[str, Any]]:
    """The articles that the page's JSON-LD describes."""
    for script in tree.iter("script"):
        if "ld+json" not in script.get("type", "") or not script.text or len(script.text) > MAX_JSON:
            continue
        try:
            value = json.loads(
                re.sub(r"^\s*(?:<!--|//\s*<!\[CDATA\[)|(?:-->|//\s*\]\]>)\s*$", "", script.text), strict=False
            )
        except (ValueError, RecursionError):
            continue
        yield from _within(value)


def _within(value: Any) -> Iterator[dict[str, Any]]:
    """The articles of a JSON-LD value: itself, in a list, or in its @graph."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            continue
        kinds = item.get("@type")
        if any(
            isinstance(kind, str) and _ARTICLE.match(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])
        ):
            yield item
        graph = item.get("@graph")
        if isinstance(graph, list):
            yield from _within([inner for inner in graph if isinstance(inner, dict) and "@graph" not in inner])


def _meta(tree: "HtmlElement") -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name, content = (meta.get("property") or meta.get("name") or "").lower(), meta.get("content")
        if name and content and content.strip():
            found.setdefault(name, content.strip())
    return found


def _text(value: Any) -> str | None:
    """A schema.org text; of a list its first, of an object its name or id."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            item = item.get("name") or item.get("alternateName") or item.get("@id")
        if isinstance(item, str) and item.strip():
            return unescape(item)
    return None


def _names(value: Any) -> str | None:
    names = [_text(item) for item in (value if isinstance(value, list) else [value])]
    readable = [without_by(name) for name in names if name and not _LINK.match(name)]
    return ", ".join(dict.fromkeys(readable)) or None


def _date(*values: Any) -> str | None:
    """The first value with digits; only the day of an ISO time."""
    dates = [text for value in values if (text := _text(value)) and re.search(r"\d", text)]
    return re.sub(r"^\s*(\d{4}-\d\d-\d\d)(?!\d).*", r"\1", dates[0], flags=re.DOTALL) if dates else None


def _free(article: dict[str, Any], meta: dict[str, str]) -> bool | None:
    said = article.get("isAccessibleForFree")
    if said is not None:
        return str(said).strip().lower() not in ("false", "0", "no")
    tier = meta.get("article:content_tier", "").lower()
    return tier == "free" if tier in ("free", "locked", "metered") else None


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() and len(str(value)) < 7 else None
