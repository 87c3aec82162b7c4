"""Replies of language models, piece by piece, whatever the model."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.llms.llm import LLM

from index.errors import ModelUnavailableError
from rag.answer import Usage
from rag.llamacpp import EmbeddedLLM
from rag.prices import cost_usd


@dataclass(frozen=True)
class Reply:
    """What the model has written so far. `complete` once it stopped by itself or at the limit of length."""

    text: str = ""
    usage: Usage = field(default_factory=Usage)
    complete: bool = False


def replies(llm: LLM, messages: Sequence[ChatMessage], max_tokens: int) -> Generator[Reply, None, None]:
    """Growing replies to some messages; the last one is complete, or ModelUnavailableError is raised."""
    reply, text, usage, ends = Reply(), "", Usage(), list[bool]()
    for piece in llm.stream_chat(messages, max_tokens=max_tokens):
        raw = _plain(piece.raw)
        usage = _usage(llm, raw) or usage
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
    """Have an embedded model load, so that the first question need not wait for it."""
    if isinstance(llm, EmbeddedLLM):
        llm.chat([ChatMessage(role=MessageRole.USER, content="")], max_tokens=1)


def _plain(raw: Any) -> dict[str, Any]:
    """The chunk as OpenAI's API sent it, from any LlamaIndex model that keeps it."""
    if isinstance(raw, dict):
        return raw
    return raw.model_dump() if hasattr(raw, "model_dump") else {}


def _usage(llm: LLM, raw: dict[str, Any]) -> Usage | None:
    told = raw.get("usage")
    if not told:
        return None
    read, written, cost = told.get("prompt_tokens") or 0, told.get("completion_tokens") or 0, told.get("cost")
    if not isinstance(cost, int | float):  # Some servers send it along.
        cost = cost_usd(llm.metadata.model_name, getattr(llm, "api_base", None), read, written)
    return Usage(read, written, cost)
