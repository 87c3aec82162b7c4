"""Fetch pages, guarded against requests to private addresses (SSRF).

ssrfguard connects to the very IP address that it checked, at every redirect, so that DNS cannot change between check and
connection. Time, size before and after decompression, and redirects are limited.
"""

import http.client
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from index.addresses import redacted
from index.errors import SourceError

if TYPE_CHECKING:
    from ssrfguard import BlockedAddressError, BlockedURLError, Policy, Resolver

MAX_BODY = 10_000_000
"""Bytes of an answer, after decompression."""
MAX_REDIRECTS = 5
SECONDS = 15.0
"""For everything from the first connection on, redirects included."""
PAUSE = 1.0
"""Seconds between two requests to one host for the entries of a feed."""
PRIVATE_NETWORKS = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


@dataclass(frozen=True)
class Answer:
    """What a server gave. `address` is where the last redirect led; `content_type` is without parameters."""

    address: str
    data: bytes
    content_type: str
    charset: str | None


class Web:
    """Fetches addresses of the public internet, and of the networks that are allowed besides, from any of their ports.

    `resolver` stands in for socket.getaddrinfo; what it says is checked like any other answer.
    """

    def __init__(self, allowed_networks: Sequence[str] = (), resolver: "Resolver | None" = None) -> None:
        self._allowed = tuple(allowed_networks)
        self._resolver = resolver
        self._robots: dict[str, RobotFileParser] = {}
        self._last: dict[str, float] = {}

    def get(self, address: str) -> Answer:
        """The document at an address; raises SourceError with the reason if it cannot or must not be fetched."""
        address, ends = address.strip(), time.monotonic() + SECONDS
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._hop(address, ends)
            if isinstance(answer, Answer):
                return answer
            address = answer
        raise SourceError(f"it redirects more than {MAX_REDIRECTS} times; give the address that it should lead to")

    def get_politely(self, address: str) -> Answer:
        """As `get`, for pages named by a feed instead of the user: obey robots.txt, and pause between requests."""
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(origin)
        robots = self._robots[origin]
        if not robots.can_fetch("onrecord", address):
            raise SourceError("the site's robots.txt asks programs not to read it; save the page and add the file")
        asked = robots.crawl_delay("onrecord")
        pause = min(10.0, max(PAUSE, float(asked))) if asked else PAUSE
        time.sleep(max(0.0, self._last.get(origin, -pause) + pause - time.monotonic()))
        self._last[origin] = time.monotonic()
        return self.get(address)

    def _read_robots(self, origin: str) -> RobotFileParser:
        robots = RobotFileParser()
        try:
            text = self.get(f"{origin}/robots.txt").data[:500_000].decode("utf-8", "replace")
        except SourceError:  # none, or none to be had: then nothing is asked of us
            text = ""
        robots.parse(text.splitlines())
        return robots

    def _hop(self, address: str, ends: float) -> Answer | str:
        """The answer of one server, or the address that it redirects to; `ends` is when it must have come."""
        raw = self._connect(address, ends)
        timer = threading.Timer(_left(ends), _shut, [raw])
        timer.daemon = True
        timer.start()
        try:
            answer = _exchange(raw, address)
            if time.monotonic() >= ends:  # what was shut at the last moment looks like a short answer
                raise TimeoutError
            return answer
        except (OSError, http.client.HTTPException, zlib.error, ValueError, AttributeError) as error:
            if time.monotonic() >= ends - 0.1 or isinstance(error, TimeoutError):
                raise SourceError(_too_long()) from error
            raise SourceError(f"the server cannot be reached ({_reason(error)}); check the address") from error
        finally:
            timer.cancel()
            raw.close()

    def _connect(self, address: str, ends: float) -> socket.socket:
        from ssrfguard import BlockedAddressError, BlockedURLError, connect, resolve

        policy = _policy(self._allowed)
        try:
            target = policy.check_url(address)
            addresses = resolve(target, policy=policy, resolver=self._resolver)
            attempts = min(len(addresses), policy.max_connection_attempts)
            connected = connect(addresses, policy=policy, timeout=_left(ends) / attempts)
            connected.settimeout(_left(ends))
        except (BlockedAddressError, BlockedURLError) as error:
            blocked = error if isinstance(error, BlockedAddressError) else error.__cause__
            if isinstance(blocked, BlockedAddressError):
                raise SourceError(
                    f"it leads to {blocked.address}, which is not on the public internet; for your own network there is"
                    " --allow-private-addresses"
                ) from error
            raise SourceError(f"the address is refused: {_plain(error)}; give a plain http or https address") from error
        except TimeoutError as error:
            raise SourceError(_too_long()) from error
        except (OSError, UnicodeError) as error:
            raise SourceError(f"the server cannot be reached ({_reason(error)}); check the address") from error
        if target.scheme == "http":
            return connected
        try:
            return _tls().wrap_socket(connected, server_hostname=target.host)
        except (OSError, ValueError) as error:
            connected.close()
            raise SourceError(f"no safe connection can be made ({_reason(error)}); check the address") from error


