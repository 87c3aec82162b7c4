"""Having the model write: the messages sent to it, and what comes back, piece by piece, whatever the model."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.llms.llm import LLM

from index.errors import ModelUnavailableError
from rag import prompts
from rag.answer import Usage
from rag.llamacpp import EmbeddedLLM

MAX_TOKENS = 120


@dataclass(frozen=True)
class Reply:
    """What the model has written so far. `complete` once it stopped by itself or at the limit of length."""

    text: str = ""
    usage: Usage = field(default_factory=Usage)
    complete: bool = False


def write(llm: LLM, message: str, insist: bool = False) -> Generator[Reply, None, None]:
    """Growing replies to one message; the last one is complete, or ModelUnavailableError is raised.

    `insist` keeps an embedded model from declining, to see what it would say: only for replies that are checked.
    """
    reply, text, usage, ends = Reply(), "", Usage(), list[bool]()
    for piece in llm.stream_chat(_messages(message), max_tokens=MAX_TOKENS, **_options(llm, insist)):
        raw = _plain(piece.raw)
        usage = _usage(raw) or usage
        ends += [bool(choice.get("finish_reason")) for choice in raw.get("choices") or []]
        text += piece.delta or ""
        if piece.delta or usage is not reply.usage:
            reply = Reply(text, usage)
        yield reply  # The same again while nothing new is there: whoever reads may want to stop meanwhile.
    if not (any(ends) if ends else text):  # Not every model says why it ended; who ever does must have said so.
        raise ModelUnavailableError(
            "The model's reply broke off before its end and was discarded. Try again, or answer without a model: --llm none."
        )
    yield Reply(text, usage, complete=True)


def warm(llm: LLM) -> None:
    """Have an embedded model read the fixed part of the prompt, so that the first question need not wait for it."""
    if isinstance(llm, EmbeddedLLM):
        llm.chat(_messages(""), max_tokens=1)


def _messages(message: str) -> list[ChatMessage]:
    shown = [
        ChatMessage(role=role, content=content)
        for question, answer in prompts.EXAMPLES
        for role, content in ((MessageRole.USER, question), (MessageRole.ASSISTANT, answer))
    ]
    return [
        ChatMessage(role=MessageRole.SYSTEM, content=prompts.SYSTEM),
        *shown,
        ChatMessage(role=MessageRole.USER, content=message),
    ]


def _options(llm: LLM, insist: bool) -> dict[str, Any]:
    return {"logit_bias": [["NOT", -100], [" NOT", -100]]} if insist and isinstance(llm, EmbeddedLLM) else {}


def _plain(raw: Any) -> dict[str, Any]:
    """The chunk as OpenAI's API sent it, from any LlamaIndex model that keeps it."""
    if isinstance(raw, dict):
        return raw
    return raw.model_dump() if hasattr(raw, "model_dump") else {}


def _usage(raw: dict[str, Any]) -> Usage | None:
    told = raw.get("usage")
    return Usage(told.get("prompt_tokens") or 0, told.get("completion_tokens") or 0) if told else None
