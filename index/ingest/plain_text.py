"""Plain text: decode bytes of any encoding, and read an article."""

import re

from index.errors import SourceError
from index.ingest.clean import clean
from index.ingest.heads import front_matter
from index.ingest.pages import Page, page_of


def read_text(text: str) -> Page:
    matter, body = front_matter(text)
    cleaned = clean(body, matter.get("title"))
    return page_of(cleaned, matter)


def decode(data: bytes, charset: str | None = None) -> str:
    """Text from bytes: UTF-8, UTF-16, the charset that a server named, or else the likeliest older Western encoding."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise SourceError("it begins as UTF-16 but is not; save it as UTF-8") from error
    if data.startswith(b"{\\rtf"):
        raise SourceError("it is not plain text but RTF; save it as text first")
    if b"\0" in data:
        if unmarked := _unmarked_utf16(data):
            return unmarked
        raise SourceError("it is not text but a binary file; save it as text first")
    return _utf8(data) or named(data, charset) or _decode_older(data)


# The charset that a page declares. Japanese ones that look like ASCII (_SHIFTING) must be tried before UTF-8.
_META = re.compile(rb"""<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([\w-]{2,40})""", re.IGNORECASE)
_SHIFTING = re.compile(r"iso-2022|hz\b", re.IGNORECASE)


def decode_page(data: bytes, charset: str | None = None) -> str | bytes:
    """A page's text, or its bytes if its parser must decode them. Valid UTF-8 is read as such whatever is declared."""
    if b"\0" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return named(data, charset) or data
    meta = _META.search(data[:5_000])
    declared = charset or (meta[1].decode() if meta else None)
    if declared and _SHIFTING.match(declared):
        return named(data, declared) or data
    return _utf8(data) or named(data, declared) or _decode_older(data)


def _utf8(data: bytes) -> str | None:
    """Decode UTF-8, also with a few broken bytes."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("utf-8-sig", "replace")
    broken = text.count("\ufffd")
    return text if len(re.findall(r"[^\x00-\x7f\ufffd]", text)) > 2 * broken else None


# Text declared as one of these is nearly always cp1252.
_WESTERN = {"ascii", "us-ascii", "latin1", "latin-1", "iso-8859-1", "iso8859-1"}


def named(data: bytes, charset: str | None) -> str | None:
    """The text in that charset; None if it is unknown or does not fit."""
    try:
        return data.decode("cp1252" if charset.lower() in _WESTERN else charset) if charset else None
    except (LookupError, UnicodeDecodeError, ValueError):
        return None


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: in Western text every other byte is zero."""
    for half, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(data) % 2 == 0 and data[half::2].count(0) > 0.8 * len(data) / 2 and not data[1 - half :: 2].count(0):
            return named(data, encoding)
    return None


def _decode_older(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=["cp1252", "mac_roman", "cp850"]).best()
    text = str(best) if best else data.decode("cp1252", "replace")
    start = text[:100_000]
    accented = sum(character.isalpha() and not character.isascii() for character in start)
    foreign = accented > sum(map(str.isalpha, start)) / 3  # Chinese or Russian, taken for Western
    if foreign or len(re.findall(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]", text)) > len(text) / 100:
        raise SourceError("its characters cannot be decoded; save it as UTF-8 text")
    return text
