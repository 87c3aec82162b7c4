"""Articles as records: one JSON object a line."""

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from index.articles import Article, content_id
from index.clean import headline, remove_hidden
from index.errors import SourceError
from index.language import detect
from index.pages import web_address
from index.pubdates import read_dates

MAX_LINE = 20_000_000


def read_records(file: BinaryIO, origin: str) -> Iterator[tuple[int, Article | SourceError]]:
    """Each line's number with its article, or with the reason why there is none."""
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
            yield number, _record(line, origin)
        except SourceError as error:
            yield number, error


def _record(line: bytes, origin: str) -> Article:
    """An article from one line of JSON. Its text is kept as it is, since the program that wrote it may count in it."""
    fields = _object(line)
    text = remove_hidden(_field(fields, "text", "body", "content") or "")
    if not any(character.isalnum() for character in text):
        raise SourceError("the record has no text; give it a 'text'")
    title = remove_hidden(_field(fields, "title") or "").strip() or headline(text)
    publisher, url = _field(fields, "publisher", "source"), web_address(_field(fields, "url"))
    name = _field(fields, "id")
    if name is not None and not (len(name) <= 200 and name.isprintable() and not re.search(r"\s", name)):
        raise SourceError(f"the id {name[:40]!r} cannot be used; give 1 to 200 printable characters without spaces")
    key = name or content_id(url, publisher, title, text)
    tag = _field(fields, "language", "lang")
    language = language_code(tag) or detect(f"{title}\n{text}")
    published, updated = _field(fields, "published", "date"), _field(fields, "updated", "modified")
    dates = read_dates(published, updated, tag if language_code(tag) else language)
    return Article(
        id=key,
        title=title,
        text=text,
        language=language,
        origin=f"{origin}#{key}",
        publisher=publisher,
        author=_field(fields, "author"),
        url=url,
        published=dates.published,
        updated=dates.updated,
        unread=dates.unread,
    )


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SourceError("the line is not UTF-8; save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        raise SourceError(f"the line is not JSON: {error.msg} at column {error.colno}; mend the line") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"the line is not usable JSON: {error}; mend the line") from error
    if not isinstance(value, dict):
        raise SourceError(f"the line holds {type(value).__name__} and not an object; write {{'text': …}}")
    return value


def _field(fields: dict[str, Any], *names: str) -> str | None:
    """The first of these fields that is there, as text."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            value = ", ".join(value)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is not None and not isinstance(value, str):
            raise SourceError(f"its {name!r} is {type(value).__name__} and not text; give text")
        if value and value.strip():
            return value
    return None


def language_code(code: str | None) -> str | None:
    """fr-FR is fr; what is no code, such as French, is left to detection."""
    found = re.fullmatch(r"\s*([A-Za-z]{2,3})(?:[-_].*)?", code or "")
    return found[1].lower() if found else None
