"""What one reader's page remembers, and what it shows while a question is answered. Knows nothing of gradio."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from index.articles import Article
from index.errors import LibraryError, OnrecordError, QuestionError, UnknownArticleError, UnknownConversationError
from rag.answer import Answer
from ui import archive, frame, rail, render, sources
from ui.adders import Adders
from ui.archive import Filter
from ui.check_view import CheckRun
from ui.conversations import Conversations, Entry
from ui.followups import followups
from ui.pump import pumped
from ui.shared import Waiting
from ui.words import Words, told, words

if TYPE_CHECKING:
    from ui.shared import SharedAssistant

MOST_WAITING = 10
"""Questions that one page keeps waiting while it answers another."""


@dataclass(frozen=True)
class Desk:
    """What all readers share: the assistant with its library, the kept conversations, and who adds."""

    assistant: "SharedAssistant"
    kept: Conversations
    adding: Adders = field(default_factory=Adders)


@dataclass
class Run:
    """What the page has to tell an answer in the making, looked at between two drafts, and how far that has come.

    Stopped: it shows how far it came, and ends. Superseded by another conversation: it ends and shows nothing more.
    """

    stopped: bool = False
    superseded: bool = False
    draft: Answer | None = None
    _open: threading.Lock = field(default_factory=threading.Lock)

    def end(self) -> bool:
        """Whether this ends it: an answer is kept or stopped, whichever comes first."""
        return self._open.acquire(blocking=False)


@dataclass(frozen=True)
class Asked:
    """A question as it was asked: which answer it replaces ("": none), and the articles it was asked of (none: all)."""

    question: str
    replacing: str = ""
    within: tuple[str, ...] = ()


class Line:
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

    def waits(self, asked: Asked) -> bool:
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
    line: Line | None = None
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


async def answering(
    desk: Desk, session: Session, question: str, replacing: str = ""
) -> AsyncGenerator[View | None, None]:
    """What to show from a question to its answer, which is kept, and then of the questions that were asked meanwhile.

    None now and then while there is nothing new. While another question of this page is answered, this one waits for it.
    Closing this closes the assistant's stream, and so stops the model. A bug is told to the reader and raised at the end.
    """
    if not question.strip():
        yield View(session)
        return
    first = Asked(question.strip(), replacing or session.replacing, session.choice.asked)
    asked: Asked | None = first
    line, bug, typing = session.line or Line(), None, False
    try:
        waits = line.waits(first)
    except QuestionError as error:
        yield View(session, {"notice": frame.notice_html(told(error, session.language))})
        return
    if waits:
        session = replace(session, replacing="")
        yield View(session, {"waiting": _waiting(session), "box": "", "scope": scope(desk, session)})
        return
    try:
        while asked is not None:
            others = tuple(left for left in session.unanswered if left.question != asked.question)
            session = replace(
                session, question=asked.question, replacing=asked.replacing, within=asked.within, run=Run(), line=line,
                unanswered=others,
            )  # fmt: skip
            if typing:
                yield View(session, {"waiting": _waiting(session)})
            try:
                async with aclosing(_answered(desk, session)) as views:
                    async for view in views:
                        session = view.session if view else session
                        yield _beside(view, typing) if view else None
            except Exception as error:
                bug = error
            typing, asked = True, line.next()
    finally:
        if asked is not None:  # The reader has left, or the connection broke.
            line.clear()
    if bug is not None:
        raise bug


async def _answered(desk: Desk, session: Session) -> AsyncGenerator[View | None, None]:
    """The views of one question, to its answer or to what came in its place."""
    run = session.run or Run()
    try:
        async with aclosing(pumped(_views(desk, session, run))) as views:
            async for view in views:
                if run.superseded or run.stopped:
                    break
                yield view
        if run.superseded:
            yield View(session)
        elif run.stopped:
            yield await asyncio.to_thread(_stopped, desk, session, run.draft)
    except OnrecordError as error:
        yield _failed(desk, session, told(error, session.language))
    except Exception:
        yield _failed(desk, session, session.say["bug"])
        raise


def _beside(view: View, typing: bool) -> View:
    """The view without what would disturb somebody who reads or types while the next question is answered."""
    kept = {name: html for name, html in view.parts.items() if name not in ("box", "reader", "notice")}
    return replace(view, parts=kept) if typing else view


def stopped(desk: Desk, session: Session) -> View:
    """The question in the making ended where it is. `answering` shows it, and then goes on with those that wait.

    Where that has ended, as when the reader's connection broke, this shows what was written so far.
    """
    if session.run is None or not session.question or not session.run.end():
        return View(session)
    session.run.stopped = True
    if session.line is not None and session.line.busy:
        return View(session)
    return _stopped(desk, session, session.run.draft)


def taken_back(session: Session, question: str) -> View:
    """A question that waits, no longer asked."""
    if session.line is not None:
        session.line.take_back(question)
    return View(session, {"waiting": _waiting(session)})


def renewed(desk: Desk, session: Session) -> View:
    """A new conversation. What is being typed stays."""
    fresh, notice = _left(session)
    fresh = replace(fresh, conversation="")
    cleared = {"thread": "", "answer": "", "waiting": "", "sources": "", "reader": "", "notice": notice}
    return View(fresh, cleared | {"focus": "#question textarea"} | chrome(desk, fresh))


def opened(desk: Desk, session: Session, conversation: str) -> View:
    """A kept conversation as it was left: its last answer with its sources, the earlier ones above it."""
    entries = desk.kept.entries(session.owner, conversation)
    if not entries:
        raise UnknownConversationError(f"You have no conversation {conversation!r}. It was deleted, or is another's.")
    session, notice = _left(session)
    session = replace(session, conversation=conversation)
    *before, last = entries
    parts = {"thread": thread_html(before, session), "answer": turn(desk, last, session, last=True)}
    parts |= {"sources": sources_of(desk, last.answer, last.id), "waiting": "", "reader": "", "notice": notice}
    return View(session, parts | chrome(desk, session))


def linked(desk: Desk, session: Session, answer: str) -> View:
    """The conversation of one answer, with that answer in view."""
    entry = desk.kept.entry(session.owner, answer)
    view = opened(desk, session, entry.conversation)
    shown = {"sources": sources_of(desk, entry.answer, entry.id), "go": f"answer-{entry.id}"}
    return replace(view, parts={**view.parts, **shown})


def chrome(desk: Desk, session: Session, search: str = "") -> dict[str, str]:
    """What stands around the conversation: the list of all, the head of the open one, which articles are asked."""
    headings = desk.kept.headings(session.owner)
    open = next((heading for heading in headings if heading.id == session.conversation), None)
    found = desk.kept.headings(session.owner, search) if search.strip() else headings
    listed = rail.rail_html(found, session.conversation, search, datetime.now(UTC).date(), session.say)
    return {
        "rail": frame.notice_html(session.say["in_memory"] if desk.kept.trouble else "") + listed,
        "head": rail.head_html(open, session.say),
        "scope": scope(desk, session),
    }


def scope(desk: Desk, session: Session) -> str:
    titles = [article.title for article in (article_of(desk, id) for id in session.choice.asked) if article]
    editing = frame.editing_html(session.say) if session.replacing and not session.question else ""
    return archive.scope_html(titles, session.say) + editing


def turn(desk: Desk, entry: Entry, session: Session, last: bool = False) -> str:
    """A kept answer as the page shows it."""
    kept = render.Kept(entry.id, entry.verdict, entry.correction, len(entry.articles), last)
    go_on = followups(entry.answer, _texts(desk, entry.answer)) if last else ()
    return render.turn_html(entry.answer, kept, session.say, go_on)


def thread_html(entries: Sequence[Entry], session: Session) -> str:
    """The earlier questions of the conversation in the order in which they were asked, those without an answer as well.

    The last of those is left out where it stands below in place of an answer, since nothing was asked after it.
    """
    unanswered = session.unanswered if session.question else session.unanswered[:-1]
    turns = []
    for n in range(len(entries) + 1):
        turns += [f'<article class="turn">{left.html}</article>' for left in unanswered if left.after == n]
        if n < len(entries):
            kept = entries[n]
            about = render.Kept(kept.id, kept.verdict, kept.correction, len(kept.articles))
            turns.append(render.turn_html(kept.answer, about, session.say))
    return "".join(turns)


def shown_again(desk: Desk, session: Session, id: str) -> View:
    """Only the part of the page that holds this answer."""
    entries = _before(desk, session) or [desk.kept.entry(session.owner, id)]
    below = not session.question and not any(left.after == len(entries) for left in session.unanswered)
    if below and entries[-1].id == id:
        return View(session, {"answer": turn(desk, entries[-1], session, last=True)})
    return View(session, {"thread": thread_html(entries[:-1] if below else entries, session)})


def article_of(desk: Desk, id: str) -> Article | None:
    try:
        return desk.assistant.library.article(id)
    except UnknownArticleError:
        return None  # removed meanwhile


def _views(desk: Desk, session: Session, run: Run) -> Generator[View, None, None]:
    """The views of an answer in the making, as the assistant goes on."""
    started = time.monotonic()
    before = _before(desk, session)
    working = render.working_html(session.question, None, "searching", 0, session.say)
    cleared = {"sources": "", "reader": "", "box": "", "notice": ""}
    yield View(session, {"thread": thread_html(before, session), "answer": working} | cleared)
    history = tuple(entry.answer.question for entry in before)
    seat = desk.assistant.seat(session.owner)
    with closing(seat.stream(session.question, history, session.within or None)) as drafts:
        for answer in drafts:
            if run.superseded or run.stopped:
                return
            if answer.status != "draft":
                if run.end():
                    yield _finished(desk, session, answer)
            elif answer is not run.draft:
                yield _drafted(desk, session, answer, run.draft, time.monotonic() - started)
                run.draft = answer


def _drafted(desk: Desk, session: Session, draft: Answer, before: Answer | None, elapsed: float) -> View:
    parts = {
        "answer": render.working_html(session.question, draft, _stage(draft, before), elapsed, words(draft.language))
    }
    if before is None or before.closest != draft.closest:
        parts["sources"] = sources_of(desk, draft)
    return View(session, parts)


def _finished(desk: Desk, session: Session, answer: Answer) -> View:
    parts: dict[str, str] = {}
    try:
        entry = desk.kept.keep(session.owner, session.conversation, answer, session.within, session.replacing)
    except LibraryError as error:
        entry = Entry("", session.conversation, "", answer)
        parts["notice"] = frame.notice_html(session.say["not_kept"].format(reason=told(error, session.language)))
    session = replace(_ended(session), conversation=entry.conversation, replacing="")
    parts["sources"] = sources_of(desk, answer, entry.id)
    return View(session, parts | {"answer": turn(desk, entry, session, last=True)} | chrome(desk, session))


def _stopped(desk: Desk, session: Session, draft: Answer | None) -> View:
    html = render.stopped_html(session.question, draft, session.say)
    return _without_answer(desk, session, html, sources_of(desk, draft) if draft else "")


def _failed(desk: Desk, session: Session, message: str) -> View:
    return _without_answer(desk, session, render.failed_html(session.question, message, session.say))


def _without_answer(desk: Desk, session: Session, html: str, cited: str = "") -> View:
    """The question stays in the conversation, and in the box unless others wait."""
    left = Unanswered(session.question, html, len(_before(desk, session)))
    parts = {"answer": html, "sources": cited}
    if session.line is None or not session.line.waiting:
        parts["box"] = session.question
    return View(replace(_ended(session), unanswered=(*session.unanswered, left)), parts)


def _ended(session: Session) -> Session:
    return replace(session, question="")


def _left(session: Session) -> tuple[Session, str]:
    """The session as its conversation is left, and a notice of the questions that this gives up."""
    in_making = [session.question] if session.question and session.run and not session.run.stopped else []
    if session.run is not None:
        session.run.superseded = True
    given_up = session.line.clear() if session.line else ()
    questions = [*in_making, *(asked.question for asked in given_up)]
    session = replace(session, question="", replacing="", run=None, line=Line(), unanswered=())
    told = "".join(frame.notice_html(session.say["superseded"].format(question=question)) for question in questions)
    return session, told


def _waiting(session: Session) -> str:
    """The questions that wait for the one in the making."""
    return render.waiting_html([asked.question for asked in session.line.waiting] if session.line else [], session.say)


def _before(desk: Desk, session: Session) -> list[Entry]:
    """The answers that stand before the question in the making."""
    entries = desk.kept.entries(session.owner, session.conversation)
    return [entry for entry in entries if entry.id != session.replacing]


def _stage(draft: Answer, before: Answer | None) -> str:
    """What the assistant is doing: the same words twice mean that writing is over and checking has begun."""
    if isinstance(draft, Waiting):
        return "waiting"
    if not draft.text:
        return "reading"
    return "checking" if before is not None and before.text == draft.text else "writing"


def sources_of(desk: Desk, answer: Answer, kept: str = "") -> str:
    """The cards beside an answer; once it is kept under an id, its quotes can be translated if there is a model."""
    translatable = kept if desk.assistant.llm is not None else ""
    return sources.sources_html(answer, _texts(desk, answer), _names(desk, answer), translatable)


def _names(desk: Desk, answer: Answer) -> dict[str, str]:
    """How the articles are called that have a quoted passage too: their publisher, where it is known."""
    ids = dict.fromkeys(id for citation in (*answer.citations, *answer.closest) for id in citation.also_in)
    found = (article_of(desk, id) for id in ids)
    return {article.id: article.publisher or article.title for article in found if article}


def _texts(desk: Desk, answer: Answer) -> dict[str, str]:
    """The texts of the articles that are quoted; where one was removed meanwhile, its quote still stands on its card."""
    ids = dict.fromkeys(citation.article_id for citation in (*answer.citations, *answer.closest))
    found = (article_of(desk, id) for id in ids)
    return {article.id: article.text for article in found if article}
