"""Views of the open conversation: questions and answers, sources, and the parts around them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from index.articles import Article
from index.errors import UnknownArticleError, UnknownConversationError
from rag.answer import Answer, Citation
from ui.chat import archive_view, conversation_list, page_parts, render, source_view
from ui.chat.followups import followups
from ui.chat.session import Desk, QuestionQueue, Session, View
from ui.conversations import Entry
from ui.i18n import words
from ui.so_far import SoFar


def new_conversation(desk: Desk, session: Session) -> View:
    """Begin a new conversation; the text in the question box stays."""
    fresh, notice = _leave(session)
    fresh = replace(fresh, conversation="")
    cleared = {"thread": "", "answer": "", "waiting": "", "sources": "", "reader": "", "notice": notice}
    return View(fresh, cleared | {"focus": "#question textarea"} | chrome(desk, fresh))


def open_conversation(desk: Desk, session: Session, conversation: str) -> View:
    """Show a stored conversation: its last answer with sources, the earlier ones above it."""
    entries = desk.kept.entries(session.owner, conversation)
    if not entries:
        raise UnknownConversationError(f"You have no conversation {conversation!r}. It was deleted, or is another's.")
    session, notice = _leave(session)
    session = replace(session, conversation=conversation)
    *before, last = entries
    parts = {"thread": thread_html(before, session), "answer": turn(desk, last, session, last=True)}
    parts |= {"sources": sources_of(desk, last.answer, last.id), "waiting": "", "reader": "", "notice": notice}
    return View(session, parts | chrome(desk, session))


def open_at_answer(desk: Desk, session: Session, answer: str) -> View:
    """Show the conversation of an answer, scrolled to it."""
    entry = desk.kept.entry(session.owner, answer)
    view = open_conversation(desk, session, entry.conversation)
    shown = {"sources": sources_of(desk, entry.answer, entry.id), "go": f"answer-{entry.id}"}
    return replace(view, parts={**view.parts, **shown})


def chrome(desk: Desk, session: Session, search: str = "") -> dict[str, str]:
    """The parts around the conversation: the list of all, the head of the open one, the restriction to articles."""
    headings = desk.kept.headings(session.owner)
    open = next((heading for heading in headings if heading.id == session.conversation), None)
    found = desk.kept.headings(session.owner, search) if search.strip() else headings
    listed = conversation_list.rail_html(found, session.conversation, search, datetime.now(UTC).date(), session.say)
    return {
        "rail": page_parts.notice_html(session.say["in_memory"] if desk.kept.trouble else "") + listed,
        "head": conversation_list.head_html(open, session.say),
        "scope": scope(desk, session),
    }


def scope(desk: Desk, session: Session) -> str:
    titles = [article.title for article in (article_of(desk, id) for id in session.choice.asked) if article]
    editing = page_parts.editing_html(session.say) if session.replacing and not session.question else ""
    return archive_view.scope_html(titles, session.say) + editing


def turn(desk: Desk, entry: Entry, session: Session, last: bool = False) -> str:
    """HTML of a stored answer."""
    kept = render.Kept(entry.id, entry.verdict, entry.correction, len(entry.articles), last)
    go_on = followups(entry.answer, _texts(desk, (*entry.answer.citations, *entry.answer.closest))) if last else ()
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


def redraw_answer(desk: Desk, session: Session, id: str) -> View:
    """A view of only the part with this answer."""
    entries = earlier(desk, session) or [desk.kept.entry(session.owner, id)]
    below = not session.question and not any(left.after == len(entries) for left in session.unanswered)
    if below and entries[-1].id == id:
        return View(session, {"answer": turn(desk, entries[-1], session, last=True)})
    return View(session, {"thread": thread_html(entries[:-1] if below else entries, session)})


def sources_of(desk: Desk, answer: Answer, kept: str = "") -> str:
    """The source cards of an answer. With the id `kept`, its quotes can be translated if there is a model."""
    translatable = kept if desk.assistant.llm is not None else ""
    cards = answer.citations or answer.closest
    return source_view.sources_html(answer, _texts(desk, cards), _names(desk, cards), translatable)


def evidence_of(desk: Desk, so_far: SoFar) -> str:
    """The cards of the passages found for an unfinished answer."""
    found, say = so_far.evidence, words(so_far.language)
    return source_view.evidence_html(found, _texts(desk, found), _names(desk, found), say)


def article_of(desk: Desk, id: str) -> Article | None:
    try:
        return desk.assistant.library.article(id)
    except UnknownArticleError:
        return None  # removed meanwhile


def _leave(session: Session) -> tuple[Session, str]:
    """End the current answer and the queue; returns the session and a notice of the questions given up."""
    in_making = [session.question] if session.question and session.run and not session.run.stopped else []
    if session.run is not None:
        session.run.superseded = True
    given_up = session.line.clear() if session.line else ()
    questions = [*in_making, *(asked.question for asked in given_up)]
    session = replace(session, question="", replacing="", run=None, line=QuestionQueue(), unanswered=())
    told = "".join(
        page_parts.notice_html(session.say["superseded"].format(question=question)) for question in questions
    )
    return session, told


def earlier(desk: Desk, session: Session) -> list[Entry]:
    """The answers before the current question."""
    entries = desk.kept.entries(session.owner, session.conversation)
    return [entry for entry in entries if entry.id != session.replacing]


def _names(desk: Desk, cards: Sequence[Citation]) -> dict[str, str]:
    """The names of the articles in `also_in`: the publisher, or the title."""
    ids = dict.fromkeys(id for citation in cards for id in citation.also_in)
    found = (article_of(desk, id) for id in ids)
    return {article.id: article.publisher or article.title for article in found if article}


def _texts(desk: Desk, cards: Sequence[Citation]) -> dict[str, str]:
    """The texts of the quoted articles that still exist, by id."""
    ids = dict.fromkeys(citation.article_id for citation in cards)
    found = (article_of(desk, id) for id in ids)
    return {article.id: article.text for article in found if article}
