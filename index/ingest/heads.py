"""Metadata in the lines above a text's first paragraph: front matter, bylines, dates, datelines."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from index.ingest.fields import choose
from index.ingest.pubdates import DAY

MAX_LINES = 80
"""The most lines of a head: pages copied from a browser begin with their menus."""
_MAX_LINE = 120
_LONGEST = 300
_MAX_BESIDE = 6
"""The most words beside the date in a line that counts as one of credits."""
_ABOUT = {"title", "author", "publisher", "published", "updated", "url", "language"}

# Only lines of `key: value`, lists, comments and what is indented below them: prose between two rules is not that.
_MATTER_LINE = r"(?:(?:[A-Za-z][\w-]*[ \t]*[:=]|[ \t]|-[ \t]|#)[^\n]*)?\n"
_MATTER = re.compile(rf"\s*(?P<rule>---|\+\+\+)[ \t]*\n(?P<fields>(?:{_MATTER_LINE})*?)(?P=rule)[ \t]*(?:\n|\Z)")
_LABELLED = re.compile(r"(?P<key>[^\W\d][\w -]{0,24}?)\s?:\s+(?P<value>\S.*)", re.DOTALL)
_BYLINE = re.compile(r"(?:^|[\W_])(?:By|BY|by|Par|PAR|par)\s+(?P<name>[A-ZÀ-Ý][^|·•\n]*)")
_AFTER_NAME = re.compile(r"\s[|–—-]\s|,? (?:publiée?|le|on|published|updated)\b")
_UPDATE = re.compile(r"updated?|modified|mise? à jour|actualisée?|modifiée?", re.IGNORECASE)
_BESIDE = re.compile(
    rf"{_UPDATE.pattern}|published|posted|publiée?|\bmise? en ligne|\b(?:on|at|le|à|the)\b|\b(?:\w+day|\w+di|dimanche)\b"
    r"|\d{1,2}\s?[:hH.]\s?\d{0,2}(?:\s?[ap]\.?m\b\.?)?|\b(?:[A-Z]{3,4}|UTC[+-]\d+)$|\d+ min(?:utes?)?(?: read| de lecture)?"
    r"|(?:temps de )?lecture|read(?:ing time)?", re.IGNORECASE,
)  # fmt: skip
_DATELINE = re.compile(
    rf"[A-ZÀ-Ý][\w'’ ./-]{{1,40}}(?:, (?P<day>(?i:{DAY.pattern})))? ?\((?P<agency>[A-Z][\w .]{{1,25}})\) ?[-–—]"
)
_AGENCY_LINE = re.compile(
    r"(?i:communiqué de presse|press release|for immediate release|urgent|alerte?|flash)\W*"
    r"|(?i:advisory|embargo\w*|note to editors|attention editors|eds(?: note)?|à l'attention des rédactions)\b.*"
    r"|(?=.*\d.*\d)(?=.*/)[A-Z\d /.:+-]{8,80}"  # FRA1234 4 GEN 0214 /AFP-XX12
    r"|[a-z]{2,5}(?:-[a-z]{2,5})?(?:/[a-z]{2,5})+"
    r"|\((?i:reporting|editing|writing|compiled) by .{3,200}\)|[A-Z]{2,5} \d{6,8}(?:T| )?\w{0,8}"
    r"|(?:©|(?i:copyright)) ?©? ?\d{4}.{0,120}",
    re.DOTALL,
)
_POST = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
"""The heading that live_blogs.py gives a post."""
_END = 3
"""Paragraphs at the end in which an agency's own lines are looked for, as in the head."""


class Head(NamedTuple):
    """`fields` are values by our field names; `lines` are the indexes of lines without other content, to be dropped."""

    fields: dict[str, str]
    lines: frozenset[int]


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """The `key: value` lines between two rules above a text, by our names, and the text without them."""
    matter = _MATTER.match(text)
    if not matter:
        return {}, text
    record: dict[str, list[str]] = {}
    key = ""
    for line in matter["fields"].splitlines():
        named = re.match(r"(?P<key>\w[\w-]*)\s*[:=]\s*(?P<value>.*)", line)
        item = re.match(r"\s*-\s+(?P<value>[^:]+)\Z", line) or (
            None if key in record else re.match(r"\s+(?P<value>[^:]+)\Z", line)
        )
        key = named["key"] if named else key
        if (found := named or item) and (value := _unquoted(found["value"])):
            record.setdefault(key, []).append(value)
    return _about(record), text[matter.end() :]


def without_by(name: str) -> str:
    return re.sub(r"^\s*(?:by|par)\s+", "", name, flags=re.IGNORECASE).strip()


def is_agency_line(paragraph: str) -> bool:
    """Whether a line is an agency's own: a slug, a note to customers, credits of writers and editors."""
    return len(paragraph) <= _LONGEST and _AGENCY_LINE.fullmatch(paragraph) is not None


def _unquoted(value: str) -> str:
    value = re.sub(r"\s+|^\[|\]$|^[>|]-?$", " ", value).strip()
    quoted = re.fullmatch(r"([\"'])(?P<inside>.*)\1", value)
    return re.sub(r"\\([\"'\\])", r"\1", quoted["inside"]) if quoted else value


def _about(record: dict[str, list[str]]) -> dict[str, str]:
    return {ours: value for ours, (_, value) in choose(record, {}).items() if ours in _ABOUT}


def read_head(paragraphs: Sequence[str], end: int) -> Head:
    """The metadata in the paragraphs before index `end`, and in the first dateline up to it."""
    labelled = {n: found for n in range(end) if (found := _LABELLED.fullmatch(paragraphs[n][:_LONGEST]))}
    known = {n: about for n, found in labelled.items() if (about := _about({found["key"]: [found["value"]]}))}
    fields: dict[str, str] = {}
    lines = {n for n in (*range(end), *range(len(paragraphs) - _END, len(paragraphs)))
             if n >= 0 and is_agency_line(paragraphs[n])}  # fmt: skip
    if len(known) > 1:
        for about in known.values():
            fields = about | fields
        lines |= set(known)
    for n in set(range(end)) - lines:
        about = _credits(paragraphs[n])
        fields = about | fields
        lines |= {n} if about else set()
    for n in range(end + 1, min(end + 3, len(paragraphs)) if end else 0):  # below a standfirst
        if "author" in (about := _credits(paragraphs[n])):
            fields, lines = about | fields, lines | {n}
    if dateline := next(filter(None, map(_DATELINE.match, paragraphs[: end + 1])), None):
        fields = (
            {"publisher": dateline["agency"]} | ({"published": dateline["day"]} if dateline["day"] else {}) | fields
        )
    return Head(fields, frozenset(lines))


def _credits(line: str) -> dict[str, str]:
    """The author and the date in a short line that contains nothing else."""
    day = DAY.search(line)
    byline = _BYLINE.search(line)
    if len(line) > _MAX_LINE or _POST.match(line) or not (day or (byline and byline.start() == 0)):
        return {}
    beside = _BESIDE.sub(" ", _BYLINE.sub(" ", DAY.sub(" | ", line)) if day else "")
    if len(re.findall(r"\w+", beside)) > _MAX_BESIDE or (not day and re.search(r"[.!?…:;]\W*$", line)):
        return {}
    fields = {"updated" if _UPDATE.match(line) else "published": day[0]} if day else {}
    name = _AFTER_NAME.split(DAY.split(byline["name"])[0])[0].strip(" ,;|–—-") if byline else ""
    return fields | ({"author": name} if name else {})
