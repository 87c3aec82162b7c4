"""Identify the sender of a request, by the hash of the browser's cookie or else of the address."""

import hashlib

from starlette.requests import HTTPConnection
from starlette.types import Scope

from ui.server.page_headers import COOKIE, known_reader


def browser_of(scope: Scope) -> str:
    """The hash of the browser's cookie; "" without one of ours."""
    cookie = known_reader(HTTPConnection(scope).cookies.get(COOKIE))
    return hashed(cookie) if cookie else ""


def visitor_of(scope: Scope) -> str:
    """An id of the sender that does not reveal the cookie."""
    return browser_of(scope) or hashed(address_of(scope))


def address_of(scope: Scope) -> str:
    return str((scope.get("client") or ["?"])[0])


def hashed(secret: str) -> str:
    """Cookies are random: a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()
