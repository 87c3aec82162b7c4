"""The views of the page while a question is answered and others wait. Independent of gradio."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from dataclasses import replace

from index.errors import LibraryError, OnrecordError, QuestionError
from rag.answer import Answer
from rag.events import Finished
from ui.chat import page_parts, render
from ui.chat.session import Asked, Desk, QuestionQueue, Run, Session, Unanswered, View
from ui.chat.thread import chrome, earlier, evidence_of, scope, sources_of, thread_html, turn
from ui.conversations import Entry
from ui.i18n import error_text, words
from ui.server.background_stream import read_in_thread
from ui.so_far import SoFar


async def answering(
    desk: Desk, session: Session, question: str, replacing: str = ""
) -> AsyncGenerator[View | None, None]:
    """Answer a question, store the answer, then answer those asked meanwhile. Yields views, and None if nothing is new.

    If another question of this page is being answered, this one is queued. Closing the generator closes the assistant's
    stream, which stops the model. An unexpected error is shown to the reader and raised at the end.
    """
    if not question.strip():
        yield View(session)
        return
    first = Asked(question.strip(), replacing or session.replacing, session.choice.asked)
    asked: Asked | None = first
    line, bug, typing = session.line or QuestionQueue(), None, False
    try:
        waits = line.enqueue(first)
    except QuestionError as error:
        yield View(session, {"notice": page_parts.notice_html(error_text(error, session.language))})
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
        if asked is not None:  # The reader has disconnected.
            line.clear()
    if bug is not None:
        raise bug


def stopped(desk: Desk, session: Session) -> View:
    """Stop the current answer. `answering` shows its text so far and continues with the queue.

    If `answering` has ended, because the connection broke, the view with the text so far is returned here.
    """
    if session.run is None or not session.question or not session.run.claim_end():
        return View(session)
    session.run.stopped = True
    if session.line is not None and session.line.busy:
        return View(session)
    return _stopped(desk, session, session.run.so_far)


def taken_back(session: Session, question: str) -> View:
    """Remove a question from the queue."""
    if session.line is not None:
        session.line.take_back(question)
    return View(session, {"waiting": _waiting(session)})


async def _answered(desk: Desk, session: Session) -> AsyncGenerator[View | None, None]:
    """The views of one question, up to its answer, error or stop."""
    run = session.run or Run()
    try:
        async with aclosing(read_in_thread(_views(desk, session, run))) as views:
            async for view in views:
                if run.superseded or run.stopped:
                    break
                yield view
        if run.superseded:
            yield View(session)
        elif run.stopped:
            yield await asyncio.to_thread(_stopped, desk, session, run.so_far)
    except OnrecordError as error:
        yield _failed(desk, session, error_text(error, session.language))
    except Exception:
        yield _failed(desk, session, session.say["bug"])
        raise


def _beside(view: View, typing: bool) -> View:
    """The view without the parts that would disturb a reader who is reading or typing."""
    kept = {name: html for name, html in view.parts.items() if name not in ("box", "reader", "notice")}
    return replace(view, parts=kept) if typing else view


def _views(desk: Desk, session: Session, run: Run) -> Generator[View, None, None]:
    """The views of one question, from the assistant's events."""
    started = time.monotonic()
    before = earlier(desk, session)
    working = render.working_html(session.question, run.so_far, 0, session.say)
    cleared = {"sources": "", "reader": "", "box": "", "notice": ""}
    yield View(session, {"thread": thread_html(before, session), "answer": working} | cleared)
    history = tuple(entry.answer.question for entry in before)
    seat = desk.assistant.seat(session.owner)
    with closing(seat.stream(session.question, history, session.within or None)) as events:
        for event in events:
            if run.superseded or run.stopped:
                return
            if isinstance(event, Finished):
                if run.claim_end():
                    yield _finished(desk, session, event.answer)
                continue
            shown, run.so_far = run.so_far, run.so_far.after(event)
            if run.so_far != shown:
                yield _working(desk, session, shown, run.so_far, time.monotonic() - started)


def _working(desk: Desk, session: Session, shown: SoFar, so_far: SoFar, elapsed: float) -> View:
    parts = {"answer": render.working_html(session.question, so_far, elapsed, words(so_far.language))}
    if so_far.evidence != shown.evidence:
        parts["sources"] = evidence_of(desk, so_far)
    return View(session, parts)


def _finished(desk: Desk, session: Session, answer: Answer) -> View:
    parts: dict[str, str] = {}
    try:
        entry = desk.kept.keep(session.owner, session.conversation, answer, session.within, session.replacing)
    except LibraryError as error:
        entry = Entry("", session.conversation, "", answer)
        parts["notice"] = page_parts.notice_html(
            session.say["not_kept"].format(reason=error_text(error, session.language))
        )
    session = replace(_ended(session), conversation=entry.conversation, replacing="")
    parts["sources"] = sources_of(desk, answer, entry.id)
    return View(session, parts | {"answer": turn(desk, entry, session, last=True)} | chrome(desk, session))


def _stopped(desk: Desk, session: Session, so_far: SoFar) -> View:
    html = render.stopped_html(session.question, so_far, session.say)
    return _without_answer(desk, session, html, evidence_of(desk, so_far))


def _failed(desk: Desk, session: Session, message: str) -> View:
    return _without_answer(desk, session, render.failed_html(session.question, message, session.say))


def _without_answer(desk: Desk, session: Session, html: str, cited: str = "") -> View:
    """The question stays in the conversation, and in the box unless others wait."""
    left = Unanswered(session.question, html, len(earlier(desk, session)))
    parts = {"answer": html, "sources": cited}
    if session.line is None or not session.line.waiting:
        parts["box"] = session.question
    return View(replace(_ended(session), unanswered=(*session.unanswered, left)), parts)


def _ended(session: Session) -> Session:
    return replace(session, question="")


def _waiting(session: Session) -> str:
    """The queued questions as HTML."""
    return render.waiting_html([asked.question for asked in session.line.waiting] if session.line else [], session.say)
