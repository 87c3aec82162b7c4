"""Restrict visitors to the paths of gradio that the page needs, and to their own sessions, events and uploads.

A visitor's session names are prefixed with the visitor, so that another visitor's name is a different session.
"""

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import BusyError
from ui.server.turns import Turns
from ui.server.uploads import Uploads
from ui.server.visitor_ids import visitor_of

if TYPE_CHECKING:
    import gradio as gr

QUESTIONS = "questions"
"""The gradio queue of all events that are questions."""
_API = "/gradio_api/"
_READ = re.compile(
    r"/|/config/?|/favicon\.ico|/robots\.txt|/theme\.css|/(?:assets|static)/.*|/gradio_api/"
    r"(?:info/?|theme\.css|startup-events|queue/data|upload_progress|heartbeat/[^/]+|call/[^/]+/[^/]+)"
)
_SENT = re.compile(r"/gradio_api/(?:queue/join|cancel|reset/?|upload|(?:run|api|call)/[^/]+/?)")
_NAMED = re.compile(r"/gradio_api/(?:run|api|call)/([^/]+)/?")
_EVENT = re.compile(r"/gradio_api/call/[^/]+/([^/]+)")


class GradioAccess:
    """ASGI middleware that passes permitted requests on to gradio, and answers others with an error."""

    def __init__(self, app: ASGIApp, page: "gr.Blocks", turns: Turns) -> None:
        self.app, self._page, self._turns = app, page, turns
        self._uploads = Uploads(Path(page.GRADIO_CACHE), page.upload_file_set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        try:
            await self._passed(scope, receive, send)
        except BusyError as busy:
            retry = {"retry-after": str(busy.retry_s)} if busy.retry_s else None
            await JSONResponse({"detail": str(busy)}, 503, retry)(scope, receive, send)
        except HTTPException as error:
            refusal = JSONResponse({"detail": error.detail}, error.status_code, error.headers)
            await refusal(scope, receive, send)

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, who = scope["path"], visitor_of(scope)
        if not (_READ if scope["method"] in ("GET", "HEAD") else _SENT).fullmatch(path):
            raise HTTPException(404, "There is nothing here.")
        scope = _in_own_sessions(scope, who)
        if event := _EVENT.fullmatch(path):
            self._check_event(event[1], who)
        if scope["method"] != "POST":
            await self.app(scope, receive, send)
        elif path == f"{_API}upload":
            await self._uploads.passed(self.app, scope, receive, send, who)
        elif (body := await _body(receive)) is not None:
            sent = self._checked(path, body, who)
            with self._slot(sent, path):
                scope, receive = _with_body(scope, json.dumps(sent).encode(), receive)
                await self.app(scope, receive, send)

    def _checked(self, path: str, body: bytes, who: str) -> dict[str, Any]:
        """What was sent, in the visitor's own session. Raises HTTPException where it is malformed or another's."""
        try:
            sent = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, "The body is not JSON.") from error
        if not isinstance(sent, dict):
            raise HTTPException(400, "The body is no JSON object.")
        session = sent.get("session_hash")
        if session is not None or path.startswith(f"{_API}call/"):
            sent["session_hash"] = _own(str(session or secrets.token_hex(8)), who)
        if path == f"{_API}cancel":
            self._check_event(str(sent.get("event_id")), who)
        elif "reset" not in path:
            self._function(path, sent)
        if not all(self._uploads.is_of(file, who) for file in _paths(sent)):
            raise HTTPException(403, "A file that is named here is no upload of yours. Upload it again.")
        return sent

    def _function(self, path: str, sent: dict[str, Any]) -> Any:
        """The function that a request calls: one of the public ones by name, any by number."""
        named, fns = _NAMED.fullmatch(path), self._page.fns
        number = sent.get("fn_index") if named is None or named[1] == "predict" else None
        public = {fn.api_name: fn for fn in fns.values() if fn.api_visibility == "public"}
        fn = fns.get(number) if type(number) is int else public.get(named[1] if named else None)
        if fn is None:
            raise HTTPException(404, "There is no such function here.")
        sent["fn_index"] = fn._id
        return fn

    def _slot(self, sent: dict[str, Any], path: str) -> AbstractContextManager[None]:
        """Room for a question until gradio's queue has it; nothing for any other request."""
        queued = "join" in path or path.startswith(f"{_API}call/")
        if not queued or self._function(path, sent).concurrency_id != QUESTIONS:
            return nullcontext()
        line = self._page._queue.event_queue_per_concurrency_id.get(QUESTIONS)
        return self._turns.expecting(len(line.queue) if line else 0)

    def _check_event(self, event: str, who: str) -> None:
        queue = self._page._queue
        held = queue.event_ids_to_events.get(event)
        sessions = [name for name, events in queue.pending_event_ids_session.items() if event in events]
        if not any(name.startswith(who) for name in ([held.session_hash] if held else sessions)):
            raise HTTPException(404, "You have no such event.")


def _own(name: str, who: str) -> str:
    return f"{who}-{name[:100]}"


def _in_own_sessions(scope: Scope, who: str) -> Scope:
    """The request with the names of sessions and uploads in its address made the visitor's own."""
    path, query = scope["path"], parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if not path.startswith(_API):
        return scope
    named = [(key, _own(value, who) if key in ("session_hash", "upload_id") else value) for key, value in query]
    if path.startswith(f"{_API}heartbeat/"):
        path = f"{_API}heartbeat/{_own(path.rsplit('/', 1)[1], who)}"
    return {**scope, "path": path, "raw_path": path.encode(), "query_string": urlencode(named).encode()}


async def _body(receive: Receive) -> bytes | None:
    """The whole body, None where the sender leaves before its end. The guard bounds it."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _with_body(scope: Scope, body: bytes, later: Receive) -> tuple[Scope, Receive]:
    headers = MutableHeaders(raw=list(scope["headers"]))
    headers["content-length"] = str(len(body))
    del headers["transfer-encoding"]
    given: Iterator[Message] = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        return next(given, None) or await later()

    return {**scope, "headers": headers.raw}, receive


def _paths(sent: object) -> Iterator[str]:
    """Every file that is named in what was sent, as gradio finds them."""
    left = [sent]
    while left:
        match left.pop():
            case dict() as named:
                left += named.values()
                if isinstance(path := named.get("path"), str):
                    yield path
            case list() as listed:
                left += listed
