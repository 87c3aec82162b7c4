"""Everything under /v1: the OpenAI-compatible endpoint, and checking a text in the same manner. See docs/api.md.

What is streamed as content is the checked answer, never the model's draft: until it is there, comments keep the
connection alive.
"""

import json
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import aclosing

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from index.errors import BusyError, ModelError, OnrecordError, QuestionError
from rag.answer import Answer
from rag.check import Check
from ui.server.openai_form import (
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
from ui.server.pump import pumped
from ui.server.shared import HEARTBEAT_S, SharedAssistant, Waiting
from ui.values import without_folders

log = logging.getLogger("onrecord")

_BUG = "onrecord itself failed here; the terminal that runs it shows where."


def routes(assistant: SharedAssistant) -> Sequence[Mount]:
    """Everything under /v1."""

    async def completions(request: Request) -> Response:
        asked = read_request(await _json(request))
        answers = _answers(assistant.seat(_reader(request)).stream(asked.question, asked.history), request)
        first = await anext(answers)  # Whether it can be asked shows here, while there can still be a status for it.
        if asked.stream:
            return _Events(asked, answers)
        async with aclosing(answers):
            answer = first
            while answer.status == "draft" and not await request.is_disconnected():
                answer = await anext(answers)
        return JSONResponse(completion(answer, asked.model))

    async def check(request: Request) -> Response:
        text = read_text(await _json(request))
        steps = pumped(assistant.checking_for(_reader(request), text))
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

    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    inner = [
        Route("/chat/completions", _told(completions), methods=["POST"]),
        Route("/check", _told(check), methods=["POST"]),
        Route("/models", _told(list_models), methods=["GET"]),
        Route("/models/{name:path}", _told(one_model), methods=["GET"]),
        Route("/{path:path}", _told(unknown), methods=every),
    ]
    return [Mount("/v1", routes=inner)]


async def _events(asked: Asked, answers: AsyncGenerator[Answer, None]) -> AsyncGenerator[str, None]:
    """The stream's lines: an opening, comments while nothing can be said, the answer; or the error that came between."""
    head, first = opening(asked.model)
    yield _event(first)
    spoken = time.monotonic()
    try:
        async for answer in answers:
            if answer.status != "draft":
                for chunk in chunks(answer, asked, head):
                    yield _event(chunk)
                yield "data: [DONE]\n\n"
            elif time.monotonic() - spoken >= HEARTBEAT_S or isinstance(answer, Waiting):
                yield f": {_doing(answer)}\n\n"
                spoken = time.monotonic()
    except Exception as error:
        status, message, code = _failure(error)
        yield _event(error_body(status, message, None, code))


def _doing(draft: Answer) -> str:
    if not isinstance(draft, Waiting):
        return "working"
    return f"waiting, place {draft.place}" + (f", about {draft.wait_s:.0f} seconds" if draft.wait_s is not None else "")


class _Events(StreamingResponse):
    """Server-sent events whose source is closed at once when the client has left, not when memory is tidied up."""

    def __init__(self, asked: Asked, answers: AsyncGenerator[Answer, None]) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(_events(asked, answers), media_type="text/event-stream", headers=headers)
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._answers.aclose()


async def _answers(drafts: Generator[Answer, None, None], request: Request) -> AsyncGenerator[Answer, None]:
    """The drafts; the last one again while there is nothing new. Closing this closes them, as does who leaves before the
    first.
    """
    draft = None
    async with aclosing(pumped(drafts)) as steps:
        async for step in steps:
            draft = step or draft
            if draft is not None:
                yield draft
            elif await request.is_disconnected():
                raise ClientDisconnect


def _told(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
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
