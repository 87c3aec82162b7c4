"""Articles as records: one JSON object a line, or the records of an export."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any, BinaryIO

from index.articles import Article, content_id
from index.errors import SourceError
from index.ingest.clean import headline, remove_hidden
from index.ingest.exports import records_of
from index.ingest.fields import Tally, choose
from index.ingest.heads import without_by
from index.ingest.pages import Page, one_line, web_address, without_publisher
from index.ingest.pubdates import read_dates
from index.text.language import detect

MAX_LINE = 20_000_000
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|br|cite|code|em|i|mark|q|s|small|span|strong|sub|sup|u|wbr)\b[^<>]*>", re.IGNORECASE
)
"""Inline tags removed from titles. Others stay: they are a sign of prompt injection."""
_MARKUP = re.compile(r"<(?:p|br|div|h[1-6]|ul|ol|li|figure|blockquote|article|section)\b[^>]*>|<!-- wp:", re.IGNORECASE)
_CUT = re.compile(r"\[\+\d+ (?:chars|caract\w+)\]\s*\Z")
""""[+2345 chars]": what NewsAPI leaves out."""


@dataclass(frozen=True)
class Reading:
    """How records become articles: `markup` parses a text that is HTML, `fields` is the mapping of --map.

    `force` reads records whose text is marked as truncated.
    """

    markup: Callable[[str], Page]
    fields: Mapping[str, str] = field(default_factory=dict)
    force: bool = False
    tally: Tally = field(default_factory=Tally)


def read_lines(file: BinaryIO, origin: str, how: Reading) -> Iterator[tuple[int, Article | SourceError]]:
    """Each line's number with its article, or the error."""
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if not line.strip():
            continue
        try:
            if len(line) > MAX_LINE:
                while not line.endswith(b"\n") and (line := file.readline(MAX_LINE)):
                    pass
                raise SourceError(f"the line is longer than {MAX_LINE // 1_000_000} MB; shorten its text")
            for _, read in read_records(records_of(_object(line), how.fields), origin, how):
                yield number, read
        except SourceError as error:
            yield number, error


def read_records(
    records: Iterable[dict[str, Any]], origin: str, how: Reading
) -> Iterator[tuple[int, Article | SourceError]]:
    """As `read_lines`, for parsed records, numbered from 1."""
    for number, record in enumerate(records, 1):
        try:
            yield number, _article(record, origin, how)
        except SourceError as error:
            yield number, error


def _article(record: dict[str, Any], origin: str, how: Reading) -> Article:
    """Plain text is not cleaned, since its author may use offsets in it."""
    chosen = choose(record, how.fields)
    value = {ours: text for ours, (_, text) in chosen.items()}
    text = remove_hidden(value.get("text", ""))
    dropped: tuple[str, ...] = ()
    if chosen.get("text", ("",))[0].endswith("html") or _MARKUP.search(text):
        page = how.markup(text)
        text, dropped = page.text, page.dropped
    if not any(character.isalnum() for character in text):
        names = ", ".join(repr(name[:40]) for name in list(record)[:12])
        raise SourceError(
            f"the record has no text among its fields {names}; name its field with --map text=FIELD, or add its address"
        )
    if (cut := _CUT.search(text)) and not how.force:
        raise SourceError(f"its text ends with {cut[0].strip()!r}: the export has only its beginning; add its address"
                          f" {value.get('url', '')} or use --force")  # fmt: skip
    publisher, url = _line(value.get("publisher")), web_address(value.get("url"))
    title = without_publisher(_line(value.get("title")), publisher) or headline(text)
    name = value.get("id")
    if name is not None and not (len(name) <= 200 and name.isprintable() and not re.search(r"\s", name)):
        raise SourceError(f"the id {name[:40]!r} cannot be used; give 1 to 200 printable characters without spaces")
    key = name or content_id(url, publisher, title, text)
    tag = value.get("language")
    language = language_code(tag) or detect(f"{title}\n{text}")
    dates = read_dates(value.get("published"), value.get("updated"), tag if language_code(tag) else language)
    how.tally.count(record, chosen)
    return Article(
        id=key,
        title=title,
        text=text,
        language=language,
        origin=f"{origin}#{key}",
        publisher=publisher,
        author=without_by(_line(value.get("author")) or "") or None,
        url=url,
        published=dates.published,
        updated=dates.updated,
        dropped=dropped,
        unread=dates.unread,
    )


def _line(value: str | None) -> str | None:
    """A title or a name on one line, without HTML."""
    return one_line(unescape(_INLINE.sub("", value))) if value else None


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SourceError("the line is not UTF-8; save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        raise SourceError(f"the line is not JSON: {error.msg} at column {error.colno}; correct the line") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"the line is not usable JSON: {error}; correct the line") from error
    if not isinstance(value, dict):
        raise SourceError(f"the line is {type(value).__name__} and not an object; write {{'text': …}}")
    return value


def language_code(code: str | None) -> str | None:
    """fr-FR is fr; None for other values, such as French."""
    found = re.fullmatch(r"\s*([A-Za-z]{2,3})(?:[-_].*)?", code or "")
    return found[1].lower() if found else None
