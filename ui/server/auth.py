"""Authentication: one user and password for the page, its API and /v1."""

import base64
import binascii
import os
import stat
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path

from index.errors import SettingsError

VARIABLE = "ONRECORD_AUTH"
HOW = f"--auth USER:@FILE, where FILE holds the password, or {VARIABLE}=USER:PASSWORD in the environment"


@dataclass(frozen=True)
class Auth:
    """Readers give user and password (HTTP Basic), programs the password alone (HTTP Bearer)."""

    user: str
    password: str = field(repr=False)

    def admits(self, authorization: str) -> bool:
        """Whether an Authorization header is valid, compared in constant time."""
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return _same(given.strip(), self.password)
        if scheme.lower() != "basic":
            return False
        try:
            user, _, password = base64.b64decode(given.strip(), validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return _same(user, self.user) & _same(password, self.password)  # Not `and`: both are always compared.


def read_auth(option: str | None) -> Auth | None:
    """From `--auth` or else the environment: USER:@FILE, or USER:PASSWORD. None if neither is set."""
    text = option or os.environ.get(VARIABLE)
    if not text:
        return None
    user, _, password = text.partition(":")
    if password.startswith("@"):
        password = _first_line(Path(password[1:]).expanduser())
    if not (user and password):
        raise SettingsError(f"A user and a password are needed: USER:PASSWORD, or USER:@FILE. Give them with {HOW}.")
    return Auth(user, password)


def exposure(option: str | None) -> str | None:
    """A warning if other users of this machine can read the password."""
    _, _, password = (option or "").partition(":")
    if password and not password.startswith("@"):
        return f"The password on the command line can be read by everybody on this machine. Better: {HOW}."
    path = Path((password or os.environ.get(VARIABLE, "").partition(":")[2])[1:]).expanduser()
    if password.startswith("@") and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return f"Others on this machine can read the password in {str(path)!r}. Close it: chmod 600 {path}."
    return None


def _first_line(path: Path) -> str:
    try:
        return path.read_text("utf-8").split("\n", 1)[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The password file {str(path)!r} cannot be read ({error}).") from error


def _same(given: str, right: str) -> bool:
    return compare_digest(given.encode("utf-8", "replace"), right.encode("utf-8"))
