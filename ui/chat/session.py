"""What one reader's page remembers, and what all readers share. Knows nothing of gradio."""

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
    """What all readers share: the assistant with its library, the kept conversations, who adds, and first questions."""

    assistant: "SharedAssistant"
    kept: Conversations
    adding: Adders = field(default_factory=Adders)
    suggestions: Suggestions | None = None


@dataclass
class Run:
    """What the page has to tell an answer in the making, looked at between two events, and how far that has come.

    Stopped: it shows how far it came, and ends. Superseded by another conversation: it ends and shows nothing more.
    """

    stopped: bool = False
    superseded: bool = False
    so_far: SoFar = field(default_factory=SoFar)
    _open: threading.Lock = field(default_factory=threading.Lock)

    def claim_end(self) -> bool:
        """Whether this ends it: an answer is kept or stopped, whichever comes first."""
        return self._open.acquire(blocking=False)


@dataclass(frozen=True)
class Asked:
    """A question as it was asked: which answer it replaces ("": none), and the articles it was asked of (none: all)."""

    question: str
    replacing: str = ""
    within: tuple[str, ...] = ()


class QuestionQueue:
    """One page's questions: one in the making, the others waiting for it in order. Safe to share between threads.

    It is there before the first question, so that of two asked at the same moment one waits.
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
        """Whether it has to wait, and does; else it is now in the making. Raises QuestionError if too many wait."""
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
        """Nothing is in the making any more; gives the questions that waited."""
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
    """The session as it now stands and what to show: HTML by the name of its part. Other parts stay as they are."""

    session: Session
    parts: Mapping[str, str] = field(default_factory=dict)
