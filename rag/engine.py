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
from rag.asking import Kind, countable, kind_of, offers, parts
from rag.claims import statements
from rag.condense import standalone
from rag.evidence import Passage, alone, choose, nearest
from rag.gate import about_the_archive, may_answer, unknown_names
from rag.premise import unsaid
from rag.ranking import ranked
from rag.scope import narrowed, scope_of
from rag.verify import meets, nearly, repaired
from rag.writing import Reply, answerable, write

HITS = 8
MAX_QUESTION = 2_000


def answer(
    question: str, history: Sequence[str], library: Library, llm: LLM | None, filter: Filter, today: date
) -> Generator[Answer, None, None]:
    """Growing answers: first the evidence, then the model's unchecked draft, at last the finished answer.

    Only articles that meet the filter are asked; a question may add its own ("according to Reuters").
    """
    asked = _Stopwatch()
    question = _clean(question)
    scope = scope_of(standalone(question, history), today, lambda name: library.catalogue().has_source(name))
    full, searched = scope.question, narrowed(filter, scope.filter)
    hits = library.search(full, HITS, searched, scope.prefer)
    draft = Answer(question, full, detect(question), "draft", "", _models(library, llm), closest=nearest(hits, k=HITS))
    excluding = searched if searched and library.catalogue().excludes(searched) else None
    draft = asked.evidence(replace(draft, filter=excluding))
    yield draft

    if not about_the_archive(full, draft.language, hits, library.occurs):
        yield asked.finished(compose.not_found(draft, unknown_names(full, library.occurs)))
        return
    candidates = ranked(full, hits, library.sentences, library.embedding)
    passages = choose(candidates, library.sentences)
    if not passages:
        yield asked.finished(compose.not_found(draft))
        return
    absent = compose.not_found(draft, premise=unsaid(full, draft.language, candidates))
    disputed = sides(full, [alone(candidate) for candidate in candidates])
    if disputed:
        yield asked.finished(compose.both_sides(draft, disputed))
        return
    if llm is None:
        yield asked.finished(compose.quoted(draft, alone(candidates[0])))
        return

    yield draft  # Who shares the model with others waits here for a turn.
    yield from _written(draft, absent, passages, llm, asked)


def _written(
    draft: Answer, absent: Answer, passages: Sequence[Passage], llm: LLM, asked: "_Stopwatch"
) -> Generator[Answer, None, None]:
    """Drafts while the model works, then what of its reply holds, or `absent`."""
    question, language = draft.standalone_question, draft.language
    sure, read = yield from _waiting(answerable(llm, prompts.render_check(question, passages)), draft)
    draft, absent = replace(draft, usage=read), replace(absent, usage=read)
    if not may_answer(sure, language):
        yield asked.finished(absent)
        return
    reply = Reply()
    for latest in write(llm, prompts.render(question, language, passages)):
        if latest is not reply:
            reply = latest
            draft = replace(draft, text=_shown(reply), usage=_sum(read, reply.usage))
            draft = asked.writing(draft) if reply.text else draft
        yield draft
    yield asked.finished(_checked(draft, reply, passages) or replace(absent, usage=draft.usage, timings=draft.timings))


def _waiting(
    odds: Generator[tuple[float | None, Usage], None, None], draft: Answer
) -> Generator[Answer, None, tuple[float | None, Usage]]:
    """The last of the odds; meanwhile the same draft again and again, which only asks whether the reader is still there."""
    last: tuple[float | None, Usage] = None, Usage()
    for latest in odds:
        last = latest
        yield draft
    return last


def _checked(draft: Answer, reply: Reply, passages: Sequence[Passage]) -> Answer | None:
    """What of the reply holds; failing that, the sentence that it comes from, if it only says too much; else None."""
    if _declined(reply):
        return None
    question, kind = draft.standalone_question, kind_of(draft.standalone_question)
    checked = [repaired(said, draft.language, passages, question) for said in statements(reply.text)]
    holding = [(said, found) for said, found in checked if found.holds and meets(question, draft.language, said, found)]
    if _offered(kind, question, [statement.text for statement, _ in holding]):
        open_parts = [p for p in parts(question)[1:] if not _offered(kind_of(p), p, [s.text for s, _ in holding])]
        return compose.leaving_open(compose.answered(draft, holding, len(checked) - len(holding)), open_parts)
    for said, found in checked:
        usable = nearly(said, found, draft.language, question) and meets(question, draft.language, said, found)
        if usable and _offered(kind, question, [found.sentences[0][1].text]):
            return compose.quoted(draft, found.sentences[0])
    return None


def _offered(kind: Kind, question: str, texts: Sequence[str]) -> bool:
    """Whether any of the texts holds what is asked for, as far as its kind can be told."""
    return any(not countable(kind) or offers(text, kind, question) for text in texts)


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
