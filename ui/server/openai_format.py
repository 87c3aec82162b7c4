"""OpenAI's chat completions as values: what is asked, and an Answer in that form. Pure functions. See docs/api.md."""

import re
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.answer import Answer, Citation
from ui.layout import shown_text
from ui.markup import web_address

PLAIN, WITH_SOURCES = "onrecord", "onrecord-sources"
MODELS = {
    PLAIN: "The answer with its markers; citations are in the annotations.",
    WITH_SOURCES: "The same with the quoted sentences below the text, for programs that show nothing but text.",
}
MAX_HISTORY = 20
_MAX_EARLIER = 2_000
# What clients make links of: addresses with a scheme or without, and those of mail.
_ADDRESS = re.compile(
    r"(?i:[a-z][a-z0-9+.-]*://|www\.|mailto:|//)[^\s\[\]]+|[\w.+-]+@[\w-]+\.[^\s\[\]]+"
    # Capitals only where some client takes them for a name: "ended.The" is no address.
    r"|\b(?:[\w-]+\.)+(?:[a-z]{2,24}|(?i:[^\W\d_]{2}|com|net|org|edu|gov|info|biz|pro|web|xxx|aero|asia|coop|museum"
    r"|name|shop|xn--[\w-]+))\b(?:[/:?#][^\s\[\]]+)?"
)
_ONLY = {"n": 1, "logprobs": False, "audio": None, "functions": None, "function_call": None, "prediction": None}
"""What cannot be done, with the value by which it is not asked for."""


