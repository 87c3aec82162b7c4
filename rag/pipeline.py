"""The engine: from a question to an answer that holds. The main path, top to bottom.

Nothing that the model writes is shown as an answer before every statement of it has been found in the articles.
"""

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import date

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms.llm import LLM

from index.errors import EMPTY_QUESTION, QuestionError
from index.filters import Filter
from index.language import detect
from index.library import Library
from rag import compose, drafting
from rag.alternatives import sides
from rag.answer import Answer, Models
from rag.budget import evidence_for, room, within
from rag.checking import can_answer, doubtful_date
from rag.condense import standalone
from rag.differing import rivals
from rag.evidence import Passage, alone, choose, nearest, remaining
from rag.gate import about_the_archive, unknown_names, unsure
from rag.looking import QUOTABLE, Reading, first_look, second_look
from rag.premise import unsaid
from rag.ranking import Candidate, ranked
from rag.scope import narrowed, scope_of
from rag.stopwatch import Stopwatch
from rag.writing import MAX_TOKENS

HITS = 8
MAX_QUESTION = 2_000


def answer(
    question: str,
    history: Sequence[str],
    library: Library,
    llm: LLM | None,
    filter: Filter,
    today: date,
    max_tokens: int,
) -> Generator[Answer, None, None]:
    """Growing answers: first the evidence, then the model's unchecked draft, at last the finished answer.

    Only articles that meet the filter are asked; a question may add its own ("according to Reuters"). The model reads and
    writes at most `max_tokens`; where not even the best passage fits, that is quoted instead.
    """
    asked = Stopwatch()
    question = _clean(question)
    scope = scope_of(standalone(question, history), today, lambda name: library.catalogue().has_source(name))
    full, searched = scope.question, narrowed(filter, scope.filter)
    hits = library.search(full, HITS, searched, scope.prefer)
    draft = Answer(question, full, detect(question), "draft", "", _models(library, llm), closest=nearest(hits, k=HITS))
    excluding = searched if searched and library.catalogue().excludes(searched) else None
    draft = asked.evidence(replace(draft, filter=excluding))
    yield draft

    if not about_the_archive(full, draft.language, hits, library.occurs, to_read=llm is not None):
        yield asked.finished(compose.not_found(draft, unknown_names(full, hits, library.occurs)))
        return
    candidates = ranked(full, hits, library.sentences, library.embedding)
    passages = choose(candidates, library.sentences, evidence_for(llm))
    if not passages:
        yield asked.finished(compose.not_found(draft))
        return
    absent = compose.not_found(draft, premise=unsaid(full, draft.language, candidates))
    disputed = sides(full, [alone(candidate) for candidate in candidates])
    if disputed:
        yield asked.finished(compose.both_sides(draft, disputed))
        return
    readable = _readable(passages, draft, llm, max_tokens) if llm else ()
    if llm is None or not readable:
        yield asked.finished(_quoted(draft, absent, candidates, library.embedding))
        return

    yield draft  # Who shares the model with others waits here for a turn.
    final = yield from _written(draft, absent, readable, candidates, library, llm, max_tokens, asked)
    yield asked.finished(final)


def _quoted(draft: Answer, absent: Answer, candidates: Sequence[Candidate], embedding: BaseEmbedding) -> Answer:
    """Without a model: the sentence that may answer, beside what other articles say instead, or `absent`."""
    first = next((pair for pair in map(alone, candidates[:QUOTABLE]) if can_answer(pair, draft)), None)
    if first is None:
        return absent
    quoted = compose.quoted(draft, first)
    return compose.against(quoted, [alone(other) for other in rivals(quoted, candidates, embedding)])


def _written(
    draft: Answer,
    absent: Answer,
    passages: Sequence[Passage],
    candidates: Sequence[Candidate],
    library: Library,
    llm: LLM,
    max_tokens: int,
    asked: Stopwatch,
) -> Generator[Answer, None, Answer]:
    """Drafts while the model works; at last what of its replies holds, beside what other articles say instead, or `absent`."""
    reading = Reading(candidates, llm, library.embedding, asked)
    look = yield from first_look(draft, passages, reading)
    draft, final = look.draft, look.shown
    if final and doubtful_date(final) and unsaid(final.standalone_question, final.language, candidates):
        final = None
    if draft.sure is not None and not (final and look.pointed):
        further = choose(remaining(candidates, passages), library.sentences, evidence_for(llm))
        further = _readable(further, draft, llm, max_tokens)
        if further:
            look = yield from second_look(draft, further, reading)
            draft, final = look.draft, look.shown or final
    if final is None:
        return replace(absent, usage=draft.usage, timings=draft.timings, sure=unsure(draft.sure, draft.language))
    final = replace(final, usage=draft.usage)
    final, others = yield from drafting.compared(final, rivals(final, candidates, library.embedding), draft, llm)
    return compose.against(final, others)


def _readable(passages: Sequence[Passage], draft: Answer, llm: LLM, max_tokens: int) -> tuple[Passage, ...]:
    """As many of the passages as the model can read and the question may cost."""
    tokens = room(llm.metadata.context_window, max_tokens, MAX_TOKENS)
    return within(passages, draft.standalone_question, draft.language, tokens)


def _clean(question: str) -> str:
    question = " ".join(question.replace("\0", " ").encode("utf-8", "replace").decode("utf-8").split())
    if not question:
        raise QuestionError(EMPTY_QUESTION)
    if len(question) > MAX_QUESTION:
        raise QuestionError(f"The question has {len(question):,} characters; {MAX_QUESTION:,} is the most. Shorten it.")
    return question


def _models(library: Library, llm: LLM | None) -> Models:
    return Models(llm.metadata.model_name if llm else "none", library.embedding.model_name)
