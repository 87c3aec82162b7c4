"""The engine: from a question to an answer that holds. The main path, top to bottom.

Nothing that the model writes is shown as an answer before every statement of it has been found in the articles.
"""

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import date

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms.llm import LLM

from index.errors import QuestionError
from index.filters import Filter
from index.language import detect
from index.library import Library
from rag import compose, drafting
from rag.alternatives import sides
from rag.answer import Answer, Models
from rag.asking import Kind, countable, kind_of, offers, parts
from rag.budget import room, within
from rag.claims import statements
from rag.condense import standalone
from rag.differing import rivals
from rag.evidence import Passage, alone, choose, nearest
from rag.gate import about_the_archive, unknown_names
from rag.premise import unsaid
from rag.ranking import Candidate, likeness, ranked
from rag.scope import narrowed, scope_of
from rag.stopwatch import Stopwatch
from rag.verify import Likeness, holding, meets, nearly, repaired
from rag.writing import MAX_TOKENS, Reply

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

    if not about_the_archive(full, draft.language, hits, library.occurs):
        yield asked.finished(compose.not_found(draft, unknown_names(full, hits, library.occurs)))
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
    readable = _readable(passages, draft, llm, max_tokens) if llm else ()
    if llm is None or not readable:
        quoted = compose.quoted(draft, alone(candidates[0]))
        yield asked.finished(
            compose.against(quoted, [alone(other) for other in rivals(quoted, candidates, library.embedding)])
        )
        return

    yield draft  # Who shares the model with others waits here for a turn.
    final = yield from _written(draft, absent, readable, candidates, llm, library.embedding, asked)
    yield asked.finished(final)


def _written(
    draft: Answer,
    absent: Answer,
    passages: Sequence[Passage],
    candidates: Sequence[Candidate],
    llm: LLM,
    embedding: BaseEmbedding,
    asked: Stopwatch,
) -> Generator[Answer, None, Answer]:
    """Drafts while the model works; at last what of its reply holds, beside what other articles say instead, or `absent`."""
    draft, reply = yield from drafting.replied(draft, passages, llm, asked)
    alike = likeness((sentence for passage in passages for sentence in passage.sentences), embedding)
    final = _checked(draft, reply, passages, alike)
    if final:
        final = yield from drafting.seconded(final, draft, passages, llm)
    elif not drafting.declined(reply):
        draft, short = yield from drafting.shortly(draft, passages, llm)
        final = _quoted(draft, short, passages, alike)
    if final is None or (final.sure is not None and final.sure < 0):
        spent = final or draft
        return replace(absent, usage=spent.usage, timings=spent.timings, sure=spent.sure if final else None)
    final, others = yield from drafting.compared(final, rivals(final, candidates, embedding), draft, llm)
    return compose.against(final, others)


def _checked(draft: Answer, reply: Reply, passages: Sequence[Passage], alike: Likeness) -> Answer | None:
    """What of the reply holds; failing that, the sentence that it comes from, if it only says too much; else None."""
    if drafting.declined(reply):
        return None
    question, kind = draft.standalone_question, kind_of(draft.standalone_question)
    checked = [repaired(said, draft.language, passages, question, alike) for said in statements(reply.text)]
    holding = [(said, found) for said, found in checked if found.holds and meets(question, draft.language, said, found)]
    if _offered(kind, question, [statement.text for statement, _ in holding]):
        open_parts = [p for p in parts(question)[1:] if not _offered(kind_of(p), p, [s.text for s, _ in holding])]
        return compose.leaving_open(compose.answered(draft, holding, len(checked) - len(holding)), open_parts)
    for said, found in checked:
        usable = nearly(said, found, draft.language, question) and meets(question, draft.language, said, found)
        if usable and _offered(kind, question, [found.sentences[0][1].text]):
            return compose.quoted(draft, found.sentences[0])
    return None


def _quoted(draft: Answer, short: str, passages: Sequence[Passage], alike: Likeness) -> Answer | None:
    """The sentence that holds the model's answer in a few words, quoted: where the whole reply did not hold."""
    question = draft.standalone_question
    pair = holding(short, draft.language, passages, question, alike) if short else None
    return compose.quoted(draft, pair) if pair and _offered(kind_of(question), question, [pair[1].text]) else None


def _readable(passages: Sequence[Passage], draft: Answer, llm: LLM, max_tokens: int) -> tuple[Passage, ...]:
    """As many of the passages as the model can read and the question may cost."""
    tokens = room(llm.metadata.context_window, max_tokens, MAX_TOKENS)
    return within(passages, draft.standalone_question, draft.language, tokens)


def _offered(kind: Kind, question: str, texts: Sequence[str]) -> bool:
    """Whether any of the texts holds what is asked for, as far as its kind can be told."""
    return any(not countable(kind) or offers(text, kind, question) for text in texts)


def _clean(question: str) -> str:
    question = " ".join(question.replace("\0", " ").encode("utf-8", "replace").decode("utf-8").split())
    if not question:
        raise QuestionError("The question is empty. Ask something, for example: who cancelled the order?")
    if len(question) > MAX_QUESTION:
        raise QuestionError(f"The question has {len(question):,} characters; {MAX_QUESTION:,} is the most. Shorten it.")
    return question


def _models(library: Library, llm: LLM | None) -> Models:
    return Models(llm.metadata.model_name if llm else "none", library.embedding.model_name)
