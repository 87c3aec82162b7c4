"""What kind of document something is: by its suffix, by what a server says, or by how it begins."""

import re
from pathlib import PurePath
from typing import Literal

Kind = Literal["text", "markdown", "html", "pdf", "docx", "feed", "records", "zip"]

SUFFIXES: dict[str, Kind] = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".rss": "feed",
    ".atom": "feed",
    ".xml": "feed",
    ".jsonl": "records",
    ".zip": "zip",
}
READABLE = ", ".join(SUFFIXES)

_TYPES: dict[str, Kind] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "text/markdown": "markdown",
    "application/pdf": "pdf",
    "application/x-pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/rss+xml": "feed",
    "application/atom+xml": "feed",
    "application/rdf+xml": "feed",
    "application/feed+xml": "feed",
    "application/xml": "feed",
    "text/xml": "feed",
    "application/jsonl": "records",
    "application/x-ndjson": "records",
    "application/zip": "zip",
    "application/x-zip-compressed": "zip",
}
_SAYS_NOTHING = {
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "application/download",
    "application/force-download",
}
_FEED = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*|<\?[^>]{0,500}\?>\s*)*<(?:rss|feed|rdf:RDF)[\s>]", re.S
)
_DOCX = re.compile(rb"PK\x03\x04.{26}(?:\[Content_Types\]\.xml|_rels/\.rels|docProps/|word/)", re.S)
"""The first member of a Word document, which programs write in this order or nearly."""
_HTML = re.compile(rb"<(?:!doctype html|html|head|body|article|title)[\s>]", re.IGNORECASE)


def by_name(name: str) -> Kind | None:
    return SUFFIXES.get(PurePath(name).suffix.lower())


def by_type(content_type: str, data: bytes) -> Kind | None:
    """The kind of a server's answer, or None if it is of a kind that cannot be read."""
    content_type = content_type.strip().lower()
    kind = _TYPES.get(content_type)
    # Feeds are often served as text/html or text/plain, and pages as XML.
    if kind in ("html", "text", "feed") or content_type in _SAYS_NOTHING:
        found = by_content(data)
        return found if found in ("feed", "html", "pdf", "docx", "zip") or kind is None else kind
    return kind


def as_it_begins(kind: Kind, data: bytes) -> Kind:
    """The kind of what is named as text and begins as a page, a feed or a PDF: their code is nobody's article."""
    found = by_content(data)
    if kind == "text" and found in ("html", "feed") and data.lstrip().startswith(b"<"):
        return found
    return "pdf" if kind in ("text", "markdown") and found == "pdf" else kind


def by_content(data: bytes) -> Kind:
    """The kind that the first bytes speak for; text if none."""
    start = data[:3_000].removeprefix(b"\xef\xbb\xbf")
    if start.startswith(b"%PDF-"):
        return "pdf"
    if start.startswith(b"PK\x03\x04"):
        return "docx" if _DOCX.match(start) else "zip"
    if _FEED.match(start):
        return "feed"
    if _HTML.search(start[:1_000]):
        return "html"
    return "records" if re.match(rb'\s*\{\s*"', start) else "text"
