"""Telling a crowd at once that it is too large: before the page's own queue, where the last would wait for the news."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import BusyError
from ui.turns import Turns

_KNOCKS = ("/gradio_api/queue/join", "/gradio_api/call/ask", "/gradio_api/call/v2/ask")


class Knocking:
    """ASGI middleware that answers a question at the page with status 503 where no room is left for it.

    The page's browser side then says that the application is busy.
    """

    def __init__(self, app: ASGIApp, turns: Turns) -> None:
        self.app, self.turns = app, turns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].rstrip("/") in _KNOCKS:
            try:
                self.turns.expect()
            except BusyError as busy:
                refused = JSONResponse({"detail": str(busy)}, 503, {"retry-after": str(busy.retry_s)})
                await refused(scope, receive, send)
                return
        await self.app(scope, receive, send)
