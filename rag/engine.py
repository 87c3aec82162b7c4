"""The engine: from a question to an answer that holds. The main path, top to bottom.

Nothing that the model writes is shown as an answer before every statement of it has been found in the articles.
"""

import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import date

from llama_index.core.llms.llm import LLM

from index.errors import QuestionError
from index.filters import Filter
from index.language import detect
from index.library import Library
from rag import compose, prompts
from rag.alternatives import sides
from rag.answer import Answer, Models, Timings, Usage
from rag.asking import countable, kind_of, offers
from rag.claims import Statement, statements
from rag.condense import standalone
from rag.evidence import Passage, choose, closest
from rag.gate import about_the_archive, covers
from rag.quoting import nearest_sentence
from rag.scope import narrowed, scope_of
from rag.verify import Support, repaired
from rag.writing import Reply, write

HITS = 8
MAX_QUESTION = 2_000
_COVERED = 0.5
"""An answer that the model first declined to give must rest on passages that hold this share of the question's words."""


def answer(
    question: str, history: Sequence[str], library: Library, llm: LLM | None, filter: Filter, today: date
) -> Generator[Answer, None, None]:
    """Growing answers: first the evidence, then the model's unchecked draft, at last the finished answer."""
    asked = _Stopwatch()
    question = _clean(question)
    scope = scope_of(standalone(question, history), today, lambda name: library.catalogue().has_source(name))
    full, searched = scope.question, narrowed(filter, scope.filter)
    passages = choose(full, library.search(full, HITS, searched, scope.prefer), library.sentences)
    draft = Answer(question, full, detect(question), "draft", "", _models(library, llm), closest=closest(passages, k=8))
    draft = asked.evidence(
        replace(draft, filter=searched if searched and library.catalogue().excludes(searched) else None)
    )
    yield draft

    if not about_the_archive(full, passages, library.occurs):
        yield asked.finished(compose.not_found(draft, passages))
        return
    disputed = sides(full, passages)
    if disputed:
        yield asked.finished(compose.both_sides(draft, disputed))
        return
    if llm is None:
        passage, sentence = nearest_sentence(full, passages, library.embedding)
        yield asked.finished(compose.quoted(draft, passage, sentence))
        return

    message = prompts.render(full, draft.language, passages)
    reply = Reply()
    for reply in write(llm, message):
        draft = replace(draft, text=_shown(reply), usage=reply.usage)
        draft = asked.writing(draft) if reply.text else draft
        yield draft
    for final in _checked(draft, reply, message, passages, llm):
        yield final if final.status == "draft" else asked.finished(final)


def _checked(
    draft: Answer, reply: Reply, message: str, passages: Sequence[Passage], llm: LLM
) -> Generator[Answer, None, None]:
    """The reply's supported statements; failing those, what the model says when pressed, if that holds; else a refusal."""
    question = draft.standalone_question
    if not _declined(reply):
        supported, dropped = _supported(reply, question, draft.language, passages)
        if supported:
            yield compose.answered(draft, supported, dropped)
            return
    read_before = draft.usage
    for pressed in write(llm, message, insist=True):
        reply = pressed
        yield draft
    draft = replace(draft, usage=_sum(read_before, reply.usage))
    supported, _ = _supported(reply, question, draft.language, passages)
    kept = [(s, found) for s, found in supported if covers(question, draft.language, found.sentences) >= _COVERED]
    if kept and not _declined(reply):
        yield compose.answered(draft, kept, 0)
    else:
        yield compose.not_found(draft, passages)


def _supported(
    reply: Reply, question: str, language: str, passages: Sequence[Passage]
) -> tuple[list[tuple[Statement, Support]], int]:
    """The statements that the evidence supports, and how many others there were; none if they miss what was asked for."""
    said = statements(reply.text)
    checked = [repaired(statement, language, passages) for statement in said]
    holding = [(statement, found) for statement, found in checked if found.holds]
    kind = kind_of(question)
    if countable(kind) and not any(offers(statement.text, kind, question) for statement, _ in holding):
        return [], len(said)
    return holding, len(said) - len(holding)


def _shown(reply: Reply) -> str:
    """What a reader may see of an unfinished reply: not the word by which the model declines."""
    text = reply.text.strip()
    return "" if prompts.NOT_FOUND.startswith(text) or _declined(reply) else text


def _declined(reply: Reply) -> bool:
    return prompts.NOT_FOUND in reply.text.upper() or not reply.text.strip()


def _clean(question: str) -> str:
    question = " ".join(question.replace("\0", " ").encode("utf-8", "replace").decode("utf-8").split())
    if not question:
        raise QuestionError("The question is empty. Ask something, for example: who cancelled the order?")
    if len(question) > MAX_QUESTION:
        raise QuestionError(f"The question has {len(question):,} characters; {MAX_QUESTION:,} is the most. Shorten it.")
    return question


def _models(library: Library, llm: LLM | None) -> Models:
    return Models(llm.metadata.model_name if llm else "none", library.embedding.model_name)


def _sum(a: Usage, b: Usage) -> Usage:
    return Usage(a.prompt_tokens + b.prompt_tokens, a.completion_tokens + b.completion_tokens)


class _Stopwatch:
    """Stamps an answer with the seconds since its question was asked."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def evidence(self, draft: Answer) -> Answer:
        return replace(draft, timings=Timings(retrieve_s=self._now(), first_evidence_s=self._now()))

    def writing(self, draft: Answer) -> Answer:
        first = draft.timings.first_token_s or self._now()
        return replace(draft, timings=replace(draft.timings, first_token_s=first))

    def finished(self, final: Answer) -> Answer:
        return replace(final, timings=replace(final.timings, total_s=self._now()))

    def _now(self) -> float:
        return round(time.perf_counter() - self._start, 4)
