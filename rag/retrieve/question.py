"""Follow-ups: which reading of a question retrieves and reads better, alone or joined to the questions before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.articles import Hit
from index.errors import need
from index.text.terms import query_words
from rag.reader.runtime import Reader, Reading
from rag.retrieve.evidence import Passage

_REMEMBERED = 3
"""Earlier questions that a follow-up may lean on."""
_LONGEST = 1_000
"""Code points of an earlier question that are read with a follow-up."""
_SEARCHABLE = 2
"""So many words of content a question has that can be searched for by itself."""
_BETTER = 0.1
"""How much likelier an answer must be to the joined question than to the question alone."""


@dataclass(frozen=True)
class Read:
    """A question as it was searched and read."""

    question: str
    hits: tuple[Hit, ...]
    passages: tuple[Passage, ...]
    reading: Reading


Search = Callable[[str], tuple[tuple[Hit, ...], tuple[Passage, ...]]]


def read(question: str, history: Sequence[str], search: Search, reader: Reader) -> Read:
    """Search and read a question; with a history, also joined to the question before it, and keep what reads better.

    A question that answers well alone changes the topic, or needs no history. One with hardly a word to search for ("And
    why?") leans on what was asked before, however much a passage may seem to answer it.
    """
    alone = _read(question, search, reader)
    earlier = [asked for text in history if (asked := one_line(text)[:_LONGEST])][-_REMEMBERED:]
    if not earlier:
        return alone
    joined = [_read(f"{asked} {question}", search, reader) for asked in dict.fromkeys((earlier[-1], earlier[0]))]
    best = max(joined, key=lambda each: each.reading.answered)
    better = best.reading.answered > alone.reading.answered + _BETTER
    return best if better or len(query_words(question)) < _SEARCHABLE else alone


def one_line(text: str) -> str:
    """A question as one line, without what is no character."""
    need(text, str, "question")
    return " ".join(text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8").split())


def _read(question: str, search: Search, reader: Reader) -> Read:
    hits, passages = search(question)
    reading = reader.read(question, [passage.for_reader for passage in passages])
    return Read(question, hits, passages, reading)
