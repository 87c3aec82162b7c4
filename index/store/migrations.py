"""Migrations of library.db, oldest first.

The schema's number is in SQLite's `user_version`; `application_id` identifies a library. To change the schema, append a step to
`_STEPS`: it gets the connection's `execute` inside a transaction. Never edit a released step. New tables and indexes need no
step: `schema.SCHEMA` is executed whenever a writer opens.
"""

import json
import uuid
from collections.abc import Callable
from typing import Any

from index.errors import LibraryError

APPLICATION_ID = 0x6F6E7265
"""The letters "onre" in the file's header; `file library.db` shows them."""

Execute = Callable[..., Any]

_TABLES_OF_THE_FIRST = {"facts", "articles", "sentences", "chunks", "words"}


def stored_version(execute: Execute) -> int:
    """The number of a database's schema; 0 if it is not a library's."""
    marked = execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    if marked:
        return int(execute("PRAGMA user_version").fetchone()[0])
    tables = {name for (name,) in execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return 1 if tables >= _TABLES_OF_THE_FIRST else 0  # Schema 1 was not marked.


def migrate(execute: Execute, stored: int) -> None:
    """Call it in a transaction, so that an interrupted migration changes nothing."""
    for step in _STEPS[stored - 1 :]:
        step(execute)
    mark(execute)


def mark(execute: Execute) -> None:
    """Write the application id and the present schema number into the file's header."""
    execute(f"PRAGMA application_id = {APPLICATION_ID}")
    execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def assign_library_id(execute: Execute) -> None:
    """Assign a new library id. Vectors are stored under it, so that those of different libraries are never mixed."""
    execute("INSERT OR REPLACE INTO facts VALUES ('library_id', ?)", (uuid.uuid4().hex[:16],))


def refuse_newer(stored: int, folder: str) -> None:
    if stored > SCHEMA_VERSION:
        raise LibraryError(
            f"The library {folder!r} was made by a newer onrecord (schema {stored}; this one knows up to "
            f"{SCHEMA_VERSION}). Nothing was changed. Use that version, or another library: onrecord --library DIR …"
        )


def _libraries_are_named(execute: Execute) -> None:
    assign_library_id(execute)
    row = execute("SELECT value FROM facts WHERE name = 'fingerprint'").fetchone()
    if row:  # The schema has its own number now.
        made = {name: value for name, value in json.loads(row[0]).items() if name != "schema"}
        execute("UPDATE facts SET value = ? WHERE name = 'fingerprint'", (json.dumps(made),))


def _articles_are_updated(execute: Execute) -> None:
    execute("ALTER TABLE articles ADD COLUMN updated TEXT")


def _versions_are_kept(execute: Execute) -> None:
    for columns in (
        "versions (id TEXT PRIMARY KEY, article TEXT NOT NULL, kept TEXT NOT NULL, value TEXT NOT NULL)",
        "removals (id TEXT NOT NULL, title TEXT NOT NULL, reason TEXT NOT NULL, removed TEXT NOT NULL)",
    ):
        execute(f"CREATE TABLE IF NOT EXISTS {columns}")


_STEPS: tuple[Callable[[Execute], None], ...] = (_libraries_are_named, _articles_are_updated, _versions_are_kept)

SCHEMA_VERSION = len(_STEPS) + 1
