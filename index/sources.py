"""Files and folders read as articles, one at a time. Whatever cannot be read is named, and never stops the rest."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.articles import Article, content_id
from index.clean import clean, headline, remove_hidden
from index.errors import SourceError
from index.language import detect
from index.pages import Page, read_html, read_markdown, web_address

# A longer file is not one article. A .jsonl file may be of any length: the cap is on each of its lines.
MAX_BYTES = 20_000_000
TEXT = (".txt",)
MARKDOWN = (".md", ".markdown")
HTML = (".html", ".htm")
RECORDS = (".jsonl",)
SUFFIXES = TEXT + MARKDOWN + HTML + RECORDS
READABLE = ", ".join(SUFFIXES)


@dataclass(frozen=True)
class SourceFailure:
    """A source that gave no article, and why, in one line. A line of a .jsonl file is named "path:LINE"."""

    source: str
    reason: str


def read_sources(sources: Iterable[str | Path]) -> Iterator[Article | SourceFailure]:
    for source in sources:
        try:
            for path in _files(source):
                yield from _read(path)
        except (SourceError, OSError) as error:
            yield SourceFailure(str(source), _reason(error))


def _files(source: str | Path) -> Iterator[Path]:
    """The files that a source stands for, in order."""
    if not str(source).strip():
        raise SourceError("the name of the source is empty; give a file or a folder")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", str(source)):
        raise SourceError("web addresses cannot be added yet; save the page as .html and add the file")
    path = Path(source).expanduser()
    if "\0" in str(path) or not path.exists():
        raise SourceError("there is no such file or folder; check the path")
    if path.is_file():
        if path.suffix.lower() not in SUFFIXES:
            raise SourceError(f"{path.suffix or 'a file without suffix'} cannot be read; give one of {READABLE}")
        yield path
    elif path.is_dir():
        found = [file for file in sorted(path.rglob("*")) if _readable(file, path)]
        if not found:
            raise SourceError(f"the folder holds no file that can be read; give one with {READABLE}")
        yield from found
    else:
        raise SourceError("it is neither a file nor a folder; copy what it holds to a file and add that")


def _readable(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and file.suffix.lower() in SUFFIXES and file.is_file()


def _read(path: Path) -> Iterator[Article | SourceFailure]:
    if path.suffix.lower() in RECORDS:
        yield from _read_records(path)
        return
    try:
        yield _read_file(path)
    except (SourceError, OSError) as error:
        yield SourceFailure(str(path), _reason(error))


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be opened: {error.strerror.lower()}; check the path and its permissions"
    return str(error)


def _read_file(path: Path) -> Article:
    if path.stat().st_size > MAX_BYTES:
        raise SourceError(f"it is larger than {MAX_BYTES // 1_000_000} MB; split it into one file per article")
    data = path.read_bytes()
    if not data.strip():
        raise SourceError("the file is empty; remove it or save it again")
    suffix = path.suffix.lower()
    if suffix in HTML:
        page = read_html(data)
    elif suffix in MARKDOWN:
        page = read_markdown(decode(data))
    else:
        cleaned = clean(decode(data))
        page = Page(title=cleaned.title, text=cleaned.text, dropped=cleaned.dropped)
    return _article(page, str(path.resolve()))


def _article(page: Page, origin: str) -> Article:
    if not any(character.isalnum() for character in page.text):
        raise SourceError("no article text was found in it; check that it holds an article")
    title = page.title or headline(page.text)
    return Article(
        id=content_id(page.url, page.publisher, title, page.text),
        title=title,
        text=page.text,
        language=_language(page.language) or detect(f"{title}\n{page.text}"),
        origin=origin,
        publisher=page.publisher,
        author=page.author,
        url=page.url,
        published=_date(page.published),
        dropped=page.dropped,
    )


def decode(data: bytes) -> str:
    """Text from bytes: UTF-8, UTF-16 when it says so, or else the likeliest older Western encoding."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise SourceError("it begins as UTF-16 but is not; save it as UTF-8") from error
    if b"\0" in data:
        raise SourceError("it is not text but a binary file; save it as text first")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode_older(data)


def _decode_older(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=["cp1252", "mac_roman", "cp850"]).best()
    text = str(best) if best else data.decode("cp1252", "replace")
    if len(re.findall(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]", text)) > len(text) / 100:
        raise SourceError("its characters cannot be decoded; save it as UTF-8 text")
    return text


def _read_records(path: Path) -> Iterator[Article | SourceFailure]:
    empty = True
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_BYTES + 1):
            number += 1
            if not line.strip():
                continue
            empty = False
            try:
                if len(line) > MAX_BYTES:
                    while not line.endswith(b"\n") and (line := file.readline(MAX_BYTES)):
                        pass
                    raise SourceError(f"the line is longer than {MAX_BYTES // 1_000_000} MB; shorten its text")
                yield _record(line, str(path.resolve()))
            except SourceError as error:
                yield SourceFailure(f"{path}:{number}", str(error))
    if empty:
        yield SourceFailure(str(path), "the file is empty; give one JSON object a line")


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
    return Article(
        id=key,
        title=title,
        text=text,
        language=_language(_field(fields, "language", "lang")) or detect(f"{title}\n{text}"),
        origin=f"{origin}#{key}",
        publisher=publisher,
        author=_field(fields, "author"),
        url=url,
        published=_date(_field(fields, "published", "date")),
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


def _language(code: str | None) -> str | None:
    """fr-FR is fr; what is no code, such as French, is left to detection."""
    found = re.fullmatch(r"\s*([A-Za-z]{2,3})(?:[-_].*)?", code or "")
    return found[1].lower() if found else None


def _date(value: str | None) -> str | None:
    """2024-05-01T10:00:00Z is 2024-05-01; dates in other forms stay as they were written."""
    found = re.match(r"\d{4}-\d\d-\d\d(?=\D|$)", value or "")
    return found[0] if found else value
