"""Read one document from a file or standard input as plain text, for `onrecord check`. Nothing is added to a library."""

import sys
from dataclasses import dataclass
from pathlib import Path

from index.addresses import is_address
from index.errors import SourceError
from index.ingest.kinds import READABLE, Kind, by_content, by_name, corrected_kind
from index.ingest.pages import Page
from index.ingest.plain_text import decode
from index.ingest.sources import MAX_BYTES, MAX_SIZES, STANDARD_INPUT, reason_of
from index.ingest.worker import shared_parser

_SEVERAL: dict[Kind, str] = {
    "records": "it holds records of articles, one a line; save the text of one as .txt",
    "json": "it is an export of articles; save the text of one as .txt",
    "wxr": "it is an export of a whole site; save the text of one article as .txt",
    "epub": "it is a book of several articles; save the text of one as .txt",
    "zip": "it is an archive of files; unpack it and give one of them",
    "feed": "it is a feed of several articles; save the text of one as .txt",
}
_LARGEST = max(MAX_BYTES, *(size for kind, size in MAX_SIZES.items() if kind not in _SEVERAL))


@dataclass(frozen=True)
class Document:
    """A document's text. Plain text is as it was saved, character for character; `dropped` is what cleaning left out."""

    text: str
    dropped: tuple[str, ...] = ()


def read_document(source: str) -> Document:
    """The text of a file, or of standard input ("-"); raises SourceError unless it is one text."""
    try:
        name, data = _read(source)
    except OSError as error:
        raise SourceError(reason_of(error)) from error
    if not data.strip():
        raise SourceError("it is empty; give a text with at least one sentence")
    kind = corrected_kind(name or by_content(data), data)
    if kind in _SEVERAL:
        raise SourceError(_SEVERAL[kind])
    _check_size(len(data), kind)
    if kind == "text":
        return Document(decode(data))
    read = shared_parser().read(kind, data)
    page = read if isinstance(read, Page) else next((part.page for part in read.parts if part.page), None)
    if page is None:
        raise SourceError("the message holds no text of its own; save its attachment and give that")
    return Document(page.text, page.dropped)


def _read(source: str) -> tuple[Kind | None, bytes]:
    """The kind by the file's name, if known, and its bytes, at most one more than the limit."""
    if source == STANDARD_INPUT:
        return None, sys.stdin.buffer.read(_LARGEST + 1)
    if is_address(source):
        raise SourceError("it is a web address; save the page and give the file")
    path = Path(source).expanduser()
    if not source or "\0" in source or not path.exists():
        raise SourceError("there is no such file; check the path, or give - for standard input")
    if path.is_dir():
        raise SourceError("it is a folder; give one file")
    kind = by_name(path.name)
    if kind is None and path.suffix:
        raise SourceError(f"{path.suffix} cannot be read; give one of {READABLE}")
    if kind in _SEVERAL:
        return kind, b"-"
    with path.open("rb") as file:
        return kind, file.read(_LARGEST + 1)


def _check_size(size: int, kind: Kind) -> None:
    limit = MAX_SIZES.get(kind, MAX_BYTES)
    if size > limit:
        raise SourceError(f"it is larger than {limit // 1_000_000} MB; give it in parts")
