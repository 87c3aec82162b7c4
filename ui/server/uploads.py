"""Uploaded files: quotas by visitor, and ownership.

Each file is in a folder whose name contains an HMAC of its visitor, which proves ownership.
"""

import hmac
import json
import secrets
import shutil
import time
from collections import Counter, deque
from contextlib import suppress
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

EACH = 256_000_000
TOTAL = 1_000_000_000
"""Bytes of one visitor and of all visitors within an hour, as long as an upload that is not added is kept."""
WINDOW_S = 3_600.0
_KEPT_S = 3_600.0
_OURS = "onrecord-"
"""How the folders of our uploads begin: other programs' uploads lie beside them."""


class Quota:
    """Counts bytes by visitor over the last hour."""

    def __init__(self) -> None:
        self._taken: deque[tuple[float, str, int]] = deque()
        self._by_visitor: Counter[str] = Counter()

    def take(self, visitor: str, size: int) -> str:
        """Count these bytes; returns the reason if they are refused, else ""."""
        self._forget(time.monotonic() - WINDOW_S)
        for so_far, most, whose in (
            (self._by_visitor[visitor], EACH, "You have"),
            (self._by_visitor.total(), TOTAL, "All visitors together have"),
        ):
            if so_far + size > most:
                return f"{whose} uploaded {so_far:,} of {most:,} bytes an hour. Upload the rest later."
        self._taken.append((time.monotonic(), visitor, size))
        self._by_visitor[visitor] += size
        return ""

    def _forget(self, before: float) -> None:
        while self._taken and self._taken[0][0] < before:
            _, visitor, size = self._taken.popleft()
            self._by_visitor[visitor] -= size
            self._by_visitor += Counter()  # Drops those at zero.


class Uploads:
    """Passes uploads on to gradio and knows whose they are. `folder` is where gradio keeps them, `kept` its list of them."""

    def __init__(self, folder: Path, kept: set[str]) -> None:
        self._folder, self._kept = folder, kept
        self._quota, self._secret = Quota(), secrets.token_bytes(32)
        self._clear()

    def is_of(self, path: str, visitor: str) -> bool:
        """Whether a path names a file that this visitor uploaded."""
        file = Path(path)
        owned = self._folder_of(visitor, file.parent.name.removeprefix(_OURS)[:32])
        return file.parent == self._folder / owned and ".." not in file.parts

    async def passed(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, visitor: str) -> None:
        """Pass an upload on within the quota. Raises HTTPException where it is refused or broken off."""
        refusal: HTTPException | None = None
        answer: list[Message] = []

        async def counted() -> Message:
            nonlocal refusal
            try:
                message = await receive()
                if why := self._quota.take(visitor, len(message.get("body", b""))):
                    raise HTTPException(429, why)
                if message["type"] == "http.disconnect":
                    raise HTTPException(499, "The upload was broken off.")
            except HTTPException as error:
                refusal = error
                raise MultiPartException(error.detail) from error  # Else gradio leaves what it has of the file.
            return message

        async def collect(message: Message) -> None:
            answer.append(message)

        await app(scope, counted, collect)
        if refusal is not None:
            raise refusal
        body = b"".join(message.get("body", b"") for message in answer)
        status = answer[0]["status"]
        if status == 200:
            body = json.dumps([self._moved(Path(file), visitor) for file in json.loads(body)]).encode()
        await Response(body, status, media_type="application/json" if status == 200 else "text/plain")(
            scope, receive, send
        )

    def _clear(self) -> None:
        """Delete what a page that was killed left; one that runs deletes its own before they are that old."""
        for left in self._folder.glob(f"{_OURS}*"):
            with suppress(FileNotFoundError):  # Another page clears too.
                if time.time() - left.stat().st_mtime > _KEPT_S:
                    shutil.rmtree(left, ignore_errors=True)

    def _moved(self, file: Path, visitor: str) -> str:
        self._clear()
        own = self._folder / self._folder_of(visitor, secrets.token_hex(16))
        own.mkdir()
        self._kept.discard(str(file))
        self._kept.add(str(file.rename(own / file.name)))
        return str(own / file.name)

    def _folder_of(self, visitor: str, nonce: str) -> str:
        return _OURS + nonce + hmac.digest(self._secret, f"{nonce}{visitor}".encode(), "sha256").hex()[:32]
