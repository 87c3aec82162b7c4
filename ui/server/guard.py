"""The first check of every request.

Refuses other host names (DNS rebinding), requests from other web pages (CSRF), wrong passwords, and bodies that are too large
or too slow.
"""

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import SettingsError
from ui.server.auth import HOW, Auth
from ui.server.throttle import AT_ONCE, Throttle
from ui.server.visitor_ids import address_of, browser_of

log = logging.getLogger("onrecord")

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_BODY = 2_000_000
MAX_UPLOAD = 64_000_000
"""Bytes of one request: of a question, and of an upload."""
BODY_S, UPLOAD_S = 60.0, 600.0
"""How long their bodies may take to arrive."""
_MOST_ADMITTED = 10_000
_UPLOADS = ("/gradio_api/upload",)
_STARTING = "/gradio_api/startup-events"
"""gradio requests this of itself without a password. It returns nothing and may be repeated."""


@dataclass(frozen=True)
class Rules:
    """Which requests are accepted. Raises SettingsError if `host` is public without `auth` or `no_auth`."""

    host: str = "127.0.0.1"
    auth: Auth | None = None
    no_auth: bool = False
    names: Sequence[str] = ()
    """Other names that this server goes by, for example behind a proxy."""

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK and self.auth is None and not self.no_auth:
            raise SettingsError(
                f"The host {self.host!r} can be reached by others. Give a user and a password (USER:PASSWORD) with {HOW}; "
                "or say that anybody may ask: --no-auth."
            )

    def knows(self, host: str) -> bool:
        """Whether a Host header names this server. With a password any name is accepted: other pages cannot send it."""
        name = _hostname(f"//{host}")
        if self.auth or name in LOOPBACK or self._is_own(name):
            return True
        own = socket.gethostname().lower()
        return self.host not in LOOPBACK and (_is_address(name) or name in (own, f"{own}.local"))

    def _is_own(self, name: str) -> bool:
        return name in {own.lower() for own in self.names}

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        """The status and the reason for refusing a request by its headers, or None."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self.knows(host):
            return (
                403,
                f"This server is not called {host!r}. To let it be: --allow-host {_hostname(f'//{host}') or 'NAME'}.",
            )
        if (
            origin is not None
            and urlsplit(origin).netloc.lower() != host.lower()
            and not self._is_own(_hostname(origin))
        ):
            return 403, f"A page from {origin!r} may not ask this server."
        site, mode = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-mode")
        if site not in ("none", "same-origin") and not (mode == "navigate" and scope["method"] in ("GET", "HEAD")):
            return 403, "Another site may not ask this server."
        if self.auth and scope["path"] != _STARTING and not self.auth.admits(headers.get("authorization", "")):
            return 401, "A user and a password are needed."
        if int(headers.get("content-length") or 0) > _limit(scope):
            return 413, _too_large(scope)
        return None


class Guard:
    """ASGI middleware that applies the rules."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self.app, self.rules = app, rules
        self._throttle = Throttle()
        self._admitted: dict[str, None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # We have no websockets.
            await send({"type": "websocket.close"})
            return
        guess = bool(self.rules.auth and Headers(scope=scope).get("authorization"))
        if (
            guess and browser_of(scope) not in self._admitted
        ):  # Do not delay visitors who gave the right password before.
            wait_s = self._throttle.wait_s(address_of(scope))
            if wait_s is None:
                retry = {"retry-after": str(AT_ONCE)}
                await _response(scope["path"], 429, "Too many wrong passwords. Wait, then try again.", retry)(
                    scope, receive, send
                )
                return
            await asyncio.sleep(wait_s)
        try:
            refusal = self.rules.refusal(scope)
        except ValueError:
            refusal = 400, "The request's headers cannot be read."
        if guess:
            self._judge(scope, refusal)
        if refusal is None:
            await self._measured(scope, receive, send)
        else:
            await _response(scope["path"], *refusal)(scope, receive, send)

    def _judge(self, scope: Scope, refusal: tuple[int, str] | None) -> None:
        """Record a wrong password, or the browser that sent the right one."""
        if refusal is not None and refusal[0] == 401:
            log.warning("Wrong user or password from %s", address_of(scope))
            self._throttle.was_wrong(address_of(scope))
        elif refusal is None and (browser := browser_of(scope)):
            self._admitted[browser] = self._admitted.pop(browser, None)
            if len(self._admitted) > _MOST_ADMITTED:
                del self._admitted[next(iter(self._admitted))]

    async def _measured(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; abort if its body exceeds the limits of size or time."""
        read, whole = 0, False
        allowed_s = UPLOAD_S if _is_upload(scope) else BODY_S
        latest = asyncio.get_running_loop().time() + allowed_s

        async def measured() -> Message:
            nonlocal read, whole
            try:
                async with asyncio.timeout_at(None if whole else latest):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, f"The request did not arrive within {allowed_s:.0f} seconds.") from None
            whole = not message.get("more_body")
            read += len(message.get("body", b""))
            if read > _limit(scope):
                raise HTTPException(413, _too_large(scope))
            return message

        await self.app(scope, measured, send)


def _response(path: str, status: int, reason: str, more: Mapping[str, str] | None = None) -> Response:
    headers = {"www-authenticate": 'Basic realm="onrecord", charset="UTF-8"'} if status == 401 else dict(more or {})
    if path.startswith("/v1/"):
        from ui.server.openai_format import error_body

        return JSONResponse(error_body(status, reason), status, headers)
    return PlainTextResponse(reason, status, headers)


def _limit(scope: Scope) -> int:
    return MAX_UPLOAD if _is_upload(scope) else MAX_BODY


def _is_upload(scope: Scope) -> bool:
    return str(scope["path"]).startswith(_UPLOADS)


def _too_large(scope: Scope) -> str:
    return f"The request is larger than {_limit(scope):,} bytes."


def _hostname(address: str) -> str:
    return (urlsplit(address).hostname or "").lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
