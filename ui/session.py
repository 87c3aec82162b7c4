"""What one reader's page remembers, and what it shows next. Knows nothing of gradio."""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.errors import OnrecordError, UnknownArticleError
from rag.answer import Answer
from ui import render
from ui.words import words

if TYPE_CHECKING:
    from rag.assistant import Assistant


@dataclass(frozen=True)
class Turn:
    """One question and what the reader was shown for it; `answered` is False if it was stopped or failed."""

    question: str
    answer: str
    sources: str
    answered: bool


@dataclass
class Run:
    """What the page has to tell an answer in the making, looked at between two drafts.

    Stopped: it shows how far it came, and ends. Superseded by another question: it ends and shows nothing more.
    """

    stopped: bool = False
    superseded: bool = False


@dataclass(frozen=True)
class Session:
    """Finished turns, and the question and draft in the making; `question` is empty while nothing is."""

    language: str = "en"
    turns: tuple[Turn, ...] = ()
    question: str = ""
    draft: Answer | None = None
    run: Run | None = None

    @property
    def history(self) -> tuple[str, ...]:
        return tuple(turn.question for turn in self.turns if turn.answered)

    def ended(self, answer: str, sources: str, answered: bool) -> "Session":
        turn = Turn(self.question, answer, sources, answered)
        return replace(self, turns=(*self.turns, turn), question="", draft=None)


@dataclass(frozen=True)
class View:
    """The session as it now stands and the HTML to show for it. None leaves a part of the page as it is."""

    session: Session
    answer: str | None = None
    sources: str | None = None
    earlier: str | None = None
    box: str | None = None


def answering(assistant: "Assistant", session: Session, question: str) -> Generator[View, None, None]:
    """What to show from a question to its answer.

    Closing this closes the assistant's stream, and so stops the model. A bug is told to the reader and then raised.
    """
    earlier = render.earlier_html(
        ((turn.question, turn.answer, turn.sources) for turn in reversed(session.turns)), words(session.language)
    )
    session = _superseding(session, question.strip())
    say = words(session.language)
    yield View(session, _titled(session, render.draft_html(None, "searching", 0, say)), "", earlier, box="")
    try:
        yield from _drafts(assistant, session)
    except OnrecordError as error:
        yield _failed(session, str(error))
    except Exception:
        yield _failed(session, say["bug"])
        raise


def stopped(assistant: "Assistant", session: Session) -> View:
    """The question in the making ended where it is: what was written so far, marked as unchecked."""
    if session.run is None or not session.question:
        return View(session)
    session.run.stopped = True
    draft = session.draft
    text = render.stopped_html(draft, words(draft.language if draft else session.language))
    sources = _sources(assistant, draft, _turn(session)) if draft else ""
    return View(session.ended(text, sources, False), _titled(session, text), sources, box=session.question)


def renewed(session: Session) -> View:
    """A new conversation."""
    fresh = replace(_superseding(session, ""), turns=(), run=None)
    return View(fresh, answer="", sources="", earlier="", box="")


def _drafts(assistant: "Assistant", session: Session) -> Generator[View, None, None]:
    started = time.monotonic()
    run, before = session.run or Run(), None
    with closing(assistant.stream(session.question, history=session.history)) as drafts:
        for draft in drafts:
            if run.superseded:
                return
            if run.stopped:
                yield stopped(assistant, replace(session, draft=before))
                return
            if draft.status == "draft":
                yield _drafted(assistant, session, draft, before, time.monotonic() - started)
            else:
                yield _finished(assistant, session, draft)
            before = draft


def _drafted(assistant: "Assistant", session: Session, draft: Answer, before: Answer | None, elapsed: float) -> View:
    text = render.draft_html(draft, _stage(draft, before), elapsed, words(draft.language))
    same = before is not None and before.closest == draft.closest
    sources = None if same else _sources(assistant, draft, _turn(session))
    return View(replace(session, draft=draft), _titled(session, text), sources)


def _finished(assistant: "Assistant", session: Session, answer: Answer) -> View:
    text = render.answer_html(answer, _turn(session))
    sources = _sources(assistant, answer, _turn(session))
    return View(session.ended(text, sources, True), _titled(session, text), sources)


def _failed(session: Session, message: str) -> View:
    text = render.failed_html(message, words(session.language))
    return View(session.ended(text, "", False), _titled(session, text), "", box=session.question)


def _superseding(session: Session, question: str) -> Session:
    if session.run is not None:
        session.run.superseded = True
    return replace(session, question=question, draft=None, run=Run())


def _stage(draft: Answer, before: Answer | None) -> str:
    """What the assistant is doing: the same words twice mean that writing is over and checking has begun."""
    if not draft.text:
        return "reading"
    return "checking" if before is not None and before.text == draft.text else "writing"


def _titled(session: Session, text: str) -> str:
    return render.question_html(session.question) + text


def _turn(session: Session) -> int:
    return len(session.turns) + 1


def _sources(assistant: "Assistant", answer: Answer, turn: int) -> str:
    texts = {}
    for article_id in {citation.article_id for citation in (*answer.citations, *answer.closest)}:
        try:
            texts[article_id] = assistant.library.article(article_id).text
        except UnknownArticleError:
            continue  # removed meanwhile; its quote still stands on its card
    return render.sources_html(answer, texts, turn)
