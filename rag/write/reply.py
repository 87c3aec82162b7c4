"""A capable model's reply: each of its sentences is held against the evidence before it is shown."""

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.llms.llm import LLM

from index.library import Library
from rag.answer import Answer
from rag.budget import room, within
from rag.reader.findings import Answers
from rag.reader.runtime import Reader
from rag.retrieve.evidence import Passage, Quote
from rag.stopwatch import Stopwatch
from rag.verify.support import Likeness, Support, support
from rag.write import compose, prompts
from rag.write.replies import MAX_TOKENS, Reply, replies
from rag.write.statements import Statement, statements

_MOST_STATEMENTS = 12
_OPINION_TOKENS = 120
_CONTROL = "The opposite of this is true, and it was said by somebody else."
"""A statement that no evidence supports: a judge that accepts it is not believed in anything."""


@dataclass(frozen=True)
class _Checked:
    statement: Statement
    support: Support


def written(
    draft: Answer,
    fallback: Answer,
    answers: Answers,
    passages: Sequence[Passage],
    library: Library,
    llm: LLM,
    reader: Reader,
    max_tokens: int,
    asked: Stopwatch,
) -> Generator[Answer, None, Answer]:
    """Drafts while the model writes; then its sentences that hold, or else `fallback`: the quote, or that none is found."""
    shown = within(
        passages, draft.standalone_question, draft.language, room(llm.metadata.context_window, max_tokens, MAX_TOKENS)
    )
    if not shown:
        return fallback
    reply, growing = Reply(), draft
    message = prompts.render(draft.standalone_question, draft.language, shown)
    for reply in replies(llm, _messages(prompts.SYSTEM + prompts.RULES, message), MAX_TOKENS):
        growing = asked.writing(growing) if reply.text else growing
        yield growing
    usage = draft.usage + reply.usage
    if declined(reply.text):
        return replace(compose.not_found(draft), usage=usage, timings=growing.timings)
    alike = likeness(library.embedding)
    said = statements(reply.text)[:_MOST_STATEMENTS]
    checked = [_Checked(s, support(s.text, shown, reader, alike, s.numbers)) for s in said]
    doubtful = [c for c in checked if c.support.judgement == "neither" and c.support.doubtful]
    rescued: set[str] = set()
    if doubtful:
        growing = replace(growing, usage=usage)
        growing, rescued = yield from _second_opinion(growing, doubtful, llm)
        usage = growing.usage
    held = [
        (c.statement.text, c.support.quotes, c.support.probability)
        for c in checked
        if c.support.judgement == "supported"
    ]
    held += [(c.statement.text, c.support.quotes, 0.5) for c in doubtful if c.statement.text in rescued]
    if not held:
        return replace(fallback, usage=usage, timings=growing.timings)
    final = compose.stated(replace(draft, form=fallback.form), held, len(held) < len(checked))
    final = compose.against(final, [f for f in answers.differing if not _tells(final, f.quote)])
    return replace(final, usage=usage, timings=growing.timings)


def declined(reply: str) -> bool:
    """Whether the whole reply says that there is no answer, or nothing. The words inside a sentence are no refusal."""
    plain = re.sub(r"[^\w\s]", "", re.sub(r"\[\d+\]", "", reply)).strip().upper()
    return not plain or plain == prompts.NOT_FOUND


def likeness(embedding: BaseEmbedding) -> Likeness:
    """How alike a statement and some sentences are, by the library's embedding."""

    def alike(statement: str, sentences: Sequence[str]) -> Sequence[float]:
        rows = np.asarray(embedding.get_text_embedding_batch([statement, *sentences]), np.float32)
        units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return [float(value) for value in units[1:] @ units[0]]

    return alike


def _second_opinion(
    growing: Answer, doubtful: Sequence[_Checked], llm: LLM
) -> Generator[Answer, None, tuple[Answer, set[str]]]:
    """The doubtful statements that the model, asked once about all of them, says follow from their evidence.

    One of the pairs is a control that follows from nothing: if it is accepted, or the reply is unreadable, none is.
    """
    pairs = [(c.statement.text, " ".join(s.text for _, s in c.support.quotes)) for c in doubtful]
    middle = len(pairs) // 2
    asked = [*pairs[:middle], (_CONTROL, pairs[0][1]), *pairs[middle:]]
    reply = Reply()
    messages = _messages("You check statements against evidence, strictly.", prompts.render_opinion(asked))
    for latest in replies(llm, messages, _OPINION_TOKENS):
        reply = latest
        yield growing
    growing = replace(growing, usage=growing.usage + reply.usage)
    told = {
        int(n): word.lower() for n, word in re.findall(r"^\s*(\d{1,2})[.:)]?\s*(yes|no)\b", reply.text, re.I | re.M)
    }
    if set(told) != set(range(1, len(asked) + 1)) or told[middle + 1] == "yes":
        return growing, set()
    accepted = [pair for n, pair in enumerate(asked, 1) if told[n] == "yes"]
    return growing, {statement for statement, _ in accepted}


def _tells(answer: Answer, quote: Quote) -> bool:
    passage, sentence = quote
    return any(c.article_id == passage.article.id and c.start == sentence.start for c in answer.citations)


def _messages(system: str, message: str) -> list[ChatMessage]:
    return [
        ChatMessage(role=MessageRole.SYSTEM, content=system),
        ChatMessage(role=MessageRole.USER, content=message),
    ]
