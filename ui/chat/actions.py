"""The actions of the page's buttons: functions of the session and the data sent by the browser. Independent of gradio.

The data is untrusted.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from index.errors import OnrecordError, UnknownArticleError
from ui.chat import archive_view, article_view, export, page_parts
from ui.chat.answering import taken_back
from ui.chat.archive_view import Filter
from ui.chat.article_view import Quote
from ui.chat.check_session import check_file
from ui.chat.overview import picture_html, welcome_html
from ui.chat.session import Desk, Session, View
from ui.chat.suggestions import stories_of
from ui.chat.thread import (
    article_of,
    chrome,
    new_conversation,
    open_at_answer,
    open_conversation,
    redraw_answer,
    scope,
    sources_of,
)
from ui.i18n import error_text
from ui.removing import remove_everywhere

Sent = Mapping[str, Any]


def act(desk: Desk, session: Session, sent: Sent) -> View:
    """Run an action and return the view. Unknown actions change nothing; errors become notices."""
    action = ACTIONS.get(_text(sent, "do"))
    if action is None:
        return View(session)
    try:
        return action(desk, session, sent)
    except OnrecordError as error:
        return View(session, {"notice": page_parts.notice_html(error_text(error, session.language))})


def arrived(desk: Desk, session: Session, query: Sent) -> View:
    """The first view: an answer or a conversation named in the address, or a new question."""
    try:
        if _text(query, "answer"):
            return open_at_answer(desk, session, _text(query, "answer"))
        if _text(query, "conversation"):
            return open_conversation(desk, session, _text(query, "conversation"))
    except OnrecordError as error:
        return View(
            session, {"notice": page_parts.notice_html(error_text(error, session.language))} | chrome(desk, session)
        )
    return View(session, chrome(desk, session))


def listing(desk: Desk, session: Session, form: bool = False) -> dict[str, str]:
    """The list of articles; with its form if the choices in it may have changed."""
    library, wanted = desk.assistant.library, session.choice.filter
    holdings, found = library.holdings(), library.count(wanted)
    shown = library.listed(wanted, wanted.shown)
    parts = {
        "picture": picture_html(holdings, wanted, session.say),
        "articles": archive_view.list_html(shown, found, session.choice.selected, session.say, holdings.count),
    }
    if form:
        parts["form"] = archive_view.form_html(holdings, wanted, session.say)
    return parts


def welcome(desk: Desk, session: Session) -> str:
    """The greeting."""
    library = desk.assistant.library
    ready = desk.suggestions.ready(desk.assistant, session.language) if desk.suggestions else ()
    return welcome_html(library.holdings(), stories_of(library), ready, session.say)


# The conversation


def _conversation(desk: Desk, session: Session, sent: Sent) -> View:
    return open_conversation(desk, session, _text(sent, "conversation"))


def _new(desk: Desk, session: Session, sent: Sent) -> View:
    return new_conversation(desk, session)


def _find(desk: Desk, session: Session, sent: Sent) -> View:
    return View(session, {"rail": chrome(desk, session, _text(sent, "search"))["rail"]})


def _rename(desk: Desk, session: Session, sent: Sent) -> View:
    desk.kept.rename(session.owner, _text(sent, "conversation"), _text(sent, "title"))
    return View(session, chrome(desk, session))


def _delete(desk: Desk, session: Session, sent: Sent) -> View:
    desk.kept.delete(session.owner, _text(sent, "conversation"))
    if session.conversation == _text(sent, "conversation"):
        return new_conversation(desk, session)
    return View(session, chrome(desk, session))


def _edit(desk: Desk, session: Session, sent: Sent) -> View:
    entry = desk.kept.entry(session.owner, _text(sent, "answer"))
    session = replace(session, replacing=entry.id)
    return View(session, {"box": entry.answer.question, "scope": scope(desk, session), "focus": "#question textarea"})


def _stop_editing(desk: Desk, session: Session, sent: Sent) -> View:
    session = replace(session, replacing="")
    return View(session, {"box": "", "scope": scope(desk, session)})


def _take_back(desk: Desk, session: Session, sent: Sent) -> View:
    return taken_back(session, _text(sent, "question"))


def _judge(desk: Desk, session: Session, sent: Sent) -> View:
    """Set a verdict; the same one again deletes it."""
    before = desk.kept.entry(session.owner, _text(sent, "answer"))
    verdict = _text(sent, "verdict")
    given = None if before.verdict == verdict else verdict
    entry = desk.kept.judge(session.owner, before.id, given, before.correction)
    return redraw_answer(desk, session, entry.id)


def _correct(desk: Desk, session: Session, sent: Sent) -> View:
    entry = desk.kept.judge(session.owner, _text(sent, "answer"), _text(sent, "verdict"), _text(sent, "correction"))
    return redraw_answer(desk, session, entry.id)


def _translate(desk: Desk, session: Session, sent: Sent) -> View:
    """Show translations of an answer's foreign quotes. The stored answer does not change."""
    entry = desk.kept.entry(session.owner, _text(sent, "answer"))
    answer = desk.assistant.translated(entry.answer)
    missing = any(card.language != answer.language and not card.translation for card in answer.citations)
    notice = page_parts.notice_html(session.say["untranslated"]) if missing else ""
    return View(session, {"sources": sources_of(desk, answer, entry.id), "notice": notice})


