"""Verification: whether a statement rests on the evidence, and on which sentences exactly. Pure functions, no model.

The model's markers are a hint and nothing more. A statement is supported when sentences of the evidence hold every
number, date and name that it states, and, in the same language, enough of its other words.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.articles import Sentence
from index.terms import terms
from rag.asking import items_asked
from rag.claims import Statement
from rag.evidence import Passage
from rag.facts import Facts, agreement, beyond, facts_of, missing
from rag.negation import contradicts
from rag.opposites import turned_round

Pair = tuple[Passage, Sentence]
Likeness = Callable[[str, Sentence], float]
"""How alike in meaning a statement and a sentence are, in any languages: a cosine."""

MAX_SENTENCES = 3
_NEAR = 5
_ALIKE = 10.0
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


def _unknown(statement: str, sentence: Sentence) -> float:
    return 0.0


def support(
    statement: Statement,
    language: str,
    passages: Sequence[Passage],
    question: str = "",
    likeness: Likeness = _unknown,
) -> Support:
    """The sentences a statement rests on: the key one, which must hold its every number and date, and up to two others of
    its article for names: shortly before it ("he"), or anywhere for a name that the question brought and the title lacks.
    """
    facts = _uncounted(facts_of(statement.text), question)
    new = beyond(facts, question)
    words = frozenset(word for word in terms(statement.text, language) if not word[0].isdigit())
    candidates = [(passage, sentence) for passage in passages for sentence in passage.sentences]
    if not candidates:
        return Support((), ("any evidence",))
    key = max(candidates, key=lambda pair: _fit(pair, statement, new, facts, words, likeness))
    chosen = [key]
    lacking = _without_titled(beyond(facts, key[1].text), question, key[0].article.title)
    for near in (_shortly_before(key), _nearest_first(key)):
        while lacking.names and len(chosen) < MAX_SENTENCES:
            helper = min(near, key=lambda pair: len(beyond(lacking, pair[1].text).names), default=None)
            if helper is None or beyond(lacking, helper[1].text).names == lacking.names:
                break
            chosen.append(helper)
            lacking = beyond(lacking, helper[1].text)
        if beyond(Facts((), frozenset(), lacking.names), question).names:
            break  # A name that the question did not bring must stand close by.
    left = missing(lacking, "") or missing(replace(facts, names=()), key[1].text)
    if not left and not _shares_words(words, language, chosen, question):
        left = ("what it says",)
    if not left and key[0].article.language == language and _contrary(statement.text, key[1].text, language):
        left = ("whether it is so",)
    return Support(tuple(chosen), left)


def meets(question: str, language: str, statement: Statement, found: Support) -> bool:
    """Whether a supported statement is about what was asked: the question's numbers and dates stand near its sentence, and
    neither of the two denies what the other takes for granted.
    """
    passage, key = found.sentences[0]
    near = [s.text for s in passage.body if abs(s.n - key.n) <= _NEAR]
    around = " ".join([passage.article.title, passage.article.published or "", key.text, *near])
    if missing(replace(_uncounted(facts_of(question), question), names=(), addresses=()), around):
        return False
    if passage.article.language == language and turned_round(question, key.text, language):
        return False
    return not contradicts(question, statement.text, language)


def nearly(statement: Statement, found: Support, language: str, question: str) -> bool:
    """Whether an unsupported statement only lacks what the question brought, so that its key sentence can be quoted instead."""
    if not found.sentences:
        return False
    passage, sentence = found.sentences[0]
    new = beyond(facts_of(statement.text), question)
    words = frozenset(terms(statement.text, language)) - frozenset(terms(question, language))
    same = passage.article.language == language
    there = frozenset(terms(sentence.text, language)) if same else words
    return not missing(new, sentence.text) and len(words & there) >= _SHARED_WORDS * len(words)


def repaired(
    statement: Statement,
    language: str,
    passages: Sequence[Passage],
    question: str = "",
    likeness: Likeness = _unknown,
) -> tuple[Statement, Support]:
    """A statement and its support; where only the source it is ascribed to is unfounded, the statement without that."""
    found = support(statement, language, passages, question, likeness)
    plain = _ASCRIBED.sub("", statement.text).lstrip(" ,")
    if found.holds or plain == statement.text or not plain:
        return statement, found
    shorter = Statement(plain[0].upper() + plain[1:], statement.numbers)
    without = support(shorter, language, passages, question, likeness)
    return (shorter, without) if without.holds else (statement, found)


def holding(short: str, language: str, passages: Sequence[Passage], question: str, likeness: Likeness) -> Pair | None:
    """The sentence that holds an answer of a few words whole, the nearest to the question if several do; None if none does."""
    if not short:
        return None
    found = [
        (passage, sentence)
        for passage in passages
        for sentence in passage.sentences
        if agreement(short, [sentence.text]) == 1.0
        and meets(question, language, Statement(short, ()), Support(((passage, sentence),), ()))
    ]
    return max(found, key=lambda pair: likeness(question, pair[1]), default=None)


def _fit(
    pair: Pair, statement: Statement, new: Facts, facts: Facts, words: frozenset[str], likeness: Likeness
) -> tuple[int, float]:
    """How many of a statement's facts a sentence lacks that the question did not bring, then how well it fits otherwise."""
    passage, sentence = pair
    shared = len(words & frozenset(terms(sentence.text, passage.article.language))) / max(1, len(words))
    told = 0.3 * (passage.number in statement.numbers)
    brought = len(missing(facts, sentence.text)) / max(1, len(missing(facts, "")))
    return -len(missing(new, sentence.text)), shared + told - 0.3 * brought + _ALIKE * likeness(
        statement.text, sentence
    )


def _shortly_before(key: Pair) -> list[Pair]:
    passage, sentence = key
    return [(passage, other) for other in passage.body if 0 < sentence.n - other.n <= MAX_SENTENCES]


def _nearest_first(key: Pair) -> list[Pair]:
    """Every other sentence of the article: those before, the nearest first, then those after."""
    passage, sentence = key
    others = [other for other in passage.body if other.n != sentence.n]
    return [
        (passage, other)
        for other in sorted(others, key=lambda other: (other.n > sentence.n, abs(other.n - sentence.n)))
    ]


def _contrary(statement: str, sentence: str, language: str) -> bool:
    return contradicts(statement, sentence, language) or turned_round(statement, sentence, language)


def _uncounted(facts: Facts, question: str) -> Facts:
    """The facts without the number of things that the question asks for."""
    asked = items_asked(question)
    return replace(facts, numbers=tuple(readings for readings in facts.numbers if not readings & asked))


def _without_titled(lacking: Facts, question: str, title: str) -> Facts:
    """Of what is lacking, not the names that the question brought and the title holds: a reader sees it with each quote."""
    asked, untitled = frozenset(facts_of(question).names), beyond(lacking, title).names
    return replace(lacking, names=tuple(name for name in lacking.names if name not in asked or name in untitled))


def _text(pairs: Sequence[Pair]) -> str:
    return " ".join(sentence.text for _, sentence in pairs)


def _shares_words(words: frozenset[str], language: str, chosen: Sequence[Pair], question: str) -> bool:
    """Whether enough of the words stand in the sentences; those that the question brought may stand in the title."""
    if not words or any(passage.article.language != language for passage, _ in chosen):
        return True  # Words of two languages cannot be compared; the facts were.
    titled = frozenset(terms(chosen[0][0].article.title, language)) & frozenset(terms(question, language))
    there = frozenset(terms(_text(chosen), language)) | titled
    return len(words & there) / len(words) >= _SHARED_WORDS
