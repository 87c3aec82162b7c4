"""Language models behind OpenAI's API or a compatible server (the openai package's one home file)."""

import asyncio
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ChatResponseGen, MessageRole
from llama_index.core.llms.callbacks import llm_chat_callback
from llama_index.llms.openai.utils import DEFAULT_OPENAI_API_BASE, O1_MODELS, to_openai_message_dicts
from llama_index.llms.openai_like import OpenAILike

from index.addresses import redacted_server
from index.errors import ModelContextError, ModelKeyError, ModelUnavailableError, SettingsError
from rag.llm.pieces import Pieces

DEFAULT_OPENAI_MODEL = "gpt-5.4-mini"
TIMEOUT_S = 30.0
"""A server that sends nothing for so long is left, and one whose reply is not done in twice that time."""

_WINDOW = 32_768
"""Tokens that a model is taken to read where nobody says; one that reads less refuses, and is sent less."""
_THINKING = 4_000
"""Tokens beyond the reply in which a reasoning model may think."""
_AHEAD = 64
"""So many pieces are taken from a server before they are read; an endless reply must not fill the memory."""


def open_remote(model: str | None, key: str | None, base_url: str | None, timeout_s: float | None = None) -> OpenAILike:
    """A model of OpenAI's, or of the compatible server at `base_url`, whose first model is taken if none is named."""
    if not key and not base_url:
        raise SettingsError(
            f"The model {model!r} needs a key or a server: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of yours."
        )
    if base_url:
        _check_address(base_url)
    return RemoteLLM(  # type: ignore[call-arg]  # LlamaIndex takes clients that are no fields.
        model=model or (_first_model(key, base_url) if base_url else DEFAULT_OPENAI_MODEL),
        api_key=key or "none",
        api_base=base_url,
        is_chat_model=True,
        context_window=O1_MODELS.get(model or DEFAULT_OPENAI_MODEL, _WINDOW) if not base_url else _WINDOW,
        max_tokens=512,
        temperature=0.0,
        timeout=timeout_s or TIMEOUT_S,
        max_retries=2,
        async_http_client=openai.DefaultAsyncHttpxClient(
            follow_redirects=False
        ),  # What is sent is sent to nobody else.
    )


class RemoteLLM(OpenAILike):
    """A model behind a server. Its stream raises our errors only, ends in time, and hangs up when it is closed.

    Requests run on an event loop of their own, where they can be cut at any moment: a thread that reads from a socket
    cannot. While the server is silent, the stream gives empty pieces.
    """

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        told = to_openai_message_dicts(messages, model=self.model)
        options = parameters(self.model, self.api_base, kwargs.get("max_tokens") or self.max_tokens or 512)

        async def read(pieces: Pieces) -> None:
            try:
                # Also a server that only keeps the line open, or hangs before its headers, ends in time.
                async with asyncio.timeout(2 * self.timeout), await self._begun(told, options) as stream:
                    async for chunk in stream:
                        pieces.put(chunk)
                        while pieces.unread > _AHEAD:
                            await asyncio.sleep(0.01)
                pieces.end()
            except BaseException as error:
                pieces.end(error)
                raise

        def responses() -> ChatResponseGen:
            text, pieces = "", Pieces()
            reading = asyncio.run_coroutine_threadsafe(read(pieces), _loop())
            try:
                with translated_errors():
                    for chunk in pieces:
                        delta = "".join(choice.delta.content or "" for choice in chunk.choices) if chunk else ""
                        text += delta
                        said = ChatMessage(role=MessageRole.ASSISTANT, content=text)
                        raw = chunk.model_dump(warnings=False) if chunk else None
                        yield ChatResponse(message=said, delta=delta, raw=raw)
            finally:
                reading.cancel()

        return responses()

    async def _begun(self, messages: Any, options: dict[str, Any]) -> Any:
        """The stream of a reply; a parameter that the server says it does not take is left out, or named as it is now."""
        create: Any = self._get_aclient().chat.completions.create
        while True:
            try:
                return await create(messages=messages, **options)
            except openai.BadRequestError as error:
                taken = accepted(options, error)
                if taken is None:
                    raise
                options = taken


def parameters(model: str, address: str | None, limit: int) -> dict[str, Any]:
    """What a request for a streamed reply of at most `limit` tokens is sent with.

    OpenAI's own API takes `max_completion_tokens` of every model; its reasoning models, which spend it on thinking too, take
    no temperature. Compatible servers know `max_tokens`. See the API reference of chat completions.
    """
    options: dict[str, Any] = {"model": model, "stream": True, "stream_options": {"include_usage": True}}
    if urlsplit(address or DEFAULT_OPENAI_API_BASE).hostname != "api.openai.com":
        return options | {"max_tokens": limit, "temperature": 0.0}
    if model in O1_MODELS and "chat" not in model:
        return options | {"max_completion_tokens": limit + _THINKING, "reasoning_effort": "low"}
    return options | {"max_completion_tokens": limit, "temperature": 0.0}


