"""SQLite helpers: create, open and copy files, transactions, errors as ours."""

import os
import shlex
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from index.errors import DamagedLibraryError, LibraryError, LibraryLockedError
from index.store import migrations

Connection = sqlite3.Connection
Rows = Callable[..., list[tuple[Any, ...]]]
"""Runs a query with its values and returns all rows."""


def restore_advice(folder: Path) -> str:
    """The advice to restore a backup, which never overwrites a library."""
    name = shlex.quote(str(folder))
    return f"move {name} away and bring back a backup: onrecord --library {name} restore FILE."


def is_older(path: Path) -> bool:
    """Whether a library's database has an earlier schema."""
    if not path.exists() or not path.stat().st_size:
        return False
    with sqlite_errors(path), closing(connect(path, read_only=True)) as connection:
        return 0 < migrations.stored_version(connection.execute) < migrations.SCHEMA_VERSION


def copy(path: Path, target: Path) -> None:
    """Write a snapshot of an SQLite file to a new one. Raises DamagedLibraryError if it is damaged."""
    with (
        sqlite_errors(path),
        closing(connect(path, read_only=True)) as source,
        closing(sqlite3.connect(target)) as made,
    ):
        source.backup(made)
        flaw = made.execute("PRAGMA quick_check (1)").fetchone()[0]
        if flaw != "ok":
            raise sqlite3.DatabaseError(" ".join(flaw.split()))


def sync(path: Path) -> None:
    """fsync a file or a folder; a rename is durable only after its folder's."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def create(path: Path, schema: str) -> None:
    """Create an empty library under a temporary name, then rename it: so an empty library.db is always damage."""
    new = path.with_name(path.name + ".new")
    for leftover in path.parent.glob(f"{new.name}*"):
        leftover.unlink()
    with sqlite_errors(path):
        with closing(sqlite3.connect(new)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(schema)
            with connection:
                migrations.assign_library_id(connection.execute)
                migrations.mark(connection.execute)
        new.replace(path)
        sync(path.parent)


def connect(path: Path, read_only: bool) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
    if read_only and _is_immutable(path):
        address += "&immutable=1"
    connection = sqlite3.connect(address, uri=True, check_same_thread=False)
    try:
        connection.execute("PRAGMA schema_version")  # Opens the file: connecting alone does not.
    except BaseException:
        connection.close()
        raise
    return connection


def _is_immutable(path: Path) -> bool:
    """Whether the folder is read-only and has no log: then SQLite must be told not to create one."""
    log = path.with_name(path.name + "-wal")
    return not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size)


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and the disk into LibraryErrors."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise  # A bug of ours.
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise LibraryLockedError(
                f"{str(path)!r} is in use by another program ({error}). Wait, or stop it."
            ) from error
        if name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
            raise _unusable(path, error) from error
        mend = f"Try onrecord rebuild; if that fails, {restore_advice(path.parent)}"
        raise DamagedLibraryError(f"{str(path)!r} is damaged ({error}). {mend}") from error
    except OSError as error:
        raise _unusable(path, error) from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit, or roll back on an error."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def marks(values: Iterable[object]) -> str:
    """SQL placeholders for the values."""
    return ", ".join("?" for _ in values)


def _unusable(path: Path, error: Exception) -> LibraryError:
    return LibraryError(
        f"{str(path)!r} cannot be read or written ({error}). Check that the disk is there, writable and not full; what "
        "was stored before is safe."
    )
