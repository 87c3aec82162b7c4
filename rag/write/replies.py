"""Having the model write: the messages sent to it, and what comes back, piece by piece, whatever the model."""

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.llms.llm import LLM

from index.errors import ModelUnavailableError
from rag import prompts
from rag.answer import Usage
from rag.llamacpp import EmbeddedLLM
from rag.prices import cost_usd

MAX_TOKENS = 120
_LEAST = 1e-6


@dataclass(frozen=True)
class Reply:
    """What the model has written so far. `complete` once it stopped by itself or at the limit of length."""

    text: str = ""
    usage: Usage = field(default_factory=Usage)
    complete: bool = False


def write(llm: LLM, message: str) -> Generator[Reply, None, None]:
    """Growing answers to a question's message, under our rules."""
    return replies(llm, _messages(llm, message), MAX_TOKENS)


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


@dataclass(frozen=True)
class Weighed:
    """A short reply, and how likely the model held each of the words that it might have begun with, in lower case."""

    text: str
    first: Mapping[str, float]
    usage: Usage

    def odds(self, *words: str) -> float:
        """The odds of the first of these words to all the others given, as a logarithm."""
        chances = [self.first.get(word, 0.0) + _LEAST for word in words]
        return math.log(chances[0] / sum(chances[1:]))


def weighed(llm: LLM, message: str, max_tokens: int) -> Generator[Weighed | None, None, None]:
    """A growing short reply with its odds, None until it begins; nothing at all from a model that does not tell them."""
    if not isinstance(llm, EmbeddedLLM):
        return
    text, usage, first = "", Usage(), dict[str, float]()
    for piece in llm.stream_chat(_messages(llm, message), max_tokens=max_tokens, logprobs=True, top_logprobs=10):
        raw = _plain(piece.raw)
        usage = _usage(llm, raw) or usage
        told = [(choice.get("logprobs") or {}).get("content") or [] for choice in raw.get("choices") or []]
        for token in (token for content in told for token in content if not text):
            for likely in token["top_logprobs"]:
                word = likely["token"].strip().lower()
                first[word] = first.get(word, 0.0) + math.exp(likely["logprob"])
        text += piece.delta or ""
        yield Weighed(text, first, usage) if text else None
    yield Weighed(text, first, usage)


def warm(llm: LLM) -> None:
    """Have an embedded model load and read the fixed part of the prompt, so that the first question need not wait for it."""
    if isinstance(llm, EmbeddedLLM):
        llm.chat(_messages(llm, ""), max_tokens=1)


def _messages(llm: LLM, message: str) -> list[ChatMessage]:
    rules = "" if isinstance(llm, EmbeddedLLM) else prompts.RULES
    return [
        ChatMessage(role=MessageRole.SYSTEM, content=prompts.SYSTEM + rules),
        ChatMessage(role=MessageRole.USER, content=message),
    ]


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
