"""Examine a library for `onrecord doctor`: reads everything, changes nothing."""

import json
import shlex
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.addresses import redacted_server
from index.errors import LibraryError
from index.lock import holder
from index.store import checksums
from index.store.database import Database
from index.store.sqlite import is_older
from index.store.vector_sync import holds_all
from index.store.vectors import ServerVectors, collection_name
from index.text.chunks import CHUNKER


@dataclass(frozen=True)
class Flaw:
    """A problem, and the command that repairs it."""

    says: str
    advice: str = ""


@dataclass(frozen=True)
class Health:
    """The result. `notes` need no action; `vectors` describes the place and state of the vectors."""

    articles: int
    chunks: int
    embedding: str
    notes: tuple[str, ...]
    flaws: tuple[Flaw, ...]
    vectors: str
    vector_flaws: tuple[Flaw, ...]


def examine(folder: Path, chroma: str | None = None) -> Health:
    """Read the whole library. Raises LibraryError if it cannot be opened."""
    server = f" --chroma {shlex.quote(redacted_server(chroma))}" if chroma else ""
    command = f"onrecord --library {shlex.quote(str(folder))}{server}"
    path = folder / "library.db"
    notes = ["made by an earlier version: it is brought forward when next written to"] if is_older(path) else []
    with closing(Database(path, read_only=True)) as database:
        flaws = [*_file_flaws(database, command), *_content_flaws(database, command)]
        vectors, vector_flaws = _at_server(database, chroma, command) if chroma else _in_folder(folder, command)
        return Health(
            database.article_count(),
            database.chunk_count(),
            database.fact("embedding_name") or "nothing yet",
            tuple(notes),
            tuple(flaws),
            vectors,
            tuple(vector_flaws),
        )


def _file_flaws(database: Database, command: str) -> list[Flaw]:
    flaws = [Flaw(f"SQLite finds damage: {line}", f"{command} rebuild") for line in database.flaws()]
    try:
        database.check_counts()
    except LibraryError as error:
        flaws.append(Flaw(str(error), f"{command} rebuild"))
    return flaws


def _content_flaws(database: Database, command: str) -> list[Flaw]:
    flaws = [
        Flaw(
            f"the text of {id!r} is not what was stored",
            f"bring back a copy with onrecord restore, or: {command} remove {shlex.quote(id)}; {command} add "
            f"{shlex.quote(origin)}",
        )
        for id, origin in database.altered()
    ]
    made = json.loads(database.fact("fingerprint") or "{}")
    if made and made.get("chunker") != CHUNKER:
        flaws.append(Flaw(f"it was split as {made.get('chunker')!r}, not as {CHUNKER!r}", f"{command} rebuild"))
    try:
        _, matrix = database.all_vectors()
        spoiled = int((~(np.abs(np.linalg.norm(matrix, axis=1) - 1.0) < 0.01)).sum()) if matrix.size else 0
        misshapen = bool(made and matrix.size) and matrix.shape[1] != made["dimension"]
    except ValueError:
        spoiled, misshapen = 0, True
    if spoiled or misshapen:
        flaws.append(Flaw(f"{spoiled or 'some'} stored vectors are damaged", f"{command} rebuild"))
    return flaws


def _in_folder(folder: Path, command: str) -> tuple[str, list[Flaw]]:
    chroma = folder / "chroma"
    in_use = holder(folder)
    if in_use:
        return f"in {chroma}, in use by {in_use}", []
    if not chroma.exists():
        return "made from library.db when first searched", []
    broken = checksums.broken(chroma)
    if broken:
        return f"in {chroma}", [
            Flaw(f"{chroma} {broken}", f"{command} rebuild --vectors, or the next opening by itself")
        ]
    state = "" if checksums.is_sealed(chroma) else ", not closed in order: checked when next opened"
    return f"in {chroma}{state}", []


def _at_server(database: Database, chroma: str, command: str) -> tuple[str, list[Flaw]]:
    try:
        vectors = ServerVectors(chroma, collection_name(database.fact("library_id")))
        with closing(vectors):
            whole = holds_all(vectors, database)
    except LibraryError as error:
        return "not reached", [Flaw(str(error))]
    missing = Flaw("the server lacks some of them", f"{command} rebuild --vectors, or the next opening by itself")
    return "in a Chroma server", [] if whole else [missing]
