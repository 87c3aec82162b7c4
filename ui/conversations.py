"""Stored conversations: conversations.db (SQLite), in the library's folder.

Each belongs to one owner, whom every method takes: another owner's conversations raise UnknownConversationError. Only finished
answers are stored, as complete JSON.
"""

import json
import logging
import os
import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from index.articles import Article
from index.errors import DamagedLibraryError, LibraryError, UnknownConversationError
from index.store.sqlite import transaction
from index.text.terms import fold
from rag.answer import Answer, Citation, answer_from_dict
from ui.i18n import words
from ui.server.visitor_ids import hashed

log = logging.getLogger("onrecord")

SCHEMA_VERSION = 2
MAX_TITLE = 120

Verdict = Literal["right", "wrong", "wrong_source"]

_SCHEMA = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, updated TEXT NOT NULL);
CREATE INDEX conversations_owner ON conversations (owner, updated);
CREATE TABLE answers (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    asked TEXT NOT NULL, answer TEXT NOT NULL, articles TEXT NOT NULL, verdict TEXT, correction TEXT NOT NULL DEFAULT '');
CREATE INDEX answers_conversation ON answers (conversation, number);
"""
_ENTRY = "a.id, a.conversation, a.asked, a.answer, a.articles, a.verdict, a.correction"


@dataclass(frozen=True)
class Entry:
    """One stored answer. `articles` are the ids it was restricted to (empty: all); `correction` is the reader's."""

    id: str
    conversation: str
    asked: str
    answer: Answer
    articles: tuple[str, ...] = ()
    verdict: Verdict | None = None
    correction: str = ""


@dataclass(frozen=True)
class Heading:
    """A conversation in a list. `updated` is an ISO time, in UTC."""

    id: str
    title: str
    updated: str
    answers: int