def _export(desk: Desk, session: Session, sent: Sent) -> View:
    """Send a file to the browser."""
    if _text(sent, "kind") == "verdicts":
        judged = desk.kept.judged(session.owner)
        content = export.question_set(judged, {entry.id: _earlier(desk, session, entry.id) for entry in judged})
        if not content:
            return View(session, {"notice": page_parts.notice_html(session.say["no_verdicts"])})
        return View(session, {"file": page_parts.file_html("verdicts.jsonl", content)})
    if _text(sent, "kind") == "check":
        return View(session, {"file": check_file(session)})
    heading = desk.kept.heading(session.owner, _text(sent, "conversation"))
    entries = desk.kept.entries(session.owner, heading.id)
    if _text(sent, "kind") == "json":
        return View(
            session,
            {"file": page_parts.file_html("conversation.json", export.conversation_json(heading.title, entries))},
        )
    return View(
        session, {"file": page_parts.file_html("conversation.md", export.conversation_markdown(heading.title, entries))}
    )


def _earlier(desk: Desk, session: Session, id: str) -> list[str]:
    entry = desk.kept.entry(session.owner, id)
    entries = desk.kept.entries(session.owner, entry.conversation)
    at = [entry.id for entry in entries].index(id)
    return [entry.answer.question for entry in entries[:at]]


# Articles


def _open(desk: Desk, session: Session, sent: Sent) -> View:
    """Show an article, scrolled to a quote if one was pressed."""
    start, end, text = _number(sent, "start"), _number(sent, "end"), _text(sent, "quote")
    quote = Quote(start, end, text) if text else None
    article = article_of(desk, _text(sent, "article"))
    if article is None:
        return View(session, {"reader": article_view.gone_html(quote, session.say)})
    library = desk.assistant.library
    html = article_view.article_html(
        article, library.sentences(article), session.say, quote, not library.read_only,
        library.current(article.id), library.versions(article.id),
    )  # fmt: skip
    return View(session, {"reader": html})


def _restore(desk: Desk, session: Session, sent: Sent) -> View:
    """Restore a version; the text that it replaces becomes a version."""
    article = desk.assistant.library.restore(_text(sent, "article"))
    return View(session, {**_open(desk, session, {"article": article.id}).parts, **listing(desk, session, form=True)})


def _close(desk: Desk, session: Session, sent: Sent) -> View:
    return View(session, {"reader": ""})


def _remove(desk: Desk, session: Session, sent: Sent) -> View:
    article = article_of(desk, _text(sent, "article"))
    if article is None:
        raise UnknownArticleError(session.say["article_gone"])
    before = desk.kept.entries(session.owner, session.conversation)
    removed = remove_everywhere(desk.assistant.library, desk.kept, [article.id])
    asked = tuple(id for id in session.choice.asked if id != article.id)
    session = _chosen(session, selected=session.choice.selected - {article.id}, asked=asked)
    left = desk.kept.entries(session.owner, session.conversation)
    thread = View(session)
    if left != before:
        thread = open_conversation(desk, session, session.conversation) if left else new_conversation(desk, session)
    told = session.say["removed"].format(title=article.title)
    if removed.copies:
        told += (
            f". {session.say['still_in_copies'].format(names=', '.join(holder.path.name for holder in removed.copies))}"
        )
    parts = {"reader": "", "notice": thread.parts.get("notice", "") + page_parts.notice_html(told)}
    around = chrome(desk, thread.session) | listing(desk, thread.session, form=True)
    return View(thread.session, {**thread.parts, **parts, **around, "focus": ""})