class RequestError(Exception):
    """A request that cannot be answered, with the status and the names that OpenAI's errors carry."""

    def __init__(self, message: str, param: str | None = None, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.param, self.status, self.code = param, status, code


@dataclass(frozen=True)
class Asked:
    """What a request asks for. `question` is the last message, `history` the user's messages before it."""

    question: str
    history: tuple[str, ...]
    model: str = PLAIN
    stream: bool = False
    usage: bool = False


def read_request(body: object) -> Asked:
    """Raises RequestError, naming the field, where something is asked that cannot be given."""
    if not isinstance(body, Mapping):
        raise RequestError('The body is no object: send {"model": "onrecord", "messages": […]}.')
    model = body.get("model")
    if not isinstance(model, str):
        raise RequestError(f"A model is needed: {PLAIN!r}.", "model")
    check_model(model)
    for name, only in _ONLY.items():
        if body.get(name) not in (only, None, []):
            raise RequestError(f"{name!r} cannot be {body[name]!r} here.", name, code="unsupported_value")
    if _type_of(body.get("response_format")) not in (None, "text"):
        raise RequestError(
            "Answers are text; their parts stand in the field 'onrecord'.", "response_format", code="unsupported_value"
        )
    if body.get("tool_choice") not in (None, "none", "auto"):
        raise RequestError("No tool can be called from here.", "tool_choice", code="unsupported_value")
    said = _user_messages(body.get("messages"))
    options = body.get("stream_options")
    usage = isinstance(options, Mapping) and bool(options.get("include_usage"))
    return Asked(said[-1], tuple(said[:-1][-MAX_HISTORY:]), model, bool(body.get("stream")), usage)


def read_text(body: object) -> str:
    """The text that a request to /v1/check asks about; raises RequestError where there is none."""
    if not isinstance(body, Mapping):
        raise RequestError('The body is no object: send {"text": "…"}.')
    text = body.get("text")
    if not isinstance(text, str):
        raise RequestError('A text is needed: send {"text": "…"}.', "text")
    return text.encode("utf-8", "replace").decode("utf-8")  # Half a surrogate pair is a question mark.


def check_model(name: str) -> None:
    if name not in MODELS:
        names = " or ".join(map(repr, MODELS))
        raise RequestError(f"There is no model {name!r} here: {names}.", "model", 404, "model_not_found")


def models() -> list[dict[str, object]]:
    return [{"id": name, "object": "model", "created": 0, "owned_by": "onrecord"} for name in MODELS]


def completion(answer: Answer, model: str) -> dict[str, object]:
    """A whole chat completion."""
    message = {"role": "assistant", "content": content(answer, model), "refusal": None}
    choice = {"index": 0, "message": message | {"annotations": annotations(answer)}, "finish_reason": "stop"}
    whole = _head("chat.completion", model) | {"choices": [choice | {"logprobs": None}]}
    return whole | {"usage": _usage(answer), "onrecord": answer.to_dict()}


def chunks(answer: Answer, asked: Asked, head: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """The finished answer as the chunks of a stream, after the one of `opening`."""
    yield {**head, "choices": [_delta({"content": content(answer, asked.model)})]}
    last = _delta({"annotations": annotations(answer)}, "stop")
    yield {**head, "choices": [last], "onrecord": answer.to_dict()}
    if asked.usage:
        yield {**head, "choices": [], "usage": _usage(answer)}


def opening(model: str) -> tuple[dict[str, object], dict[str, object]]:
    """What all chunks of one stream share, and its first chunk."""
    head = _head("chat.completion.chunk", model)
    return head, {**head, "choices": [_delta({"role": "assistant", "content": ""})]}


def content(answer: Answer, model: str) -> str:
    text = inert(shown_text(answer))
    if model != WITH_SOURCES or not (answer.citations or answer.closest):
        return text
    return "\n\n".join([text, *map(_source, answer.citations or answer.closest)])


def inert(text: str) -> str:
    """The text, of which no Markdown client makes an image, a link or HTML: addresses become code, and are shown as such."""
    plain = re.sub(r"\](?=[(:])", r"]\\", text.replace("`", "'").replace("<", "&lt;"))
    return _ADDRESS.sub(r"`\g<0>`", plain)


def annotations(answer: Answer) -> list[dict[str, object]]:
    """One annotation for every marker in the content: OpenAI's `url_citation` where the article has an address.

    Elsewhere our `article_citation`, the same without `url`. Offsets count code points and are half-open.
    """
    cited = {citation.marker: citation for citation in answer.citations}
    markers = re.finditer(r"\[(\d+)\]", inert(shown_text(answer)))
    return [_annotation(cited[int(m[1])], m.start(), m.end()) for m in markers if int(m[1]) in cited]


def error_body(status: int, message: str, param: str | None = None, code: str | None = None) -> dict[str, object]:
    """An error as OpenAI's API sends it."""
    kinds = {401: "authentication_error", 403: "permission_error", 503: "overloaded_error"}
    kind = kinds.get(status, "invalid_request_error" if status < 500 else "server_error")
    code = code or {401: "invalid_api_key", 503: "busy"}.get(status)
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _user_messages(messages: object) -> list[str]:
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        raise RequestError("Messages are needed, the last of them the question.", "messages")
    if not all(isinstance(message, Mapping) for message in messages):
        raise RequestError('A message is an object: {"role": "user", "content": "…"}.', "messages")
    if messages[-1].get("role") != "user":
        raise RequestError("The last message must be the user's: it is the question.", "messages")
    said = [_text(message.get("content")) for message in messages if message.get("role") == "user"]
    return [*(text[:_MAX_EARLIER] for text in said[:-1]), said[-1]]


def _text(content: object) -> str:
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    if not isinstance(parts, Sequence) or not all(_type_of(part) == "text" for part in parts):
        raise RequestError("Only text can be asked: no images, no sound, no files.", "messages")
    if not all(isinstance(part.get("text"), str) for part in parts):
        raise RequestError("The text of a message must be a string.", "messages")
    text = " ".join(part["text"] for part in parts)
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def _type_of(value: object) -> Any:
    return value.get("type") if isinstance(value, Mapping) else value


def _head(kind: str, model: str) -> dict[str, object]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": model}


def _delta(delta: Mapping[str, object], finish_reason: str | None = None) -> dict[str, object]:
    return {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}


def _usage(answer: Answer) -> dict[str, int]:
    read, written = answer.usage.prompt_tokens, answer.usage.completion_tokens
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _annotation(citation: Citation, start: int, end: int) -> dict[str, object]:
    own = web_address(citation.url)
    kind = "url_citation" if own else "article_citation"
    about: dict[str, object] = {"start_index": start, "end_index": end, "title": citation.title}
    if own:
        about["url"] = own
    about |= {
        "article_id": citation.article_id,
        "quote": citation.quote,
        "quote_start": citation.start,
        "quote_end": citation.end,
    }
    return {"type": kind, kind: about}


def _source(citation: Citation) -> str:
    about = ", ".join(filter(None, (citation.title, citation.publisher, citation.published)))
    marker = f"[{citation.marker}]" if citation.marker else "–"
    own = web_address(citation.url)
    return inert(f"{marker} {about}") + (f", <{own}>" if own else "") + inert(f": “{' '.join(citation.quote.split())}”")
