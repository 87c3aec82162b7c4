"""Replies of language models, line by line, whatever the model: bounded in length, and without the model's thoughts."""

import re
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.llms.llm import LLM

from index.errors import ModelUnavailableError
from rag.answer import Usage
from rag.events import ClaimReady, Event, Stage, Working
from rag.llm.embedded import EmbeddedLLM
from rag.llm.prices import cost_usd
from rag.meter import Meter

_Read = Callable[[str], Iterable[ClaimReady]] | None
_LONGEST = 16_000
"""Code points that are read of one reply: four times as many as the longest that is asked for."""
_LINES = 400
_STEP = 80
"""After so many code points the lines that are complete are read, so that no reply is read over and over."""
_THOUGHTS = re.compile(
    r"[<\[◁]\|?(?:\w{1,20}:)?(?P<end>/)?(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad)\|?[>\]▷]"
    r"|(?P<final><\|channel\|>final<\|message\|>)|<\|channel\|>",
    re.I,
)
_UNSEEN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*)?|[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_RUN = re.compile(r"([^\w\s])\1{3,}")


@dataclass(frozen=True)
class Reply:
    """The lines that the model has written so far; all of them once it is `complete`. `begun` with its first word."""

    text: str = ""
    usage: Usage = field(default_factory=Usage)
    complete: bool = False
    begun: bool = False


def replies(llm: LLM, system: str, message: str, max_tokens: int) -> Generator[Reply, None, None]:
    """Growing replies to a message; the last one is complete, or ModelUnavailableError is raised."""
    reply, text, lines, usage, ends = Reply(), "", "", Usage(), list[bool]()
    read = 0
    roles = ((MessageRole.SYSTEM, system), (MessageRole.USER, message))
    for piece in llm.stream_chat([ChatMessage(role=role, content=said) for role, said in roles], max_tokens=max_tokens):
        raw = _plain(piece.raw)
        usage = _usage(llm, raw) or usage
        ends += [bool(choice.get("finish_reason")) for choice in raw.get("choices") or []]
        text += piece.delta or ""
        if len(text) - read > _STEP and "\n" in text[read:]:
            read = text.rindex("\n") + 1
            lines = plain(text[:read])
        if piece.delta or usage is not reply.usage:
            reply = Reply(lines, usage, begun=bool(text))
        yield reply  # The same again while nothing new is there: whoever reads may want to stop meanwhile.
        if len(text) > _LONGEST:
            text, ends = text[:_LONGEST], [True]
            break
    if not (any(ends) if ends else text):  # Not every model says why it ended; who ever does must have said so.
        raise ModelUnavailableError(
            "The model's reply broke off before its end and was discarded. Try again, or answer without a model: --llm none."
        )
    yield Reply(plain(text), usage, complete=True, begun=True)


def asking(
    llm: LLM, system: str, message: str, most: int, meter: Meter, stage: Stage = "writing", read: _Read = None
) -> Generator[Event, None, Reply]:
    """Ask a model and return its complete reply; at every step, what `read` makes of the lines so far, then `Working`."""
    reply = Reply()
    for reply in replies(llm, system, message, most):
        if reply.begun and stage == "writing":
            meter.writing()
        yield from read(reply.text) if read else ()
        yield Working("reading" if stage == "writing" and not reply.begun else stage)
    meter.add(reply.usage)
    return reply


def plain(reply: str) -> str:
    """The reply without thoughts, terminal escapes and characters that nothing shows, and with its long runs made short."""
    said = _UNSEEN.sub("", reply)
    said = _RUN.sub(r"\1\1\1", re.sub(r"\s{2,}", lambda space: "\n" if "\n" in space[0] else " ", said))
    said = re.sub(r"<\|\w+\|>", "", _without_thoughts(said))
    return "\n".join(said.split("\n", _LINES)[:_LINES])


def _without_thoughts(reply: str) -> str:
    """What stands between the tags of thoughts: after one that is not ended nothing, and before a lone end nothing."""
    said, at, within = list[str](), 0, False
    for tag in _THOUGHTS.finditer(reply):
        if tag["end"] or tag["final"]:
            said, at, within = said if within else [], tag.end(), False
        elif not within:
            said.append(reply[at : tag.start()])
            within = True
    return "".join(said if within else [*said, reply[at:]])


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
    if not isinstance(told, dict):
        return None
    read, written, cost = _count(told.get("prompt_tokens")), _count(told.get("completion_tokens")), told.get("cost")
    if not (isinstance(cost, int | float) and 0 <= cost < 1e6):  # Some servers send it along.
        cost = cost_usd(llm.metadata.model_name, getattr(llm, "api_base", None), read, written)
    return Usage(read, written, cost)


def _count(told: Any) -> int:
    """A number of tokens as a server tells it, which may be anything."""
    return told if isinstance(told, int) and 0 <= told < 10**9 else 0
