"""Where questions and passages go: the hosts that a model, an embedding or a vector server sends them to. Pure functions."""

import ipaddress
from urllib.parse import urlsplit

from index.errors import SettingsError

OPENAI = "api.openai.com"
OPENAI_EMBEDDINGS = "text-embedding-"
"""How the names of OpenAI's embeddings begin."""


def destination(address: str | None) -> str | None:
    """The host behind a server's address; None if that is this machine. No address is OpenAI's own."""
    if address is None:
        return OPENAI
    host = urlsplit(address if "//" in address else f"//{address}").hostname or address
    try:
        return None if ipaddress.ip_address(host).is_loopback else host
    except ValueError:
        return None if host == "localhost" else host


def forbid(what: str, host: str | None) -> None:
    """Raise SettingsError for a host: nothing may leave the machine."""
    if host:
        raise SettingsError(
            f"{what} would send texts to {host}, and --local (ONRECORD_LOCAL=1) forbids that. Leave out one of the two."
        )
