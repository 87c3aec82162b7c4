"""Whatever a newsroom has, read as articles, one at a time. Whatever cannot be read is named, and never stops the rest."""

import logging
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO
from urllib.parse import urldefrag

from index.archive import MAX_ZIP_BYTES, members
from index.articles import Article, content_id
from index.clean import headline
from index.errors import SourceError
from index.feeds import Entry
from index.kinds import READABLE, Kind, as_it_begins, by_content, by_name, by_type
from index.language import detect
from index.pages import Page
from index.pubdates import read_dates
from index.records import language_code, read_records
from index.web import Answer, Web, is_address, shown
from index.worker import Parser, shared_parser

log = logging.getLogger("onrecord")

STANDARD_INPUT = "-"
# A longer file is not one article. A .jsonl file may be of any length: the cap is on each of its lines.
MAX_BYTES = 20_000_000
_MAX_SIZES: dict[Kind, int] = {"pdf": 30_000_000, "zip": MAX_ZIP_BYTES}


@dataclass(frozen=True)
class SourceFailure:
    """A source that gave no article, and why, in one line. A line of a .jsonl file is named "path:LINE"."""

    source: str
    reason: str


def read_sources(
    sources: Iterable[str | Path], web: Web | None = None, seen: set[str] | None = None
) -> Iterator[Article | SourceFailure]:
    """The articles of files, folders, addresses, feeds and standard input ("-"), in order.

    `seen` holds the marks of feed entries that were read earlier: they are passed over, and the new ones are added.
    """
    reader = _Reader(shared_parser(), web or Web(), set() if seen is None else seen)
    for source in sources:
        try:
            yield from reader.read(str(source))
        except (SourceError, OSError) as error:
            yield SourceFailure(shown(str(source)), reason_of(error))


class _Reader:
    def __init__(self, parser: Parser, web: Web, seen: set[str]) -> None:
        self._parser = parser
        self._web = web
        self._seen = seen

    def read(self, source: str) -> Iterator[Article | SourceFailure]:
        if source == STANDARD_INPUT:
            yield from self._standard_input()
        elif is_address(source):
            yield from self._address(source)
        else:
            for path in _files(source):
                try:
                    yield from self._file(path)
                except (SourceError, OSError) as error:
                    yield SourceFailure(str(path), reason_of(error))

    def _standard_input(self) -> Iterator[Article | SourceFailure]:
        data = sys.stdin.buffer.read(MAX_ZIP_BYTES + 1)
        if not data.strip():
            raise SourceError("nothing came in; pipe a document to it: pdftotext story.pdf - | onrecord add -")
        for item in self._document("standard input", by_content(data), data):
            local = isinstance(item, Article) and not is_address(item.origin)
            yield replace(item, origin=f"standard input#{item.id}") if local and isinstance(item, Article) else item

    def _address(self, address: str) -> Iterator[Article | SourceFailure]:
        answer = self._web.get(address)
        kind = _kind(answer)
        yield from self._document(urldefrag(shown(address)).url, kind, answer.data, answer)

    def _file(self, path: Path) -> Iterator[Article | SourceFailure]:
        kind = by_name(path.name) or "text"
        if kind == "records":
            with path.open("rb") as file:
                yield from _records(file, str(path), str(path.resolve()))
            return
        limit = _MAX_SIZES.get(kind, MAX_BYTES)
        if path.stat().st_size > limit:
            raise SourceError(f"it is larger than {limit // 1_000_000} MB; split it into one file per article")
        name, whole = str(path), str(path.resolve())
        for item in self._document(name, kind, path.read_bytes()):
            own = isinstance(item, Article) and (
                item.origin == name or item.origin.startswith((f"{name}/", f"{name}#"))
            )
            yield replace(item, origin=whole + item.origin[len(name) :]) if own and isinstance(item, Article) else item

    def _document(
        self, name: str, kind: Kind, data: bytes, answer: Answer | None = None
    ) -> Iterator[Article | SourceFailure]:
        """The articles in what was read from a file, an address, an archive or standard input."""
        if not data.strip():
            raise SourceError("it is empty; remove it or save it again")
        kind = as_it_begins(kind, data)
        if kind == "records":
            yield from _records(BytesIO(data), name, name)
        elif kind == "zip":
            yield from self._archive(name, data)
        elif kind == "feed":
            yield from self._feed(name, data, answer.address if answer else None)
        else:
            yield self._page(name, kind, data, answer)

    def _page(self, name: str, kind: Kind, data: bytes, answer: Answer | None) -> Article:
        if len(data) > _MAX_SIZES.get(kind, MAX_BYTES):
            raise SourceError(f"it is larger than {MAX_BYTES // 1_000_000} MB; split it into one file per article")
        if answer is None:
            return _article(self._parser.page(kind, data), name)
        page = self._parser.page(kind, data, answer.address, answer.charset)
        return _article(replace(page, url=page.url or answer.address), name)

    def _archive(self, name: str, data: bytes) -> Iterator[Article | SourceFailure]:
        empty = True
        for member, content in members(data, MAX_BYTES, _is_wanted):
            empty = False
            inside, kind = f"{name}/{member}", by_name(member) or "text"
            try:
                if isinstance(content, SourceError):
                    raise content
                if kind == "zip":
                    raise SourceError("it is an archive within an archive; take it out and add it by itself")
                yield from self._document(inside, kind, content)
            except SourceError as error:
                yield SourceFailure(inside, str(error))
        if empty:
            raise SourceError(f"the archive holds no file that can be read; give one with {READABLE}")

    def _feed(self, name: str, data: bytes, address: str | None) -> Iterator[Article | SourceFailure]:
        feed = self._parser.feed(data, address)
        for entry in feed.entries:
            if entry.mark in self._seen:
                continue
            source = entry.link or f"{name}#{entry.mark}"
            try:
                article = self._entry(entry, source)
            except SourceError as error:
                yield SourceFailure(shown(source), str(error))
                continue
            self._seen.add(entry.mark)
            yield article
        if feed.missing:
            yield SourceFailure(
                name, f"the feed lists {feed.missing} entries more than are read at once; add their pages themselves"
            )

    def _entry(self, entry: Entry, source: str) -> Article:
        if entry.page:
            return _article(entry.page, source)
        if not entry.link:
            raise SourceError("the entry carries neither its article nor an address; ask the feed's maker")
        answer = self._web.get_politely(entry.link)
        kind = _kind(answer)
        if kind in ("feed", "records", "zip"):
            raise SourceError("the entry leads to no article; add what it leads to by itself")
        article = self._page(source, kind, answer.data, answer)
        if article.published:
            return article
        return replace(article, published=read_dates(entry.published, None, article.language).published)


