"""Everything under /v1: the OpenAI-compatible endpoint, and checking a text in the same manner. See docs/api.md.

What is streamed as content is the finished answer: until it is there, comments keep the connection alive.
"""

import json
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from index.errors import BusyError, ModelError, OnrecordError, QuestionError
from rag.check import Check
from rag.events import Event, Finished, Waiting
from ui.json_values import without_folders
from ui.server.background_stream import read_in_thread
from ui.server.openai_format import (
    Asked,
    RequestError,
    check_model,
    chunks,
    completion,
    error_body,
    models,
    opening,
    read_request,
    read_text,
)
from ui.server.shared_assistant import HEARTBEAT_S, SharedAssistant

log = logging.getLogger("onrecord")

_Stream = AsyncGenerator[Event | None, None]

_BUG = "onrecord itself failed here; the terminal that runs it shows where."


_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def routes(assistant: SharedAssistant) -> Sequence[Mount]:
    """Everything under /v1."""

    async def completions(request: Request) -> Response:
        asked = read_request(await _json(request))
        events = read_in_thread(assistant.seat(_reader(request)).stream(asked.question, asked.history))
        # Whether it can be asked shows with the first event, while there can still be a status for it.
        while await anext(events) is None:
            if await request.is_disconnected():
                await events.aclose()
                raise ClientDisconnect
        if asked.stream:
            return _Events(asked, events)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Finished):
                    return JSONResponse(completion(event.answer, asked.model))
                if await request.is_disconnected():
                    break
        return Response(status_code=499)

    async def check(request: Request) -> Response:
        text = read_text(await _json(request))
        steps = read_in_thread(assistant.checking_for(_reader(request), text))
        async with aclosing(steps):
            async for step in steps:
                if isinstance(step, Check):
                    return JSONResponse(step.to_dict())
                if await request.is_disconnected():
                    break
        return Response(status_code=499)

    async def list_models(request: Request) -> Response:
        return JSONResponse({"object": "list", "data": models()})

    async def one_model(request: Request) -> Response:
        check_model(request.path_params["name"])
        return JSONResponse(next(model for model in models() if model["id"] == request.path_params["name"]))

    async def unknown(request: Request) -> Response:
        raise RequestError(f"There is no {request.method} {request.url.path} here.", None, 404, "unknown_url")

    inner = [
        Route("/chat/completions", _with_openai_errors(completions), methods=["POST"]),
        Route("/check", _with_openai_errors(check), methods=["POST"]),
        Route("/models", _with_openai_errors(list_models), methods=["GET"]),
        Route("/models/{name:path}", _with_openai_errors(one_model), methods=["GET"]),
        Route("/{path:path}", _with_openai_errors(unknown), methods=_METHODS),
    ]
    return [Mount("/v1", routes=inner)]


async def _events(asked: Asked, events: _Stream) -> AsyncGenerator[str, None]:
    """The stream's lines: an opening, comments while nothing can be said, the answer; or the error that came between."""
    head, first = opening(asked.model)
    yield _event(first)
    spoken, doing = time.monotonic(), None
    try:
        async for event in events:
            doing = event or doing
            if isinstance(event, Finished):
                for chunk in chunks(event.answer, asked, head):
                    yield _event(chunk)
                yield "data: [DONE]\n\n"
            elif time.monotonic() - spoken >= HEARTBEAT_S or isinstance(event, Waiting):
                yield f": {_doing(doing)}\n\n"
                spoken = time.monotonic()
    except Exception as error:
        status, message, code = _failure(error)
        yield _event(error_body(status, message, None, code))


def _doing(event: Event | None) -> str:
    if not isinstance(event, Waiting):
        return "working"
    return f"waiting, place {event.place}" + (f", about {event.wait_s:.0f} seconds" if event.wait_s is not None else "")


class _Events(StreamingResponse):
    """Server-sent events whose source is closed at once when the client has left, not when memory is tidied up."""

    def __init__(self, asked: Asked, events: _Stream) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(_events(asked, events), media_type="text/event-stream", headers=headers)
        self._source = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._source.aclose()


def _with_openai_errors(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint with its errors in OpenAI's form."""

    async def answering(request: Request) -> Response:
        try:
            return await endpoint(request)
        except RequestError as error:
            return JSONResponse(error_body(error.status, str(error), error.param, error.code), error.status)
        except HTTPException as error:  # The guard's, about the size of the body.
            return JSONResponse(error_body(error.status_code, error.detail), error.status_code)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:
            status, message, code = _failure(error)
            headers = {"retry-after": str(error.retry_s)} if isinstance(error, BusyError) and error.retry_s else {}
            return JSONResponse(error_body(status, message, None, code), status, headers)

    return answering


def _failure(error: Exception) -> tuple[int, str, str | None]:
    """The status, the words and the code for an error; one that nobody foresaw is logged and not shown."""
    match error:
        case QuestionError():
            return 400, str(error), "question"
        case BusyError():
            return 503, str(error), "busy"
        case ModelError():
            return 502, without_folders(str(error)), "model"
        case OnrecordError():
            return 500, without_folders(str(error)), None
    log.error("A request to /v1 failed.", exc_info=error)
    return 500, _BUG, None


def _reader(request: Request) -> str:
    """Whose turn a request takes."""
    return f"api {request.client.host if request.client else ''}"


async def _json(request: Request) -> object:
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise RequestError("The body is not JSON.", code="invalid_json") from error


def _event(value: object) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
