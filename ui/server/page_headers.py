"""Security headers of every response, and the cookie that identifies a browser."""

import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # gradio's own start-up scripts and templates need both
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
COOKIE = "onrecord-reader"
_YEAR = 365 * 24 * 3600


class SafeHeaders:
    """ASGI middleware that adds `HEADERS` and leaves streamed bodies alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if scope["path"] == "/" and not known_reader(HTTPConnection(scope).cookies.get(COOKIE)):
                    secure = "; Secure" if scope.get("scheme") == "https" else ""
                    cookie = f"{COOKIE}={secrets.token_urlsafe(24)}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax"
                    headers.append("set-cookie", cookie + secure)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def known_reader(cookie: str | None) -> str:
    """The cookie's value if it has the form of ours, else ""."""
    return cookie if cookie and re.fullmatch(r"[\w-]{32}", cookie) else ""
