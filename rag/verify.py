"""Verification: whether a statement rests on the evidence, and on which sentences exactly. Pure functions, no model.

The model's markers are a hint and nothing more. A statement is supported when sentences of the evidence hold every
number, date and name that it states, and, in the same language, enough of its other words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.articles import Sentence
from index.terms import terms
from rag.claims import Statement
from rag.evidence import Passage
from rag.facts import Facts, facts_of, missing

Pair = tuple[Passage, Sentence]

MAX_SENTENCES = 3
_SHARED_WORDS = 0.4
"""The share of a statement's content words that its sentences must hold, where both are in one language."""


_ASCRIBED = re.compile(
    r"^(?:According to|Selon|D['’]après) [^,.]{1,60}, |,? (?:according to|selon|d['’]après) [^,.]{1,60}(?=[.!?]?$)"
)
"""Small models ascribe freely: a true statement is kept without a speaker that its sentences do not name."""


@dataclass(frozen=True)
class Support:
    """The sentences that a statement rests on, each with its passage; `lacking` names what none of them holds."""

    sentences: tuple[Pair, ...]
    lacking: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return bool(self.sentences) and not self.lacking


def support(statement: Statement, language: str, passages: Sequence[Passage]) -> Support:
    """The sentences a statement rests on: the key one, which must hold its every number and date, and up to two shortly
    before it for the names that it only points at ("he").
    """
    facts = facts_of(statement.text)
    words = frozenset(word for word in terms(statement.text, language) if not word[0].isdigit())
    candidates = [(passage, sentence) for passage in passages for sentence in passage.sentences]
    if not candidates:
        return Support((), ("any evidence",))
    key = max(candidates, key=lambda pair: _fit(pair, statement, facts, words))
    chosen = [key]
    lacking = missing(facts, key[1].text)
    while lacking and len(chosen) < MAX_SENTENCES:
        near = [pair for pair in candidates if _shortly_before(pair, key) and pair not in chosen]
        helper = min(near, key=lambda pair: len(missing(facts, _text([*chosen, pair]))), default=None)
        if helper is None or len(missing(facts, _text([*chosen, helper]))) == len(lacking):
            break
        chosen.append(helper)
        lacking = missing(facts, _text(chosen))
    lacking = lacking or missing(replace(facts, names=()), key[1].text)
    if not lacking and not _shares_words(words, language, chosen):
        lacking = ("what it says",)
    return Support(tuple(chosen), lacking)


def repaired(statement: Statement, language: str, passages: Sequence[Passage]) -> tuple[Statement, Support]:
    """A statement and its support; where only the source it is ascribed to is unfounded, the statement without that."""
    found = support(statement, language, passages)
    plain = _ASCRIBED.sub("", statement.text).lstrip(" ,")
    if found.holds or plain == statement.text or not plain:
        return statement, found
    shorter = Statement(plain[0].upper() + plain[1:], statement.numbers)
    without = support(shorter, language, passages)
    return (shorter, without) if without.holds else (statement, found)


def _fit(pair: Pair, statement: Statement, facts: Facts, words: frozenset[str]) -> tuple[int, float]:
    """How many of a statement's facts a sentence holds, then how well it fits otherwise."""
    passage, sentence = pair
    shared = len(words & frozenset(terms(sentence.text, passage.article.language))) / max(1, len(words))
    told = 0.3 * (passage.number in statement.numbers)
    return -len(missing(facts, sentence.text)), shared + told + 0.1 * passage.similarity


def _shortly_before(pair: Pair, key: Pair) -> bool:
    return pair[0].article.id == key[0].article.id and 0 < key[1].n - pair[1].n <= MAX_SENTENCES


def _text(pairs: Sequence[Pair]) -> str:
    return " ".join(sentence.text for _, sentence in pairs)


def _shares_words(words: frozenset[str], language: str, chosen: Sequence[Pair]) -> bool:
    if not words or any(passage.article.language != language for passage, _ in chosen):
        return True  # Words of two languages cannot be compared; the facts were.
    there = frozenset(terms(_text(chosen), language))
    return len(words & there) / len(words) >= _SHARED_WORDS
