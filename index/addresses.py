"""Addresses of sources and servers: which host they lead to, and how to print them without secrets. Pure functions."""

import ipaddress
import re
from urllib.parse import urlsplit

from index.errors import SettingsError

OPENAI = "api.openai.com"
OPENAI_EMBEDDINGS = "text-embedding-"
"""The prefix of the names of OpenAI's embeddings."""

# An unescaped password may contain / or ?: whatever follows a colon and is not a port counts as a password.
_USER = re.compile(r"(?<=:[/\\][/\\])(?:[^/?#\\]*@|[^/?#\s@:\[]*:(?!\d*(?:[/?#\s]|$))\S*@)")
_SECRET = re.compile(
    r"([?&;#](?:(?:api|access|auth|client|x-amz)[-_]?)?(?:key|token|secret|password|passwd|pwd|auth|sig|signature)=)[^&;#\s]+",
    re.I,
)

_SCHEMES = r"(?:data|javascript|file|blob|about|mailto|view-source|jar|ldap|dict):"


def is_address(source: str) -> bool:
    """Whether a source begins with a scheme, and so is an address instead of a path."""
    return re.match(rf"\s*(?:[A-Za-z][A-Za-z0-9+.-]+:[/\\]{{2}}|{_SCHEMES})", source, re.IGNORECASE) is not None


def destination(address: str | None) -> str | None:
    """The host of a server's address; None for this machine. Without an address it is OpenAI's."""
    if address is None:
        return OPENAI
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname
    except ValueError:  # Not an address: refused where it is used.
        host = None
    if host is None or "%40" in host:
        return redacted_server(address)
    try:
        return None if ipaddress.ip_address(host).is_loopback else host
    except ValueError:
        return None if host == "localhost" else host


def redacted(address: str) -> str:
    """The address without user, password and the values of keys, for messages and logs."""
    return _SECRET.sub(r"\1…", _USER.sub("", address.strip()))


def redacted_text(text: str) -> str:
    """The text with every address in it redacted."""
    return re.sub(r"\w+:[/\\]{2}\S+", lambda address: redacted(address[0]), text)


def redacted_server(address: str) -> str:
    """A server's address for messages, also if it is malformed: its scheme and what follows the last @, without query."""
    plain = re.sub(r"^(\w+:[/\\]{1,2})?.*(?:@|%40)", r"\1", address.strip(), flags=re.I | re.S)
    return re.sub(r"[?#&].*", "", plain, flags=re.S)


def forbid(what: str, host: str | None) -> None:
    """Raise SettingsError if there is a host: with --local, nothing may leave the machine."""
    if host:
        raise SettingsError(
            f"{what} would send texts to {host}, and --local (ONRECORD_LOCAL=1) forbids that. Leave out one of the two."
        )