def _exchange(raw: socket.socket, address: str) -> Answer | str:
    parts = urlsplit(address)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    )
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80)
    connection.sock = raw
    host = parts.netloc.encode("idna").decode("ascii") if not parts.netloc.isascii() else parts.netloc
    connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": host, **_HEADERS}.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    if response.status in (301, 302, 303, 307, 308) and (location := response.headers.get("Location")):
        return urljoin(address, location.strip().replace(" ", "%20"))
    if response.status != 200:
        raise SourceError(_refusal(response.status))
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > MAX_BODY:
        raise SourceError(_TOO_LARGE)
    data = _body(response)
    headers = response.headers
    return Answer(
        address, data, headers.get_content_type() if "Content-Type" in headers else "", headers.get_content_charset()
    )


def _body(response: http.client.HTTPResponse) -> bytes:
    packed = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packed not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise SourceError(
            f"its answer is packed as {packed[:20]!r}, which was not asked for; save the page in a browser"
        )
    parts: list[bytes] = []
    size = 0
    for part in _read(response) if packed in ("", "identity") else _unpacked(_read(response)):
        size += len(part)
        if size > MAX_BODY:
            raise SourceError(_TOO_LARGE)
        parts.append(part)
    return b"".join(parts)


def _read(response: http.client.HTTPResponse) -> Iterator[bytes]:
    while part := response.read1(65_536):
        yield part
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)


def _unpacked(parts: Iterator[bytes]) -> Iterator[bytes]:
    """gzip or deflate, a bounded piece at a time however well it was packed."""
    unpack = zlib.decompressobj(47)
    for part in parts:
        while part:
            yield unpack.decompress(part, 1_000_000)
            part = unpack.unconsumed_tail
    yield unpack.flush()


_TOO_LARGE = f"its answer is larger than {MAX_BODY // 1_000_000} MB; save the article and add the file"


def _too_long() -> str:
    return f"the server took longer than {SECONDS:.0f} seconds; try again later"


def _left(ends: float) -> float:
    """The seconds until then; raises SourceError where there are none."""
    left = ends - time.monotonic()
    if left <= 0:
        raise SourceError(_too_long())
    return left


def _refusal(status: int) -> str:
    if status in (401, 402, 403, 407, 451):
        return f"the server does not let us read it ({status}); open it in a browser, save the page and add the file"
    if status in (404, 410):
        return f"there is no such page ({status}); check the address"
    if status == 429 or status >= 500:
        return f"the server is busy or broken ({status}); try again later"
    return f"the server gave no page ({status}); check the address"


def _policy(allowed: Sequence[str]) -> "Policy":
    from ipaddress import ip_network

    from ssrfguard import Policy

    if not allowed:
        return Policy()
    return Policy(allowed_networks=tuple(map(ip_network, allowed)), allowed_ports=frozenset(range(1, 65_536)))


def _tls() -> ssl.SSLContext:
    import certifi

    context = ssl.create_default_context()  # the machine's own authorities, and those that browsers know
    context.load_verify_locations(certifi.where())
    return context


def _shut(raw: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        raw.shutdown(socket.SHUT_RDWR)


def _reason(error: Any) -> str:
    return _one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def _plain(error: "BlockedURLError | BlockedAddressError") -> str:
    """ssrfguard's reason in words for users."""
    reason = error.reason
    if reason.startswith("scheme"):
        return "it is neither http nor https"
    if "credentials" in reason:
        return "it carries a user or a password"
    if reason.startswith("port") or "allowed_ports" in reason:
        return "its port is neither 80 nor 443 (--allow-private-addresses allows others)"
    return _one_line(reason)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", redacted(text))[:200].rstrip(" .")


def _version() -> str:
    try:
        return version("onrecord")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"


_HEADERS = {
    "User-Agent": f"onrecord/{_version()} (reads articles into a newsroom's archive when asked to)",
    "Accept": "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/pdf, text/*, */*;q=0.1",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "close",
}
