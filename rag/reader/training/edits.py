"""Statements made from evidence by one edit, so that the reader looks at the detail that decides and not at the overlap."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from index.text.sentences import split as sentences
from rag.reader.training.examples import StatementExample

_NUMBER = re.compile(r"(?<![\d.,\w])\d{1,3}(?![\d.,]?\d)")
_NAME = re.compile(r"(?<=[a-zà-ÿ] )[A-ZÀ-Þ][a-zà-ÿ]{2,}(?: [A-ZÀ-Þ][a-zà-ÿ]+)*")
_ASIDE = re.compile(r", (?:who|which|whose|where|qui|dont|où)\b[^,;:«»\"“”]{8,90}(?:,(?= )|(?=\.$))| \([^()]{3,80}\)")


def edited(example: StatementExample, others: Sequence[StatementExample], chance: random.Random) -> StatementExample:
    """A new statement on the evidence of `example`, or `example` on evidence about something else.

    A sentence of the evidence as it stands, or without an aside, is supported; with another number it is contradicted;
    with a name from elsewhere it is not supported.
    """
    other = chance.choice(others)
    if chance.random() < 0.35 and other.group != example.group:
        return replace(example, head=other.head, evidence=other.evidence, label="neither", change="unrelated")
    sentence = chance.choice([example.evidence[span.start : span.end] for span in sentences(example.evidence)])
    choice = chance.random()
    if choice < 0.4:
        return replace(example, statement=_ASIDE.sub("", sentence), label="supported", change="aside")
    if choice < 0.75 and (number := _picked(_NUMBER, sentence, chance)):
        value = int(number[0])
        near = [n for n in range(max(1, value - 12), value + 13) if n != value]
        return _with(example, sentence, number, str(chance.choice(near)), "contradicted")
    names = _NAME.findall(other.evidence)
    if names and other.group != example.group and (name := _picked(_NAME, sentence, chance)):
        return _with(example, sentence, name, chance.choice(names), "unsupported")
    return replace(example, statement=sentence, label="supported", change="verbatim")


def _picked(pattern: re.Pattern[str], text: str, chance: random.Random) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return chance.choice(found) if found else None


def _with(example: StatementExample, text: str, old: re.Match[str], new: str, label: str) -> StatementExample:
    return replace(example, statement=text[: old.start()] + new + text[old.end() :], label=label, change="edit")
