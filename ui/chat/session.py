"""The state of one reader's page, and what all readers share. Independent of gradio."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.errors import QuestionError
from ui.chat.adding_turns import Adders
from ui.chat.archive_view import Filter
from ui.chat.check_view import CheckRun
from ui.chat.suggestions import Suggestions
from ui.conversations import Conversations
from ui.i18n import Words, words
from ui.so_far import SoFar

if TYPE_CHECKING:
    from ui.server.shared_assistant import SharedAssistant

MOST_WAITING = 10
"""Questions that one page keeps waiting while it answers another."""


@dataclass(frozen=True)
class Desk:
    """Shared by all readers: the assistant with its library, the stored conversations, adding, suggestions."""

    assistant: "SharedAssistant"
    kept: Conversations
    adding: Adders = field(default_factory=Adders)
    suggestions: Suggestions | None = None


@dataclass
class Run:
    """The control of one unfinished answer, polled between two events, and its state.

    `stopped`: show the text so far and end. `superseded` by another conversation: end without showing anything.
    """

    stopped: bool = False
    superseded: bool = False
    so_far: SoFar = field(default_factory=SoFar)
    _open: threading.Lock = field(default_factory=threading.Lock)

    def claim_end(self) -> bool:
        """Whether the caller may end it: True for the first of storing and stopping, then False."""
        return self._open.acquire(blocking=False)


@dataclass(frozen=True)
class Asked:
    """A question, the answer that it replaces ("": none), and the articles it is restricted to (empty: all)."""

    question: str
    replacing: str = ""
    within: tuple[str, ...] = ()


class QuestionQueue:
    """One page's questions: one is being answered, the others wait. Safe to use from several threads.

    Created with the session, so that of two simultaneous questions one waits.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Asked] = []
        self._busy = False

    @property
    def busy(self) -> bool:
        return self._busy

    @property
    def waiting(self) -> tuple[Asked, ...]:
        with self._lock:
            return tuple(self._waiting)

    def enqueue(self, asked: Asked) -> bool:
        """Queue a question and return True, or, if none is being answered, mark this one as such and return False.

        Raises QuestionError if too many wait.
        """
        with self._lock:
            if self._busy and len(self._waiting) >= MOST_WAITING:
                raise QuestionError(
                    f"{MOST_WAITING} questions are waiting already. Wait for an answer, or take one back."
                )
            if self._busy:
                self._waiting.append(asked)
                return True
            self._busy = True
            return False

    def next(self) -> Asked | None:
        """The question whose turn it is, if any waits."""
        with self._lock:
            self._busy = bool(self._waiting)
            return self._waiting.pop(0) if self._waiting else None

    def take_back(self, question: str) -> None:
        with self._lock:
            self._waiting = [asked for asked in self._waiting if asked.question != question]

    def clear(self) -> tuple[Asked, ...]:
        """Empty the queue; returns the questions that waited."""
        with self._lock:
            given_up, self._waiting, self._busy = tuple(self._waiting), [], False
            return given_up


@dataclass(frozen=True)
class Unanswered:
    """A question that was stopped or failed, as it was shown, after so many kept answers of its conversation."""

    question: str
    html: str
    after: int


@dataclass(frozen=True)
class Choice:
    """What a reader has chosen in the archive: articles with a tick, those that are asked (none: all), the filter."""

    selected: frozenset[str] = frozenset()
    asked: tuple[str, ...] = ()
    filter: Filter = field(default_factory=Filter)


@dataclass(frozen=True)
class Session:
    """One reader's page. `question` is empty while nothing is in the making; `conversation` until something is kept.

    `replacing` is the answer whose question is being edited or asked again, `within` the articles that the question in
    the making is asked of. `line` holds the questions that wait for it, `unanswered` those that got no answer: they stay
    in the conversation as long as it is open.
    """

    owner: str = ""
    language: str = "en"
    conversation: str = ""
    question: str = ""
    replacing: str = ""
    within: tuple[str, ...] = ()
    run: Run | None = None
    line: QuestionQueue | None = None
    unanswered: tuple[Unanswered, ...] = ()
    choice: Choice = field(default_factory=Choice)
    check: CheckRun | None = None

    @property
    def say(self) -> Words:
        return words(self.language)


@dataclass(frozen=True)
class View:
    """The new session, and HTML by part of the page. Other parts do not change."""

    session: Session
    parts: Mapping[str, str] = field(default_factory=dict)
