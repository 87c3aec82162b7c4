"""Parse one document of a known kind, inside the worker. Add a new kind here and in kinds.py."""

from collections.abc import Mapping
from dataclasses import replace

from index.errors import SourceError
from index.ingest.docx import read_docx
from index.ingest.epub import read_epub
from index.ingest.exports import Export, read_json, read_wxr
from index.ingest.feeds import Feed, read_feed
from index.ingest.hidden import MAX_STYLES
from index.ingest.kinds import Kind, by_content, by_name, corrected_kind
from index.ingest.mail import Attachment, Message, read_mime
from index.ingest.pages import Bundle, Page, Part, read_fragment, read_html, read_markdown
from index.ingest.pdf import read_pdf
from index.ingest.plain_text import decode, decode_page, read_text
from index.ingest.saved_pages import Saved, read_webarchive, without_embedded

_ATTACHED: set[Kind] = {"text", "markdown", "html", "mime", "webarchive", "pdf", "docx"}


def parse(
    kind: Kind,
    data: bytes,
    address: str | None = None,
    charset: str | None = None,
    force: bool = False,
    fields: Mapping[str, str] | None = None,
) -> Page | Bundle | Feed | Export:
    """The article, the articles, the feed or the records in these bytes; raises SourceError if there are none.

    `address` is where they came from and `charset` what their server said, if anything. `force` reads pages that look
    as if they held no article, `fields` names the fields of an export.
    """
    if kind == "html":
        return read_html(decode_page(without_embedded(data, MAX_STYLES), charset), address, force)
    if kind == "webarchive":
        return _saved(read_webarchive(data), address, force)
    if kind == "mime":
        read = read_mime(data)
        return _saved(read, address, force) if isinstance(read, Saved) else _message(read, force)
    if kind == "epub":
        return read_epub(data)
    if kind == "fragment":
        return read_fragment(data.decode("utf-8", "replace"))
    if kind == "markdown":
        return read_markdown(decode(data, charset))
    if kind == "pdf":
        return read_pdf(data)
    if kind == "docx":
        return read_docx(data)
    if kind == "feed":
        return read_feed(data, address)
    if kind in ("json", "wxr"):
        return read_json(data, fields or {}) if kind == "json" else read_wxr(data)
    if kind == "text":
        return read_text(decode(data, charset))
    raise SourceError(f"{kind} is not a kind of document that can be parsed")


def _saved(saved: Saved, address: str | None, force: bool) -> Page:
    page = decode_page(without_embedded(saved.data, MAX_STYLES), saved.charset)
    return read_html(page, saved.address or address, force)


def _message(message: Message, force: bool) -> Bundle:
    """A message and its readable attachments, which get the message's date if they have none."""
    parts = [Part("", message.page)] if message.page else []
    left_out: list[str] = []
    published = message.page.published if message.page else None
    for attached in message.attachments:
        kind = corrected_kind(by_name(attached.name) or by_content(attached.data), attached.data)
        if kind not in _ATTACHED or (kind == "text" and by_name(attached.name) is None):
            left_out.append(attached.name)
            continue
        inner = _attached(attached, kind, force)
        left_out += inner.left_out
        parts += (
            replace(part, page=part.page and replace(part.page, published=part.page.published or published))
            for part in inner.parts
        )
    if not parts and not left_out:
        raise SourceError("the message holds no text; check that it was saved whole")
    return Bundle(tuple(parts), tuple(left_out))


def _attached(attached: Attachment, kind: Kind, force: bool) -> Bundle:
    try:
        read = parse(kind, attached.data, force=force)
    except SourceError as error:
        return Bundle((Part(attached.name, reason=str(error)),))
    if isinstance(read, Bundle):
        return replace(read, parts=tuple(replace(part, name=part.name or attached.name) for part in read.parts))
    return Bundle((Part(attached.name, read),)) if isinstance(read, Page) else Bundle(())
