"""What one reader's page remembers, and what it shows while a question is answered. Knows nothing of gradio."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from index.articles import Article
from index.errors import LibraryError, OnrecordError, UnknownArticleError, UnknownConversationError
from rag.answer import Answer
from ui import archive, frame, rail, render, sources
from ui.archive import Filter
from ui.check_view import CheckRun
from ui.conversations import Conversations, Entry
from ui.followups import followups
from ui.pump import pumped
from ui.shared import Waiting
from ui.words import Words, told, words

if TYPE_CHECKING:
    from ui.shared import SharedAssistant


@dataclass(frozen=True)
class Desk:
    """What all readers share: the assistant with its library, and the kept conversations."""

    assistant: "SharedAssistant"
    kept: Conversations
    adding: threading.Lock = field(default_factory=threading.Lock)
    """Held while sources are read, so that readers who add at once take turns."""


@dataclass
class Run:
    """What the page has to tell an answer in the making, looked at between two drafts, and how far that has come.

    Stopped: it shows how far it came, and ends. Superseded by another question: it ends and shows nothing more.
    """

    stopped: bool = False
    superseded: bool = False
    draft: Answer | None = None
    _open: threading.Lock = field(default_factory=threading.Lock)

    def end(self) -> bool:
        """Whether this ends it: an answer is kept or stopped, whichever comes first."""
        return self._open.acquire(blocking=False)


@dataclass(frozen=True)
class Choice:
    """What a reader has chosen in the archive: articles with a tick, those that are asked (none: all), the filter."""

    selected: frozenset[str] = frozenset()
    asked: tuple[str, ...] = ()
    filter: Filter = field(default_factory=Filter)


@dataclass(frozen=True)
class Session:
    """One reader's page. `question` is empty while nothing is in the making; `conversation` until something is kept.

    `replacing` is the answer whose question is being edited or asked again.
    """

    owner: str = ""
    language: str = "en"
    conversation: str = ""
    question: str = ""
    replacing: str = ""
    run: Run | None = None
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
    """What to show from a question to its answer, which is kept; None now and then while there is nothing new.

    Closing this closes the assistant's stream, and so stops the model. A bug is told to the reader and then raised.
    """
    if not question.strip():
        yield View(session)
        return
    left = session.question if session.run and not session.run.stopped else ""
    session = replace(_superseding(session, question.strip()), replacing=replacing or session.replacing)
    run = session.run or Run()
    try:
        async with aclosing(pumped(_views(desk, session, run, left))) as views:
            async for view in views:
                if run.superseded or run.stopped:
                    break
                yield view
        if run.superseded:
            yield View(session)
        elif run.stopped:
            yield await asyncio.to_thread(_stopped, desk, session, run.draft)
    except OnrecordError as error:
        yield _failed(session, told(error, session.language))
    except Exception:
        yield _failed(session, session.say["bug"])
        raise


def stopped(desk: Desk, session: Session) -> View:
    """The question in the making ended where it is: what was written so far, marked as unchecked."""
    if session.run is None or not session.question or not session.run.end():
        return View(session)
    session.run.stopped = True
    return _stopped(desk, session, session.run.draft)


def renewed(desk: Desk, session: Session) -> View:
    """A new conversation."""
    fresh = replace(_superseding(session, ""), conversation="", replacing="", run=None)
    cleared = {"thread": "", "answer": "", "sources": "", "reader": "", "notice": ""}  # what is being typed stays
    return View(fresh, cleared | {"focus": "#question textarea"} | chrome(desk, fresh))


def opened(desk: Desk, session: Session, conversation: str) -> View:
    """A kept conversation as it was left: its last answer with its sources, the earlier ones above it."""
    entries = desk.kept.entries(session.owner, conversation)
    if not entries:
        raise UnknownConversationError(f"You have no conversation {conversation!r}. It was deleted, or is another's.")
    session = replace(_superseding(session, ""), conversation=conversation, replacing="", run=None)
    *before, last = entries
    parts = {"thread": thread_html(before, session), "answer": turn(desk, last, session, last=True)}
    parts |= {"sources": sources_of(desk, last.answer, last.id), "reader": "", "notice": ""}
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
    return {
        "rail": rail.rail_html(found, session.conversation, search, datetime.now(UTC).date(), session.say),
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


def thread_html(entries: list[Entry], session: Session) -> str:
    """The earlier answers of the conversation, in the order in which they were asked."""
    return "".join(
        render.turn_html(
            entry.answer, render.Kept(entry.id, entry.verdict, entry.correction, len(entry.articles)), session.say
        )
        for entry in entries
    )


def article_of(desk: Desk, id: str) -> Article | None:
    try:
        return desk.assistant.library.article(id)
    except UnknownArticleError:
        return None  # removed meanwhile


def _views(desk: Desk, session: Session, run: Run, left: str) -> Generator[View, None, None]:
    """The views of an answer in the making, as the assistant goes on. `left` is a question that this one ended."""
    started = time.monotonic()
    before = _before(desk, session)
    working = render.working_html(session.question, None, "searching", 0, session.say)
    notice = frame.notice_html(session.say["superseded"].format(question=left)) if left else ""
    cleared = {"sources": "", "reader": "", "box": "", "notice": notice}
    yield View(session, {"thread": thread_html(before, session), "answer": working} | cleared)
    history = tuple(entry.answer.question for entry in before)
    seat = desk.assistant.seat(session.owner)
    with closing(seat.stream(session.question, history, session.choice.asked or None)) as drafts:
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
        entry = desk.kept.keep(session.owner, session.conversation, answer, session.choice.asked, session.replacing)
    except LibraryError as error:
        entry = Entry("", session.conversation, "", answer)
        parts["notice"] = frame.notice_html(session.say["not_kept"].format(reason=told(error, session.language)))
    session = replace(_ended(session), conversation=entry.conversation, replacing="")
    parts["sources"] = sources_of(desk, answer, entry.id)
    return View(session, parts | {"answer": turn(desk, entry, session, last=True)} | chrome(desk, session))


def _stopped(desk: Desk, session: Session, draft: Answer | None) -> View:
    html = render.stopped_html(session.question, draft, session.say)
    cited = sources_of(desk, draft) if draft else ""
    return View(_ended(session), {"answer": html, "sources": cited, "box": session.question})


def _failed(session: Session, message: str) -> View:
    parts = {
        "answer": render.failed_html(session.question, message, session.say),
        "sources": "",
        "box": session.question,
    }
    return View(_ended(session), parts)


def _ended(session: Session) -> Session:
    return replace(session, question="")


def _superseding(session: Session, question: str) -> Session:
    if session.run is not None:
        session.run.superseded = True
    return replace(session, question=question, run=Run())


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
