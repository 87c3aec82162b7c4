"""Phrasing: the embedded model says as one sentence what the reader found, in the question's language."""

from collections.abc import Generator

from llama_index.core.llms.llm import LLM

from rag.answer import Answer
from rag.events import Event
from rag.meter import Meter
from rag.reader.inputs import head
from rag.reader.runtime import PassageText, Reader
from rag.verify.findings import Answers
from rag.verify.vetoes import Evidence, vetoes
from rag.write import compose, prompts
from rag.write.replies import asking
from rag.write.statements import statements, with_decimal_commas

_SYSTEM = "You write one sentence of news at a time, and add nothing."
_MAX_TOKENS = 60


def phrase(shown: Answer, answers: Answers, llm: LLM, reader: Reader, meter: Meter) -> Generator[Event, None, Answer]:
    """The model's sentence if the check accepts it, else what is `shown` meanwhile.

    A sentence that would give the model orders is shown as it is, and the model is not asked.
    """
    best = answers.best
    if best.sentence.instruction:
        return shown
    message = prompts.render_phrase(shown.standalone_question, shown.language, best.words, best.sentence.text)
    reply = yield from asking(llm, _SYSTEM, message, _MAX_TOKENS, meter)
    sentence = _one_sentence(reply.text, shown.language)
    support = _support(sentence, answers, reader)
    return shown if support < reader.thresholds.supported else compose.phrased(shown, sentence, answers, support)


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
