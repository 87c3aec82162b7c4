"""What a page says of itself: JSON-LD (schema.org), OpenGraph and plain <meta>, in that order."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_ARTICLE = re.compile(r"(?:\w*Article|BlogPosting|LiveBlogPosting|Report|Review)\Z")
_DAY = r"\s*((?:1[6-9]|2\d)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?=\D|\Z)"
_LINK = re.compile(r"https?:|#")
MAX_JSON = 2_000_000


@dataclass(frozen=True)
class About:
    """Dates are YYYY-MM-DD. `free` is False where the page says that it is for subscribers; `words` is its own count."""

    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    updated: str | None = None
    language: str | None = None
    url: str | None = None
    free: bool | None = None
    words: int | None = None


def about(tree: "HtmlElement") -> About:
    article = next(articles_in(tree), {})
    meta = _meta(tree)
    published = day(article.get("datePublished")) or day(meta.get("article:published_time"))
    updated = (
        day(article.get("dateModified")) or day(meta.get("article:modified_time")) or day(meta.get("og:updated_time"))
    )
    canonical = next((link.get("href") for link in tree.iter("link") if link.get("rel") == "canonical"), None)
    return About(
        title=_text(article.get("headline")) or meta.get("og:title"),
        author=_names(article.get("author")) or _names(meta.get("author")) or _names(meta.get("article:author")),
        publisher=_names(article.get("publisher")) or meta.get("og:site_name"),
        published=published,
        updated=updated if updated != published else None,
        language=_text(article.get("inLanguage")) or tree.get("lang") or meta.get("og:locale"),
        url=canonical or meta.get("og:url") or _text(article.get("url")) or _text(article.get("mainEntityOfPage")),
        free=_free(article, meta),
        words=_count(article.get("wordCount")),
    )


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
    readable = [
        re.sub(r"^(?:by|par)\s+", "", name.strip(), flags=re.I) for name in names if name and not _LINK.match(name)
    ]
    return ", ".join(dict.fromkeys(readable)) or None


def day(value: Any) -> str | None:
    """YYYY-MM-DD of a date or time that begins so and can be a newspaper's."""
    found = re.match(_DAY, value if isinstance(value, str) else "")
    return found[1] if found else None


def _free(article: dict[str, Any], meta: dict[str, str]) -> bool | None:
    said = article.get("isAccessibleForFree")
    if said is not None:
        return str(said).strip().lower() not in ("false", "0", "no")
    tier = meta.get("article:content_tier", "").lower()
    return tier == "free" if tier in ("free", "locked", "metered") else None


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() and len(str(value)) < 7 else None
