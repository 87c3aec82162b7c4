"""A library's SQLite file: made, opened, and its errors told in words."""

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
"""Runs a query with its values; gives what it finds."""


def restore_advice(folder: Path) -> str:
    """How a backup takes the place of a library that is lost: never over one that is there."""
    name = shlex.quote(str(folder))
    return f"move {name} away and bring back a backup: onrecord --library {name} restore FILE."


def is_older(path: Path) -> bool:
    """Whether a library's database has an earlier schema, which only a writer can bring forward."""
    if not path.exists() or not path.stat().st_size:
        return False
    with sqlite_errors(path), closing(connect(path, read_only=True)) as connection:
        return 0 < migrations.stored_version(connection.execute) < migrations.SCHEMA_VERSION


def copy(path: Path, target: Path) -> None:
    """Write another SQLite file as it is at this moment to a new one. Raises DamagedLibraryError where it is not whole."""
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
    """Have the disk keep a file, or the names in a folder: a rename survives a power cut only after its folder's."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def create(path: Path, schema: str) -> None:
    """Make an empty library whole, then give it its name: an empty file under that name is always damage."""
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
    if read_only and _sealed(path):
        address += "&immutable=1"
    connection = sqlite3.connect(address, uri=True, check_same_thread=False)
    try:
        connection.execute("PRAGMA schema_version")  # Opens the file: connecting alone does not.
    except BaseException:
        connection.close()
        raise
    return connection


def _sealed(path: Path) -> bool:
    """Whether nothing can be written beside the file, where SQLite keeps its log, and no log waits there to be read."""
    log = path.with_name(path.name + "-wal")
    return not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size)


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Whatever SQLite and the disk raise becomes an error that says which file, what happened and what to do."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise  # A mistake of ours, not of the disk's.
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise LibraryLockedError(
                f"{str(path)!r} is held by another program ({error}). Wait, or stop it."
            ) from error
        if name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
            raise _unusable(path, error) from error
        mend = f"Try onrecord rebuild; if that fails, {restore_advice(path.parent)}"
        raise DamagedLibraryError(f"{str(path)!r} is damaged ({error}). {mend}") from error
    except OSError as error:
        raise _unusable(path, error) from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done within, or nothing of it where it raises."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def marks(values: Iterable[object]) -> str:
    """Placeholders for so many values."""
    return ", ".join("?" for _ in values)


def _unusable(path: Path, error: Exception) -> LibraryError:
    return LibraryError(
        f"{str(path)!r} cannot be read or written ({error}). Check that the disk is there, writable and not full; what "
        "was kept before is safe."
    )
