"""The kind of a document, by its suffix, by the content type of a server, or by its first bytes."""

import re
from pathlib import PurePath
from typing import Literal

Kind = Literal[
    "text", "markdown", "html", "mime", "webarchive", "epub", "pdf", "docx", "feed", "wxr", "records", "json", "zip",
    "fragment",
]  # fmt: skip
"""`mime` is mail or a page saved as mail, `records` JSON lines, `json` one JSON document, `fragment` HTML in a record."""

SUFFIXES: dict[str, Kind] = {
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".mhtml": "mime",
    ".mht": "mime",
    ".webarchive": "webarchive",
    ".eml": "mime",
    ".epub": "epub",
    ".rss": "feed",
    ".atom": "feed",
    ".xml": "feed",
    ".jsonl": "records",
    ".ndjson": "records",
    ".json": "json",
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
    "application/json": "json",
    "application/jsonl": "records",
    "application/x-ndjson": "records",
    "message/rfc822": "mime",
    "multipart/related": "mime",
    "application/x-mimearchive": "mime",
    "application/x-webarchive": "webarchive",
    "application/epub+zip": "epub",
    "application/zip": "zip",
    "application/x-zip-compressed": "zip",
}
_UNSPECIFIC = {
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
"""A Word document, by the name of its first member."""
_EPUB = re.compile(rb"PK\x03\x04.{26}mimetypeapplication/epub\+zip", re.S)
_WXR = re.compile(rb"wordpress\.org/export/")
_HEADER = re.compile(rb"([A-Za-z][A-Za-z-]{0,60}):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_OF_MAIL = {b"mime-version", b"message-id", b"received", b"return-path", b"content-type", b"snapshot-content-location"}
_OF_LETTERS = {b"from", b"to", b"subject", b"date"}
_HTML = re.compile(rb"<(?:!doctype html|html|head|body|article|title)[\s>]", re.IGNORECASE)


def by_name(name: str) -> Kind | None:
    return SUFFIXES.get(PurePath(name).suffix.lower())


def by_type(content_type: str, data: bytes) -> Kind | None:
    """The kind of a server's answer; None if it cannot be read."""
    content_type = content_type.strip().lower()
    kind = _TYPES.get(content_type)
    # Feeds are often served as text/html or text/plain, and pages as XML.
    if kind == "json" and by_content(data) not in ("json", "records"):
        return None
    if kind in ("html", "text", "feed") or content_type in _UNSPECIFIC:
        found = by_content(data)
        return found if found in ("feed", "wxr", "html", "mime", "pdf", "docx", "epub", "zip") or kind is None else kind
    return kind


def corrected_kind(kind: Kind, data: bytes) -> Kind:
    """Correct a kind by the first bytes: a page, a feed or a PDF named .txt, and so on."""
    found = by_content(data)
    if kind == "text" and found in ("html", "feed", "wxr") and data.lstrip().startswith(b"<"):
        return found
    if (kind, found) in _BEGIN_AS:
        return found
    return "pdf" if kind in ("text", "markdown") and found == "pdf" else kind


_BEGIN_AS: set[tuple[Kind, Kind]] = {
    ("text", "mime"), ("markdown", "mime"), ("html", "mime"), ("html", "webarchive"), ("feed", "wxr"),
    ("records", "json"), ("zip", "epub"),
}  # fmt: skip


def by_content(data: bytes) -> Kind:
    """The kind by the first bytes; text if none fits."""
    start = data[:3_000].removeprefix(b"\xef\xbb\xbf")
    if start.startswith(b"%PDF-"):
        return "pdf"
    if start.startswith(b"PK\x03\x04"):
        return "docx" if _DOCX.match(start) else "epub" if _EPUB.match(start) else "zip"
    if start.startswith(b"bplist00") or b"<plist" in start[:300]:
        return "webarchive" if b"WebMainResource" in data else "text"
    if _FEED.match(data[:8_000]):
        return "wxr" if _WXR.search(data[:8_000]) else "feed"
    if _is_mime(start):
        return "mime"
    if _HTML.search(start[:1_000]):
        return "html"
    if re.match(rb"\s*\[\s*[\[{\]]|\s*\{\s*\n", start):
        return "json"
    return "records" if re.match(rb'\s*\{\s*"', start) else "text"


def _is_mime(start: bytes) -> bool:
    """Whether it begins with the header of a message or of a page saved as one."""
    names, at = set(), 0
    while found := _HEADER.match(start, at):
        names.add(found[1].lower())
        at = found.end()
    return len(names) > 1 and (bool(names & _OF_MAIL) or len(names & _OF_LETTERS) > 2)
