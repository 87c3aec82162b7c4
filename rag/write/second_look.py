"""A second look: where the reader doubts, the embedded model reads the likeliest passages and says the answer in a few words.

Its words only point at a sentence: one that holds them, among the passages that it was shown.
"""

import re
from collections.abc import Generator, Sequence

from llama_index.core.llms.llm import LLM

from index.articles import Sentence
from index.text.terms import query_terms
from rag.answer import Answer
from rag.events import Event
from rag.meter import Meter
from rag.reader.runtime import Reading
from rag.retrieve.evidence import Passage
from rag.verify.compare import dates_of, missing, numbers_of
from rag.verify.findings import Finding
from rag.write import prompts
from rag.write.replies import asking

_CHARACTERS = 700
"""Of evidence: the embedded model reads about 250 a second on two cores."""
_MAX_TOKENS = 24


def second_look(
    alone: Answer, reading: Reading, passages: Sequence[Passage], llm: LLM, meter: Meter
) -> Generator[Event, None, Finding | None]:
    """The sentence that the model's few words point at, if one holds them."""
    likeliest = _likeliest(reading, passages)
    if not likeliest:
        return None
    message = prompts.render_short(alone.standalone_question, alone.language, likeliest)
    reply = yield from asking(llm, prompts.SYSTEM, message, _MAX_TOKENS, meter)
    words = reply.text.strip(' "«»“”.\n')
    if not words or words.lower() in prompts.UNKNOWN:
        return None
    held = (_held(words, passage, reading.passages[passage.number - 1]) for passage in likeliest)
    found = [finding for finding in held if finding]
    return max(found, key=lambda finding: finding.alone, default=None)


def _likeliest(reading: Reading, passages: Sequence[Passage]) -> list[Passage]:
    """The passages that answer likeliest on their own, as many as the model is to read, without orders to it."""
    order = sorted(passages, key=lambda passage: -reading.passages[passage.number - 1])
    chosen: list[Passage] = []
    left = _CHARACTERS
    for passage in order:
        if any(sentence.instruction for sentence in passage.sentences):
            continue
        left -= len(passage.text)
        if chosen and left < 0:
            break
        chosen.append(passage)
    return chosen


def _held(words: str, passage: Passage, alone: float) -> Finding | None:
    """The sentence of a passage that holds the words: to the letter, or all their numbers or content words."""
    for sentence in passage.sentences:
        place = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", sentence.text, re.IGNORECASE)
        if place:
            span = sentence.start + place.start(), sentence.start + place.end()
            return Finding(passage, sentence, passage.article.text[slice(*span)], span, alone, alone)
    for sentence in passage.sentences:
        if _says(words, sentence):
            return Finding(passage, sentence, sentence.text, (sentence.start, sentence.end), alone, alone)
    return None


def _says(words: str, sentence: Sentence) -> bool:
    if numbers_of(words) or dates_of(words):
        return not missing(words, sentence.text)
    terms = frozenset(query_terms(words))
    return bool(terms) and terms <= frozenset(query_terms(sentence.text))
