"""Statements: the sentences of a model's reply, each with the passage numbers that it gave."""

import re
from dataclasses import dataclass, replace

from index.text.sentences import split

_NUMBERS = r"\d+(?:\s*(?:,|;|-|–|and|et|&)\s*\d+)*"
_MARKER = re.compile(rf"\s*[\[【]+\s*(?:(?:source|passage)s?\s*)?[\^-]?({_NUMBERS})\s*[\]】]+", re.I)
# What markup brings with it besides text: images, the targets of links, tags. Addresses come from the library alone.
_MARKUP = re.compile(
    r"!\[[^\]\n]{0,500}\](?:\([^)\n]{0,500}\)|\[[^\]\n]{0,500}\])|(?<=\])\([^)\n]{0,500}\)|^\s*\[[^\]]*\]:.*$|</?[a-z!][^<>\n]{0,500}>",
    re.I | re.M,
)
_DECIMAL_POINT = re.compile(
    r"(?<=\d)\.(?=\d{1,2}[ \u00a0]?(?:%|[€$£]|(?:ans?|années?|mois|jours?|heures?|millions?|milliards?|euros?|dollars?|km|"
    r"kilomètres?|mètres?|points?|fois)\b))"
)
_OPEN = re.compile(r"^\W*OPEN\b\W*(\d[\d ,;and]*)\W*$")
_HEADING = re.compile(r"^\s*(?:#{1,6}\s*\**(.{1,80}?)\**|\*\*(.{1,80}?)\*\*)\s*:?\s*$")
_DAY = re.compile(r"^\W*(\d{4}(?:-\d\d){0,2})\W{0,3}\s*[:–—]\s*(.+)$")
_MARKER_ALONE = re.compile(r"\n\s*((?:\[[\d ,;]+\]\s*)+)(?=\n|$)")
_LONGEST = 1_500
"""Code points of a sentence; what is longer is none."""
_LONGEST_NUMBER = 3
"""No passage has a longer number: it is removed like a marker and counts for nothing."""


@dataclass(frozen=True)
class Statement:
    """One sentence of a reply without its markers, and the passage numbers that stood in it.

    `group` is the heading above it, `day` (ISO) the date that its line began with: a model's words, not yet checked.
    """

    text: str
    numbers: tuple[int, ...]
    group: str | None = None
    day: str | None = None


@dataclass(frozen=True)
class Told:
    """A reply, line by line: its sentences, the numbers of the parts that it calls open, and its last heading."""

    statements: tuple[Statement, ...]
    open: tuple[int, ...]
    group: str | None = None


def told(reply: str, group: str | None = None) -> Told:
    """The sentences of a reply, or of its next lines, under their headings and dates; `group` is the heading above them."""
    lines = _MARKER_ALONE.sub(r" \1", reply).split("\n")
    found, open = list[Statement](), list[int]()
    for line in lines:
        left = _OPEN.match(line)
        heading = _HEADING.match(line)
        if left:
            open += [int(n) for n in re.findall(r"\d{1,2}", left[1])]
        elif heading and not _MARKER.search(line):
            group = heading[1] or heading[2]
        else:
            dated = _DAY.match(line)
            day, text = (dated[1], dated[2]) if dated else (None, line)
            found += [replace(said, group=group, day=day) for said in statements(text)]
    return Told(tuple(found), tuple(open), group)


def statements(reply: str) -> tuple[Statement, ...]:
    """The sentences of a reply. A marker after the full stop belongs to the sentence before it."""
    # "… late. [1] It …" and "… late [1]. It …" are the same: markers move inside, so that splitting keeps them.
    plain = _MARKUP.sub("", reply)
    inside = re.sub(rf"([.!?…]+[”»\"']?)((?:{_MARKER.pattern})+)", r"\2\1", plain, flags=re.I)
    found = []
    for span in split(inside):
        sentence = inside[span.start : span.end]
        told = [n for marker in _MARKER.finditer(sentence) for n in re.findall(r"\d+", marker[1])]
        numbers = [int(n) for n in told if len(n) <= _LONGEST_NUMBER]
        text = _tidy(_MARKER.sub("", sentence))
        if re.search(r"\w", text) and len(text) <= _LONGEST:
            found.append(Statement(text, tuple(dict.fromkeys(numbers))))
    return tuple(found)


def with_decimal_commas(reply: str) -> str:
    """A French reply as French numbers are written: small models keep an English article's points. "7.5 ans" is "7,5 ans"."""
    return _DECIMAL_POINT.sub(",", reply)


def _tidy(text: str) -> str:
    text = re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", text)
    text = re.sub(r"\s+([.,])", r"\1", re.sub(r"\s+", " ", text))
    return text.strip()
