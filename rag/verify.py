"""Verification: whether a statement rests on the evidence, and on which sentences exactly. Pure functions, no model.

The model's markers are a hint and nothing more. A statement is supported when sentences of the evidence hold every
number, date and name that it states, and, in the same language, enough of its other words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from index.articles import Sentence
from index.terms import terms
from rag.claims import Statement
from rag.evidence import Passage
from rag.facts import facts_of, missing

MAX_SENTENCES = 3
_SHARED_WORDS = 0.4
"""The share of a statement's content words that its sentences must hold, where both are in one language."""


@dataclass(frozen=True)
class Support:
    """The sentences that a statement rests on, each with its passage; `lacking` names what none of them holds."""

    sentences: tuple[tuple[Passage, Sentence], ...]
    lacking: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return bool(self.sentences) and not self.lacking


def support(statement: Statement, language: str, passages: Sequence[Passage]) -> Support:
    """The best sentences for a statement: first the one that fits best, then those that hold what it still lacks."""
    facts = facts_of(statement.text)
    words = frozenset(terms(statement.text, language))
    candidates = [(passage, sentence) for passage in passages for sentence in passage.sentences]
    chosen: list[tuple[Passage, Sentence]] = []
    lacking = missing(facts, "")
    while candidates and len(chosen) < MAX_SENTENCES and (lacking or not chosen):
        text = " ".join(sentence.text for _, sentence in chosen)
        scored = [(_fit(pair, statement, words, lacking, text, chosen), -n) for n, pair in enumerate(candidates)]
        (gain, _), n = max(zip(scored, range(len(scored)), strict=True))
        if chosen and not gain[0]:
            break
        chosen.append(candidates.pop(-scored[n][1]))
        lacking = missing(facts, " ".join(sentence.text for _, sentence in chosen))
    if chosen and not lacking and not _shares_words(words, language, chosen):
        lacking = ("what it says",)
    return Support(tuple(chosen), lacking)


def _fit(
    pair: tuple[Passage, Sentence],
    statement: Statement,
    words: frozenset[str],
    lacking: Sequence[str],
    text: str,
    chosen: Sequence[tuple[Passage, Sentence]],
) -> tuple[int, float]:
    """How many lacking facts a sentence brings, then how well it fits otherwise."""
    passage, sentence = pair
    still = missing(facts_of(statement.text), f"{text} {sentence.text}")
    shared = len(words & frozenset(terms(sentence.text, passage.article.language))) / max(1, len(words))
    near = 0.3 * (passage.number in statement.numbers) + 0.2 * any(passage is other for other, _ in chosen)
    return len(lacking) - len(still), shared + near + 0.1 * passage.similarity


def _shares_words(words: frozenset[str], language: str, chosen: Sequence[tuple[Passage, Sentence]]) -> bool:
    if not words or any(passage.article.language != language for passage, _ in chosen):
        return True  # Words of two languages cannot be compared; the facts were.
    there = frozenset(term for passage, sentence in chosen for term in terms(sentence.text, passage.article.language))
    return len(words & there) / len(words) >= _SHARED_WORDS
