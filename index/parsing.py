"""One document of a known kind, read: what the worker runs."""

from index.docx import read_docx
from index.errors import SourceError
from index.feeds import Feed, read_feed
from index.kinds import Kind
from index.pages import Page, read_html, read_markdown
from index.pdf import read_pdf
from index.texts import decode, decode_page, read_text


def parse(kind: Kind, data: bytes, address: str | None = None, charset: str | None = None) -> Page | Feed:
    """The article or the feed in these bytes; raises SourceError where there is none.

    `address` is where they came from and `charset` what their server said, if anything.
    """
    if kind == "html":
        return read_html(decode_page(data, charset), address)
    if kind == "markdown":
        return read_markdown(decode(data, charset))
    if kind == "pdf":
        return read_pdf(data)
    if kind == "docx":
        return read_docx(data)
    if kind == "feed":
        return read_feed(data, address)
    if kind == "text":
        return read_text(decode(data, charset))
    raise SourceError(f"{kind} is no kind of document that one article is read from")