def _records(file: BinaryIO, name: str, origin: str) -> Iterator[Article | SourceFailure]:
    empty = True
    for number, record in read_records(file, origin):
        empty = False
        yield SourceFailure(f"{name}:{number}", str(record)) if isinstance(record, SourceError) else record
    if empty:
        yield SourceFailure(name, "the file is empty; give one JSON object a line")


def _files(source: str) -> Iterator[Path]:
    """The files that a source stands for, in order."""
    if not source.strip():
        raise SourceError("the name of the source is empty; give a file, a folder or an address")
    path = Path(source).expanduser()
    if "\0" in str(path) or not path.exists():
        raise SourceError("there is no such file or folder; check the path")
    if path.is_file():
        if by_name(path.name) is None:
            raise SourceError(f"{path.suffix or 'a file without suffix'} cannot be read; give one of {READABLE}")
        yield path
    elif path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if not _is_hidden(file.relative_to(path)) and file.is_file()]
        found = [file for file in files if by_name(file.name)]
        if not found:
            raise SourceError(f"the folder holds no file that can be read; give one with {READABLE}")
        if len(found) < len(files):
            log.warning("%s", _left_out(source, [file for file in files if not by_name(file.name)]))
        yield from found
    else:
        raise SourceError("it is neither a file nor a folder; copy what it holds to a file and add that")


def _left_out(folder: str, files: Sequence[Path]) -> str:
    """What a folder holds and is not read, in words: a newsroom's .odt should not be missed in silence."""
    suffixes = Counter(file.suffix.lower() or "without suffix" for file in files)
    named = ", ".join(f"{count} {suffix}" for suffix, count in suffixes.most_common(5))
    more = ", and others" if len(suffixes) > 5 else ""
    return f"{folder}: files of kinds that are not read were left out: {named}{more}."


def _is_wanted(name: str) -> bool:
    """Whether a member of an archive is read: not hidden ones, nor the pictures beside a page."""
    return not _is_hidden(PurePosixPath(name.replace("\\", "/"))) and by_name(name) is not None


def _is_hidden(path: PurePath) -> bool:
    return any(part.startswith((".", "__MACOSX")) and part != ".." for part in path.parts)


def _kind(answer: Answer) -> Kind:
    kind = by_type(answer.content_type, answer.data)
    if kind is None:
        raise SourceError(f"it is {answer.content_type[:60]!r}, which holds no article; give the article's own address")
    return kind


def reason_of(error: Exception) -> str:
    """Why a source cannot be read, as one line."""
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be opened: {error.strerror.lower()}; check the path and its permissions"
    return re.sub(r"\s+", " ", str(error))


def _article(page: Page, origin: str) -> Article:
    if not any(character.isalnum() for character in page.text):
        raise SourceError("no article text was found in it; check that it holds an article")
    title = page.title or headline(page.text)
    language = language_code(page.language) or detect(f"{title}\n{page.text}")
    locale = next((tag for tag in (page.locale, page.language) if language_code(tag) == language), language)
    dates = read_dates(page.published, page.updated, locale)
    return Article(
        id=content_id(page.url, page.publisher, title, page.text),
        title=title,
        text=page.text,
        language=language,
        origin=origin,
        publisher=page.publisher,
        author=page.author,
        url=page.url,
        published=dates.published,
        updated=dates.updated,
        dropped=page.dropped,
        unread=dates.unread,
    )
