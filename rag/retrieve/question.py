"""Follow-ups: which reading of a question retrieves and reads better, alone or joined to the questions before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.articles import Hit
from index.errors import require_type
from index.text.terms import query_words
from rag.reader.runtime import Reader, Reading
from rag.retrieve.evidence import Passage

_REMEMBERED = 3
"""Earlier questions that a follow-up may lean on."""
_LONGEST = 1_000
"""Code points of an earlier question that are read with a follow-up."""
_SEARCHABLE = 2
"""So many words of content a question has that can be searched for by itself."""
_FEW = 3
"""A question of so few words of content may lean on an earlier one although it names something ("And in Lyon?")."""
_BETTER, _WORSE = 0.1, 0.3
"""How much likelier an answer must be to the joined question than to the question alone, and how much less likely it may be
if the question names nothing. Of 16 follow-ups on the training stories 14 are read as they should be, and 28 of 28
changes of topic; with the first figure alone 4 and 23.
"""


@dataclass(frozen=True)
class Read:
    """A question as it was searched and read."""

    question: str
    hits: tuple[Hit, ...]
    passages: tuple[Passage, ...]
    reading: Reading


Search = Callable[[str], tuple[tuple[Hit, ...], tuple[Passage, ...]]]


def read(question: str, history: Sequence[str], search: Search, reader: Reader, names_something: bool) -> Read:
    """Search and read a question; with a history, also joined to the question before it, and keep what reads better.

    A question that names something stands alone. One that names nothing leans on what was asked before, unless it answers
    much better alone; so does one with hardly a word to search for ("And why?"), whatever it may seem to answer.
    """
    alone = _read(question, search, reader)
    earlier = [asked for text in history if (asked := one_line(text)[:_LONGEST])][-_REMEMBERED:]
    if not earlier:
        return alone
    joined = [_read(f"{asked} {question}", search, reader) for asked in dict.fromkeys((earlier[-1], earlier[0]))]
    best = max(joined, key=lambda each: each.reading.answered)
    gain = best.reading.answered - alone.reading.answered
    return best if _leans(question, names_something, gain) else alone


def _leans(question: str, names_something: bool, gain: float) -> bool:
    words = len(query_words(question))
    if words < _SEARCHABLE:
        return True
    if names_something:
        return words <= _FEW and gain > _BETTER
    return gain >= -_WORSE


def one_line(text: str) -> str:
    """A question as one line, without what is no character."""
    require_type(text, str, "question")
    return " ".join(text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8").split())


def _read(question: str, search: Search, reader: Reader) -> Read:
    hits, passages = search(question)
    reading = reader.read(question, [passage.for_reader for passage in passages])
    return Read(question, hits, passages, reading)
