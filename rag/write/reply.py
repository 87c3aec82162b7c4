"""A capable model's reply: each of its sentences is held against the evidence before it is shown."""

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.llms.llm import LLM
from numpy.typing import NDArray

from index.library import Library
from rag.answer import Answer
from rag.budget import fitting, room, within
from rag.reader.findings import Answers, Finding
from rag.reader.runtime import Reader
from rag.retrieve.evidence import Passage
from rag.stopwatch import Stopwatch
from rag.verify.support import Likeness, Support, support
from rag.write import compose, prompts
from rag.write.replies import MAX_TOKENS, Reply, replies
from rag.write.statements import Statement, spoken, statements, with_decimal_commas

_MOST_STATEMENTS = 12
_OPINION_TOKENS = 120
_MOST_DIFFERING = 2
_CONTROL = "The opposite of this is true, and it was said by somebody else."
"""A statement that no evidence supports: a judge that accepts it is not believed in anything."""


@dataclass(frozen=True)
class _Checked:
    statement: Statement
    support: Support


def written(
    draft: Answer,
    absent: Answer,
    fallback: Answer,
    answers: Answers,
    passages: Sequence[Passage],
    library: Library,
    llm: LLM,
    reader: Reader,
    max_tokens: int,
    asked: Stopwatch,
) -> Generator[Answer, None, Answer]:
    """Drafts while the model writes; then its sentences that hold, or else `fallback`: the quote, or `absent`."""
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
        return replace(absent, usage=usage, timings=growing.timings)
    alike = likeness(library.embedding)
    told = with_decimal_commas(reply.text) if draft.language == "fr" else reply.text
    said = list({statement.text: statement for statement in statements(told)}.values())[:_MOST_STATEMENTS]
    checked = [_Checked(s, support(s.text, shown, reader, alike, s.numbers)) for s in said]
    doubtful = [c for c in checked if _may_be_asked(c.support)]
    rescued: set[str] = set()
    if doubtful:
        growing = replace(growing, usage=usage)
        space = room(llm.metadata.context_window, max_tokens, _OPINION_TOKENS)
        growing, rescued = yield from _second_opinion(growing, doubtful, llm, space)
        usage = growing.usage
    held = [
        (c.statement.text, c.support.quotes, c.support.probability)
        for c in checked
        if c.support.judgement == "supported"
    ]
    held += [(c.statement.text, c.support.quotes, 0.5) for c in doubtful if c.statement.text in rescued]
    if not held:
        return replace(fallback, usage=usage, timings=growing.timings)
    withheld = len(held) < len(checked)
    final = compose.stated(replace(draft, form=fallback.form), held, withheld)
    if withheld and fallback.citations:
        final = compose.beside(final, answers.best)  # The quote stands in for what was withheld.
    return replace(_with_other_versions(final, answers), usage=usage, timings=growing.timings)


def declined(reply: str) -> bool:
    """Whether the whole reply says that there is no answer, or nothing. The words inside a sentence are no refusal."""
    plain = re.sub(r"[^\w\s]", "", re.sub(r"\[\d+\]", "", spoken(reply))).strip().upper()
    return plain.removeprefix("ANSWER").strip() == prompts.NOT_FOUND or not statements(reply)


def likeness(embedding: BaseEmbedding) -> Likeness:
    """How alike a statement and some sentences are, by the library's embedding; each text is embedded once."""
    known: dict[str, NDArray[np.float32]] = {}

    def alike(statement: str, sentences: Sequence[str]) -> Sequence[float]:
        new = [text for text in dict.fromkeys([statement, *sentences]) if text not in known]
        rows = np.asarray(embedding.get_text_embedding_batch(new), np.float32)
        known.update(zip(new, (row / np.linalg.norm(row) for row in rows), strict=True))
        return [float(known[sentence] @ known[statement]) for sentence in sentences]

    return alike


def _may_be_asked(support: Support) -> bool:
    """Whether a model may be asked for its opinion: where the reader doubts, and no sentence gives the model orders."""
    doubts = support.judgement == "neither" and support.doubtful
    return doubts and not any(sentence.instruction for _, sentence in support.quotes)


def _second_opinion(
    growing: Answer, doubtful: Sequence[_Checked], llm: LLM, space: int
) -> Generator[Answer, None, tuple[Answer, set[str]]]:
    """The doubtful statements that the model, asked once about all of them, says follow from their evidence.

    One of the pairs is a control that follows from nothing: if it is accepted, or the reply is unreadable, none is. What
    does not fit in `space` tokens is not asked about.
    """
    pairs = [(c.statement.text, " ".join(s.text for _, s in c.support.quotes)) for c in doubtful]
    pairs = pairs[: fitting([(_CONTROL, pairs[0][1]), *pairs], space) - 1]
    if not pairs:
        return growing, set()
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


def _with_other_versions(final: Answer, answers: Answers) -> Answer:
    """The answer, and after it each version that it leaves out; a conflict if there is more than one version."""
    if not answers.differing:
        return final
    cited = {citation.article_id for citation in final.citations}
    own = any(finding.passage.article.id in cited for finding in (answers.best, *answers.agreeing))
    told = [finding for finding in answers.differing if _tells(final, finding)]
    left_out = [finding for finding in answers.differing if finding not in told]
    if told and not own:
        left_out.insert(0, answers.best)
    if not told and not own:  # It tells of something else.
        return final
    final = compose.against(final, left_out[:_MOST_DIFFERING])
    return replace(final, status="conflict")


def _tells(answer: Answer, finding: Finding) -> bool:
    passage, sentence = finding.quote
    return any(c.article_id == passage.article.id and c.start == sentence.start for c in answer.citations)


def _messages(system: str, message: str) -> list[ChatMessage]:
    return [
        ChatMessage(role=MessageRole.SYSTEM, content=system),
        ChatMessage(role=MessageRole.USER, content=message),
    ]
