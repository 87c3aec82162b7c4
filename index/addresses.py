"""Where questions and passages go: the hosts that a model, an embedding or a vector server sends them to. Pure functions.

Also how an address may be shown.
"""

import ipaddress
import re
from urllib.parse import urlsplit

from index.errors import SettingsError

OPENAI = "api.openai.com"
OPENAI_EMBEDDINGS = "text-embedding-"
"""How the names of OpenAI's embeddings begin."""

# A password may hold signs that end the host's part of an address: what follows a colon there and is no port is one.
_USER = re.compile(r"(?<=:[/\\][/\\])(?:[^/?#\\]*@|[^/?#\s@:\[]*:(?!\d*(?:[/?#\s]|$))\S*@)")
_SECRET = re.compile(
    r"([?&;#](?:(?:api|access|auth|client|x-amz)[-_]?)?(?:key|token|secret|password|passwd|pwd|auth|sig|signature)=)[^&;#\s]+",
    re.I,
)

_SCHEMES = r"(?:data|javascript|file|blob|about|mailto|view-source|jar|ldap|dict):"


def is_address(source: str) -> bool:
    """Whether a source is meant as an address and not as a file: it begins with a scheme."""
    return re.match(rf"\s*(?:[A-Za-z][A-Za-z0-9+.-]+:[/\\]{{2}}|{_SCHEMES})", source, re.IGNORECASE) is not None


def destination(address: str | None) -> str | None:
    """The host behind a server's address; None if that is this machine. No address is OpenAI's own."""
    if address is None:
        return OPENAI
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname
    except ValueError:  # No address at all: it is refused where it is used.
        host = None
    if host is None or "%40" in host:
        return redacted_server(address)
    try:
        return None if ipaddress.ip_address(host).is_loopback else host
    except ValueError:
        return None if host == "localhost" else host


def redacted(address: str) -> str:
    """The address as it may be shown and logged: without a user and a password, and without the values of keys."""
    return _SECRET.sub(r"\1…", _USER.sub("", address.strip()))


def redacted_text(text: str) -> str:
    """A text with its addresses as they may be shown."""
    return re.sub(r"\w+:[/\\]{2}\S+", lambda address: redacted(address[0]), text)


def redacted_server(address: str) -> str:
    """A server's address as it may be shown, however it is misspelt: its scheme and what follows the last @, no query."""
    plain = re.sub(r"^(\w+:[/\\]{1,2})?.*(?:@|%40)", r"\1", address.strip(), flags=re.I | re.S)
    return re.sub(r"[?#&].*", "", plain, flags=re.S)


def forbid(what: str, host: str | None) -> None:
    """Raise SettingsError for a host: nothing may leave the machine."""
    if host:
        raise SettingsError(
            f"{what} would send texts to {host}, and --local (ONRECORD_LOCAL=1) forbids that. Leave out one of the two."
        )
