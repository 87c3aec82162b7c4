"""Looking: what the model makes of the likeliest sentences, and where that is nothing, of those that come next."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms.llm import LLM

from rag import drafting
from rag.answer import Answer
from rag.checking import can_answer, checked, settled, worth_writing
from rag.evidence import Passage, among
from rag.gate import may_answer
from rag.ranking import Candidate, likeness
from rag.stopwatch import Stopwatch
from rag.verifying import Likeness, Pair, holding

QUOTABLE = 3
"""Where no model points at a sentence, one of so many ranked first is quoted: the first that can be what was asked for."""


@dataclass(frozen=True)
class Reading:
    """What the looks at one question's evidence have in common; the candidates are those ranked for it."""

    candidates: Sequence[Candidate]
    llm: LLM
    embedding: BaseEmbedding
    asked: Stopwatch


@dataclass(frozen=True)
class Look:
    """What came of some passages: the draft with what was spent, what may be shown, and whether a sentence was pointed at."""

    draft: Answer
    shown: Answer | None = None
    pointed: bool = False


def first_look(draft: Answer, passages: Sequence[Passage], reading: Reading) -> Generator[Answer, None, Look]:
    """Drafts while the model works on the likeliest passages; at last what of its replies may be shown."""
    draft = yield from drafting.judged(draft, passages, reading.llm)
    if not may_answer(draft.sure, draft.language):
        return Look(draft)
    alike = _alike(passages, reading.embedding)
    likeliest = [among(passages, candidate) for candidate in reading.candidates[:QUOTABLE]]
    final, short = None, ""
    if draft.sure is not None:
        draft, short = yield from drafting.shortly(draft, passages, reading.llm, reading.asked)
    pointed = holding(short, draft.language, passages, draft.standalone_question, alike)
    if worth_writing(draft, likeliest[0], short, pointed):
        draft, reply = yield from drafting.replied(draft, passages, reading.llm, reading.asked)
        if drafting.declined(reply):
            return Look(draft)
        final = checked(draft, reply.text, passages, alike)
    shown = settled(final, short, pointed, draft, likeliest, _abroad(passages, reading.candidates, draft.language))
    return Look(draft, shown, bool(final or pointed))


def second_look(draft: Answer, passages: Sequence[Passage], reading: Reading) -> Generator[Answer, None, Look]:
    """The same for the passages that come next. Only few words that one of their sentences holds count: a model that is
    asked twice about what is not there seldom finds them (eval/LOG.md)."""
    first, language = draft, draft.language
    draft, short = yield from drafting.shortly(draft, passages, reading.llm, reading.asked)
    pointed = holding(short, language, passages, draft.standalone_question, _alike(passages, reading.embedding))
    if pointed is None or not can_answer(pointed, draft):
        return Look(replace(draft, sure=first.sure))
    draft = yield from drafting.judged(draft, passages, reading.llm)
    likeliest = [among(passages, candidate) for candidate in reading.candidates[:1]]
    return Look(replace(draft, sure=first.sure), settled(None, short, pointed, draft, likeliest), True)


def _abroad(passages: Sequence[Passage], candidates: Sequence[Candidate], language: str) -> list[Pair]:
    """Of the sentences of the passages that are in another language the nearest, if there are any."""
    read = {(passage.article.id, sentence.n) for passage in passages for sentence in passage.sentences}
    others = [c for c in candidates if c.hit.article.language != language and (c.hit.article.id, c.sentence.n) in read]
    return [among(passages, c) for c in sorted(others, key=lambda c: -c.nearness)[:1]]


def _alike(passages: Sequence[Passage], embedding: BaseEmbedding) -> Likeness:
    return likeness((sentence for passage in passages for sentence in passage.sentences), embedding)
