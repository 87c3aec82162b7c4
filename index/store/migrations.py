"""The schema of library.db by number, and the steps that bring an earlier one forward, oldest first.

The number stands in SQLite's `user_version`, and `application_id` says that the file is a library at all. To change the
schema, append a step to `_STEPS`: it gets the connection's `execute` inside a transaction and is never edited again. What
only adds a table or an index needs no step: `schema.SCHEMA` makes what is missing each time a writer opens.
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
    """The number of an open database's schema, 0 where it is no library's."""
    marked = execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    if marked:
        return int(execute("PRAGMA user_version").fetchone()[0])
    tables = {name for (name,) in execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return 1 if tables >= _TABLES_OF_THE_FIRST else 0  # Schema 1 was not marked.


def migrate(execute: Execute, stored: int) -> None:
    """Bring the schema forward. Call it in a transaction: an interrupted migration has changed nothing."""
    for step in _STEPS[stored - 1 :]:
        step(execute)
    mark(execute)


def mark(execute: Execute) -> None:
    """Write into the file's header that this is a library, of the present schema."""
    execute(f"PRAGMA application_id = {APPLICATION_ID}")
    execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def assign_library_id(execute: Execute) -> None:
    """Give the library an id of its own. Its vectors are kept under that name, so that no other's are taken for them."""
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