def _archive(desk: Desk, session: Session, sent: Sent) -> View:
    return View(session, listing(desk, session, form=True))


def _filter(desk: Desk, session: Session, sent: Sent) -> View:
    search, source, language, since, until = (
        _text(sent, name)[:200] for name in ("search", "source", "language", "since", "until")
    )
    session = _chosen(session, filter=Filter(search, source, language, since, until))
    return View(session, listing(desk, session))


def _narrow(desk: Desk, session: Session, sent: Sent) -> View:
    """Toggle the filter of a bar or a source in the picture."""
    wanted = session.choice.filter
    if "source" in sent:
        source = _text(sent, "source")[:200]
        wanted = replace(wanted, source="" if wanted.source == source else source)
    else:
        since, until = _text(sent, "since")[:200], _text(sent, "until")[:200]
        same = (wanted.since, wanted.until) == (since, until)
        wanted = replace(wanted, since="" if same else since, until="" if same else until)
    session = _chosen(session, filter=replace(wanted, shown=archive_view.PAGE))
    return View(session, listing(desk, session, form=True))


def _reset(desk: Desk, session: Session, sent: Sent) -> View:
    session = _chosen(session, filter=Filter())
    return View(session, listing(desk, session, form=True))


def _more(desk: Desk, session: Session, sent: Sent) -> View:
    shown = session.choice.filter.shown + archive_view.PAGE
    session = _chosen(session, filter=replace(session.choice.filter, shown=shown))
    return View(session, listing(desk, session))


def _stop_adding(desk: Desk, session: Session, sent: Sent) -> View:
    desk.adding.stop_all(session.owner)
    return View(session)


def _select(desk: Desk, session: Session, sent: Sent) -> View:
    """Toggle the selection of an article."""
    this = {_text(sent, "article")}
    selected = session.choice.selected | this if sent.get("checked") else session.choice.selected - this
    if len(selected) > archive_view.MAX_SELECTED:
        return View(session)
    session = _chosen(session, selected=selected)
    return View(session, listing(desk, session))


def _select_all(desk: Desk, session: Session, sent: Sent) -> View:
    shown = desk.assistant.library.listed(session.choice.filter, archive_view.MAX_SELECTED)
    session = _chosen(session, selected=frozenset(article.id for article in shown))
    return View(session, listing(desk, session))


def _clear(desk: Desk, session: Session, sent: Sent) -> View:
    session = _chosen(session, selected=frozenset())
    return View(session, listing(desk, session))


def _ask_selected(desk: Desk, session: Session, sent: Sent) -> View:
    return _asking(desk, session, tuple(sorted(session.choice.selected)))


def _only(desk: Desk, session: Session, sent: Sent) -> View:
    return _asking(desk, session, (_text(sent, "article"),))


def _everything(desk: Desk, session: Session, sent: Sent) -> View:
    return _asking(desk, session, ())


def _asking(desk: Desk, session: Session, ids: tuple[str, ...]) -> View:
    session = _chosen(session, asked=tuple(id for id in ids if article_of(desk, id)))
    return View(session, {"scope": scope(desk, session), "reader": "", "focus": "#question textarea"})


ACTIONS: Mapping[str, Callable[[Desk, Session, Sent], View]] = {
    "conversation": _conversation, "new": _new, "find": _find, "rename": _rename, "delete": _delete, "edit": _edit,
    "stop_editing": _stop_editing, "take_back": _take_back, "judge": _judge, "correct": _correct, "translate": _translate,
    "export": _export, "open": _open, "close": _close, "restore": _restore,
    "remove": _remove, "archive": _archive, "filter": _filter, "narrow": _narrow, "reset": _reset, "more": _more,
    "select": _select, "select_all": _select_all, "clear": _clear, "ask_selected": _ask_selected, "only": _only,
    "everything": _everything, "stop_adding": _stop_adding,
}  # fmt: skip


def _chosen(session: Session, **changes: Any) -> Session:
    return replace(session, choice=replace(session.choice, **changes))


def _text(sent: Sent, name: str) -> str:
    value = sent.get(name)
    return value[:20_000].encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _number(sent: Sent, name: str) -> int:
    value = str(sent.get(name, ""))
    return int(value) if value.isdecimal() and len(value) < 12 else 0
