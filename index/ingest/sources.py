"""Read articles from files, folders, addresses, feeds, archives and exports, one at a time. Failures are yielded too."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import chain
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from index.addresses import is_address, redacted
from index.articles import Article, content_id
from index.errors import SourceError
from index.ingest.clean import headline
from index.ingest.exports import MAX_BYTES as MAX_EXPORT
from index.ingest.feeds import Entry
from index.ingest.kinds import READABLE, Kind, by_content, by_name, by_type, corrected_kind
from index.ingest.multipage import in_order, joined
from index.ingest.pages import Bundle, Page
from index.ingest.paths import files_of, is_hidden, is_wanted, left_out
from index.ingest.pubdates import read_dates
from index.ingest.records import Reading, language_code, read_lines, read_records
from index.ingest.web import Answer, Web
from index.ingest.worker import Parser, shared_parser
from index.ingest.zip_files import MAX_ZIP_BYTES, members
from index.text.language import detect

STANDARD_INPUT = "-"
# For one article. A .jsonl file may be of any length: its lines are limited.
MAX_BYTES = 20_000_000
# Pages are saved with their pictures, which are dropped before the page's own limit applies.
MAX_SIZES: dict[Kind, int] = {
    "html": 50_000_000, "mime": 50_000_000, "webarchive": 50_000_000, "epub": 100_000_000, "pdf": 30_000_000,
    "json": MAX_EXPORT, "wxr": MAX_EXPORT, "zip": MAX_ZIP_BYTES,
}  # fmt: skip


@dataclass(frozen=True)
class SourceFailure:
    """A source that could not be read, and why. A line of a .jsonl file is "path:LINE"."""

    source: str
    reason: str


@dataclass(frozen=True)
class SourceNote:
    """A remark on a source that was read: how its fields were mapped, what was left out."""

    source: str
    text: str


@dataclass(frozen=True)
class Options:
    """`fields` maps our names to the fields of exports; `force` reads what does not look like an article; `links` follows
    links out of a folder."""

    fields: Mapping[str, str] = field(default_factory=dict)
    force: bool = False
    links: bool = False


def read_sources(
    sources: Iterable[str | Path],
    web: Web | None = None,
    seen: set[str] | None = None,
    options: Options | None = None,
    notes: list[SourceNote] | None = None,
) -> Iterator[Article | SourceFailure]:
    """The articles of files, folders, addresses, feeds and standard input ("-"), in order; stories of several pages last.

    `seen` are the marks of feed entries to skip; those read are added to it. `notes` receives remarks on the sources.
    """
    noted = [] if notes is None else notes
    reader = _Reader(shared_parser(), web or Web(), set() if seen is None else seen, options or Options(), noted)
    for source in sources:
        try:
            yield from reader.read(str(source))
        except (SourceError, OSError) as error:
            yield SourceFailure(redacted(str(source)), reason_of(error))
    yield from reader.stories()


class _Reader:
    def __init__(self, parser: Parser, web: Web, seen: set[str], options: Options, notes: list[SourceNote]) -> None:
        self._parser = parser
        self._web = web
        self._seen = seen
        self._options = options
        self._notes = notes
        self._pages: dict[tuple[str, str], list[tuple[str, Page]]] = {}

    def read(self, source: str) -> Iterator[Article | SourceFailure]:
        if source == STANDARD_INPUT:
            yield from self._standard_input()
        elif is_address(source):
            yield from self._address(source)
        else:
            for path in files_of(source, self._options.links, lambda text: self._note(source, text)):
                try:
                    yield from self._file(path)
                except (SourceError, OSError) as error:
                    yield SourceFailure(str(path), reason_of(error))

    def _standard_input(self) -> Iterator[Article | SourceFailure]:
        data = sys.stdin.buffer.read(MAX_ZIP_BYTES + 1)
        if not data.strip():
            raise SourceError("nothing came in; pipe a document to it: pdftotext story.pdf - | onrecord add -")
        name = "standard input"
        for item in chain(self._document(name, name, by_content(data), data), self.stories()):
            local = isinstance(item, Article) and not is_address(item.origin)
            yield replace(item, origin=f"standard input#{item.id}") if local and isinstance(item, Article) else item

    def _address(self, address: str) -> Iterator[Article | SourceFailure]:
        answer = self._web.get(address)
        kind = _kind(answer)
        name = urldefrag(redacted(address)).url
        yield from self._document(name, name, kind, answer.data, answer)

    def _file(self, path: Path) -> Iterator[Article | SourceFailure]:
        kind = by_name(path.name) or "text"
        if kind == "records" and not _is_one_piece(path):
            with path.open("rb") as file:
                yield from self._records(str(path), lambda how: read_lines(file, str(path.resolve()), how))
            return
        _check_size(path.stat().st_size, "json" if kind == "records" else kind)
        yield from self._document(str(path), str(path.resolve()), kind, path.read_bytes())

    def _document(
        self, name: str, origin: str, kind: Kind, data: bytes, answer: Answer | None = None
    ) -> Iterator[Article | SourceFailure]:
        """The articles in what was read from a file, an address, an archive or standard input.

        `name` is for messages, `origin` for the articles.
        """
        if not data.strip():
            raise SourceError("it is empty; remove it or save it again")
        kind = corrected_kind(kind, data)
        _check_size(len(data), kind)
        if kind == "records":
            yield from self._records(name, lambda how: read_lines(BytesIO(data), origin, how))
        elif kind in ("json", "wxr"):
            export = self._parser.export(kind, data, self._options.fields)
            yield from self._records(name, lambda how: read_records(export.records, origin, how))
            self._note(name, export.left_out)
        elif kind == "zip":
            yield from self._archive(name, origin, data)
        elif kind == "feed":
            yield from self._feed(name, origin, data, answer.address if answer else None)
        else:
            yield from self._pages_of(name, origin, kind, data, answer)

    def _pages_of(
        self, name: str, origin: str, kind: Kind, data: bytes, answer: Answer | None
    ) -> Iterator[Article | SourceFailure]:
        read = self._read(kind, data, answer)
        if isinstance(read, Page):
            if read.position is None:
                yield _article(read, origin)
            else:
                self._pages.setdefault((read.position.story, _site(read.url)), []).append((origin, read))
            return
        for part in read.parts:
            within = f"#{part.name}" if part.name else ""
            try:
                yield _article(part.page, origin + within) if part.page else SourceFailure(name + within, part.reason)
            except SourceError as error:
                yield SourceFailure(name + within, str(error))
        if read.left_out:
            self._note(name, f"attachments of kinds that are not read were left out: {', '.join(read.left_out)}")

    def _read(self, kind: Kind, data: bytes, answer: Answer | None) -> Page | Bundle:
        if answer is None:
            return self._parser.read(kind, data, force=self._options.force)
        read = self._parser.read(kind, data, answer.address, answer.charset, self._options.force)
        return replace(read, url=read.url or answer.address) if isinstance(read, Page) else read

    def stories(self) -> Iterator[Article]:
        """The stories of several pages: joined where all pages were read, else each page by itself."""
        for read in self._pages.values():
            pages = [page for _, page in read]
            if ordered := in_order(pages):
                origin = next(origin for origin, page in read if page is ordered[0])
                yield _article(joined(ordered), origin)
                continue
            for origin, page in read:
                yield _article(page, origin)
                number = page.position.number if page.position else 0
                self._note(
                    origin, f"it is page {number} of a story of several; add all its pages together to join them"
                )

    def _records(
        self, name: str, read: Callable[[Reading], Iterator[tuple[int, Article | SourceError]]]
    ) -> Iterator[Article | SourceFailure]:
        how = Reading(self._markup, self._options.fields, self._options.force)
        empty = True
        for number, record in read(how):
            empty = False
            yield SourceFailure(f"{name}:{number}", str(record)) if isinstance(record, SourceError) else record
        if empty:
            yield SourceFailure(name, "the file is empty; give one JSON object a line")
        self._note(name, how.tally.note())

    def _markup(self, markup: str) -> Page:
        return self._parser.page("fragment", markup.encode("utf-8", "replace"))

    def _note(self, source: str, text: str | None) -> None:
        if text:
            self._notes.append(SourceNote(source, text))

    def _archive(self, name: str, origin: str, data: bytes) -> Iterator[Article | SourceFailure]:
        empty, others = True, []

        def wanted(member: str) -> bool:
            others.extend([] if is_wanted(member) or is_hidden(member) else [member])
            return is_wanted(member)

        for member, content in members(data, _most_bytes, wanted):
            empty = False
            inside, kind = f"{name}/{member}", by_name(member) or "text"
            try:
                if isinstance(content, SourceError):
                    raise content
                if kind == "zip":
                    raise SourceError("it is an archive within an archive; take it out and add it by itself")
                yield from self._document(inside, f"{origin}/{member}", kind, content)
            except SourceError as error:
                yield SourceFailure(inside, str(error))
        if empty:
            raise SourceError(f"the archive holds no file that can be read; give one with {READABLE}")
        self._note(name, left_out(others))

    def _feed(self, name: str, origin: str, data: bytes, address: str | None) -> Iterator[Article | SourceFailure]:
        feed = self._parser.feed(data, address)
        for entry in feed.entries:
            if entry.mark in self._seen:
                continue
            source = entry.link or f"{origin}#{entry.mark}"
            try:
                article = self._entry(entry, source)
            except SourceError as error:
                yield SourceFailure(redacted(source), str(error))
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
        read = None if kind in ("feed", "records", "json", "wxr", "zip") else self._read(kind, answer.data, answer)
        if not isinstance(read, Page):
            raise SourceError("the entry leads to no article; add what it leads to by itself")
        article = _article(read, source)
        if article.published:
            return article
        return replace(article, published=read_dates(entry.published, None, article.language).published)


def _is_one_piece(path: Path) -> bool:
    """Whether a file is one JSON value instead of one value per line."""
    with path.open("rb") as file:
        return by_content(file.read(3_000)) == "json"


def _most_bytes(name: str) -> int:
    return MAX_SIZES.get(by_name(name) or "text", MAX_BYTES)


def _check_size(size: int, kind: Kind) -> None:
    if size > MAX_SIZES.get(kind, MAX_BYTES) and kind != "records":
        limit = MAX_SIZES.get(kind, MAX_BYTES) // 1_000_000
        raise SourceError(f"it is larger than {limit} MB; split it into one file per article")


def _site(address: str | None) -> str:
    return urlsplit(address or "").netloc


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
