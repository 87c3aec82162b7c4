"""The views of the page while a text is checked, sentence by sentence. Independent of gradio."""

import re
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from index.errors import OnrecordError, QuestionError, SourceError
from index.ingest.document import read_document
from rag.check import MAX_TEXT, Check, CheckedSentence, spans_of
from ui.chat import export, page_parts
from ui.chat.check_view import CheckRun, head_html
from ui.chat.session import Desk, Session, View
from ui.i18n import error_text
from ui.server.background_stream import read_in_thread
from ui.server.turns import Place

_GAP_S = 0.25
"""Least time between two views."""
_CELLS = re.compile(r"\t|\||;|,(?=\S)")
_LEAST_ROWS = 3


async def checking_file(desk: Desk, session: Session, path: str | None) -> AsyncGenerator[View | None, None]:
    """As `checking`, for an uploaded file, which is deleted once it is read."""
    if path is None:
        return
    name = Path(path).name
    try:
        document = read_document(path)
    except SourceError as error:
        yield _refused(session, session.say["check_unreadable"].format(name=name, reason=error))
        return
    finally:
        Path(path).unlink(missing_ok=True)
    async with aclosing(checking(desk, session, document.text, name, document.dropped)) as views:
        async for view in views:
            yield view


async def checking(
    desk: Desk, session: Session, text: str, name: str = "", dropped: Sequence[str] = ()
) -> AsyncGenerator[View | None, None]:
    """Check a text; yields views, and None while there is nothing new. Closing the generator stops the check.

    An unexpected error is shown to the reader and then raised.
    """
    refusal = _refusal(text, name, session)
    if refusal:
        yield _refused(session, refusal)
        return
    notice = ""
    if session.check is not None and session.check.working:
        session.check.replaced = True
        notice = page_parts.notice_html(session.say["check_replaced"])
    run = CheckRun(text, len(spans_of(text)), name, tuple(dropped))
    session = replace(session, check=run)
    yield _shown(session, run, notice=notice)
    steps = read_in_thread(desk.assistant.checking_for(session.owner, text))
    fresh, at = False, time.monotonic()
    try:
        async with aclosing(steps):
            async for step in steps:
                if run.replaced or run.stopped:
                    return
                if isinstance(step, Check):
                    run.whole = step
                    yield _shown(session, run)
                elif isinstance(step, Place):
                    yield _shown(session, run, step)
                else:
                    if isinstance(step, CheckedSentence):
                        run.add(step, session.say)
                        fresh = True
                    if fresh and time.monotonic() - at >= _GAP_S:
                        fresh, at = False, time.monotonic()
                        yield _shown(session, run)
                    elif step is None:
                        yield None
    except OnrecordError as error:
        run.stopped = True
        yield _shown(session, run, notice=page_parts.notice_html(error_text(error, session.language)))
    except Exception:
        run.stopped = True
        yield _shown(session, run, notice=page_parts.notice_html(session.say["bug"]))
        raise


def check_stopped(session: Session) -> View:
    """The check ended where it is: the sentences so far, and how many they are."""
    run = session.check
    if run is None or not run.working:
        return View(session)
    run.stopped = True
    return _shown(session, run)


def check_file(session: Session) -> str:
    """The checked text as a Markdown file for the browser to save; empty if nothing was checked."""
    run = session.check
    if run is None or not run.sentences:
        return ""
    return page_parts.file_html("check.md", export.check_markdown(run, session.say))


def _refusal(text: str, name: str, session: Session) -> str:
    """Why this text cannot be checked, in the reader's language; empty if it can be."""
    say = session.say
    if len(text) > MAX_TEXT:
        return say["check_long"].format(most=f"{MAX_TEXT:,}".replace(",", "\u202f"))
    if _is_table(text):
        return say["check_table"]
    try:
        spans_of(text)
    except QuestionError:
        return say["check_empty_file"].format(name=name) if name else say["check_empty"]
    return ""


def _is_table(text: str) -> bool:
    """Whether nearly every line has three cells or more, and none of them ends as a sentence does."""
    lines = [line for line in text.splitlines() if line.strip()]
    rows = [line for line in lines if len(_CELLS.findall(line)) >= 2 and not re.search(r"[.!?…»”\"]\s*\Z", line)]
    return len(rows) >= _LEAST_ROWS and len(rows) >= 0.8 * len(lines)


def _refused(session: Session, message: str) -> View:
    return View(session, {"verdicts": page_parts.notice_html(message), "checked": ""})


def _shown(session: Session, run: CheckRun, place: Place | None = None, notice: str = "") -> View:
    return View(session, {"verdicts": notice + head_html(run, session.say, place), "checked": run.rows})
