"""RSS and Atom feeds as entries."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from index.articles import content_id
from index.errors import SourceError
from index.ingest.pages import Page, one_line, read_fragment, web_address

MAX_FEED_BYTES = 20_000_000
MAX_ENTRIES = 500
# A shorter text, or one that ends as if cut off, is a summary, and the article is fetched from the entry's address. MIN_BRIEF
# applies if the entry has a summary and a longer content.
MIN_ARTICLE = 600
MIN_BRIEF = 150
_CUT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|read more|continue reading|lire la suite)\W*\Z", re.IGNORECASE)
_ENTITIES = "the feed declares entities of its own, which no feed needs and attacks use; it was not read"
_STARTS = re.compile(rb"<(?:item|entry)[\s>]", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One entry: its address, its article if the feed has the full text, and a mark, a hash of the entry."""

    mark: str
    title: str | None = None
    link: str | None = None
    published: str | None = None
    page: Page | None = None


@dataclass(frozen=True)
class Feed:
    """`missing` counts the entries that were beyond the limit."""

    entries: tuple[Entry, ...]
    missing: int = 0


def read_feed(data: bytes, address: str | None = None) -> Feed:
    """A feed's entries in its order, without duplicates. `address` resolves relative links."""
    if len(data) > MAX_FEED_BYTES:
        raise SourceError(f"it is larger than {MAX_FEED_BYTES // 1_000_000} MB; give a feed of fewer entries")
    if re.search(rb"<!ENTITY", data, re.IGNORECASE):
        raise SourceError(_ENTITIES)
    import feedparser

    starts = [found.start() for found in _STARTS.finditer(data)]
    cut = data[: starts[MAX_ENTRIES]] if len(starts) > MAX_ENTRIES else data
    headers = {"content-location": address} if address else {}
    parsed = feedparser.parse(cut, sanitize_html=False, response_headers=headers)
    if re.search("<!ENTITY", cut.decode(parsed.get("encoding") or "utf-8", "replace"), re.IGNORECASE):
        raise SourceError(_ENTITIES)
    if not parsed.entries and not (parsed.version or parsed.feed.get("title")):
        raise SourceError("it is no feed that can be read; give the address of an RSS or Atom feed")
    publisher = _line(parsed.feed.get("title"))
    language = parsed.feed.get("language")
    found: dict[str, Entry] = {}
    base = address or web_address(parsed.feed.get("link")) or ""
    for raw in parsed.entries:
        entry = _entry(raw, base, publisher, language)
        found.setdefault(entry.link or entry.mark, entry)
    return Feed(tuple(found.values()), max(0, len(starts) - MAX_ENTRIES))


def _entry(raw: Any, base: str, publisher: str | None, language: str | None) -> Entry:
    link, title = _link(raw, base), _line(raw.get("title"))
    body = max((part.get("value") or "" for part in raw.get("content", ())), key=len, default="")
    summary = raw.get("summary") or ""
    published, updated = raw.get("published"), raw.get("updated")
    mark = content_id(raw.get("id") or link, title, raw.get("updated"), raw.get("published"), body or summary)
    has_both = len(body) > len(summary) > 0
    page = _page(max(body, summary, key=len), title, link, MIN_BRIEF if has_both else MIN_ARTICLE)
    if page:
        page = Page(
            text=page.text,
            title=title or page.title,
            author=_line(raw.get("author")),
            publisher=_line((raw.get("source") or {}).get("title")) or publisher,
            published=published or updated,
            updated=updated,
            url=link,
            language=language if isinstance(language, str) else None,
            dropped=page.dropped,
        )
    return Entry(mark, title, link, published or updated, page)


def _link(raw: Any, base: str) -> str | None:
    """An entry's address; one that is relative is meant from the feed's, or from the site that a saved feed names."""
    link = str(raw.get("link") or "")
    is_guid = link == raw.get("id")  # which stands in for an address, and need not be one
    try:
        return web_address(link if is_guid or not link else urljoin(base, link))
    except ValueError:  # no address at all
        return None


def _page(markup: str, title: str | None, link: str | None, least: int) -> Page | None:
    """The entry's article, if the feed carries it whole."""
    if not markup.strip():
        return None
    try:
        page = read_fragment(markup, title)
    except SourceError:
        return None
    whole = len(page.text) >= least and not _CUT.search(page.text)
    return page if page.text and (whole or link is None) else None


def _line(value: Any) -> str | None:
    """A title or a name, which feeds may write as HTML."""
    from lxml import html

    text = str(value or "").strip()[:2_000]
    if "<" in text or "&" in text:
        text = str(html.fragment_fromstring(text, create_parent="div").text_content())
    return one_line(text)
