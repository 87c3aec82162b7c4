"""Drafting: the model's part in an answer. It is asked whether there is an answer, for the answer, and for it once more.

Each function yields drafts while the model works, the same one again while nothing is new: whoever reads them may leave.
Models that do not tell how sure they are of a word are asked for the answer alone.
"""

from collections.abc import Generator, Sequence
from dataclasses import replace

from llama_index.core.llms.llm import LLM

from rag import prompts
from rag.answer import Answer
from rag.evidence import Passage, alone
from rag.gate import may_differ
from rag.ranking import Candidate
from rag.stopwatch import Stopwatch
from rag.verifying import Pair
from rag.writing import Reply, Weighed, weighed, write

_SHORT_TOKENS = 16


def judged(draft: Answer, passages: Sequence[Passage], llm: LLM) -> Generator[Answer, None, Answer]:
    """The draft with the odds of there being an answer, where the model tells them, and what asking for them cost."""
    check = yield from _waiting(weighed(llm, prompts.render_check(draft.standalone_question, passages), 1), draft)
    return replace(draft, usage=draft.usage + check.usage, sure=check.odds("yes", "no")) if check else draft


def replied(
    draft: Answer, passages: Sequence[Passage], llm: LLM, asked: Stopwatch
) -> Generator[Answer, None, tuple[Answer, Reply]]:
    """The draft with what was spent on it, and the model's reply."""
    reply, spent = Reply(), draft.usage
    for latest in write(llm, prompts.render(draft.standalone_question, draft.language, passages)):
        if latest is not reply:
            reply = latest
            shown = "" if declined(reply) else _hiding(reply.text.strip(), prompts.NOT_FOUND.lower())
            draft = replace(draft, text=shown, usage=spent + reply.usage)
            draft = asked.writing(draft) if reply.text else draft
        yield draft
    return draft, reply


def shortly(
    draft: Answer, passages: Sequence[Passage], llm: LLM, asked: Stopwatch
) -> Generator[Answer, None, tuple[Answer, str]]:
    """The draft with what was spent, and the model's answer in a few words; "" where it has none."""
    message = prompts.render_short(draft.standalone_question, draft.language, passages)
    text, spent = "", draft.usage
    for latest in weighed(llm, message, _SHORT_TOKENS):
        if latest is not None:
            text = latest.text.strip(' "«».')
            draft = replace(draft, text=_hiding(text, *prompts.UNKNOWN), usage=spent + latest.usage)
            draft = asked.writing(draft) if draft.text else draft
        yield draft
    return draft, "" if text.lower() in prompts.UNKNOWN else text


def compared(
    final: Answer, rivals: Sequence[Candidate], draft: Answer, llm: LLM
) -> Generator[Answer, None, tuple[Answer, list[Pair]]]:
    """The answer with what was spent, and those of the other sentences of which the model thinks that they answer as well."""
    found = []
    for passage, sentence in map(alone, rivals):
        message = prompts.render_check(final.standalone_question, [passage])
        check = yield from _waiting(weighed(llm, message, 1), draft)
        final = replace(final, usage=final.usage + check.usage) if check else final
        if check is None or may_differ(check.odds("yes", "no")):
            found.append((passage, sentence))
    return final, found


def declined(reply: Reply) -> bool:
    """Whether the model said that there is no answer, or nothing."""
    return prompts.NOT_FOUND in reply.text.upper() or not reply.text.strip()


def _waiting(weighing: Generator[Weighed | None, None, None], draft: Answer) -> Generator[Answer, None, Weighed | None]:
    """What was weighed at last; meanwhile the same draft, which only asks whether the reader is still there."""
    result: Weighed | None = None
    for latest in weighing:
        result = latest
        yield draft
    return result


def _hiding(text: str, *words: str) -> str:
    """What a reader may see of an unfinished reply: not a word by which the model declines, nor what may become one."""
    return "" if any(word.startswith(text.lower()) for word in words) else text