class Conversations:
    """The kept conversations of one library. Safe to use from several threads, and beside other processes.

    `trouble` is the reason if the library's file cannot be used, and conversations are in memory only.
    """

    def __init__(self, path: Path | str, trouble: str = "") -> None:
        """Open the file, or make it; ":memory:" keeps nothing. Raises LibraryError or DamagedLibraryError."""
        self.trouble = trouble
        self._path = str(path)
        self._lock = threading.RLock()
        with self._library_errors():
            if Path(path).is_file() and not Path(path).stat().st_size:
                raise sqlite3.DatabaseError("it is empty")
            if self._path != ":memory:":  # SQLite gives its log the same mode.
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
                Path(self._path).chmod(0o600)
            self._connection = sqlite3.connect(self._path, timeout=5, check_same_thread=False, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    # Reading

    def headings(self, owner: str, search: str = "") -> list[Heading]:
        """The owner's conversations, the latest first; with a search, those that contain all its words."""
        rows = self._rows(
            "SELECT c.id, c.title, c.updated, count(a.id) FROM conversations c LEFT JOIN answers a ON a.conversation = c.id "
            "WHERE c.owner = ? GROUP BY c.id ORDER BY c.updated DESC, c.rowid DESC",
            owner,
        )
        found = [Heading(*row) for row in rows]
        words = fold(search).lower().split()
        return [heading for heading in found if self._holds(heading, owner, words)] if words else found

    def heading(self, owner: str, conversation: str) -> Heading:
        for heading in self.headings(owner):
            if heading.id == conversation:
                return heading
        raise _unknown(conversation)

    def entries(self, owner: str, conversation: str) -> list[Entry]:
        """The answers of a conversation in the order they were asked; empty if the owner has no such conversation."""
        return [
            _entry(row)
            for row in self._rows(
                f"SELECT {_ENTRY} FROM answers a JOIN conversations c ON c.id = a.conversation "
                "WHERE c.owner = ? AND c.id = ? ORDER BY a.number",
                owner,
                conversation,
            )
        ]

    def entry(self, owner: str, id: str) -> Entry:
        rows = self._rows(
            f"SELECT {_ENTRY} FROM answers a JOIN conversations c ON c.id = a.conversation WHERE c.owner = ? AND a.id = ?",
            owner,
            id,
        )
        if not rows:
            raise _unknown(id)
        return _entry(rows[0])

    def judged(self, owner: str) -> list[Entry]:
        """Every answer on which the owner has passed a verdict."""
        return [
            _entry(row)
            for row in self._rows(
                f"SELECT {_ENTRY} FROM answers a JOIN conversations c ON c.id = a.conversation "
                "WHERE c.owner = ? AND a.verdict IS NOT NULL ORDER BY a.number",
                owner,
            )
        ]

    # Changing

    def keep(
        self, owner: str, conversation: str, answer: Answer, articles: Sequence[str] = (), replacing: str = ""
    ) -> Entry:
        """Append a finished answer to a conversation, or to a new one if the owner has none of that id.

        `replacing` is the id of an answer to delete.
        """
        now = _now()
        with self._transaction():
            known = self._rows("SELECT 1 FROM conversations WHERE id = ? AND owner = ?", conversation, owner)
            if not known:
                conversation = secrets.token_urlsafe(12)
                title = " ".join(_plain(answer.question).split())[:MAX_TITLE]
                self._execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", conversation, owner, title, now)
            self._execute("UPDATE conversations SET updated = ? WHERE id = ?", now, conversation)
            self._execute("DELETE FROM answers WHERE id = ? AND conversation = ?", _plain(replacing), conversation)
            entry = Entry(secrets.token_urlsafe(12), conversation, now, answer, tuple(articles))
            self._execute(
                "INSERT INTO answers (id, conversation, asked, answer, articles) VALUES (?, ?, ?, ?, ?)",
                entry.id, conversation, now, _plain(answer.to_json()), json.dumps(entry.articles),
            )  # fmt: skip
        return entry

    def rename(self, owner: str, conversation: str, title: str) -> None:
        """An empty title changes nothing."""
        title = " ".join(_plain(title).split())[:MAX_TITLE]
        if title:
            self._change("UPDATE conversations SET title = ? WHERE owner = ? AND id = ?", title, owner, conversation)

    def delete(self, owner: str, conversation: str) -> None:
        self._change("DELETE FROM conversations WHERE owner = ? AND id = ?", owner, conversation)

    def empty(self, articles: Collection[Article], others: Collection[str] = ()) -> int:
        """Erase the answers of all owners that quote one of these articles or were restricted to it; returns how many.

        Their questions stay, with a note. `others` are the ids of articles that are not removed.
        """
        quoting = [
            entry
            for entry in map(_entry, self._rows(f"SELECT {_ENTRY} FROM answers a"))
            if _quotes(entry, articles, others)
        ]
        if not quoting:
            return 0
        with self._transaction():
            for entry in quoting:
                self._execute(
                    "UPDATE answers SET answer = ?, articles = '[]', verdict = NULL, correction = '' WHERE id = ?",
                    _plain(_emptied(entry.answer).to_json()), entry.id,
                )  # fmt: skip
        self._rows("PRAGMA wal_checkpoint (TRUNCATE)")
        return len(quoting)

    def judge(self, owner: str, id: str, verdict: str | None, correction: str = "") -> Entry:
        """Store the owner's verdict on an answer; None deletes it."""
        if verdict not in (None, *get_args(Verdict)):
            raise UnknownConversationError(f"There is no verdict {verdict!r}. Choose {', '.join(get_args(Verdict))}.")
        entry = self.entry(owner, id)
        correction = " ".join(_plain(correction).split())[:500] if verdict else ""
        self._change("UPDATE answers SET verdict = ?, correction = ? WHERE id = ?", verdict, correction, entry.id)
        return self.entry(owner, id)

    def check(self) -> int:
        """Read all answers and return their number. Raises DamagedLibraryError."""
        return len([_entry(row) for row in self._rows(f"SELECT {_ENTRY} FROM answers a")])

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # Plumbing

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA secure_delete = ON")  # What is deleted is overwritten.
        flaw = self._connection.execute("PRAGMA quick_check (1)").fetchone()[0]
        if flaw != "ok":
            raise sqlite3.DatabaseError(" ".join(flaw.split()))
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise LibraryError(
                f"{self._path!r} was written by a newer onrecord (schema {version}, not {SCHEMA_VERSION}). Update onrecord."
            )
        if version == 0:
            with self._transaction():
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        elif version == 1:  # Version 1 stored cookies unhashed.
            with self._transaction():
                owners = {owner for (owner,) in self._rows("SELECT owner FROM conversations")}
                for owner in owners:
                    kept = f"reader:{hashed(owner.removeprefix('reader:'))}"
                    self._execute("UPDATE conversations SET owner = ? WHERE owner = ?", kept, owner)
                self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            self._rows("PRAGMA wal_checkpoint (TRUNCATE)")

    def _holds(self, heading: Heading, owner: str, words: Sequence[str]) -> bool:
        said = [f"{entry.answer.question} {entry.answer.text}" for entry in self.entries(owner, heading.id)]
        text = fold(" ".join([heading.title, *said])).lower()
        return all(word in text for word in words)

    def _change(self, statement: str, *values: object) -> None:
        with self._transaction():
            if not self._execute(statement, *values).rowcount:
                raise _unknown(str(values[-1]))

    def _execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock, self._library_errors():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            try:
                with transaction(self._connection):
                    yield
            except sqlite3.Error as error:
                raise LibraryError(f"{self._path!r} could not be written ({error}). Is the disk full?") from error

    @contextmanager
    def _library_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            raise LibraryError(
                f"{self._path!r} cannot be opened or read ({error}). Check that it is a file and its folder writable."
            ) from error
        except sqlite3.DatabaseError as error:
            raise DamagedLibraryError(
                f"{self._path!r} is damaged ({error}). Restore it from a copy, or move it away."
            ) from error


def open_conversations(path: Path) -> Conversations:
    """The stored conversations; if the file cannot be used, empty ones in memory, with a warning."""
    try:
        return Conversations(path)
    except LibraryError as error:
        log.warning("%s Until then, conversations are kept in memory only.", error)
        return Conversations(":memory:", str(error))


def _entry(row: tuple[Any, ...]) -> Entry:
    id, conversation, asked, answer, articles, verdict, correction = row
    try:
        told, asked_of = answer_from_dict(json.loads(answer)), tuple(json.loads(articles))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedLibraryError(
            f"The kept answer {id!r} is damaged ({error}). Delete its conversation, or restore conversations.db."
        ) from error
    return Entry(id, conversation, asked, told, asked_of, verdict, correction)


def _emptied(answer: Answer) -> Answer:
    """The answer replaced by a note that it was removed."""
    text = words(answer.language)["answer_emptied"].format(day=_now()[:10])
    return Answer(
        answer.question,
        answer.question,
        answer.language,
        "not_found",
        text,
        answer.models,
        answered_at=answer.answered_at,
    )


def _quotes(entry: Entry, articles: Collection[Article], others: Collection[str]) -> bool:
    cited = [
        citation for citation in (*entry.answer.citations, *entry.answer.closest) if citation.article_id not in others
    ]
    return any(
        article.id in entry.articles or any(_is_of(citation, article) for citation in cited) for article in articles
    )


def _is_of(citation: Citation, article: Article) -> bool:
    """Whether a citation is of that article. Older versions may have another id and headline."""
    if citation.article_id == article.id or (article.url and citation.url == article.url):
        return True
    return (citation.title, citation.publisher, citation.url) == (article.title, article.publisher, article.url)


def _plain(text: str) -> str:
    """The text with lone surrogates replaced, which SQLite cannot store."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _unknown(id: str) -> UnknownConversationError:
    return UnknownConversationError(f"You have no conversation or answer {id!r}. It was deleted, or is another's.")