def accepted(options: dict[str, Any], refusal: openai.BadRequestError) -> dict[str, Any] | None:
    """The parameters without the one that a server refuses; None where the refusal is about something else."""
    name = refusal.param or next((n for n in _OPTIONAL if re.search(rf"['\"`]{n}['\"`]", str(refusal))), None)
    if name not in options or name not in _OPTIONAL:
        return None
    left = {key: value for key, value in options.items() if key != name}
    other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}.get(name)
    return left | {other: options[name]} if other else left


_OPTIONAL = ("temperature", "reasoning_effort", "stream_options", "max_completion_tokens", "max_tokens")


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The event loop that talks to model servers, in a thread of its own for as long as the process lives."""
    loop = _new_loop()
    threading.Thread(target=loop.run_forever, name="model server", daemon=True).start()
    return loop


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop  # As the server's own loop: with many readers it has the time of theirs.

    return uvloop.new_event_loop()


@contextmanager
def translated_errors() -> Iterator[None]:
    """The openai package's errors as ours, without the server's text: it may repeat the key."""
    try:
        yield
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise ModelKeyError(
            f"The model server refused the key (status {error.status_code}). Set OPENAI_API_KEY to a valid key."
        ) from None
    except openai.APIStatusError as error:
        too_long = error.code == "context_length_exceeded" or re.search(
            r"context (?:length|size|window)", str(error), re.I
        )
        if isinstance(error, openai.BadRequestError) and too_long:
            raise ModelContextError(
                "The model server says that the prompt is longer than its context. Ask less at once, start the server with a "
                "larger context, or answer without a model: --llm none."
            ) from None
        raise ModelUnavailableError(
            f"The model server answered with status {error.status_code}. {_advice(error.status_code)}"
        ) from None
    except (openai.APITimeoutError, httpx.TimeoutException, TimeoutError):
        raise ModelUnavailableError(
            f"The model server gave no reply within {TIMEOUT_S:.0f} seconds. Try again, or answer without a model: --llm none."
        ) from None
    except (openai.APIError, httpx.HTTPError) as error:  # While a stream is read, httpx's own come through.
        raise ModelUnavailableError(
            f"The model server cannot be reached or broke off ({type(error).__name__}). Check OPENAI_BASE_URL and the network, "
            "or answer without a model: --llm none."
        ) from None
    except (ValueError, AttributeError, TypeError, KeyError) as error:  # The package builds its values unchecked.
        raise ModelUnavailableError(
            f"The model server's reply is not what OpenAI's API gives ({type(error).__name__}). Check OPENAI_BASE_URL: it "
            "usually ends in /v1."
        ) from None


def _check_address(base_url: str) -> None:
    try:
        address = httpx.URL(base_url)
        urlsplit(base_url).port  # noqa: B018  It raises above 65,535; a socket would take such a port modulo 65,536.
    except (httpx.InvalidURL, ValueError) as error:
        raise _no_address(base_url) from error
    if address.scheme not in ("http", "https") or not address.host:
        raise _no_address(base_url)


def _no_address(base_url: str) -> SettingsError:
    return SettingsError(
        f"OPENAI_BASE_URL is {redacted_server(base_url)!r}, which is no web address; it looks like http://127.0.0.1:8080/v1."
    )


def _first_model(key: str | None, base_url: str) -> str:
    async def listed() -> list[Any]:
        http = openai.DefaultAsyncHttpxClient(follow_redirects=False)
        client = openai.AsyncOpenAI(
            api_key=key or "none", base_url=base_url, timeout=TIMEOUT_S, max_retries=0, http_client=http
        )
        async with asyncio.timeout(TIMEOUT_S), client:  # Also for a server that sends a little now and then.
            return (await client.models.list()).data

    with translated_errors():
        names = [model.id for model in asyncio.run_coroutine_threadsafe(listed(), _loop()).result()]
        if not all(isinstance(name, str) for name in names[:1]):
            raise TypeError("a model's id is text")
    if not names:
        raise SettingsError(f"The server at {redacted_server(base_url)!r} offers no model. Name one: --llm NAME.")
    return str(names[0])


def _advice(status: int) -> str:
    if status == 404:
        return "Check the model's name (--llm NAME) and OPENAI_BASE_URL."
    if status == 429:
        return "Too many requests, or the account's quota is used up. Wait, or answer without a model: --llm none."
    return "Try again, or answer without a model: --llm none."
