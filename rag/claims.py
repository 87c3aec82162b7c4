"""Claims: the statements of a model's reply, each with the passage numbers that it gave."""

import re
from dataclasses import dataclass

from index.sentences import split

_MARKER = re.compile(
    r"\s*\[\s*(?:(?:source|passage|passages|sources)\s*)?(\d{1,3}(?:\s*(?:,|;|and|et|&)\s*\d{1,3})*)\s*\]", re.I
)


@dataclass(frozen=True)
class Statement:
    """One sentence of a reply without its markers, and the passage numbers that stood in it."""

    text: str
    numbers: tuple[int, ...]


def statements(reply: str) -> tuple[Statement, ...]:
    """The sentences of a reply. A marker after the full stop belongs to the sentence before it."""
    # "… late. [1] It …" and "… late [1]. It …" are the same: markers move inside, so that splitting keeps them.
    inside = re.sub(rf"([.!?…]+[”»\"']?)((?:{_MARKER.pattern})+)", r"\2\1", reply, flags=re.I)
    found = []
    for span in split(inside):
        sentence = inside[span.start : span.end]
        numbers = [int(n) for marker in _MARKER.finditer(sentence) for n in re.findall(r"\d+", marker[1])]
        text = _tidy(_MARKER.sub("", sentence))
        if re.search(r"\w", text):
            found.append(Statement(text, tuple(dict.fromkeys(numbers))))
    return tuple(found)


def _tidy(text: str) -> str:
    text = re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", text)
    text = re.sub(r"\s+([.,])", r"\1", re.sub(r"\s+", " ", text))
    return text.strip()
