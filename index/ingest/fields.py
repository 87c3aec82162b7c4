"""Map the fields of an export's records to ours, by --map or by their names."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from index.errors import SettingsError, SourceError

_NAMES = {
    "id": "id",
    "title": "title headline webtitle name titre",
    "text": "text body content maintext articlebody fulltext bodytext contenthtml articletext storytext rawcontent"
    " article story texte contenu corps",
    "publisher": "publisher source medianame sitename ogsitename sourcename outlet publication newspaper media journal"
    " publicationtitle feedtitle sourcedomain domain",
    "author": "author authors byline creator dccreator writer auteur auteurs",
    "url": "url link weburl canonicalurl articleurl permalink",
    "published": "published date publishedat datepublish publishdate datepublished pubdate publicationdate publisheddate"
    " webpublicationdate firstpublicationdate publishedon publishtime datepublication"
    " dateparution seendate timestamp createdat",
    "updated": "updated modified updatedat datemodify datemodified modifieddate lastmodified lastupdated updateddate lastmod",
    "language": "language lang inlanguage languagecode langue",
}
"""The names that exports use, best first, without case and punctuation: `publishedAt` and `published_at` are equal."""
_OURS = {
    "id", "title", "text", "body", "content", "publisher", "source", "author", "url", "published", "date", "updated",
    "modified", "language", "lang",
}  # fmt: skip
"""The names of our own format, which are not reported."""
_WRAPPERS = ("_source", "fields", "attributes", "article", "yoast_head_json", "_embedded")
_INNER = ("name", "rendered", "main", "original", "title", "text", "value", "content", "#text", "$t", "html")


def parse_fields(mapping: str) -> dict[str, str]:
    """`title=headline,text=body.html` as a mapping; raises SettingsError."""
    pairs = [pair.partition("=") for pair in mapping.split(",") if pair.strip()]
    fields = {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
    if bad := next((ours for ours, theirs in fields.items() if ours not in _NAMES or not theirs), None):
        raise SettingsError(f"--map {mapping!r}: {bad!r} is not one of {', '.join(_NAMES)} with a field of the export;"
                            " write for example --map title=headline,text=body")  # fmt: skip
    return fields


class Tally:
    """Counts which fields of one file's records were used, and which were not."""

    def __init__(self) -> None:
        self._used: dict[str, Counter[str]] = {}
        self._unused: Counter[str] = Counter()

    def count(self, record: Mapping[str, Any], chosen: Mapping[str, tuple[str, str]]) -> None:
        for ours, (theirs, _) in chosen.items():
            self._used.setdefault(ours, Counter())[theirs] += 1
        read = {theirs.split(".")[0] for theirs, _ in chosen.values()}
        self._unused.update(name for name, value in record.items() if name not in read and value not in (None, "", []))

    def note(self) -> str | None:
        """The report in one line; None if all fields have the names of our format."""
        used = {ours: list(theirs) for ours, theirs in self._used.items()}
        read = {name.split(".")[0] for names in used.values() for name in names}
        unused = [repr(name[:40]) for name, _ in self._unused.most_common() if name not in read]
        parts = []
        if any(name not in _OURS for names in used.values() for name in names):
            parts.append(", ".join(f"{ours} from {' or '.join(map(repr, names))}" for ours, names in used.items()))
        if unused:
            more = f" and {len(unused) - 8} more" if len(unused) > 8 else ""
            parts.append(f"not used: {', '.join(unused[:8])}{more}")
        return f"{'; '.join(parts)}; --map title=FIELD,text=FIELD chooses others" if parts else None


def choose(record: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """By our field name: the name of the record's field, and its value as text."""
    named = list(_named(record))
    chosen: dict[str, tuple[str, str]] = {}
    for ours, names in _NAMES.items():
        if ours in mapping:
            found = [(mapping[ours], _at(record, mapping[ours]))]
        else:
            order = names.split()
            found = sorted(
                (pair for pair in named if _plain(pair[0]) in order), key=lambda pair: order.index(_plain(pair[0]))
            )
        texts = [(name, text) for name, value in found if (text := _text(ours, value)) and text.strip()]
        if texts:
            chosen[ours] = texts[0]
        elif ours in ("title", "text"):
            _check(found)
    if "url" in chosen and isinstance(_at(record, chosen.get("id", ("",))[0]), int) and "id" not in mapping:
        del chosen["id"]  # the number of a row: two exports have the same ones
    return chosen


def _named(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every field with its name, those within a wrapper after the others."""
    yield from record.items()
    for wrapper in _WRAPPERS:
        inner = record.get(wrapper)
        if isinstance(inner, Mapping):
            yield from ((f"{wrapper}.{name}", value) for name, value in inner.items())


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.rpartition(".")[2].lower())


def _at(record: Any, path: str) -> Any:
    """The value at a dotted path, of lists the first; None where there is none."""
    if isinstance(record, Mapping) and path in record:
        return record[path]
    for name in path.split("."):
        record = record[0] if isinstance(record, list) and record else record
        record = record.get(name) if isinstance(record, Mapping) else None
    return record


def _text(ours: str, value: Any) -> str | None:
    """The value as text; None if its type does not fit that field."""
    if isinstance(value, list):
        parts = [text for part in value if (text := _text(ours, part))]
        return ("\n\n" if ours == "text" else ", ").join(parts) if len(parts) == len(value) else None
    if isinstance(value, Mapping):
        return next((text for name in _INNER if (text := _text(ours, value.get(name)))), None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) if ours not in ("author", "publisher", "text", "language") else None
    return value if isinstance(value, str) else None


def _check(found: list[tuple[str, Any]]) -> None:
    for name, value in found:
        if value is not None and not isinstance(value, str | list):
            raise SourceError(f"its {name!r} is {type(value).__name__} and not text; give text")
