"""Phrasing: the embedded model says as one sentence what the reader found, in the question's language."""

from collections.abc import Generator
from dataclasses import replace

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.llms.llm import LLM

from rag.answer import Answer
from rag.reader.inputs import head
from rag.reader.runtime import PassageText, Reader
from rag.stopwatch import Stopwatch
from rag.verify.findings import Answers
from rag.verify.vetoes import Evidence, vetoes
from rag.write import compose, prompts
from rag.write.replies import Reply, replies
from rag.write.statements import statements, with_decimal_commas

_SYSTEM = "You write one sentence of news at a time, and add nothing."
_MAX_TOKENS = 60


def phrase(
    draft: Answer, shown: Answer, answers: Answers, llm: LLM, reader: Reader, asked: Stopwatch
) -> Generator[Answer, None, Answer]:
    """What was `shown` while the model works; then its sentence if the check accepts it, else what was shown.

    A sentence that would give the model orders is shown as it is, and the model is not asked.
    """
    best = answers.best
    if best.sentence.instruction:
        return shown
    message = prompts.render_phrase(draft.standalone_question, draft.language, best.words, best.sentence.text)
    messages = [
        ChatMessage(role=MessageRole.SYSTEM, content=_SYSTEM),
        ChatMessage(role=MessageRole.USER, content=message),
    ]
    growing, reply = replace(draft, text=shown.text), Reply()
    for reply in replies(llm, messages, _MAX_TOKENS):
        growing = asked.writing(growing) if reply.begun else growing
        yield growing
    sentence = _one_sentence(reply.text, draft.language)
    spent = replace(shown, usage=draft.usage + reply.usage, timings=growing.timings)
    support = _support(sentence, answers, reader)
    if support < reader.thresholds.supported:
        return spent
    said = compose.phrased(replace(draft, form=shown.form), sentence, answers, support)
    return replace(said, usage=spent.usage, timings=spent.timings)


def _one_sentence(reply: str, language: str) -> str:
    """What the model says, as one line without markup."""
    said = " ".join(statement.text for statement in statements(reply)).strip('“”"«» ')
    return with_decimal_commas(said) if language == "fr" else said


def _support(sentence: str, answers: Answers, reader: Reader) -> float:
    """The probability that the sentence found supports what the model made of it; 0 if code sees a fault."""
    article = answers.best.passage.article
    evidence = answers.best.sentence.text
    if not sentence or vetoes(sentence, [Evidence(evidence, article.language, article.published, article.title)]):
        return 0.0
    told = PassageText(head(article.published, article.title), evidence)
    (verdict,) = reader.verify([(sentence, told)])
    return verdict.supported
