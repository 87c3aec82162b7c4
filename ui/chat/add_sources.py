"""Add uploaded files and addresses to the library, one at a time, and show each failure.

Closing the generators stops adding, as `Adders.stop_all` does; articles stored until then stay.
"""

import queue
import re
import threading
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

from index.addresses import redacted
from index.articles import Article
from index.errors import OnrecordError
from index.ingest.sources import SourceFailure, SourceNote
from index.store.storing import Report
from ui.chat import archive_view, page_parts
from ui.chat.actions import listing, welcome
from ui.chat.archive_view import Adding
from ui.chat.session import Desk, Session, View
from ui.chat.thread import article_of
from ui.server.background_stream import PAUSE

MOST_FILES = 50


def add_files(desk: Desk, session: Session, paths: Sequence[str]) -> Generator[View | None, None, None]:
    """Add uploaded files, which are deleted once they are read."""
    try:
        if len(paths) > MOST_FILES:
            message = session.say["too_many"].format(n=len(paths), most=MOST_FILES)
            yield View(session, {"adding": page_parts.notice_html(message)})
            return
        yield from _add(desk, session, [(path, Path(path).name) for path in paths])
    finally:
        for path in paths:
            Path(path).unlink(missing_ok=True)


def add_address(desk: Desk, session: Session, address: str) -> Generator[View | None, None, None]:
    """Add a page or a feed. Only addresses of the web: a path would reach into the server's own files."""
    address = address.strip()
    if not re.match(r"https?://\S+\Z", address, re.IGNORECASE):
        message = session.say["bad_address"].format(address=redacted(address)[:80])
        yield View(session, {"adding": page_parts.notice_html(message) if address else ""})
        return
    yield from _add(desk, session, [(address, redacted(address))])
    yield View(session, {"address": ""})


def _add(desk: Desk, session: Session, sources: Sequence[tuple[str, str]]) -> Generator[View | None, None, None]:
    adding, stop = Adding(len(sources)), threading.Event()
    with desk.adding.stoppable(session.owner, stop):
        for source, name in sources:
            if stop.is_set():
                break
            adding = replace(adding, reading=name)
            yield View(session, {"adding": archive_view.adding_html(adding, session.say)})
            report = Report()
            for step in _reported(desk, session.owner, source, stop):
                if isinstance(step, str):
                    reading = replace(adding, reading=f"{name} – {step}")
                    yield View(session, {"adding": archive_view.adding_html(reading, session.say)})
                elif step is not None:
                    report = _named(step, source, name)
                else:
                    yield None
            new = (article_of(desk, id) for id in report.added)
            adding = adding.then(report, [article.title for article in new if isinstance(article, Article)])
        adding = replace(adding, stopped=stop.is_set())
    shown = {"adding": archive_view.adding_html(adding, session.say)} | listing(desk, session, form=True)
    yield View(session, shown | {"welcome": welcome(desk, session)})


def _reported(desk: Desk, owner: str, source: str, stop: threading.Event) -> Generator[str | Report | None, None, None]:
    """The titles of a source as they are stored, None while there is nothing new, and finally the report."""
    steps: queue.SimpleQueue[str | Report] = queue.SimpleQueue()

    def work() -> None:
        try:
            with desk.adding.admitted(owner, stop) as pace:
                report = desk.assistant.library.add([source], lambda step: steps.put(step.title), pace=pace)
            steps.put(report)
        except OnrecordError as error:
            steps.put(Report(failed=(SourceFailure(source, str(error)),)))
        except Exception as error:
            steps.put(Report(failed=(SourceFailure(source, f"{type(error).__name__}: {error}"),)))
            raise

    threading.Thread(target=work, name="add", daemon=True).start()
    step: str | Report | None = None
    while not isinstance(step, Report):
        try:
            step = steps.get(timeout=PAUSE)
        except queue.Empty:
            step = None
        yield step


def _named(report: Report, source: str, name: str) -> Report:
    """The report with the reader's name of the file instead of the path of the upload."""
    told = (SourceFailure(bad.source.replace(source, name), bad.reason.replace(source, name)) for bad in report.failed)
    notes = (SourceNote(note.source.replace(source, name), note.text.replace(source, name)) for note in report.notes)
    return replace(report, failed=tuple(told), notes=tuple(notes))
