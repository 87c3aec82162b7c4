"""Mail (.eml) and pages saved in its format (.mhtml)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

from index.errors import SourceError
from index.ingest.clean import remove_hidden, tidy
from index.ingest.pages import Page, one_line, read_fragment
from index.ingest.plain_text import decode, decode_page
from index.ingest.saved_pages import Saved
from index.ingest.wrapping import paragraphs_of

_LISTS = ("List-Id", "List-Unsubscribe", "List-Post")
_WITHOUT_TEXT = ("image/", "audio/", "video/", "application/pkcs7", "application/pgp", "text/calendar", "text/x-vcard")
"""Attachments that are ignored without a note."""
_PICTURE = re.compile(
    rb"(^Content-Type:[ \t]*(?:image|font|audio|video)/[^\n]*+\n(?:[\w-]+:[^\n]*+\n|[ \t]+[^\s][^\n]*+\n)*+\r?\n)"
    rb"[A-Za-z0-9+/=\r\n]++", re.IGNORECASE | re.MULTILINE,
)  # fmt: skip
"""Media in a saved page, removed because the email parser would take seconds for them."""


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message, by the name it has there."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Message:
    """`page` is None if the message has no text of its own, such as one that only forwards another."""

    page: Page | None
    attachments: tuple[Attachment, ...]


def read_mime(data: bytes) -> Message | Saved:
    try:
        message = message_from_bytes(_PICTURE.sub(rb"\1\n", data.lstrip()), policy=policy.default)
        parts = [part for part in _parts(message) if isinstance(part, EmailMessage)]
        return _saved(message, parts) if _is_page(message) else _message(message, parts)
    except SourceError:
        raise
    except Exception as error:  # mail programs break the rules in ways that cannot be listed
        reason = f"the message cannot be parsed ({type(error).__name__}); save its text as .txt"
        raise SourceError(reason) from error


def _is_page(message: EmailMessage) -> bool:
    if message["Snapshot-Content-Location"] or "saved by" in str(message["From"] or "").lower():
        return True
    sent = message["To"] or message["Received"] or message["Message-ID"]
    return not sent and message.get_content_type() in ("multipart/related", "text/html")


def _parts(message: EmailMessage) -> list[EmailMessage]:
    """The leaf parts in order. A forwarded message is one part."""
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        return [inner for part in message.iter_parts() for inner in _parts(part)]  # type: ignore[arg-type]
    return [message]


def _saved(message: EmailMessage, parts: Sequence[EmailMessage]) -> Saved:
    root = next((part for part in parts if part.get_content_type() in ("text/html", "application/xhtml+xml")), None)
    if root is None:
        raise SourceError("the saved page holds no HTML; save it again, or as HTML")
    address = str(message["Snapshot-Content-Location"] or root["Content-Location"] or "")
    return Saved(_data(root), address or None, root.get_content_charset())


def _message(message: EmailMessage, parts: Sequence[EmailMessage]) -> Message:
    body = message.get_body(("html", "plain"))
    attached = [part for part in parts if part is not body and _is_attached(part)]
    named = tuple(Attachment(_name(part, n), _data(part)) for n, part in enumerate(attached, 1))
    return Message(_page(message, body) if isinstance(body, EmailMessage) else None, named)


def _is_attached(part: EmailMessage) -> bool:
    if part.get_content_type().startswith(_WITHOUT_TEXT):
        return False
    return part.is_attachment() or bool(part.get_filename()) or part.get_content_maintype() == "message"


def _name(part: EmailMessage, number: int) -> str:
    suffix = ".eml" if part.get_content_type() == "message/rfc822" else ""
    return one_line(part.get_filename()) or f"attachment {number}{suffix}"


def _data(part: EmailMessage) -> bytes:
    if part.get_content_maintype() == "message":
        return b"".join(inner.as_bytes() for inner in part.iter_parts())
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _page(message: EmailMessage, body: EmailMessage) -> Page | None:
    title, charset = one_line(str(message["Subject"] or "")), body.get_content_charset()
    if body.get_content_type() == "text/html":
        markup = decode_page(_data(body), charset)
        page = read_fragment(markup if isinstance(markup, str) else markup.decode("utf-8", "replace"), title)
    else:
        cleaned = tidy(paragraphs_of(remove_hidden(decode(_data(body), charset))), title)
        page = Page(cleaned.text, cleaned.title, dropped=cleaned.dropped)
    if not page.text.strip():
        return None
    sender, address = parseaddr(str(message["From"] or ""))
    name = one_line(sender) or one_line(address)
    is_list = any(message[header] for header in _LISTS)
    return replace(
        page,
        title=title or page.title,
        author=None if is_list else name,
        publisher=name if is_list else None,
        published=str(message["Date"] or "") or None,
    )
