"""Read exports, JSON documents and WordPress's WXR, as records."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from index.errors import SourceError
from index.ingest.fields import choose
from index.ingest.plain_text import decode

MAX_BYTES = 100_000_000
_DEEPEST = 3
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_CODES = re.compile(r"\[/?(?:caption|gallery|embed|audio|video|playlist)\b[^\]]*\]")
_WITHIN_WORDPRESS = re.compile(r"attachment|nav_menu_item|revision|custom_css|customize_changeset|oembed_cache|wp_\w+")


@dataclass(frozen=True)
class Export:
    """`left_out` describes what was not read as an article."""

    records: list[dict[str, Any]]
    left_out: str = ""


def read_json(data: bytes, fields: Mapping[str, str]) -> Export:
    """The records of a JSON document, or of several one after another."""
    records = [record for value in _values(decode(data)) for record in records_of(value, fields)]
    if not records:
        raise SourceError("it is JSON without a list of articles; give a list of objects with a text each")
    return Export(records)


def _values(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while found := re.compile(r"\S").search(text, at):
        try:
            value, at = decoder.raw_decode(text, found.start())
        except json.JSONDecodeError as error:
            reason = f"it is not JSON: {error.msg} at line {error.lineno}, column {error.colno}; export it again"
            raise SourceError(reason) from error
        yield value


def records_of(value: Any, fields: Mapping[str, str]) -> list[dict[str, Any]]:
    """The records in a JSON value: the items of a list, itself, or the longest list of texts within it."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    if not isinstance(value, dict) or _has_text(value, fields):
        return [value] if isinstance(value, dict) else []
    return max(_lists(value, fields), key=len, default=[value] if value else [])


def _lists(value: dict[str, Any], fields: Mapping[str, str], depth: int = 0) -> Iterator[list[dict[str, Any]]]:
    """The lists of texts within an object: one that maps ids to texts is one too."""
    for items in (list(value.values()), *(inner for inner in value.values() if isinstance(inner, list))):
        records = [item for item in items if isinstance(item, dict)]
        if any(_has_text(record, fields) for record in records):
            yield records
    for inner in value.values():
        if isinstance(inner, dict) and depth < _DEEPEST:
            yield from _lists(inner, fields, depth + 1)


def _has_text(record: dict[str, Any], fields: Mapping[str, str]) -> bool:
    try:
        return "text" in choose(record, fields)
    except SourceError:
        return False


def read_wxr(data: bytes) -> Export:
    """The published posts and pages of a WordPress export."""
    from lxml import etree

    if re.search(rb"<!ENTITY", data, re.IGNORECASE):
        raise SourceError("the export declares entities of its own, which none needs and attacks use; it was not read")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=True)
    channel = etree.fromstring(data, parser).find("channel")
    if channel is None:
        raise SourceError("the WordPress export is damaged; export it again")

    def child_text(element: Any, name: str) -> str:
        return (element.findtext(f"{{*}}{name}") or "").strip()

    names = {
        child_text(author, "author_login"): child_text(author, "author_display_name")
        for author in channel.iter("{*}author")
    }
    items = [
        item for item in channel.iterfind("item") if not _WITHIN_WORDPRESS.fullmatch(child_text(item, "post_type"))
    ]
    published = [item for item in items if child_text(item, "status") in ("publish", "")]
    records = [
        {
            "title": child_text(item, "title"),
            "content_html": _CODES.sub("", item.findtext(_CONTENT) or ""),
            "url": child_text(item, "link"),
            "author": names.get(child_text(item, "creator")) or child_text(item, "creator"),
            "publisher": child_text(channel, "title"),
            "published": child_text(item, "post_date") or child_text(item, "pubDate"),
            "updated": child_text(item, "post_modified"),
            "language": child_text(channel, "language"),
        }
        for item in published
    ]
    unpublished = len(items) - len(published)
    return Export(records, f"{unpublished} posts that are not published were left out" if unpublished else "")
