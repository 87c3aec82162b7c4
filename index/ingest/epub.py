"""E-books (.epub): each document of the reading order that has a heading of its own is an article."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from index.errors import SourceError
from index.ingest.multipage import joined
from index.ingest.pages import Bundle, Page, Part, one_line, read_fragment
from index.ingest.plain_text import decode_page
from index.ingest.zip_files import members

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_MEMBER = 20_000_000
MIN_TEXT = 200
"""Shorter documents without a heading are covers and imprints."""
_CONTAINER, _LOCKS = "META-INF/container.xml", "META-INF/encryption.xml"
_READ = re.compile(r".*\.(?:x?html?|xml|opf)", re.IGNORECASE | re.DOTALL)
_HEADING = re.compile(r"<h[1-3]\b[^>]*>(.*?)</h[1-3]>", re.IGNORECASE | re.DOTALL)
_AROUND = re.compile(r"epub:type=\"[^\"]*\b(?:cover|toc|titlepage|copyright-page|landmarks)\b", re.IGNORECASE)


def read_epub(data: bytes) -> Bundle:
    """The articles of a book. A document without a heading continues the one before."""
    files = dict(members(data, MAX_MEMBER, lambda name: bool(_READ.fullmatch(name))))
    place = str(_parsed(files, _CONTAINER).xpath("string(//*[local-name()='rootfile']/@full-path)"))
    package = _parsed(files, place)
    locked = _markup(files, _LOCKS) if _LOCKS in files else ""
    book = _about(package)
    parts: list[Part] = []
    for name in _reading_order(package, posixpath.dirname(place)):
        if name in locked:
            raise SourceError("it is locked against copying (DRM); give a copy without the lock")
        markup = _markup(files, name)
        page = None if _AROUND.search(markup[:5_000]) else _article(markup, book)
        before = parts[-1].page if parts else None
        if page and before and page.title == book.title:
            parts[-1] = Part(parts[-1].name, joined([before, page]))
        elif page and (page.title != book.title or len(page.text) >= MIN_TEXT):
            parts.append(Part(name, page))
    if not parts:
        raise SourceError("the book holds no text; check that it was saved whole")
    return Bundle(tuple(parts))


def _about(package: "_Element") -> Page:
    """The book's metadata. Without a publisher, the book's title is the publisher of its articles."""

    def metadata(name: str) -> str | None:
        found = package.xpath(f"string(//*[local-name()='metadata']/*[local-name()='{name}'])")
        return one_line(str(found))

    publisher = metadata("publisher") or metadata("title")
    return Page("", metadata("title"), metadata("creator"), publisher, metadata("date"), language=metadata("language"))


def _reading_order(package: "_Element", folder: str) -> list[str]:
    items = {item.get("id"): item for item in package.iterfind(".//{*}manifest/{*}item")}
    order = [items.get(reference.get("idref")) for reference in package.iterfind(".//{*}spine/{*}itemref")]
    read = [item for item in order if item is not None and "nav" not in (item.get("properties") or "").split()]
    return [posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or ""))) for item in read]


def _article(markup: str, book: Page) -> Page | None:
    heading = _HEADING.search(markup)
    title = read_fragment(heading[1]).text if heading else ""
    body = re.split(r"<body\b[^>]*>", markup, maxsplit=1, flags=re.IGNORECASE)[-1]
    page = read_fragment(re.split(r"</body", body, maxsplit=1, flags=re.IGNORECASE)[0], title or book.title)
    return replace(book, text=page.text, title=title or book.title, dropped=page.dropped) if page.text.strip() else None


def _markup(files: Mapping[str, bytes | SourceError], name: str) -> str:
    content = files.get(name, SourceError(f"its part {name[:80]!r} is missing; save the book again"))
    if isinstance(content, SourceError):
        raise content
    markup = decode_page(content)
    return markup if isinstance(markup, str) else markup.decode("utf-8", "replace")


def _parsed(files: Mapping[str, bytes | SourceError], name: str) -> "_Element":
    from lxml import etree

    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        return etree.fromstring(_markup(files, name).encode(), parser)
    except etree.XMLSyntaxError as error:
        raise SourceError(f"its part {name[:80]!r} is damaged; save the book again") from error
