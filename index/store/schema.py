"""The schema of library.db; open, create and migrate the file."""

import sqlite3
from contextlib import closing
from pathlib import Path

from index.errors import DamagedLibraryError
from index.store import article_list, migrations, stories, versions
from index.store.sqlite import connect, create, restore_advice, sqlite_errors, transaction

SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, content TEXT NOT NULL, origin TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, publisher TEXT, author TEXT, url TEXT,
    published TEXT, updated TEXT, dropped TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS articles_origin ON articles (origin);
CREATE INDEX IF NOT EXISTS articles_url ON articles (url);
CREATE INDEX IF NOT EXISTS articles_published ON articles (published, publisher, url);
CREATE TABLE IF NOT EXISTS sentences (
    article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE, n INTEGER NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, heading INTEGER NOT NULL, PRIMARY KEY (article, n)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chunks (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    n INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, embedded TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS chunks_article ON chunks (article, n);
CREATE INDEX IF NOT EXISTS chunks_embedded ON chunks (embedded);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (terms, tokenize = "unicode61 remove_diacritics 0");
"""
    + stories.SCHEMA
    + versions.SCHEMA
    + article_list.SCHEMA
)


def open_file(path: Path, read_only: bool) -> sqlite3.Connection:
    """Open a library's database; a writer creates a missing one and migrates an earlier schema.

    Raises DamagedLibraryError if the file is not a library's, and LibraryError if its schema is newer.
    """
    if not path.exists() and not read_only:
        create(path, SCHEMA)
    elif path.exists() and not path.stat().st_size:  # SQLite would treat it as a new database.
        raise DamagedLibraryError(f"{str(path)!r} is empty: {restore_advice(path.parent)}")
    with sqlite_errors(path):
        connection = connect(path, read_only)
    try:
        with sqlite_errors(path):
            return _prepared(connection, path, read_only)
    except BaseException:
        connection.close()
        raise


def _prepared(connection: sqlite3.Connection, path: Path, read_only: bool) -> sqlite3.Connection:
    execute = connection.execute
    execute("PRAGMA foreign_keys = ON")
    stored = migrations.stored_version(execute)
    if not stored:
        raise DamagedLibraryError(
            f"{str(path)!r} is not a library's database: nothing was changed. Choose another folder: onrecord "
            f"--library DIR …; or {restore_advice(path.parent)}"
        )
    migrations.refuse_newer(stored, str(path.parent))
    older = stored < migrations.SCHEMA_VERSION
    if read_only:
        return _migrated_copy(connection, stored) if older else connection
    execute("PRAGMA journal_mode = WAL")
    execute("PRAGMA synchronous = FULL")
    execute("PRAGMA secure_delete = ON")  # What is deleted is overwritten.
    if older:
        with transaction(connection):
            migrations.migrate(execute, stored)
    connection.executescript(SCHEMA)
    return connection


def _migrated_copy(connection: sqlite3.Connection, stored: int) -> sqlite3.Connection:
    """An in-memory copy, since only a writer may change the file."""
    with closing(connection) as file:
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        file.backup(copy)
    migrations.migrate(copy.execute, stored)
    copy.commit()
    return copy
